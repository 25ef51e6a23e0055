"""The part of a time graph inside its axes: where a time and a value are, grid and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafherald.draw.graph import timeaxis
from grafherald.draw.graph.axis import AxisScale
from grafherald.draw.graph.curve import bounded
from grafherald.draw.graph.timeaxis import TimeTick
from grafherald.draw.graph.valueaxes import Axis, AxisManner
from grafherald.draw.page import text
from grafherald.draw.page.look import TimeRange
from grafherald.draw.page.svg import Canvas
from grafherald.draw.page.tiles import Box

_FAR = 8.0  # widths or heights of the plot; a line that leads further looks the same


@dataclass(frozen=True)
class PlotArea:
    """A box of pixels and the time that runs through it."""

    box: Box
    span: TimeRange

    def x(self, time: float) -> float:
        """Where a time is."""
        share = (time - self.span.start) / max(1, self.span.end - self.span.start)
        return self.box.x + share * self.box.width

    def y(self, value: float, scale: AxisScale) -> float:
        """Where a value is on this scale."""
        return self.box.bottom - scale.at(value) * self.box.height

    def xs(self, times: Sequence[float]) -> Sequence[float]:
        """Where these times are; bounded, as are `ys`."""
        each = self.box.width / max(1, self.span.end - self.span.start)
        left = self.box.x - self.span.start * each
        far = _FAR * self.box.width
        return bounded([left + time * each for time in times], -far, far)

    def ys(self, values: Sequence[float], scale: AxisScale) -> Sequence[float]:
        """Where these values are on this scale."""
        if scale.log:
            return [self.y(value, scale) for value in values]
        each = self.box.height / (scale.high - scale.low)
        bottom = self.box.bottom + scale.low * each
        far = _FAR * self.box.height
        return bounded([bottom - value * each for value in values], -far, far)

    def value(self, y: float, scale: AxisScale) -> float:
        """Which value is at a height, the other way round of `y`."""
        return scale.value((self.box.bottom - y) / self.box.height)

    def zero(self, scale: AxisScale) -> float:
        """Where an area ends that has nothing below it: at zero, or the edge next to it."""
        value = scale.low if scale.log else min(max(0.0, scale.low), scale.high)
        return self.y(value, scale)


def between(area: Box, axes: Sequence[Axis], manner: AxisManner) -> Box:
    """The plot that is left of *area* when its axes have their room."""
    left = sum(each.width for each in axes if each.shown and not each.right)
    right = sum(each.width for each in axes if each.shown and each.right)
    left = left or (15.0 if manner.old else 10.0)
    right = right or ((15.0 if manner.timed else 0.0) if manner.old else 9.0)
    width = max(10.0, area.width - left - right)
    top = area.y + (9 if manner.old else 8)
    return Box(area.x + left, top, width, plot_height(area, manner))


def with_room(box: Box, area: Box, ticks: Sequence[TimeTick], manner: AxisManner) -> Box:
    """The plot with room at its sides for half of the widest label below it, as Flot leaves."""
    if not manner.old or not ticks:
        return box
    font = manner.theme.font
    half = (max(text.width(each.label, manner.label_size, font) for each in ticks) + 1) / 2
    left = max(box.x, area.x + min(half, area.width / 4))
    right = min(box.right, area.right - min(half, area.width / 4))
    return Box(left, box.y, max(10.0, right - left), box.height)


def plot_height(area: Box, manner: AxisManner) -> float:
    """The height that `between` will give, whatever the axes are."""
    below = (23 if manner.timed else 9) if manner.old else 32
    return max(10.0, area.height - 9 - below)


def draw_grid(
    canvas: Canvas,
    plot: PlotArea,
    axes: Sequence[Axis],
    manner: AxisManner,
    ticks: Sequence[TimeTick],
) -> None:
    """The lines of the grid, and the small ones that point at the labels."""
    box, color = plot.box, manner.theme.flot_grid if manner.old else manner.theme.grid
    tail = 0.0 if manner.old else 9.0
    steps = []
    for tick in ticks:
        steps.append(f"M{round(plot.x(tick.time))} {round(box.y)}V{round(box.bottom + tail)}")
    shown = [each for each in axes if each.shown]
    main = next((each for each in shown if not each.right), shown[0] if shown else None)
    edges = {False: box.x, True: box.right}
    for axis in shown:
        edge = edges[axis.right]
        out = edge + (axis.tail if axis.right else -axis.tail)
        begin = edge if axis is not main else (box.x if axis.right else box.right)
        begin += 1 if manner.old and begin == edge else 0  # Flot: beside the plot, not at it
        for line in axis.ticks:
            y = round(plot.y(line.value, axis.scale))
            if box.y - 1 <= y <= box.bottom + 1 and begin != out:
                steps.append(f"M{round(begin)} {y}H{round(out)}")
        edges[axis.right] += axis.width if axis.right else -axis.width
    canvas.path("".join(steps), stroke=color, fill="none", transform="translate(.5 .5)")


def draw_labels(
    canvas: Canvas,
    plot: PlotArea,
    axes: Sequence[Axis],
    manner: AxisManner,
    ticks: Sequence[TimeTick],
) -> None:
    """What is written along the axes."""
    how = {"fill": manner.theme.text, "font_size": manner.label_size}
    box = plot.box
    with canvas.group(text_anchor="middle", **how):
        for tick in ticks:
            canvas.text(plot.x(tick.time), box.bottom + (18 if manner.old else 24.5), tick.label)
    edges = {False: box.x, True: box.right}
    for axis in axes:
        if axis.shown:
            _value_labels(canvas, plot, axis, edges[axis.right], manner)
            edges[axis.right] += axis.width if axis.right else -axis.width


def _value_labels(
    canvas: Canvas, plot: PlotArea, axis: Axis, edge: float, manner: AxisManner
) -> None:
    how = {"fill": manner.theme.text, "font_size": manner.label_size}
    gap = axis.tail + 5
    x = edge + gap if axis.right else edge - gap
    with canvas.group(text_anchor="start" if axis.right else "end", **how):
        for tick, label in zip(axis.ticks, axis.labels, strict=True):
            y = plot.y(tick.value, axis.scale)
            if label and plot.box.y - 2 <= y <= plot.box.bottom + 2:
                canvas.text(x, y + (3.5 if manner.old else 4), label)
    if axis.title:
        _title(canvas, plot, axis, edge, manner)


def _title(canvas: Canvas, plot: PlotArea, axis: Axis, edge: float, manner: AxisManner) -> None:
    """The axis' name beside its labels, turned as Grafana turns it."""
    near, far = (6, 14) if manner.old else (5, 13)
    outer = edge + axis.width - near if axis.right else edge - axis.width + far
    middle = plot.box.y + plot.box.height / 2
    turn = 90 if axis.right and not manner.old else -90
    canvas.text(
        outer,
        middle,
        axis.title,
        fill=manner.theme.text,
        text_anchor="middle",
        transform=f"rotate({turn} {outer:.1f} {middle:.1f})",
    )


def time_ticks(
    plot: PlotArea, wide: float, timezone: str, manner: AxisManner, canvas: Canvas
) -> list[TimeTick]:
    """The lines of the time axis of *wide* pixels; for an unknown time zone UTC, and a note."""
    if manner.old and not manner.timed:
        return []
    where = timeaxis.zone(timezone)
    if where is None:
        canvas.notes.append(f"times in UTC: this machine has no time zone {timezone}")
        where = timeaxis.UTC
    if manner.old:
        return timeaxis.flot_ticks(plot.span, wide, where)
    return timeaxis.uplot_ticks(plot.span, wide, where, manner.theme.font)
