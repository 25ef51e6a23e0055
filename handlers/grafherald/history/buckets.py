"""Equal pieces of time, whole since 1970, so that a graph does not change as it moves. Pure."""

from __future__ import annotations

from typing import NamedTuple

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
_STEPS = (
    *(count * _SECOND for count in (1, 2, 5, 10, 15, 30)),
    *(count * _MINUTE for count in (1, 2, 5, 10, 15, 20, 30)),
    *(count * _HOUR for count in (1, 2, 3, 6, 12)),
    *(count * _DAY for count in (1, 2, 7, 14, 30, 90, 365)),
)
MOST = 5000  # buckets of one answer


class Buckets(NamedTuple):
    """Pieces of time, all in milliseconds.

    Attributes:
        begin: where the first begins, a multiple of *step* since 1970.
        stop: where the last ends.
    """

    begin: int
    stop: int
    step: int

    def starts(self) -> range:
        """The points of a graph's time axis: where each bucket begins, in milliseconds."""
        return range(self.begin, self.stop, self.step)


def buckets(start: int, end: int, interval: int, points: int) -> Buckets:
    """Divide a range for a graph: buckets of a round length, none shorter than *interval*.

    Args:
        start, end, interval: in milliseconds.
        points: how many may be shown; there are at most MOST.
    """
    span = max(end - start, 1)
    least = max(interval, -(-span // max(1, min(points, MOST))))
    step = next((step for step in _STEPS if step >= least), -(-least // _DAY) * _DAY)
    return Buckets(
        start // step * step, max(-(-end // step) * step, start // step * step + step), step
    )


def past(end: int, length: int, step: int) -> Buckets:
    """The *length* until *end*, a multiple of *step*, in pieces of *step*: the present one whole.

    What is added up by pieces answers it exactly.

    Args:
        end, length, step: in milliseconds.
    """
    stop = end // step * step + step
    return Buckets(stop - length, stop, step)
