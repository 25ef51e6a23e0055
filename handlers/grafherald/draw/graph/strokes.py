"""The ink of a time graph: each series' area, line, bars and points, in Grafana's paints."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph import curve
from grafherald.draw.graph.curve import Piece
from grafherald.draw.graph.paints import Paints
from grafherald.draw.graph.plotarea import PlotArea
from grafherald.draw.graph.plotted import Plotted, Values, part, stack_of
from grafherald.draw.graph.valueaxes import Axis
from grafherald.draw.page.svg import Canvas
from grafherald.draw.values.theme import Theme

_MOST_TRAVEL = 250_000.0  # pixels that a picture's lines may go up and down before they get coarse
_COARSE = 4.0, 12.0  # pixels of a column of points beyond that, and beyond twenty such series
_HIGH, _HIGHEST = 10, 40  # series in a pile from which on its points are fewer, and fewer again
_PILED = 2.0, 4.0  # pixels of a column of points then
_DASHED = 5.0  # times the cost of a line without dashes
_BELOW = 4.0  # pixels below the plot, where a line cannot be seen
_MOST_DOTS = 15_000  # of all series


class Pen:
    """Draws series after series on one plot.

    Thousands of steep lines would take a renderer seconds: series that come after the picture has
    enough of them are drawn with coarser columns and sharp edges.
    """

    def __init__(  # noqa: PLR0913 - what is known of all series before the first is drawn
        self,
        canvas: Canvas,
        plot: PlotArea,
        theme: Theme,
        *,
        old: bool,
        column: float = 0.0,
        piles: Mapping[Hashable, tuple[int, Values]] | None = None,
    ) -> None:
        """Draw on this plot.

        Args:
            column: milliseconds that a bar has, where all series share it.
            piles: see `plotted.outlines`.
        """
        self.canvas, self.plot, self.old = canvas, plot, old
        top, bottom = (0.0, plot.box.y), (0.0, plot.box.bottom)
        self._paints = Paints(canvas, theme, bottom, top, old=old)
        self._column = column
        self._travel = 0.0
        self._coarse = self._dots = 0
        self._piles = piles or {}
        self._kept: dict[Hashable, list[int]] = {}
        # By the `id` of times, which the series that are drawn have in common
        self._places: dict[int, tuple[Sequence[float], list[int] | None]] = {}

    def draw(self, each: Plotted, axis: Axis, below: Plotted | None = None) -> None:
        """Draw one series; *below* is the one that its area reaches down to."""
        pieces = thinned = self._pieces(each, axis, below)
        travel = curve.travel(thinned)
        if part(each.custom, "lineStyle").get("fill") in ("dash", "dot"):
            travel *= _DASHED
        coarse = self._travel + travel > _MOST_TRAVEL and travel > 20 * self.plot.box.width
        if coarse:
            self._coarse += 1
            wide = _COARSE[self._coarse > 20]
            thinned = [curve.thin(piece, wide) for piece in thinned]
            simple: dict[str, object] = {
                "lineInterpolation": "linear",
                "lineStyle": {},
                "gradientMode": "none",
            }
            if each.custom.get("gradientMode") == "opacity":  # as strong as it is in its middle
                simple["fillOpacity"] = (to_number(each.custom.get("fillOpacity")) or 0.0) / 2
            each = replace(each, series=replace(each.series, custom={**each.custom, **simple}))
        else:
            self._travel += travel
        if not pieces:
            return
        edges = self.canvas.group(shape_rendering="crispEdges") if coarse else nullcontext()
        with edges:
            self._series(each, axis, thinned, filled=below is not None)

    def _series(self, each: Plotted, axis: Axis, pieces: list[Piece], *, filled: bool) -> None:
        style = str(each.custom.get("drawStyle"))
        if style == "bars" or each.custom.get("withBars"):
            self._bars(each, axis, pieces)
        if style == "line" or (style == "none" and filled):
            whole = self._whole(each)
            lines = [curve.line(piece, self._shape(each), whole=whole) for piece in pieces]
            self._area(each, axis, (pieces, lines), self._band(filled))
            if style == "line":
                self._line(each, axis, (pieces, lines))
        self._points(each, axis, pieces, style)

    def _band(self, filled: bool) -> float:
        """The least strength, in percent, of an area; one between two series is never unseen."""
        return (40.0 if self.old else 35.0) if filled else 0.0

    # ---- where the points are

    def _pieces(self, each: Plotted, axis: Axis, below: Plotted | None) -> list[Piece]:
        each, xs = self._thinned(each)
        nulls = [value is None for value in each.values]
        values = [0.0 if value is None else value for value in each.values]
        ys, bases = self.plot.ys(values, axis.scale), self._bases(each, axis, below)
        if self.old and axis.scale.log:  # Flot cuts a line at the edge where its value does
            edge, low = self.plot.box.bottom + _BELOW, axis.scale.low
            ys = [edge if value < low else y for value, y in zip(values, ys, strict=True)]
        if self.old and below is not None and not isinstance(bases, float):
            bases = [max(y, base) for y, base in zip(ys, bases, strict=True)]  # nothing upside down
        span = each.custom.get("spanNulls")
        joined = span if isinstance(span, bool) else (to_number(span) or False)
        found = curve.pieces(each.times, Piece(xs, ys, bases), nulls, joined)
        return [curve.thin(piece) for piece in found] if any(nulls) else found

    def _thinned(self, each: Plotted) -> tuple[Plotted, Sequence[float]]:
        """The points of a series that can be told apart, and their x.

        It is done before anything else is, since a series may have thousands of points a pixel.
        """
        key = id(each.times)
        if key not in self._places:
            xs = self.plot.xs(each.times)
            self._places[key] = (xs, curve.columns(xs) if curve.crowded(xs) else None)
        xs, bounds = self._places[key]
        if bounds is None:
            return each, xs
        kept = self._of_pile(each, xs) or curve.extremes(each.values, bounds)
        thinner = replace(
            each,
            times=[each.times[place] for place in kept],
            values=[each.values[place] for place in kept],
            bases=None if each.bases is None else [each.bases[place] for place in kept],
        )
        return thinner, [xs[place] for place in kept]

    def _of_pile(self, each: Plotted, xs: Sequence[float]) -> list[int] | None:
        """The places that all series of a high pile keep, so that their edges stay common.

        With places of its own for each a hundred series would be a picture of many megabytes.
        """
        key = stack_of(each, old=self.old)
        count, outline = self._piles.get(key, (0, ()))
        if each.bases is None or count <= _HIGH or len(outline) != len(xs):
            return None
        if key not in self._kept:
            wide = _PILED[count > _HIGHEST]
            self._kept[key] = curve.extremes(outline, curve.columns(xs, wide))
        return self._kept[key]

    def _bases(self, each: Plotted, axis: Axis, below: Plotted | None) -> Sequence[float] | float:
        """What the area reaches down to: another series, the stack below, or zero."""
        zero = self.plot.zero(axis.scale)
        if below is not None:
            known = dict(zip(below.times, below.values, strict=False))
            lower = [known.get(time) for time in each.times]
            return [zero if value is None else self.plot.y(value, axis.scale) for value in lower]
        if each.bases is None or not any(each.bases):
            return zero
        return self.plot.ys(each.bases, axis.scale)

    # ---- shapes

    def _area(
        self, each: Plotted, axis: Axis, drawn: tuple[list[Piece], list[str]], least: float
    ) -> None:
        percent = to_number(each.custom.get("fillOpacity")) or least
        percent = least if self.old and least else percent
        if percent <= 0:
            return
        opacity = min(1.0, percent / 100)
        paint, opacity = self._paints.area(each, axis, opacity)
        shape = self._shape(each)
        width = self._step_width(each) if shape.startswith("step") else 0.0
        steps = "".join(
            curve.area(piece, top, shape, width, whole=self._whole(each))
            for piece, top in zip(*drawn, strict=True)
        )
        moved = self._middle(each)
        self.canvas.path(steps, fill=paint, fill_opacity=_seen(each, opacity), transform=moved)

    def _shape(self, each: Plotted) -> str:
        shape = str(each.custom.get("lineInterpolation"))
        return shape if shape in ("smooth", "stepAfter", "stepBefore") else "linear"

    def _whole(self, each: Plotted) -> bool:
        """Whether the points lie on whole pixels, as uPlot puts those of straight lines."""
        return not self.old and self._shape(each) != "smooth"

    def _middle(self, each: Plotted) -> str | None:
        """What moves a line of an odd width so that it fills whole pixels."""
        odd = (to_number(each.custom.get("lineWidth")) or 0.0) % 2 == 1
        return "translate(.5 .5)" if odd and self._whole(each) else None

    def _step_width(self, each: Plotted) -> float:
        """Pixels between two samples."""
        step = each.series.step
        if not step:
            steps = [b - a for a, b in pairwise(each.times) if b > a]
            step = min(steps, default=0.0)
        return self.plot.x(step) - self.plot.x(0)

    def _line(self, each: Plotted, axis: Axis, drawn: tuple[list[Piece], list[str]]) -> None:
        width = to_number(each.custom.get("lineWidth")) or 0.0
        if each.emphasized:
            width = max(2.0, width * 1.3)
        if width <= 0:
            return
        steps = "".join(top for piece, top in zip(*drawn, strict=True) if len(piece) > 1)
        self.canvas.path(
            steps,
            fill="none",
            stroke=self._paints.line(each, axis),
            stroke_width=min(width, 20.0),
            stroke_opacity=_seen(each),
            stroke_linejoin="round",
            transform=self._middle(each),
            **_dashes(part(each.custom, "lineStyle"), old=self.old),
        )
        alone = [piece for piece in drawn[0] if len(piece) == 1]
        dots = curve.dots(alone, max(1.0, width))
        self.canvas.path(dots, fill=each.series.color, fill_opacity=_seen(each))

    def _bars(self, each: Plotted, axis: Axis, pieces: list[Piece]) -> None:
        column = self._step_width(each) or self.plot.box.width / 10
        if self._column:
            column = self.plot.x(self._column) - self.plot.x(0)
        if self.old:
            steps = curve.bars(pieces, max(1.0, column / 1.5), 1)
            self.canvas.path(steps, fill=each.series.color, fill_opacity=_seen(each))
            return
        factor = to_number(each.custom.get("barWidthFactor")) or 0.6
        line = to_number(each.custom.get("lineWidth")) or 0.0
        line = line if column > 3 else 0.0
        widest = to_number(each.custom.get("barMaxWidth")) or math.inf
        width = max(1.0, min(column * min(1.0, factor), widest) - line)
        align = int(to_number(each.custom.get("barAlignment")) or 0)
        opacity = (to_number(each.custom.get("fillOpacity")) or 0.0) / 100
        paint, opacity = self._paints.area(each, axis, min(1.0, opacity))
        self.canvas.path(
            curve.bars(pieces, width, align),
            fill=paint if opacity else "none",
            fill_opacity=_seen(each, opacity),
            stroke_opacity=_seen(each),
            stroke=self._paints.line(each, axis) if line else None,
            stroke_width=line if line else None,
        )

    def _points(self, each: Plotted, axis: Axis, pieces: list[Piece], style: str) -> None:
        show = each.custom.get("showPoints")
        size = min(40.0, to_number(each.custom.get("pointSize")) or 5.0)
        count = sum(len(piece) for piece in pieces)
        sparse = show == "auto" and style == "line" and count <= self.plot.box.width / (2 * size)
        if style == "points" or show == "always" or sparse:
            paint = self._paints.line(each, axis)
            most = max(200, (_MOST_DOTS - self._dots) // 3)
            self._dots += min(count, most)
            dots = curve.dots(pieces, size / 2, most)
            self.canvas.path(dots, fill=paint, fill_opacity=_seen(each))


def _seen(each: Plotted, opacity: float = 1.0) -> float | None:
    """An opacity, less for a series that matters less; None for what is opaque.

    A group's opacity would do the same, but a renderer paints each group on a sheet of its own.
    """
    seen = opacity * min(1.0, each.strength)
    return seen if seen < 1 else None


def _dashes(style: Mapping[str, object], *, old: bool) -> dict[str, object]:
    fill = style.get("fill")
    if fill not in ("dash", "dot"):
        return {}
    raw = style.get("dash")
    lengths = [to_number(each) for each in raw[:8]] if isinstance(raw, list) else []
    numbers = [min(100.0, max(0.0, each)) for each in lengths if each is not None]
    if not sum(numbers):
        numbers = [0.0, 3.0] if fill == "dot" else [10.0, 10.0]
    text = " ".join(f"{each:g}" for each in numbers)
    cap = "round" if fill == "dot" and not old else None
    return {"stroke_dasharray": text, "stroke_linecap": cap}
