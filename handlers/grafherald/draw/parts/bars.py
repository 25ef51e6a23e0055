"""One bar of a bar gauge, lying or standing: the filled part, the rest, and their colours.

A bar gauge and a table's cell both draw it, as Grafana's BarGauge (7.5 to 11).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from grafherald.draw.page.svg import Canvas
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.readings import Reading
from grafherald.draw.values.theme import Theme
from grafherald.draw.values.tint import FALLBACK, tint

_MOST_CELLS = 300


@dataclass(frozen=True)
class BarStyle:
    """How bars look: *mode* is gradient, basic or lcd."""

    mode: str
    standing: bool
    unfilled: bool
    theme: Theme
    cell: float = 12.0
    gap: float = 2.0

    @property
    def radius(self) -> float:
        """How round corners are."""
        return 2.0 if self.theme.modern else 3.0


def draw_bar(canvas: Canvas, reading: Reading, box: Box, style: BarStyle) -> float:
    """Draw a reading's bar in *box*, which is the whole scale; say how long the filled part is."""
    length = box.height if style.standing else box.width
    if style.mode == "lcd":
        _cells(canvas, reading, box, style, length)
        return length
    filled = max(1.0, min(1.0, max(0.0, reading.scale.share(reading.number))) * length)
    if style.unfilled:
        # The rest begins under the bar's rounded end and is moved back by as much
        rest = _part(box, style, filled - 3, length - 3)
        _rect(canvas, rest, style.radius, **_rest_paint(style.theme))
    part = _part(box, style, 0, filled)
    if style.mode == "basic":
        color = tint(reading.color).css()
        _rect(canvas, part, style.radius, fill=color, fill_opacity=0.35)
        _rect(canvas, _part(box, style, max(0.0, filled - 2), filled), 0.0, fill=color)
    else:
        _rect(canvas, part, style.radius, fill=_gradient(canvas, reading, part, style, length))
    return filled


def _rest_paint(theme: Theme) -> dict[str, object]:
    if theme.modern:
        return {"fill": theme.raised}
    return {"fill": "#ffffff" if theme.dark else "#000000", "fill_opacity": 0.07}


def _part(box: Box, style: BarStyle, begin: float, end: float) -> Box:
    """The piece of the scale from *begin* to *end* pixels of its length."""
    size = max(0.0, end - begin)
    if style.standing:
        return Box(box.x, box.bottom - end, box.width, size)
    return Box(box.x + begin, box.y, size, box.height)


def _rect(canvas: Canvas, box: Box, radius: float, **paint: object) -> None:
    canvas.add(
        "rect",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        rx=radius if box.width > 2 * radius and box.height > 2 * radius else None,
        **paint,
    )


def _gradient(canvas: Canvas, reading: Reading, part: Box, style: BarStyle, length: float) -> str:
    """The paint of a filled part: the colours of the scale up to the value."""
    filled = part.height if style.standing else part.width
    stops = reading.scale.stops(reading.number)
    if not stops:
        return tint(reading.color).css()
    places: list[tuple[float, str, float]] = []
    at = 0.0
    for share, color in stops:
        at = max(at, 1.0 if math.isinf(share) else share * length / filled)
        places.append((min(1.0, at), tint(color).css(), 1.0))
        if at > 1.0:
            # Beyond the bar's end: the mix that it has there
            before = places[-2] if len(places) > 1 else places[-1]
            span = at - before[0]
            mixed = tint(before[1]).mix(tint(color), (1.0 - before[0]) / span if span else 1.0)
            places[-1] = (1.0, mixed.css(), 1.0)
            break
    if style.standing:
        return canvas.gradient(places, (part.x, part.bottom), (part.x, part.y))
    return canvas.gradient(places, (part.x, part.y), (part.right, part.y))


def _cells(canvas: Canvas, reading: Reading, box: Box, style: BarStyle, length: float) -> None:
    """Retro cells: lit up to the value, pale beyond it."""
    count = min(_MOST_CELLS, int(length // style.cell))
    if count < 1:
        return
    size = max(1.0, math.floor((length - style.gap * count) / count))
    scale = reading.scale
    paints: dict[str, str] = {}
    if math.isnan(reading.number):  # without a value they are grey, all of them
        for at in range(count):
            part = _part(box, style, at * (size + style.gap), at * (size + style.gap) + size)
            _rect(canvas, part, 2.0, fill=FALLBACK)
        return
    for at in range(count):
        value = scale.low + (scale.high - scale.low) / count * at
        lit = math.isfinite(reading.number) and value <= reading.number
        begin = at * (size + style.gap)
        color = tint(scale.color(value)).css()
        paint: dict[str, object] = {"fill": color, "fill_opacity": 0.18}
        if lit:
            paints[color] = paints.get(color) or _glow(canvas, color, box, style)
            paint = {"fill": paints[color]}
        _rect(canvas, _part(box, style, begin, begin + size), 2.0, **paint)


def _glow(canvas: Canvas, color: str, box: Box, style: BarStyle) -> str:
    """The paint of lit cells: strongest in the middle of the bar."""
    stops = [(0.0, color, 0.62), (0.5, color, 0.95), (1.0, color, 0.62)]
    if style.standing:
        return canvas.gradient(stops, (box.x, box.y), (box.right, box.y))
    return canvas.gradient(stops, (box.x, box.y), (box.x, box.bottom))
