"""The small graph behind a stat's value: a line and its area, without axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from grafherald.draw.graph.axis import Bounds, uplot_range
from grafherald.draw.page.look import TimeRange
from grafherald.draw.page.svg import Canvas, number
from grafherald.draw.page.tiles import Box

Point = tuple[float, float]


@dataclass(frozen=True)
class Trend:
    """The samples of one value, a time or number that lacks is None; and the range, where fixed."""

    times: Sequence[float | None]
    values: Sequence[float | None]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Paint:
    """A colour and its opacity."""

    color: str
    opacity: float = 1.0


def draw_trend(
    canvas: Canvas, trend: Trend, box: Box, span: TimeRange, paints: tuple[Paint, Paint]
) -> None:
    """Draw line and area, in these paints, at most two points per pixel column."""
    line, area = paints
    wide = max(1.0, float(span.end - span.start))
    points = [
        ((at - span.start) / wide * box.width, float(value))
        for at, value in zip(trend.times, trend.values, strict=False)
        if value is not None
        and at is not None
        and math.isfinite(value)
        and span.start <= at <= span.end
    ]
    if len(points) < 2:
        return
    values = [value for _, value in points]
    low, high = uplot_range(min(values), max(values), Bounds(trend.low, trend.high))
    steps = [
        (box.x + x, box.bottom - (value - low) / (high - low) * box.height)
        for x, value in thinned(points)
    ]
    way = "L".join(f"{number(x)} {number(y)}" for x, y in steps)
    under = f"M{number(steps[0][0])} {number(box.bottom)}L{way}"
    clip = canvas.clip(box.x, box.y, box.width, box.height)
    with canvas.group(clip_path=clip):
        canvas.path(
            f"{under}L{number(steps[-1][0])} {number(box.bottom)}Z",
            fill=area.color,
            fill_opacity=area.opacity,
        )
        canvas.path(f"M{way}", fill="none", stroke=line.color, stroke_width=1)


def thinned(points: Sequence[Point]) -> list[Point]:
    """The lowest and the highest of the points of each pixel column, in their order."""
    if len(points) < 400:
        return list(points)
    columns: dict[int, tuple[Point, Point]] = {}
    for point in points:
        least, most = columns.get(int(point[0]), (point, point))
        columns[int(point[0])] = (
            point if point[1] < least[1] else least,
            point if point[1] > most[1] else most,
        )
    kept: list[Point] = []
    for pair in columns.values():
        kept += sorted(set(pair))
    return kept
