"""State timelines and status histories: a row for each field, its states as boxes over time.

Sizes follow Grafana's TimelineChart (8 to 11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timezone
from itertools import pairwise
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph.timeaxis import uplot_ticks, zone
from grafherald.draw.page.bigtext import Font
from grafherald.draw.page.legend import Entry, Legend, Style
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import clean, number
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.states import Stretch, legend_of, stretches
from grafherald.draw.prepare import PreparedPanel, prepare
from grafherald.draw.values.fieldconfig import Column
from grafherald.draw.values.theme import Theme
from grafherald.draw.values.tint import readable_on, tint

_SIZE = 12.0
_AXIS = 22.0
_LEAST_ROW = 10.0
_NARROWEST_TEXT = 17.0  # pixels: two letters with some air
_KINDS = ("number", "string", "boolean")


@dataclass(frozen=True)
class _Style:
    """The panel's options, read once."""

    history: bool  # samples each for itself, not states that last
    row: float  # share of a row that its boxes fill
    column: float  # share of a column, in a history
    texts: str  # auto, always or never
    align: str
    theme: Theme


@dataclass(frozen=True)
class _Plot:
    """Where the rows are."""

    box: Box
    span: TimeRange

    def x(self, time: float) -> float:
        """The x of a moment, kept inside the plot."""
        share = (time - self.span.start) / max(1, self.span.end - self.span.start)
        return self.box.x + min(1.0, max(0.0, share)) * self.box.width


def draw_state_timeline(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw a state timeline or a status history; see `grafherald.draw.draw`."""
    del marks
    sheet = Sheet(look)
    ready = prepare(panel, frames, look)
    style = _style(ready, sheet.theme)
    columns = [
        each
        for row in ready.columns
        for each in row
        if each.field.kind in _KINDS and each.frame.first("time") is not None
    ]
    most = max(1, int((sheet.area.height - _AXIS) // _LEAST_ROW))
    notes = [f"+ {len(columns) - most} more rows"] if len(columns) > most else []
    columns = columns[:most]
    merge = ready.options.get("mergeValues", True) is not False and not style.history
    rows = [stretches(each, span, merge=merge) for each in columns]
    if not any(rows):
        sheet.nothing("No data")
        return sheet.done(ready.notes)
    legend = _legend(ready, columns, rows, sheet.theme)
    plot = _plot(sheet, legend.plan(sheet.area), columns, span)
    for at, (column, row) in enumerate(zip(columns, rows, strict=True)):
        height = plot.box.height / len(columns)
        lane = Box(plot.box.x, plot.box.y + at * height, plot.box.width, height)
        _row(sheet, plot, lane, column, (row, style))
    legend.draw(sheet.canvas)
    return sheet.done([*ready.notes, *notes])


def _style(ready: PreparedPanel, theme: Theme) -> _Style:
    options = ready.options

    def share(name: str) -> float:
        value = to_number(options.get(name))
        return 0.9 if value is None else min(1.0, max(0.05, value))

    return _Style(
        ready.panel.get("type") == "status-history",
        share("rowHeight"),
        share("colWidth"),
        str(options.get("showValue") or "auto"),
        str(options.get("alignValue") or "left"),
        theme,
    )


def _legend(
    ready: PreparedPanel, columns: Sequence[Column], rows: Sequence[Sequence[Stretch]], theme: Theme
) -> Legend:
    options = ready.group("legend")
    hidden = options.get("showLegend") is False or options.get("displayMode") == "hidden"
    states = [] if hidden else legend_of(columns, rows)
    entries = [Entry(each.text or "null", tint(each.color).css()) for each in states]
    return Legend(entries, Style(right=options.get("placement") == "right"), theme)


def _plot(sheet: Sheet, area: Box, columns: Sequence[Column], span: TimeRange) -> _Plot:
    """Draw the names and the time axis, and say where the rows go."""
    theme, font = sheet.theme, Font(sheet.theme.font)
    names = [clean(each.name, 200) for each in columns]
    wide = min(area.width * 0.3, max(font.width(each, _SIZE) for each in names)) + 8
    box = Box(area.x + wide, area.y, max(1.0, area.width - wide), max(1.0, area.height - _AXIS))
    plot = _Plot(box, span)
    for at, name in enumerate(names):
        y = box.y + (at + 0.5) * box.height / len(names)
        words = font.fit(name, wide - 7, _SIZE)
        sheet.canvas.text(
            box.x - 8, y + 4, words, fill=theme.text, font_size=_SIZE, text_anchor="end"
        )
    where = zone(sheet.look.timezone)
    if where is None:
        sheet.canvas.notes.append("times in UTC")
        where = timezone.utc
    for tick in uplot_ticks(span, box.width, where, theme.font):
        x = round(plot.x(tick.time)) + 0.5
        sheet.canvas.add("line", x1=x, y1=box.y, x2=x, y2=box.bottom + 4, stroke=theme.grid)
        sheet.canvas.text(
            x, box.bottom + 17, tick.label, fill=theme.text, font_size=_SIZE, text_anchor="middle"
        )
    return plot


def _row(
    sheet: Sheet,
    plot: _Plot,
    lane: Box,
    column: Column,
    content: tuple[Sequence[Stretch], _Style],
) -> None:
    """One field's boxes, those of one colour as one path, and their texts."""
    row, style = content
    opacity = to_number(column.custom.get("fillOpacity"))
    opacity = 0.7 if opacity is None else min(1.0, max(0.0, opacity / 100))
    gap = lane.height * (1 - style.row) / 2
    top, bottom = number(lane.y + gap), number(lane.bottom - gap)
    paths: dict[str, list[str]] = {}
    texts: list[tuple[Box, Stretch]] = []
    drawn = -1.0
    for stretch, (left, end) in _edges(plot, row, style):
        if end <= drawn + 0.5:
            continue  # it would lie within a pixel that is filled already
        drawn = end
        right = max(end, left + 1)
        step = f"M{number(left)} {top}H{number(right)}V{bottom}H{number(left)}Z"
        paths.setdefault(stretch.state.color, []).append(step)
        if right - left > _NARROWEST_TEXT or style.texts == "always":
            texts.append((Box(left, lane.y, right - left, lane.height), stretch))
    for color, steps in paths.items():
        shade = tint(color)
        sheet.canvas.path("".join(steps), fill=shade.css(), fill_opacity=opacity * shade.alpha)
    if style.texts != "never" and lane.height >= _SIZE:
        for box, stretch in texts[:400]:
            _text(sheet, box, stretch, style, opacity)


def _edges(
    plot: _Plot, row: Sequence[Stretch], style: _Style
) -> list[tuple[Stretch, tuple[float, float]]]:
    """Where each box begins and ends; in a history each sample stands around its moment."""
    if not style.history:
        return [(each, (plot.x(each.begin), plot.x(each.end))) for each in row]
    steps = sorted(b.begin - a.begin for a, b in pairwise(row))
    step = steps[len(steps) // 2] if steps else float(plot.span.end - plot.span.start) / 10
    half = step * style.column / 2
    return [(each, (plot.x(each.begin - half), plot.x(each.begin + half))) for each in row]


def _text(sheet: Sheet, box: Box, stretch: Stretch, style: _Style, opacity: float) -> None:
    font = Font(style.theme.font, 500)
    words = font.fit(stretch.state.text, box.width - 4, _SIZE)
    if not words.strip("…"):
        return
    align = "center" if style.history else style.align
    x, anchor = {
        "center": (box.x + box.width / 2, "middle"),
        "right": (box.right - 2, "end"),
    }.get(align, (box.x + 2, "start"))
    under = tint(style.theme.panel).mix(tint(stretch.state.color), opacity).css()
    sheet.canvas.text(
        x,
        box.y + box.height / 2 + 4,
        words,
        fill=readable_on(under, 150),
        font_size=_SIZE,
        font_weight=500,
        text_anchor=anchor,
    )
