"""The value axes of time graphs: which range is shown and where its lines are.

Panels of 7.4 and later are drawn by uPlot, the old graph panel by Flot; each has its own idea of a
good range. Figures from uPlot 1.6.8 (rangeNum, rangeLog, findIncr), Grafana 7.5's fork of Flot
(setRange, setupTickGeneration) and its graph panel (generateTicksForLogScaleYAxis).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST_TICKS = 200
_LARGEST = 1e150
_PAD = 0.1  # of the values' range, above and below
_STEPS = (1.0, 2.0, 2.5, 5.0)
_CLOSEST = 16.0  # pixels between labels of powers of two: uPlot leaves none of them out


@dataclass(frozen=True)
class Bounds:
    """What a panel says of an axis: each None if it says nothing."""

    low: float | None = None
    high: float | None = None
    soft_low: float | None = None
    soft_high: float | None = None


@dataclass(frozen=True)
class AxisScale:
    """Values to shares of the plot's height: 0 at its bottom, 1 at its top.

    ``log`` is the base of a logarithmic scale, 0 for a linear one.
    """

    low: float
    high: float
    log: float = 0.0

    def at(self, value: float) -> float:
        """Where *value* is; what lies far outside is cut to a few heights of the plot."""
        if self.log:
            low = math.log(self.low)
            value = value if value > 0 else self.low / 10  # where uPlot puts it
            share = (math.log(value) - low) / (math.log(self.high) - low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(8.0, max(-8.0, share))

    def value(self, share: float) -> float:
        """Which value is at a share of the height, the other way round of `at`."""
        if self.log:
            low = math.log(self.low)
            return math.exp(min(700.0, max(-700.0, low + share * (math.log(self.high) - low))))
        return self.low + share * (self.high - self.low)

    def holds(self, value: float) -> bool:
        """Whether *value* lies inside the plot."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Tick:
    """A line of the grid; one without a label is a line between others of a log scale."""

    value: float
    labelled: bool = True


def _span(low: float, high: float) -> tuple[float, float]:
    """Two tame bounds, the lower one first, with something between them."""
    low, high = sorted((_tame(low), _tame(high)))
    if high - low <= max(abs(low), abs(high)) * 1e-12:
        wider = max(abs(low), abs(high)) * 0.1 or 1.0
        return low - wider, high + wider
    return low, high


def _tame(value: float) -> float:
    """A value that can still be added to, divided and taken the logarithm of."""
    return min(_LARGEST, max(-_LARGEST, value)) if abs(value) >= 1 / _LARGEST else 0.0


def uplot_range(
    low: float, high: float, bounds: Bounds, digits: int | None = None
) -> tuple[float, float]:
    """The range that uPlot's rangeNum gives values from *low* to *high*, as Grafana sets it up.

    *digits*: decimals to which it rounded, in 7.5: 0.17 to 0.91 µs became 0 to 1 µs.
    """
    fixed_low = bounds.low if bounds.soft_low is None else None
    fixed_high = bounds.high if bounds.soft_high is None else None
    low = _tame(low if fixed_low is None else fixed_low)
    high = _tame(high if fixed_high is None else fixed_high)
    low, high = min(low, high), max(low, high)
    delta = high - low
    size = delta or abs(high) or 1000.0
    grain = 10.0 ** math.floor(math.log10(size)) / 10
    under = low - size * (_PAD if delta else (0.1 if low == 0 else 1.0))
    over = high + size * (_PAD if delta else (0.1 if high == 0 else 1.0))
    new_low = _soften(low, math.floor(round(under / grain, 6)) * grain, bounds.soft_low, 1)
    new_high = _soften(high, math.ceil(round(over / grain, 6)) * grain, bounds.soft_high, -1)
    if digits is not None and round(new_low, digits) < round(new_high, digits):
        new_low, new_high = round(new_low, digits), round(new_high, digits)
    if new_low == new_high == 0:
        new_high = 100.0
    if bounds.low is not None:
        new_low = max(new_low, bounds.low) if fixed_low is None else fixed_low
    if bounds.high is not None:
        new_high = min(new_high, bounds.high) if fixed_high is None else fixed_high
    return _span(new_low, new_high)


def _soften(value: float, padded: float, soft: float | None, sign: int) -> float:
    """A padded end of the range, kept at the soft limit while the data are inside of it.

    *sign* is 1 for the lower end, -1 for the upper one. Without a soft limit zero is one, but only
    where the padding alone would cross it (uPlot's mode 3).
    """
    limit = soft or 0.0
    if value * sign < limit * sign:
        return padded
    crosses = padded * sign <= limit * sign
    return limit if soft is not None or crosses else padded


def log_range(low: float, high: float, base: float, bounds: Bounds) -> tuple[float, float]:
    """Whole powers of *base* around the positive values; (1, base) if there are none."""
    fixed_low, fixed_high = (_tame(each or 0.0) for each in (bounds.low, bounds.high))
    low, high = fixed_low or _tame(low), fixed_high or _tame(high)
    if low <= 0:
        low = high / base if high > 0 else 1.0
    high = high if high >= low else low * base
    if low == high:
        low, high = low / base, high * base
    bottom = base ** math.floor(round(math.log(low, base), 9))
    top = base ** math.ceil(round(math.log(high, base), 9))
    bottom = fixed_low if fixed_low > 0 else bottom
    top = fixed_high if fixed_high > bottom else top
    return bottom, max(top, bottom * 1.01)


def uplot_ticks(
    scale: AxisScale, pixels: float, *, space: float = 30, binary: bool = False, whole: bool = False
) -> list[Tick]:
    """The grid of a linear axis: the smallest good step that is at least *space* pixels.

    *binary* steps are powers of two, for bytes; *whole* ones have no decimals.
    """
    least = space * (scale.high - scale.low) / max(1.0, pixels)
    step = 2.0 ** math.ceil(math.log2(least)) if binary else _good_step(least)
    if whole:
        step = max(1.0, step if step >= 5 or step == int(step) else math.ceil(step))
    return [Tick(value) for value in _multiples(scale.low, scale.high, step)]


def _good_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next((each * power for each in _STEPS if each * power >= least * 0.999999), 10 * power)


def _multiples(low: float, high: float, step: float) -> list[float]:
    first = math.ceil(round(low / step, 6))
    count = min(MOST_TICKS, int(round(high / step, 6) // 1) - first + 1)
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round((first + place) * step, min(digits, 300)) + 0.0 for place in range(count)]


def log_ticks(scale: AxisScale, pixels: float, *, space: float = 30) -> list[Tick]:
    """Lines at 1, 2, 3, ... of every power; labels as many as have room (uPlot's filter)."""
    if scale.log == 2:
        count = min(MOST_TICKS, math.floor(math.log2(scale.high) - math.log2(scale.low) + 1e-9) + 1)
        each = max(1, math.ceil(_CLOSEST * (count - 1) / max(1.0, pixels)))
        return [Tick(scale.low * 2.0**place, place % each == 0) for place in range(count)]
    decade = pixels / max(1e-9, math.log10(scale.high) - math.log10(scale.low))
    shown: tuple[int, ...] = (1,)
    for digits, near in ((range(1, 10), 9), ((1, 2, 3, 5, 7), 7), ((1, 2, 5), 5)):
        if decade * math.log10(10 / near) >= space:
            shown = tuple(digits)
            break
    powers = range(
        math.floor(math.log10(scale.low) + 1e-9), math.ceil(math.log10(scale.high) - 1e-9) + 1
    )
    skip = max(1, math.ceil(space / max(0.1, decade)))
    inner = range(1, 10) if len(powers) < MOST_TICKS / 9 else (1,)
    return [
        Tick(value, digit in shown and (power - powers.start) % skip == 0)
        for power in powers
        for digit in inner
        if scale.low * 0.999999 <= (value := digit * 10.0**power) <= scale.high * 1.000001
    ][:MOST_TICKS]


def flot_range(low: float, high: float, bounds: Bounds) -> tuple[float, float]:
    """Flot's range before it is widened to the outermost lines (`flot_ticks`)."""
    fixed_low, fixed_high = bounds.low, bounds.high
    bottom = _tame(low if fixed_low is None else fixed_low)
    top = _tame(high if fixed_high is None else fixed_high)
    if top == bottom:
        wider = abs(top * 0.25) or 1.0
        bottom = bottom - wider if fixed_low is None else bottom
        top = top + wider if fixed_high is None or fixed_low is not None else top
        return bottom, top
    margin = (top - bottom) * 0.02
    if fixed_low is None:
        bottom = 0.0 if bottom - margin < 0 <= low else bottom - margin
    if fixed_high is None:
        top = 0.0 if top + margin > 0 >= high else top + margin
    return _span(bottom, top)


def flot_axis(
    low: float, high: float, bounds: Bounds, pixels: float, *, binary: bool = False
) -> tuple[AxisScale, list[Tick]]:
    """The old panel's linear axis: its range ends at lines unless the panel fixes it.

    The lines are chosen twice, for the values' range and then for the one widened to lines, as
    Grafana's fork of Flot does. *binary*: inside of that range the lines are at powers of two,
    where Flot has 23.8 MiB.
    """
    span = _span(*flot_range(low, high, bounds))
    values: list[float] = []
    for _ in range(2):
        span, values = flot_snapped(span, bounds, pixels)
    if binary:
        values = _flot_values(*span, pixels, binary=True)
    return flot_scale(span, values)


def flot_snapped(
    span: tuple[float, float], bounds: Bounds, pixels: float
) -> tuple[tuple[float, float], list[float]]:
    """A range widened to its outermost lines, where the panel does not fix it; and the lines."""
    bottom, top = span
    values = _flot_values(bottom, top, pixels, binary=False)
    bottom = bottom if bounds.low is not None else min(bottom, values[0])
    top = top if bounds.high is not None else max(top, values[-1])
    return (bottom, top), values


def flot_scale(span: tuple[float, float], values: Sequence[float]) -> tuple[AxisScale, list[Tick]]:
    """The scale of a range, and those of the lines that lie inside of it."""
    bottom, top = span
    edge = (top - bottom) * 1e-9
    return AxisScale(bottom, top), [
        Tick(each) for each in values if bottom - edge <= each <= top + edge
    ]


def _flot_values(bottom: float, top: float, pixels: float, *, binary: bool) -> list[float]:
    rough = (top - bottom) / (0.3 * math.sqrt(max(36.0, pixels)))
    step = 2.0 ** round(math.log2(rough)) if binary else _flot_step(rough)
    first, last = math.floor(round(bottom / step, 6)), math.ceil(round(top / step, 6))
    digits = min(300, max(0, 2 - math.floor(math.log10(step))))
    return [
        round(place * step, digits) + 0.0
        for place in range(first, min(last, first + MOST_TICKS) + 1)
    ]


def _flot_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    for limit, step in ((1.5, 1.0), (2.25, 2.0), (3.0, 2.5), (7.5, 5.0)):
        if rough / power < limit:
            return step * power
    return 10 * power


def flot_log_axis(
    low: float, high: float, base: float, bounds: Bounds, pixels: float
) -> tuple[AxisScale, list[Tick]]:
    """The old panel's logarithmic axis: lines at powers, one in 25 *pixels* of the whole panel."""
    bottom, top = log_range(low, high, base, bounds)
    count = min(1000, round(math.log(top, base) - math.log(bottom, base)) + 1)
    each = math.ceil(count / max(1, math.ceil(pixels / 25)))
    ticks = [Tick(bottom * base**place) for place in range(0, count, each)]
    return AxisScale(bottom, max(top, ticks[-1].value), base), ticks[:MOST_TICKS]
