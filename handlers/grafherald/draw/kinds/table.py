"""The table panel: columns, their heads, cells by display mode, the footer.

Sizes and colours follow Grafana's Table of 7.5 and of 8.5. The heads are the blue of 7.5 in all
generations: those of 9 and later have no colour and are harder to tell from the rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.kinds.oldtable import draw_oldtable
from grafherald.draw.page.bigtext import Font, set_value, whole
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import Canvas, number
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.bars import BarStyle, draw_bar
from grafherald.draw.parts.readings import Reading
from grafherald.draw.parts.rows import Table, cell_mode, footer, table_of
from grafherald.draw.prepare import prepare
from grafherald.draw.values.fieldconfig import Column
from grafherald.draw.values.scale import Scale
from grafherald.draw.values.theme import Theme
from grafherald.draw.values.tint import readable_on, tint

_PADDING = 6.0
_SIZE = 14.0
_NARROWEST = 150.0  # pixels of a column that says no width
_HEAD_7, _ROW_7 = 33.0, 35.0
_HEAD, _ROW = 33.0, 36.0
_MOST_COLUMNS = 100
_BLUE = "#33a2e5"  # of heads
_WITHOUT_OLD = (11, 0, 0)  # makes a table of a table-old


@dataclass(frozen=True)
class _Place:
    """A column and where it stands."""

    column: Column
    x: float
    width: float
    last: bool


def draw_table(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw a table; see `grafherald.draw.draw`."""
    if _is_old(panel) and look.version < _WITHOUT_OLD:
        return draw_oldtable(panel, frames, span, look, marks)
    del span, marks
    sheet = Sheet(look, flush=True)
    ready = prepare(panel, frames, look)
    table = table_of(ready)
    if not table.columns:
        if look.colors.modern:
            sheet.nothing()
        else:  # at the top left, as small as that
            how = {"fill": sheet.theme.text, "font_size": _SIZE}
            sheet.canvas.text(sheet.area.x, sheet.area.y + 15, "No data", **how)
        return sheet.done(ready.notes)
    theme, area = sheet.theme, sheet.area
    head = 0.0 if ready.options.get("showHeader") is False else _head_height(theme)
    places = _places(table.columns, area)
    if head:
        _heads(sheet, places, head, ready.options.get("sortBy"))
    summed = ready.group("footer") if ready.group("footer").get("show") else {}
    foot = _row_height(theme) if summed else 0.0
    body = Box(area.x, area.y + head, area.width, max(0.0, area.height - head - foot))
    rows = _rows(sheet, places, body, table)
    if summed:
        _foot(sheet, places, body.bottom, footer(table, summed))
    if not table.order:
        sheet.nothing("No data to show" if not theme.modern else "No data")
    return sheet.done([*ready.notes, *table.notes, *_left_out(table, len(places), rows)])


def _is_old(panel: Mapping[str, Any]) -> bool:
    """Whether it is the table of before 7, whose columns have styles by pattern."""
    return panel.get("type") == "table-old" or ("styles" in panel and not panel.get("fieldConfig"))


def _head_height(theme: Theme) -> float:
    return _HEAD if theme.modern else _HEAD_7


def _row_height(theme: Theme) -> float:
    return _ROW if theme.modern else _ROW_7


def _places(columns: Sequence[Column], area: Box) -> list[_Place]:
    """The columns that fit in the area, from the left; widths as Grafana shares them."""
    columns = columns[:_MOST_COLUMNS]
    fixed = [_number(each.custom.get("width")) for each in columns]
    free = max(0.0, area.width - sum(fixed))
    open_ = [at for at, width in enumerate(fixed) if not width]
    least = {at: _number(columns[at].custom.get("minWidth")) or _NARROWEST for at in open_}
    share = free / len(open_) if open_ else 0.0
    places: list[_Place] = []
    x = area.x
    for at, column in enumerate(columns):
        width = fixed[at] or max(share, least[at])
        if x + 40 > area.right and places:
            break
        last = at == len(columns) - 1
        places.append(_Place(column, x, width, last))
        x += width
    return places


def _number(value: object) -> float:
    if isinstance(value, (int, float)) and math.isfinite(value) and value > 0:
        return min(5000.0, float(value))
    return 0.0


def _align(column: Column) -> str:
    """left, center or right: as the panel says, else numbers at the right."""
    said = column.custom.get("align")
    if said in ("left", "center", "right"):
        return str(said)
    return "right" if column.field.kind == "number" else "left"


def _heads(sheet: Sheet, places: Sequence[_Place], height: float, sort: object) -> None:
    canvas, theme, area = sheet.canvas, sheet.theme, sheet.area
    canvas.add("rect", x=area.x, y=area.y, width=area.width, height=height, fill=theme.raised)
    font = Font(theme.font)
    arrows = _arrows(sort)
    y = font.baseline(area.y + (height - _SIZE * 1.5) / 2, _SIZE, 1.5)
    for place in places:
        arrow = arrows.get(place.column.name)
        margin = 4.0 + (16.0 if arrow is not None else 0.0)
        words = font.fit(place.column.name, place.width - 2 * _PADDING - margin, _SIZE)
        x = _left(place, font.width(words, _SIZE) + margin)
        canvas.text(x, y, words, fill=_BLUE, font_size=_SIZE)
        if arrow is not None:
            _arrow(canvas, x + font.width(words, _SIZE) + 9, y - 5, _BLUE, down=arrow)
        if not place.last:
            edge = place.x + place.width - 0.5
            canvas.add(
                "line",
                x1=edge,
                y1=area.y,
                x2=edge,
                y2=area.y + height,
                stroke=theme.line if theme.modern else theme.panel,
            )


def _left(place: _Place, wide: float) -> float:
    """Where a content of this width begins in its column."""
    align = _align(place.column)
    if align == "right":
        return place.x + place.width - _PADDING - wide
    if align == "center":
        return place.x + (place.width - wide) / 2
    return place.x + _PADDING


def _arrows(sort: object) -> dict[str, bool]:
    """Columns that are sorted, and whether downwards."""
    found: dict[str, bool] = {}
    for each in sort if isinstance(sort, list) else []:
        if isinstance(each, Mapping):
            found[str(each.get("displayName"))] = bool(each.get("desc"))
    return found


def _arrow(canvas: Canvas, x: float, y: float, color: str, *, down: bool) -> None:
    """The small arrow beside a sorted column's name."""
    tip = 4 if down else -4
    steps = f"M{number(x)} {number(y - 4)}V{number(y + 4)}"
    steps += f"M{number(x - 3)} {number(y + tip - tip / 4 * 3)}L{number(x)} {number(y + tip)}"
    steps += f"L{number(x + 3)} {number(y + tip - tip / 4 * 3)}"
    canvas.path(steps, fill="none", stroke=color, stroke_width=1.5)


def _line(
    canvas: Canvas, start: tuple[float, float], end: tuple[float, float], theme: Theme
) -> None:
    canvas.add("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=theme.line)


def _rows(sheet: Sheet, places: Sequence[_Place], body: Box, table: Table) -> int:
    """Draw the rows that fit, and say how many they were."""
    height = _row_height(sheet.theme)
    count = min(len(table.order), int((body.height + 1) // height))
    clips = [
        sheet.canvas.clip(place.x, body.y, min(place.width, body.right - place.x), body.height)
        for place in places
    ]
    for at in range(count):
        top = body.y + at * height
        row = table.order[at]
        for place, clip in zip(places, clips, strict=True):
            cell = Box(place.x, top, place.width, height - 1)
            with sheet.canvas.group(clip_path=clip):
                _cell(sheet, place, cell, row)
        _line(
            sheet.canvas,
            (body.x, top + height - 0.5),
            (body.right, top + height - 0.5),
            sheet.theme,
        )
    bottom = body.y + count * height
    for place in places:
        if not place.last and place.x + place.width < body.right:
            edge = place.x + place.width - 0.5
            _line(sheet.canvas, (edge, body.y), (edge, bottom), sheet.theme)
    return count


def _cell(sheet: Sheet, place: _Place, cell: Box, row: int) -> None:
    """One cell: its background or bar, and its text."""
    column, theme = place.column, sheet.theme
    value = column.field.values[row]
    mode, variant = cell_mode(column)
    if mode == "gauge" and column.field.kind == "number":
        _bar_cell(sheet, column, cell, value, variant)
        return
    color = theme.text
    if mode == "color-background":
        fill = column.display.color(value)
        if tint(fill).alpha > 0:
            _background(sheet.canvas, cell, fill, theme, plain=variant == "basic")
            color = readable_on(fill) if tint(fill).alpha >= 0.3 else color
    elif mode == "color-text":
        color = tint(column.display.color(value)).css()
    font = Font(theme.font)
    words = font.fit(whole(column.display.text(value)), place.width - 2 * _PADDING, _SIZE)
    y = font.baseline(cell.y + (cell.height - _SIZE * 1.5) / 2, _SIZE, 1.5)
    x = _left(place, font.width(words, _SIZE))
    sheet.canvas.text(x, y, words, fill=color, font_size=_SIZE)


def _background(canvas: Canvas, cell: Box, color: str, theme: Theme, *, plain: bool) -> None:
    """Fill a cell; Grafana mixes a darker shade at its left (120 degrees of CSS)."""
    base = tint(color)
    fill = base.css()
    if not plain:
        shade = base.darken(10 * (1.0 if theme.dark else -0.7)).spin(5)
        half = (cell.width * 0.866 + cell.height * 0.5) / 2
        x, y = cell.x + cell.width / 2, cell.y + cell.height / 2
        fill = canvas.gradient(
            [(0.0, shade.css(), base.alpha), (1.0, base.css(), base.alpha)],
            (x - half * 0.866, y - half * 0.5),
            (x + half * 0.866, y + half * 0.5),
        )
    canvas.add(
        "rect",
        x=cell.x,
        y=cell.y,
        width=cell.width,
        height=cell.height,
        fill=fill,
        fill_opacity=base.alpha if plain and base.alpha < 1 else None,
    )


def _bar_cell(sheet: Sheet, column: Column, cell: Box, value: Any, variant: str) -> None:
    """A bar gauge in a cell, with its value at the right."""
    inner = cell.inset(_PADDING)
    font = Font(sheet.theme.font)
    reading = Reading("", column.display.text(value), Scale(column.display))
    wide = font.width(whole(reading.shown), _SIZE) + 20
    wide = min(max(min(inner.width * 0.2, 150.0), wide), inner.width)
    scale = Box(inner.x, inner.y, max(1.0, inner.width - wide), inner.height)
    draw_bar(sheet.canvas, reading, scale, BarStyle(variant, False, True, sheet.theme, 8.0, 1.0))
    color = tint(reading.color).css()
    words = set_value(reading.shown, wide - 20, _SIZE, font, color)
    y = font.baseline(inner.y + (inner.height - _SIZE) / 2, _SIZE)
    words.write(sheet.canvas, inner.right - 10, y, "end")


def _foot(sheet: Sheet, places: Sequence[_Place], top: float, words: Mapping[int, str]) -> None:
    """The footer's row: what each column adds up to."""
    _line(sheet.canvas, (sheet.area.x, top), (sheet.area.right, top), sheet.theme)
    font = Font(sheet.theme.font)
    y = font.baseline(top + (_row_height(sheet.theme) - _SIZE * 1.5) / 2, _SIZE, 1.5)
    for at, place in enumerate(places):
        said = font.fit(words.get(at, ""), place.width - 2 * _PADDING, _SIZE)
        if said:
            x = _left(place, font.width(said, _SIZE))
            sheet.canvas.text(x, y, said, fill=sheet.theme.text, font_size=_SIZE)


def _left_out(table: Table, columns: int, rows: int) -> list[str]:
    """What the table holds beyond the picture."""
    notes = []
    if more := len(table.order) - rows:
        notes.append(f"+ {more} more {'row' if more == 1 else 'rows'}")
    if more := len(table.columns) - columns:
        notes.append(f"+ {more} more {'column' if more == 1 else 'columns'}")
    return notes
