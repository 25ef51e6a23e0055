"""The gauge panel: arcs with the value in their middle and the thresholds around.

Sizes follow Grafana's Gauge and the flot-gauge plugin under it (7.5 to 11).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.page import tiles
from grafherald.draw.page.bigtext import Font, largest, whole
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import Canvas, number
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.readings import Reading, fixed_size, readings
from grafherald.draw.prepare import prepare
from grafherald.draw.values.theme import Theme

_GAP = 8.0
_LEAST = 40.0  # pixels; smaller gauges cannot be read
_START, _END = 0.9 * math.pi, 2.1 * math.pi
_BELOW = math.sin(_START)  # share of the radius that lies below the centre
_MARGIN = 5.0
_LINE = 1.5


@dataclass(frozen=True)
class _Style:
    """The panel's options, read once."""

    markers: bool
    labels: bool
    name_size: float
    value_size: float
    theme: Theme


@dataclass(frozen=True)
class Dial:
    """One gauge's arcs: centre, outer radius of the value's arc, and widths in pixels."""

    x: float
    y: float
    radius: float
    width: float
    ring: float
    value_size: float
    label_size: float


def draw_gauge(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw one or more gauges; see `grafherald.draw.draw`."""
    del span, marks
    sheet = Sheet(look)
    ready = prepare(panel, frames, look)
    found = readings(ready, look)
    options, sizes = ready.options, ready.group("text")
    style = _Style(
        options.get("showThresholdMarkers", True) is not False,
        options.get("showThresholdLabels") is True,
        fixed_size(sizes.get("titleSize")),
        fixed_size(sizes.get("valueSize")),
        look.colors,
    )
    orientation = options.get("orientation") if look.colors.modern else "auto"
    boxes = _boxes(sheet.area, len(found.all), orientation)
    for reading, box in zip(found.all, boxes, strict=False):
        _gauge(sheet.canvas, reading, box, style, named=found.named)
    return sheet.done([*ready.notes, *found.notes(len(boxes))])


def _boxes(area: Box, count: int, orientation: object) -> list[Box]:
    """One box a gauge, as many as can be read."""
    across = max(1, int((area.width + _GAP) // (_LEAST + _GAP)))
    down = max(1, int((area.height + _GAP) // (_LEAST + _GAP)))
    if orientation == "horizontal":
        return tiles.column(area, min(count, down), _GAP)
    if orientation == "vertical":
        return tiles.row(area, min(count, across), _GAP)
    return tiles.grid(area, min(count, across * down), _GAP)


def _gauge(canvas: Canvas, reading: Reading, box: Box, style: _Style, *, named: bool) -> None:
    """One gauge with its name below, both in the middle of the box."""
    size = min(box.width * 0.1, 20.0)
    below = size * _LINE if named else 0.0
    height = max(1.0, min(box.height - below, box.width))
    top = box.y + (box.height - height - below) / 2
    dial = _dial(reading, Box(box.x, top, box.width, height), style)
    draw_dial(canvas, reading, dial, style.theme.raised, style.theme.text)
    font = Font(style.theme.font)
    canvas.text(
        dial.x,
        font.baseline(dial.y - dial.value_size / 2, dial.value_size, _LINE),
        font.fit(whole(reading.shown), box.width, dial.value_size),
        fill=reading.color,
        font_size=dial.value_size,
        font_weight=500,
        text_anchor="middle",
    )
    if named:
        name_size = style.name_size or size
        canvas.text(
            box.x + box.width / 2,
            font.baseline(top + height - 4, name_size, _LINE),
            font.fit(reading.name, box.width, name_size),
            fill=style.theme.text,
            font_size=name_size,
            text_anchor="middle",
        )


def _dial(reading: Reading, box: Box, style: _Style) -> Dial:
    """Find the largest arcs that fit in the box."""
    side = min(box.width, box.height)
    width = min(side / 5.5, 40.0) / (1.5 if style.labels else 1.0)
    ring = width / 5 if style.markers else 0.0
    room = min(box.width, side * 1.3) * 0.9 - ((width + ring) * 2 + 10)
    words, font = whole(reading.shown), Font(style.theme.font)
    value_size = style.value_size or largest(words, (room, side), font, 1.0, width * 1.7)
    label_size = max(value_size / 2.5, 12.0 if style.theme.modern else 1.0)
    return fit_dial(box, width, ring, value_size, label_size if style.labels else 0.0)


def fit_dial(box: Box, width: float, ring: float, value_size: float, label_size: float) -> Dial:
    """The largest dial of these widths and text sizes; a *label_size* of 0 has no labels."""
    label = (2 * (width / 5 + 1) + label_size) if label_size else 0.0
    half_text = max(1.0, box.width / 30) + value_size / 2
    outer = (box.height - 2 * _MARGIN) / (1 + _BELOW)
    if outer * _BELOW < half_text:
        outer = box.height - 2 * _MARGIN - half_text
    radius = max(4.0, min(box.width / 2 - _MARGIN, outer) - ring - label)
    if width >= radius:
        width = max(3.0, radius / 3)
    tall = max((radius + ring + label) * (1 + _BELOW), radius + ring + label + half_text)
    free = (box.height - 2 * _MARGIN - tall) / 2
    y = box.y + _MARGIN + ring + label + radius + free
    return Dial(box.x + box.width / 2, y, radius, width, ring, value_size, label_size)


def draw_dial(canvas: Canvas, reading: Reading, dial: Dial, ground: str, text: str) -> None:
    """The dial, the value's arc on it, the thresholds around it and their labels.

    *ground* is the colour of the unfilled dial, *text* that of the labels.
    """
    scale = reading.scale
    canvas.path(_arc(dial, dial.radius, dial.width, _START, _END), fill=ground)
    end = _angle(scale.share(reading.number))
    if end > _START:
        steps = _arc(dial, dial.radius - 0.5, dial.width - 1, _START, end)
        canvas.path(steps, fill=reading.color)
    if dial.ring and not math.isnan(reading.number):
        begin = _START
        for share, color in scale.bands():
            upto = _angle(share)
            if upto > begin:
                outer = dial.radius + dial.ring + 0.5
                canvas.path(_arc(dial, outer, dial.ring - 1, begin, upto), fill=color)
            begin = max(begin, upto)
    if dial.label_size:
        for share, words in scale.labels():
            _label(canvas, dial, _angle(share), words, text)


def _label(canvas: Canvas, dial: Dial, angle: float, words: str, color: str) -> None:
    """A threshold's value, turned along the ring."""
    away = dial.radius + dial.ring + 1 + dial.label_size / 2
    x, y = dial.x + away * math.cos(angle), dial.y + away * math.sin(angle)
    turn = math.degrees(angle) + 90
    canvas.text(
        x,
        y + dial.label_size * 0.35,
        words,
        fill=color,
        font_size=dial.label_size,
        text_anchor="middle",
        transform=f"rotate({number(turn)} {number(x)} {number(y)})",
    )


def _angle(share: float) -> float:
    """The direction of a share of the scale; what is beyond its ends is at its ends."""
    return _START + (_END - _START) * min(1.0, max(0.0, share))


def _arc(dial: Dial, outer: float, width: float, begin: float, end: float) -> str:
    """A piece of a ring, clockwise, as a path."""
    inner = max(0.0, outer - width)
    large = 1 if end - begin > math.pi else 0
    corners = [
        (dial.x + radius * math.cos(angle), dial.y + radius * math.sin(angle))
        for radius, angle in ((outer, begin), (outer, end), (inner, end), (inner, begin))
    ]
    a, b, c, d = (f"{number(x)} {number(y)}" for x, y in corners)
    out, into = number(outer), number(inner)
    return f"M{a}A{out} {out} 0 {large} 1 {b}L{c}A{into} {into} 0 {large} 0 {d}Z"
