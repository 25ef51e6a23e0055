"""The single stat of Grafana 7.5 and before: one value, its words, a small graph or a gauge.

Sizes follow its module.ts; Grafana 8 and later show these panels as stats or gauges.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph.axis import Bounds, flot_range
from grafherald.draw.kinds.gauge import draw_dial, fit_dial
from grafherald.draw.page.bigtext import Font, whole
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import clean
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.readings import Reading, readings
from grafherald.draw.parts.trend import Paint, Trend, draw_trend
from grafherald.draw.prepare import PreparedPanel, prepare
from grafherald.draw.values.display import DisplayValue
from grafherald.draw.values.tint import tint

_SEVERAL = "Only queries that return single series/table is supported"  # Grafana's words
_FULL = 38.0  # pixels of a text of 100 %
_PREFIX_GAP = 20.0
_PERCENT = re.compile(r"\s*(\d{1,4})")
_LINE, _FILL = "rgb(31, 120, 193)", "rgba(31, 118, 189, 0.18)"


def draw_singlestat(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw a single stat in its own old manner; see `grafherald.draw.draw`."""
    del marks
    ready = prepare(panel, frames, look)
    found = readings(ready, look)
    reading = found.all[0]
    if panel.get("valueName") == "name":
        reading = replace(reading, shown=DisplayValue(reading.name, number=reading.shown.number))
    if len([row for row in ready.columns if row]) > 1:  # no word of which it would be
        reading = replace(reading, shown=DisplayValue(_SEVERAL), trend=None)
        found = replace(found, all=(reading,))
    if math.isnan(reading.number) and not whole(reading.shown).strip():
        reading = replace(reading, shown=replace(reading.shown, text="N/A"))
    known = not math.isnan(reading.number)
    filled = tint(reading.color) if panel.get("colorBackground") and known else None
    base = tint(look.colors.panel)
    ground = base.mix(replace(filled, alpha=1.0), filled.alpha).css() if filled else ""
    sheet = Sheet(look, background=ground)
    if ready.panel.get("type") == "gauge":
        _gauge(sheet, ready, reading)
    else:
        _graph(sheet, panel, reading, span)
        _words(sheet, panel, reading)
    return sheet.done([*ready.notes, *found.notes(1)])


def _share(value: object, default: float) -> float:
    """A font size that the panel writes as "80%"."""
    found = _PERCENT.match(value) if isinstance(value, str) else None
    return min(10.0, float(found[1]) / 100) if found and float(found[1]) else default


def _parts(panel: Mapping[str, Any], shown: DisplayValue) -> list[tuple[str, float, bool]]:
    """What stands beside each other: words, size, and whether they have the value's colour."""
    before, behind = str(panel.get("prefix") or ""), str(panel.get("postfix") or "")
    value = whole(
        replace(
            shown,
            prefix=shown.prefix.removeprefix(before),
            suffix=shown.suffix.removesuffix(behind),
        )
    )
    colored = bool(panel.get("colorValue"))
    return [
        (
            clean(before, 100),
            _share(panel.get("prefixFontSize"), 0.5),
            bool(panel.get("colorPrefix")),
        ),
        (value, _share(panel.get("valueFontSize"), 0.8), colored),
        (
            clean(behind, 100),
            _share(panel.get("postfixFontSize"), 0.5),
            bool(panel.get("colorPostfix")),
        ),
    ]


def _words(sheet: Sheet, panel: Mapping[str, Any], reading: Reading) -> None:
    """Prefix, value and postfix in the middle of the panel."""
    area, font = sheet.area, Font(sheet.theme.font, 500)
    parts = [each for each in _parts(panel, reading.shown) if each[0]]
    gap = _PREFIX_GAP if panel.get("prefix") else 0.0
    wide = sum(font.width(words, share * _FULL) for words, share, _ in parts) + gap
    scale = min(1.0, area.width / wide) if wide else 1.0
    largest = max((share for _, share, _ in parts), default=0.8) * _FULL * scale
    x = area.x + (area.width - wide * scale) / 2
    y = font.baseline(area.y + (area.height - largest) / 2, largest)
    for at, (words, share, colored) in enumerate(parts):
        size = share * _FULL * scale
        color = reading.color if colored else sheet.theme.text
        sheet.canvas.text(x, y, words, fill=color, font_size=size, font_weight=500)
        x += font.width(words, size) + (gap if at == 0 else 0.0)


def _graph(sheet: Sheet, panel: Mapping[str, Any], reading: Reading, span: TimeRange) -> None:
    """The small graph: the lowest quarter of the panel, or nearly all of it."""
    graph = panel.get("sparkline")
    if not isinstance(graph, Mapping) or not graph.get("show") or reading.trend is None:
        return
    area = sheet.area
    height = math.floor(area.height * 0.25)
    if graph.get("full"):
        height = round(
            area.height - (5 if area.height <= 100 else round(area.height / 100) * 15 + 5)
        )
    box = Box(area.x, area.bottom - height, area.width, max(1.0, height))
    numbers = [each for each in reading.trend.values if each is not None and math.isfinite(each)]
    if not numbers:
        return
    bounds = Bounds(to_number(graph.get("ymin")), to_number(graph.get("ymax")))
    low, high = flot_range(min(numbers), max(numbers), bounds)
    colors = sheet.theme
    line = colors.paint(graph.get("lineColor") or _LINE)
    fill = colors.paint(graph.get("fillColor") or _FILL)
    trend = Trend(reading.trend.times, reading.trend.values, low, high)
    paints = (Paint(line.css(), line.alpha), Paint(fill.css(), fill.alpha))
    draw_trend(sheet.canvas, trend, box, span, paints)


def _gauge(sheet: Sheet, ready: PreparedPanel, reading: Reading) -> None:
    """The single stat as a gauge: a little wider than high."""
    area, panel, theme = sheet.area, ready.panel, sheet.theme
    side = min(area.width, area.height * 1.3)
    box = Box(area.x + (area.width - side) / 2, area.y + 5, side, area.height * 0.9)
    labels = bool(ready.options.get("showThresholdLabels"))
    width = min(side / 6, 60.0) / (1.5 if labels else 1.0)
    ring = width / 5 if ready.options.get("showThresholdMarkers", True) else 0.0
    size = min(side / 5, 100.0) * _share(panel.get("valueFontSize"), 0.8)
    dial = fit_dial(box, width, ring, size, size / 2.5 if labels else 0.0)
    ground = "#262626" if theme.dark else "#e6e6e6"
    draw_dial(sheet.canvas, reading, dial, ground, theme.text)
    font = Font(theme.font)
    sheet.canvas.text(
        dial.x,
        font.baseline(dial.y - size / 2, size, 1.5),
        font.fit(whole(reading.shown), area.width, size),
        fill=reading.color if panel.get("colorValue") else theme.text,
        font_size=size,
        font_weight=500,
        text_anchor="middle",
    )
