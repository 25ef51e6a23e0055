"""The graph panel whose x axis is no time: a bar for each series, or how often values occur.

The rules are those of graph.ts and histogram.ts of Grafana 7.5. Both are made time series whose
milliseconds are thousandths of a place on the axis, so that all else is as in any graph:
https://github.com/grafana/grafana/blob/v7.5.5/public/app/plugins/panel/graph/graph.ts
"""

from __future__ import annotations

import math
from bisect import bisect_right
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


@dataclass(frozen=True)
class PlacedGraph:
    """What is drawn instead: series, the range of their places, and the words below them."""

    series: list[Series]
    span: TimeRange
    ticks: list[TimeTick]


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


def histogram(series: Sequence[Series], xaxis: Mapping[str, Any], width: float) -> PlacedGraph:
    """How many values of all series lie in each bucket, as one series named Count."""
    values = sorted(v for each in series for v in each.values if v is not None and math.isfinite(v))
    low, high = _end(xaxis.get("min"), values[:1]), _end(xaxis.get("max"), values[-1:])
    wanted = to_number(xaxis.get("buckets")) or width / 50
    size = tick_step(low, high, round(max(1.0, min(_MOST, wanted)))) or 1.0
    first = math.floor(low / size)
    count = max(1, min(_MOST, math.floor(high / size) - first + 1))
    edges = [(first + at) * size for at in range(count + 1)]
    places = [bisect_right(values, edge - size * 1e-9) for edge in edges]
    counts = [float(b - a) for a, b in pairwise(places)]
    counts[-1] += len(values) - places[-1]
    filled = [at for at, number in enumerate(counts) if number]
    begin, end = (filled[0], filled[-1]) if filled else (0, 0)
    step = 1
    while (end - begin) / step > max(1.0, width / 50):
        step *= 2
    left = math.floor((first + begin) / step) * step
    right = math.ceil((first + end) * 1.01 / step) * step
    right = max(right, left + step)
    one = replace(
        series[0],
        name="Count",
        times=[(first + at - left) * _PLACE for at in range(count)],
        values=counts,
        step=0.8 * _PLACE * _FLOT,
    )
    ticks = [
        TimeTick((at - left) * _PLACE, str(format_value("short", at * size)))
        for at in range(left, right + 1, step)
    ]
    return PlacedGraph([one], TimeRange(0, (right - left) * _PLACE), ticks)


def _end(said: object, found: Sequence[float]) -> float:
    number = to_number(said)
    return number if number is not None and math.isfinite(number) else (found[0] if found else 0.0)
