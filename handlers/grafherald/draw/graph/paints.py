"""The paints of a series: its colour, or a gradient along its value axis.

https://github.com/grafana/grafana/blob/main/packages/grafana-ui/src/components/uPlot/config/gradientFills.ts
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph.plotted import Plotted
from grafherald.draw.graph.valueaxes import Axis
from grafherald.draw.page.svg import Canvas
from grafherald.draw.values.theme import Theme
from grafherald.draw.values.tint import tint

_SAMPLES = 24  # stops of a gradient that follows a continuous colour scheme


@dataclass(frozen=True)
class Paints:
    """Paints for one plot, whose value axis runs from *low* to *high*, both (x, y) in pixels."""

    canvas: Canvas
    theme: Theme
    low: tuple[float, float]
    high: tuple[float, float]
    old: bool = False

    def line(self, each: Plotted, axis: Axis) -> str:
        """The paint of a line."""
        color = each.series.color
        if each.custom.get("gradientMode") == "scheme" and not self.old:
            return self._scheme(each, axis, 1.0) or color
        return color

    def area(self, each: Plotted, axis: Axis, opacity: float) -> tuple[str, float]:
        """The paint of an area and its opacity."""
        mode = each.custom.get("gradientMode")
        color = each.series.color
        if mode == "opacity":
            stops = [(0.0, color, self._opacity(each, opacity)), (1.0, color, 0.0)]
            return self.canvas.gradient(stops, self.high, self.low), 1.0
        if mode == "hue":
            upper = tint(color).spin(15).darken(-10).css()
            lower = tint(color).spin(-15)
            lower = lower.darken(10) if self.theme.dark else lower
            stops = [(0.0, upper, opacity), (1.0, lower.css(), opacity)]
            return self.canvas.gradient(stops, self.high, self.low), 1.0
        if mode == "scheme" and (paint := self._scheme(each, axis, opacity)):
            return paint, 1.0
        return color, opacity

    def _opacity(self, each: Plotted, opacity: float) -> float:
        """Flot's gradient has a strength of its own, beside the fill's."""
        own = to_number(each.custom.get("fillGradient")) if self.old else None
        return opacity if own is None else own / 10

    def _scheme(self, each: Plotted, axis: Axis, opacity: float) -> str | None:
        """A gradient in which every height has the colour of its value."""
        colors, scale = each.series.display.colors, axis.scale
        if not colors.by_value:
            return None
        stops: list[tuple[float, str, float]] = []
        if colors.mode == "thresholds":
            steps = colors.thresholds.steps
            for before, after in reversed(list(pairwise(steps))):
                value = self._threshold(after.value, each)
                place = min(1.0, max(0.0, 1 - scale.at(value)))
                stops.append((place, colors.theme.color(after.color), opacity))
                stops.append((place, colors.theme.color(before.color), opacity))
            if not stops and steps:
                stops = [(0.0, colors.theme.color(steps[-1].color), opacity)]
        else:
            for step in range(_SAMPLES + 1):
                value = scale.high - (scale.high - scale.low) * step / _SAMPLES
                share = each.series.display.share(value)
                stops.append((step / _SAMPLES, colors.color(value, share), opacity))
        return self.canvas.gradient(stops, self.high, self.low)

    def _threshold(self, value: float, each: Plotted) -> float:
        display = each.series.display
        if display.colors.thresholds.percentage:
            return display.low + (display.high - display.low) * value / 100
        return value
