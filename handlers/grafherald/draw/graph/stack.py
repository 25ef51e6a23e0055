"""Series on top of each other: where each begins and ends at each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import cast

Values = Sequence[float | None]


@dataclass(frozen=True)
class Layer:
    """One series of a stack at the times all of them share: its upper and its lower edge."""

    times: Sequence[float]
    tops: Values
    bases: Sequence[float]


def stack(series: Sequence[tuple[Sequence[float], Values]], whole: float = 0.0) -> list[Layer]:
    """Pile *series* (times, values) up in their order; what has no value adds nothing.

    With *whole*, such as 1 or 100, every value becomes its share of the sum at its time, and the
    uppermost edge is *whole*; where the sum is zero so are the shares.
    """
    times = _union([each for each, _ in series])
    aligned = [_aligned(times, *each) for each in series]
    sums = [
        sum(abs(values[place] or 0.0) for values in aligned) if whole else 0.0
        for place in range(len(times))
    ]
    bottom = [0.0] * len(times)
    layers = []
    for values in aligned:
        bases = list(bottom)
        tops: list[float | None] = []
        if not whole and None not in values:  # as nearly all are
            bottom = list(map(add, bottom, cast("Sequence[float]", values)))
            layers.append(Layer(times, list(bottom), bases))
            continue
        for place, value in enumerate(values):
            if value is None:
                tops.append(None)
                continue
            share = whole / sums[place] if whole and sums[place] else (0.0 if whole else 1.0)
            bottom[place] += value * share
            tops.append(bottom[place])
        layers.append(Layer(times, tops, bases))
    return layers


@dataclass(frozen=True)
class Piled:
    """One series that Flot will pile up; *evenly* spaced ones have gaps where samples are missing.

    Others have nothing before their first sample and after their last.
    """

    times: Sequence[float]
    values: Values
    evenly: bool


def flot_stack(series: Sequence[Piled]) -> list[Layer]:
    """Pile *series* up as Grafana 7.5's fork of Flot does.

    A series stands on the one before it alone: where that one has a gap it stands on the ground,
    whatever lies below. Where a series has no sample it lies on the one before it, but not in its
    own gaps. See public/vendor/flot/jquery.flot.stack.js.
    """
    times = _union([each.times for each in series])
    ground: Sequence[float] = [0.0] * len(times)
    layers: list[Layer] = []
    for each in series:
        before = layers[-1].tops if layers else [None] * len(times)
        even = each.times is times or len(each.times) == len(times)
        if even and None not in each.values and (not layers or None not in before):
            bases = cast("Sequence[float]", before) if layers else ground
            tops = list(map(add, bases, cast("Sequence[float]", each.values)))
            layers.append(Layer(times, tops, bases))
        else:
            layers.append(_on(each, times, before))
    return layers


def _on(each: Piled, times: Sequence[float], before: Values) -> Layer:
    known = dict(zip(each.times, each.values, strict=False))
    first, last = (each.times[0], each.times[-1]) if each.times else (0.0, -1.0)
    tops: list[float | None] = []
    bases: list[float] = []
    gap = False
    for time, below in zip(times, before, strict=True):
        base = below or 0.0
        value = known.get(time)
        bases.append(base)
        if value is not None:
            gap = False
            tops.append(value + base)
        elif time in known or (each.evenly and not first <= time <= last):
            gap = True
            tops.append(None)
        else:
            tops.append(None if gap and first <= time <= last else below)
    return Layer(times, tops, bases)


def _union(of: Sequence[Sequence[float]]) -> Sequence[float]:
    first = of[0] if of else ()
    if all(each is first or list(each) == list(first) for each in of):
        return first
    return sorted({time for times in of for time in times})


def _aligned(times: Sequence[float], own: Sequence[float], values: Values) -> Values:
    if own is times or list(own) == list(times):
        return values
    known = dict(zip(own, values, strict=False))
    return [known.get(time) for time in times]
