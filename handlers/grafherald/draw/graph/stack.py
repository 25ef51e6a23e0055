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
