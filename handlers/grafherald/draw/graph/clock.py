"""The times of a series, made ready once for all series that share them.

Where samples are missing in a row of equal steps, as Prometheus and others leave them out, a slot
without a value stands at each step.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import sub
from typing import Any

from grafherald.draw.frames.frame import Field
from grafherald.draw.frames.numbers import to_number

MOST_FILLED = 20_000  # slots that a series may have after its gaps were filled


@dataclass(frozen=True)
class Clock:
    """When the samples of a series are.

    Attributes:
        source: the times as the frame has them.
        said: milliseconds between two samples, as the datasource says; None if it does not.
        times: epoch milliseconds, ascending and never None.
        slots: which sample stands at each time, None where there is none; None if all are in order.
        step: milliseconds between two samples, or None where they are irregular.
    """

    source: Sequence[Any]
    said: float | None
    times: Sequence[float]
    slots: Sequence[int | None] | None
    step: float | None

    def serves(self, time: Field) -> bool:
        """Whether it is the clock of this time field too."""
        same = self.source is time.values or self.source == time.values
        return same and self.said == _said(time)

    def values(self, field: Field) -> Sequence[float | None]:
        """The field's samples at the clock's times; NaN and the infinities are none."""
        found: Sequence[Any] = field.values
        if field.kind == "boolean":
            found = [None if value is None else float(value) for value in found]
        if self.slots is not None:
            found = [None if slot is None else found[slot] for slot in self.slots]
        if not _all_finite(found):
            return [each if each is not None and each - each == 0 else None for each in found]
        return found


def clock_of(time: Field) -> Clock:
    """Read a time field."""
    times: Sequence[Any] = time.values
    order: Sequence[int] = range(len(times))
    if None in times or not _all_finite(times):
        order = [place for place, at in enumerate(times) if at is not None and at - at == 0]
        times = [times[place] for place in order]
    if any(gap < 0 for gap in _distances(times)):
        sort = sorted(range(len(times)), key=times.__getitem__)
        times = [times[place] for place in sort]
        order = [order[place] for place in sort]
    slots: Sequence[int | None] | None = None if isinstance(order, range) else order
    said = _said(time)
    step = said or _usual(times)
    if step is not None and max(_distances(times), default=0) > step * 1.5:
        filled = list(_filled(times, step))
        slots = [None if place is None else order[place] for _, place in filled]
        times = [at for at, _ in filled]
    return Clock(time.values, said, times, slots, step)


def _all_finite(values: Sequence[float | None]) -> bool:
    """Whether no NaN or infinity is among them; false too where only their sum is infinite."""
    try:
        return math.isfinite(sum(filter(None, values)))
    except OverflowError:
        return False


def _distances(times: Sequence[float]) -> Iterable[float]:
    return map(sub, times[1:], times)


def _said(time: Field) -> float | None:
    said = to_number(time.config.get("interval"))
    return said if said is not None and said > 0 else None


def _usual(times: Sequence[float]) -> float | None:
    """The distance of nearly all neighbours."""
    if len(times) < 10:
        return None
    (step, count), *_ = Counter(_distances(times)).most_common(1)
    return step if step > 0 and count >= 0.8 * (len(times) - 1) else None


def _filled(times: Sequence[float], step: float) -> Iterator[tuple[float, int | None]]:
    """The times with their places, and those that are missing: one a gap where they are many."""
    many = (times[-1] - times[0]) / step > MOST_FILLED
    yield times[0], 0
    before = times[0]
    for place, at in enumerate(times[1:], 1):
        missing = before + step
        while at - missing > step / 2:
            yield missing, None
            if many:
                break
            missing += step
        yield at, place
        before = at
