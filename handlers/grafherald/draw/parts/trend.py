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
    """Draw line and area, with gaps, in these paints, at most two points per pixel column."""
    line, area = paints
    wide = max(1.0, float(span.end - span.start))
    pieces: list[list[Point]] = [[]]
    for at, value in zip(trend.times, trend.values, strict=False):
        if at is None or not span.start <= at <= span.end:
            continue
        if value is None or not math.isfinite(value):
            pieces.append([])
            continue
        pieces[-1].append(((at - span.start) / wide * box.width, float(value)))
    values = [value for piece in pieces for _, value in piece]
    if len(values) < 2:
        return
    low, high = uplot_range(min(values), max(values), Bounds(trend.low, trend.high))
    under = way = ""
    for piece in filter(None, pieces):
        steps = [
            (box.x + x, box.bottom - (value - low) / (high - low) * box.height)
            for x, value in thinned(piece)
        ]
        top = "L".join(f"{number(x)} {number(y)}" for x, y in steps)
        left, right, bottom = number(steps[0][0]), number(steps[-1][0]), number(box.bottom)
        under += f"M{left} {bottom}L{top}L{right} {bottom}Z"
        way += f"M{top}"
    clip = canvas.clip(box.x, box.y, box.width, box.height)
    with canvas.group(clip_path=clip):
        canvas.path(under, fill=area.color, fill_opacity=area.opacity)
        canvas.path(way, fill="none", stroke=line.color, stroke_width=1)


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
