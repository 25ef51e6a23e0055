"""The pie chart: slices, or a ring of them, with their labels and a legend.

Sizes and shading follow Grafana's PieChart (7.5 to 11).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.page.bigtext import Font, whole
from grafherald.draw.page.legend import Entry, Legend, Style
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import number
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.readings import Reading, readings
from grafherald.draw.prepare import PreparedPanel, prepare
from grafherald.draw.values.formats import fixed
from grafherald.draw.values.tint import tint

_MARGIN = 16.0
_MOST = 100
_NARROWEST_LABEL = 0.3  # radians
_NARROWEST = 0.002  # radians: what is thinner cannot be seen


@dataclass(frozen=True)
class _Slice:
    """A reading and its angles, clockwise from the top, in radians."""

    reading: Reading
    begin: float
    end: float
    share: float


@dataclass(frozen=True)
class _Pie:
    """Where the pie is: centre, outer and inner radius."""

    x: float
    y: float
    outer: float
    inner: float


def draw_pie(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw a pie chart; see `grafherald.draw.draw`."""
    del span, marks
    sheet = Sheet(look)
    ready = prepare(panel, frames, look)
    found = readings(ready, look)
    listed = [each for each in found.all if math.isfinite(each.number)]
    values = [each for each in listed if each.number > 0]
    total = sum(each.number for each in values)
    if not listed or not math.isfinite(total):
        sheet.nothing()
        return sheet.done(ready.notes)
    shown = _ordered(values, str(ready.options.get("sort") or "desc"))[:_MOST]
    notes = [*ready.notes]
    if len(shown) < len(found.all):
        notes.append(f"{len(found.all) - len(shown)} without a slice")
    legend = _legend(ready, listed[:_MOST], total, sheet)
    area = legend.plan(sheet.area) if legend else sheet.area
    pie = _pie(area, str(ready.options.get("pieType") or "pie"))
    if not shown:
        sheet.nothing("Nothing above zero")
    _draw(sheet, pie, _slices(shown, total), ready.options.get("displayLabels"))
    if legend:
        legend.draw(sheet.canvas)
    return sheet.done(notes)


def _ordered(values: Sequence[Reading], sort: str) -> list[Reading]:
    if sort == "none":
        return list(values)
    return sorted(values, key=lambda each: each.number, reverse=sort != "asc")


def _slices(values: Sequence[Reading], total: float) -> list[_Slice]:
    slices, begin = [], 0.0
    for each in values:
        share = each.number / total
        slices.append(_Slice(each, begin, begin + share * math.tau, share))
        begin += share * math.tau
    return slices


def _pie(area: Box, kind: str) -> _Pie:
    outer = max(4.0, (min(area.width, area.height) - 2 * _MARGIN) / 2)
    inner = max(0.0, outer - max(outer / 3, 20.0)) if kind == "donut" else 0.0
    return _Pie(area.x + area.width / 2, area.y + area.height / 2, outer, inner)


def _draw(sheet: Sheet, pie: _Pie, slices: Sequence[_Slice], labels: object) -> None:
    wanted = set(map(str, labels)) if isinstance(labels, list) else set()
    paints: dict[str, str] = {}
    for each in slices:
        if each.end - each.begin < _NARROWEST:
            continue
        color = each.reading.color
        paints[color] = paints.get(color) or _paint(sheet, pie, color)
        sheet.canvas.path(
            _steps(pie, each),
            fill=paints[color],
            stroke=sheet.theme.panel,
            stroke_width=1,
        )
    for each in slices:
        if wanted and each.end - each.begin >= _NARROWEST_LABEL:
            _label(sheet, pie, each, wanted)


def _paint(sheet: Sheet, pie: _Pie, color: str) -> str:
    """A slice's shading, from the pie's middle or the ring's inner edge outwards."""
    factor = 1.0 if sheet.theme.dark else -0.7
    inner = tint(color).darken(20 * factor).spin(8).css()
    outer = tint(color).darken(10 * factor).spin(-8).css()
    stops = [(pie.inner / pie.outer, inner, 1.0), (1.0, outer, 1.0)]
    return sheet.canvas.radial(stops, (pie.x, pie.y), pie.outer)


def _steps(pie: _Pie, piece: _Slice) -> str:
    """A slice as a path; a whole circle is two halves, since an arc cannot end where it began."""

    def at(radius: float, angle: float) -> str:
        x, y = pie.x + radius * math.sin(angle), pie.y - radius * math.cos(angle)
        return f"{number(x)} {number(y)}"

    def arc(radius: float, begin: float, end: float, turn: int) -> str:
        middle, size = (begin + end) / 2, number(radius)
        half = f"A{size} {size} 0 0 {turn} "
        return f"{half}{at(radius, middle)}{half}{at(radius, end)}"

    begin, end = piece.begin, piece.end
    outer = f"M{at(pie.outer, begin)}{arc(pie.outer, begin, end, 1)}"
    if pie.inner <= 0:
        centre = f"{number(pie.x)} {number(pie.y)}"
        return f"{outer}Z" if piece.share > 0.9999 else f"{outer}L{centre}Z"
    return f"{outer}L{at(pie.inner, end)}{arc(pie.inner, end, begin, 0)}Z"


def _label(sheet: Sheet, pie: _Pie, piece: _Slice, wanted: set[str]) -> None:
    """Name, value and percentage on a slice, one below the other."""
    reading = piece.reading
    size = min(max(pie.outer / (150 if "name" in wanted else 100) * 14, 12.0), 36.0)
    size = min(size, 30.0) if "name" in wanted else size
    lines = [reading.name] if "name" in wanted else []
    lines += [whole(reading.shown)] if "value" in wanted else []
    lines += [_percent(reading, piece.share)] if "percent" in wanted else []
    middle = (piece.begin + piece.end) / 2
    radius = (pie.outer + (pie.inner or pie.outer / 6)) / 2
    x, y = pie.x + radius * math.sin(middle), pie.y - radius * math.cos(middle)
    font = Font(sheet.theme.font)
    for at, words in enumerate(lines):
        sheet.canvas.text(
            x,
            y + (0.33 - (len(lines) - 1) * 0.6 + at * 1.2) * size,
            font.fit(words, pie.outer, size),
            fill=sheet.theme.text,
            font_size=size,
            font_weight=500 if sheet.theme.modern else None,
            text_anchor="middle",
        )


def _percent(reading: Reading, share: float) -> str:
    display = reading.scale.display
    digits = display.decimals or 0 if display.manner.version >= (8, 0, 0) else 0
    return f"{fixed(share * 100, digits)}%"


def _legend(
    ready: PreparedPanel, values: Sequence[Reading], total: float, sheet: Sheet
) -> Legend | None:
    """The legend, in the data's order; None where the panel hides it."""
    options = ready.group("legend")
    mode = options.get("displayMode", "list")
    if options.get("showLegend") is False or mode == "hidden":
        return None
    wanted = options.get("values", ["percent"])
    wanted = wanted if isinstance(wanted, list) else []
    entries = [
        Entry(each.name, tint(each.color).css(), tuple(_values(each, wanted, total)))
        for each in values
    ]
    titles = [name.title() for name in ("value", "percent") if name in wanted]
    if titles == ["Percent"] and not sheet.theme.modern:
        titles = [""]  # a percentage alone needs none
    right = options.get("placement", "right") == "right"
    return Legend(entries, Style(mode == "table", right, titles=tuple(titles)), sheet.theme)


def _values(reading: Reading, wanted: Sequence[object], total: float) -> list[str]:
    values = [whole(reading.shown)] if "value" in wanted else []
    return (
        [*values, _percent(reading, reading.number / total if total else 0.0)]
        if "percent" in wanted
        else values
    )
