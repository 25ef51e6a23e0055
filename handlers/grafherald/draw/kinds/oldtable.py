"""The table panel of before 7, as Grafana shows it until 10: an HTML table.

Sizes are those of its style sheet (_panel_table.scss of 7.5), in em of the panel's font size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.page.bigtext import Font
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import number
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.oldtable import OldCell, OldColumn, OldTable, table_of
from grafherald.draw.values.tint import tint

_EM = 14.0
_LINE = 1.5
_BORDER = 2.0
_LEFT = 15.0  # of the first column
_ARROW = 24.0  # pixels of a title's arrow and the gap before it
_BUTTON = 0.9286  # em: the icon of a cell's hidden button
_MOST_COLUMNS = 100
_MOST_PAGES = 9


def draw_oldtable(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw a table of old; see `grafherald.draw.draw`."""
    del span, marks
    sheet = Sheet(look, flush=True)
    table = table_of(panel, frames, look)
    if not table.rows or not table.columns:
        how = {"fill": sheet.theme.text, "font_size": 12, "text_anchor": "middle"}
        sheet.canvas.text(look.width / 2 - 9, look.height / 2 - 26, "No data to show", **how)
        return sheet.done(table.notes)
    rows = _Sheet(sheet, table, _EM * _percent(panel.get("fontSize"))).draw()
    notes = [*table.notes]
    if table.count > rows:
        notes.append(f"+ {table.count - rows} more row{'s' if table.count - rows > 1 else ''}")
    return sheet.done(notes)


def _percent(value: object) -> float:
    found = to_number(value.rstrip("%")) if isinstance(value, str) else None
    return 1.0 if found is None else min(3.0, max(0.3, found / 100))


class _Sheet:
    """One table while it is drawn."""

    def __init__(self, sheet: Sheet, table: OldTable, em: float) -> None:
        self.sheet, self.table, self.em = sheet, table, em
        self.canvas, self.theme = sheet.canvas, sheet.theme
        self.font = Font(sheet.theme.font)
        area = sheet.planned
        self.area = Box(area.x, area.y, area.width + _BORDER, area.height)
        self.columns = table.columns[:_MOST_COLUMNS]
        self.edges = self._edges()

    def draw(self) -> int:
        """Draw the heads and as many rows as fit; say how many they were."""
        self._heads()
        pitch = self.em * (_LINE + 0.9) + _BORDER
        top = self.area.y + 2.2 * self.em
        paged = self.table.pages > 1
        bottom = self.sheet.area.bottom - (30.0 if paged else 0.0)
        count = max(0, min(len(self.table.rows), int((bottom - top + 1) // pitch)))
        for at in range(count):
            line = Box(self.area.x, top + at * pitch, self.area.width, pitch)
            self._row(line, self.table.rows[at], self.table.fills[at])
        if paged:
            self._pages(top + count * pitch + 17)
        return count

    def _edges(self) -> list[float]:
        """Where the columns begin and the last one ends: they share the room by their texts."""
        needs = []
        for at, column in enumerate(self.columns):
            words = [column.title, *(row[at].words for row in self.table.rows)]
            hidden = 0.0
            if column.filterable:
                hidden = 2 * ((1.1 * self.em if column.link else 10.0) + _BUTTON * self.em)
            widest = max(
                self.font.width(each, self.em) + (hidden if row else 0.0)
                for row, each in enumerate(words)
            )
            left = _LEFT if not at else 1.1 * self.em
            right = 0.0 if column.link else 1.1 * self.em
            border = _BORDER / 2 if at in (0, len(self.columns) - 1) else _BORDER
            needs.append(left + widest + right + border)
        factor = self.area.width / sum(needs)
        edges = [self.area.x]
        for each in needs:
            edges.append(edges[-1] + each * factor)
        return edges

    def _heads(self) -> None:
        area, em = self.area, self.em
        height = 2 * em - 2 * _BORDER
        where = {"x": area.x, "y": area.y + _BORDER, "width": area.width, "height": height}
        self.canvas.add("rect", **where, fill=self.theme.raised)
        font = Font(self.theme.font, 500)
        y = font.baseline(area.y + 0.3 * em, em, _LINE)
        for at, column in enumerate(self.columns):
            x = self.edges[at] + (1.1 * em if at else _LEFT)
            room = self.edges[at + 1] - x - (_ARROW if column.arrow else 0)
            words = font.fit(column.title, room, em)
            how = {"fill": self.theme.link, "font_size": em, "font_weight": 500}
            self.canvas.text(x, y, words, **how)
            if column.arrow:
                self._arrow(x + font.width(words, em) + 12, y - 5, column.arrow)

    def _arrow(self, x: float, y: float, which: str) -> None:
        rise = 2 if which == "down" else -2
        self.canvas.path(
            f"M{number(x - 3.5)} {number(y - rise)}L{number(x)} {number(y + rise)}"
            f"L{number(x + 3.5)} {number(y - rise)}",
            fill="none",
            stroke=self.theme.link,
            stroke_width=1.4,
        )

    def _row(self, line: Box, cells: Sequence[OldCell], fill: str) -> None:
        for at, (column, cell) in enumerate(zip(self.columns, cells, strict=False)):
            left, right = self.edges[at], self.edges[at + 1]
            last = at == len(self.columns) - 1
            box = Box(
                left + (_BORDER / 2 if at else 0.0),
                line.y,
                right - left - (_BORDER / 2 if at else 0.0) - (0.0 if last else _BORDER / 2),
                line.height - _BORDER,
            )
            if shade := cell.fill or fill:
                paint = tint(shade)
                where = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
                opacity = paint.alpha if paint.alpha < 1 else None
                self.canvas.add("rect", **where, fill=paint.css(), fill_opacity=opacity)
            self._text(box, column, cell, first=not at, filled=bool(cell.fill or fill))

    def _text(
        self, box: Box, column: OldColumn, cell: OldCell, *, first: bool, filled: bool
    ) -> None:
        em = self.em
        left = box.x + (_LEFT if first else 1.1 * em)
        right = box.right - (0.0 if column.link else 1.1 * em)
        x, anchor = {
            "right": (right, "end"),
            "center": ((left + right) / 2, "middle"),
        }.get(column.align, (left, "start"))
        words = self.font.fit(cell.words, max(0.0, box.right - left), em)
        color = "#ffffff" if filled else self.theme.text
        paint = tint(cell.color) if cell.color else None
        y = self.font.baseline(box.y + 0.45 * em, em, _LINE)
        self.canvas.text(
            x,
            y,
            words,
            fill=paint.css() if paint else color,
            fill_opacity=paint.alpha if paint and paint.alpha < 1 else None,
            font_size=em,
            text_anchor=anchor,
        )
        if column.link and words:
            wide = self.font.width(words, em)
            begin = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
            where = {"x1": begin, "y1": y + 3.5, "x2": begin + wide, "y2": y + 3.5}
            self.canvas.add("line", **where, stroke=color)

    def _pages(self, y: float) -> None:
        """The numbers of the pages below the first one's rows."""
        size = 0.9 * self.em
        count = min(_MOST_PAGES, self.table.pages)
        pitch = 24.0 + self.font.width("0", size)
        x = self.area.x + self.area.width / 2 - pitch * (count - 1) / 2
        for at in range(count):
            how = {"fill": self.theme.text} if at else {"fill": self.theme.link, "font_weight": 500}
            place = {"font_size": size, "text_anchor": "middle"}
            self.canvas.text(x + at * pitch, y, str(at + 1), **how, **place)
