"""The graph panel whose x axis is no time: a bar for each series, or how often values occur.

The rules are those of graph.ts and histogram.ts of Grafana 7.5. Both are made time series whose
milliseconds are thousandths of a place on the axis, so that all else is as in any graph:
https://github.com/grafana/grafana/blob/v7.5.5/public/app/plugins/panel/graph/graph.ts
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph.series import Series
from grafherald.draw.graph.timeaxis import TimeTick
from grafherald.draw.legacy import STATS
from grafherald.draw.page.look import TimeRange
from grafherald.draw.parts.heataxis import tick_step
from grafherald.draw.values.units import format_value

_PLACE = 1000  # milliseconds of one place
_FLOT = 1.5  # a bar is its step's length divided by this
_MOST = 2000  # places
_APART = 50  # pixels between two buckets, where the panel does not say how many there are


@dataclass(frozen=True)
class PlacedGraph:
    """What is drawn instead: series, the range of their places, and the words below them.

    Attributes:
        listed: the series of the legend, where they are others than the panel's.
    """

    series: list[Series]
    span: TimeRange
    ticks: list[TimeTick]
    listed: list[Series] | None = None
    notes: tuple[str, ...] = ()


def by_series(series: Sequence[Series], xaxis: Mapping[str, Any]) -> PlacedGraph:
    """One bar a series, as high as the value that the panel makes of it."""
    values = xaxis.get("values")
    name = str(values[0]) if isinstance(values, list) and values else "total"
    calc = STATS.get(name, "sum")
    placed = []
    for place, each in enumerate(series, 1):
        value = to_number(each.reduce(calc))
        custom = {**each.custom, "drawStyle": "bars", "withBars": False}
        bar = replace(each, times=[place * _PLACE - 350], values=[value], custom=custom)
        placed.append(replace(bar, step=0.7 * _PLACE * _FLOT))
    ticks = [TimeTick(place * _PLACE, each.name) for place, each in enumerate(series, 1)]
    return PlacedGraph(placed, TimeRange(0, (len(series) + 1) * _PLACE), ticks)


def histogram(
    series: Sequence[Series], xaxis: Mapping[str, Any], width: float, *, stacked: bool = False
) -> PlacedGraph:
    """How many values lie in each bucket: of all series, as one named Count, or *stacked*."""
    values = _finite(series)
    low, high = _ends(xaxis, values)
    most = width / _APART
    wanted = to_number(xaxis.get("buckets")) or most
    size = tick_step(low, high, max(1.0, min(_MOST, wanted))) or 1.0
    first, last = math.floor(low / size), math.floor(high / size)
    last = max(first, min(last, first + _MOST))
    edges = _edges(first * size, last * size, round(high - low) / size)
    step = 1
    while (edges[-2] / size - first) / step > max(1.0, most):
        step *= 2
    left = math.floor(first / step) * step
    right = math.ceil(round(edges[-2] * 1.01 / size / step, 9)) * step
    right = max(right, left + step)
    together = replace(series[0], name="Count", values=values)
    times = [(edge / size - left) * _PLACE for edge in edges[:-1]]
    drawn, left_out = [], 0
    for each in series if stacked else [together]:
        counts, beyond = _counted(_finite([each]), edges)
        left_out += beyond
        drawn.append(replace(each, times=times, values=counts, step=0.8 * _PLACE * _FLOT))
    ticks = [
        TimeTick((at - left) * _PLACE, str(format_value("short", at * size)))
        for at in range(left, right + 1, step)
    ]
    notes = (f"{left_out} beyond the last bound",) if left_out else ()
    span = TimeRange(0, (right - left) * _PLACE)
    return PlacedGraph(drawn, span, ticks, None if stacked else [together], notes)


def _finite(series: Sequence[Series]) -> list[float]:
    """The values of these series, sorted."""
    return sorted(v for each in series for v in each.values if v is not None and math.isfinite(v))


def _edges(low: float, high: float, count: float) -> list[float]:
    """The bounds of the bars, as d3 5's histogram() sets about *count* thresholds between two."""
    step = tick_step(low, high, count) if count > 0 else 0.0
    if not step:
        return [low, high]
    first = math.ceil(round(low / step, 9))
    count = min(_MOST, max(0, math.ceil(round(high / step, 9)) - first))
    inner = [(first + at) * step for at in range(int(count))]
    return [low, *(each for each in inner if each > low), high]


def _counted(values: Sequence[float], edges: Sequence[float]) -> tuple[list[float], int]:
    """How many of the sorted *values* lie in each bar, and how many in none.

    The last bound belongs to the last bar; as it is a whole number of buckets, the largest values
    may lie beyond it.
    """
    near = (edges[-1] - edges[0]) * 1e-9
    places = [bisect_left(values, edge - near) for edge in edges]
    places[-1] = bisect_right(values, edges[-1] + near)
    counts = [float(b - a) for a, b in pairwise(places)]
    return counts, len(values) - round(sum(counts))


def _ends(xaxis: Mapping[str, Any], values: Sequence[float]) -> tuple[float, float]:
    """The least and the largest value, or what the panel says, where that leaves a range."""
    low, high = _end(values[:1]), _end(values[-1:])
    if (least := _said(xaxis.get("min"))) is not None and least < high:
        low = least
    if (most := _said(xaxis.get("max"))) is not None and most > low:
        high = most
    return (low, high) if math.isfinite(high - low) else (0.0, 0.0)


def _end(found: Sequence[float]) -> float:
    return found[0] if found else 0.0


def _said(limit: object) -> float | None:
    number = to_number(limit)
    return number if number is not None and math.isfinite(number) else None
