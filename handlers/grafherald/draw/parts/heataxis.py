"""The y axis of a heatmap: its range and its lines, as the old panel chose them with d3."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph.axis import AxisScale
from grafherald.draw.parts.buckets import Grid
from grafherald.draw.parts.heatplan import Plan
from grafherald.draw.values.formats import Manner
from grafherald.draw.values.units import format_value

_APART = 22.5  # pixels between two lines, about
_WIDER = 0.2  # of the values' range is added
_MOST_LINES = 100
_FARTHEST = 1e290  # beyond it a range or a power above it would be infinite


@dataclass(frozen=True)
class HeatAxis:
    """A scale and the values that have a line, with what is written beside it."""

    scale: AxisScale
    labels: tuple[tuple[float, str], ...]


def heat_axis(grid: Grid, plan: Plan, height: float, manner: Manner) -> HeatAxis:
    """The axis of a grid in a plot of *height* pixels."""
    count = max(1, min(_MOST_LINES, math.ceil(height / _APART)))
    grid = replace(grid, low=_bounded(grid.low), high=_bounded(grid.high))
    plan = replace(plan, low=_limit(plan.low), high=_limit(plan.high))
    if grid.names:
        return _of_names(grid, plan, count, manner)
    if grid.log:
        return _of_powers(grid, plan, count, manner)
    return _of_values(grid, plan, count, manner)


def _bounded(value: float) -> float:
    return min(_FARTHEST, max(-_FARTHEST, value))


def _limit(value: float | None) -> float | None:
    return None if value is None else _bounded(value)


def _of_values(grid: Grid, plan: Plan, count: int, manner: Manner) -> HeatAxis:
    step = tick_step(grid.low, grid.high, count)
    more = (grid.high - grid.low) * _WIDER / 2
    low, high = grid.low, grid.high
    if not plan.old:  # the new panel ends where its cells do
        low = _bounded(min(each.low for each in grid.cells))
        high = _bounded(max(each.high for each in grid.cells))
    elif step:
        low = math.floor((low - more) / step) * step
        high = math.ceil((high + more) / step) * step
    else:
        low, high = low - abs(low) * _WIDER, high + abs(high) * _WIDER
    if grid.low >= 0 and plan.old:
        low = max(0.0, low)
    low = plan.low if plan.low is not None else low
    high = plan.high if plan.high is not None else high
    if not low < high:
        high = low + (abs(low) * _WIDER or 1.0)
    step = tick_step(low, high, count) or (high - low)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, min(15, -math.floor(math.log10(step) + 1e-9)))
    values = [round(at * step, digits) for at in range(first, min(last, first + 200) + 1)]
    decimals = digits if plan.decimals is None else plan.decimals
    words = [str(format_value(plan.unit, each, decimals, manner)) for each in values]
    if plan.decimals is None and len(set(words)) < len(words):  # 60 s and 70 s as "1 min"
        words = [str(format_value(plan.unit, each, None, manner)) for each in values]
    return HeatAxis(AxisScale(low, high), tuple(zip(values, words, strict=True)))


def tick_step(low: float, high: float, count: float) -> float:
    """d3's tickStep: 1, 2 or 5 times a power of ten; 0 where there is no range."""
    rough = abs(high - low) / count
    if not 0 < rough < math.inf:
        return 0.0
    power = 10.0 ** math.floor(math.log10(rough))
    for limit, factor in ((math.sqrt(50), 10), (math.sqrt(10), 5), (math.sqrt(2), 2)):
        if rough / power >= limit:
            return power * factor
    return power


def _of_powers(grid: Grid, plan: Plan, count: int, manner: Manner) -> HeatAxis:
    base = grid.log
    low, high = max(grid.low, 1e-300), max(grid.high, 1e-300)
    if plan.old:  # which always shows 1
        low, high = min(1.0, low), max(1.0, high)
    bottom = math.floor(math.log(low) / math.log(base) + 1e-9)
    top = math.ceil(math.log(high) / math.log(base) - 1e-9)
    if plan.low is not None and plan.low > 0:
        bottom = math.floor(math.log(plan.low) / math.log(base) + 1e-9)
    if plan.high is not None and plan.high > 0:
        top = math.ceil(math.log(plan.high) / math.log(base) - 1e-9)
    top = max(top, bottom + 1)
    each = math.ceil((top - bottom + 1) / count)
    decimals = plan.decimals
    if plan.old and decimals is None:  # as many as the lowest line has
        decimals = _digits(f"{float(base) ** bottom:.10f}".rstrip("0"))
    labels = []
    for place in range(bottom, top + 1, each):
        value = float(base) ** place
        labels.append((value, str(format_value(plan.unit, value, decimals, manner))))
    return HeatAxis(AxisScale(float(base) ** bottom, float(base) ** top, base), tuple(labels))


def _of_names(grid: Grid, plan: Plan, count: int, manner: Manner) -> HeatAxis:
    """A bucket's name is its upper bound (Prometheus), its lower one, or stands in its middle."""
    away = {"top": 1.0, "bottom": 0.0}.get(plan.named_at, 0.5)
    each = max(1, math.ceil(len(grid.names) / count))
    decimals = plan.decimals
    if plan.old and decimals is None:
        decimals = max((_digits(each) for each in grid.names), default=0)
    labels = []
    for place in range(0, len(grid.names), each):
        name = grid.names[place]
        value = to_number(name)
        if value is not None and math.isfinite(value):
            name = str(format_value(plan.unit, value, decimals, manner))
        labels.append((place + away, name))
    return HeatAxis(AxisScale(0.0, float(len(grid.names))), tuple(labels))


def _digits(name: str) -> int:
    """How many decimals a name has that is a number: the old panel gives all names as many."""
    return min(10, len(name.partition(".")[2])) if to_number(name) is not None else 0
