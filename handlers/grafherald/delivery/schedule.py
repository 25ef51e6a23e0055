"""When a delivery goes: with its group, at a rate, or again. Times in, times out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple


class Retries(NamedTuple):
    """Exponential backoff.

    Attributes:
        first: the pause after the first failure; each following one is twice as long.
        longest: no pause of our own is longer, so that an outage's end is soon noticed.
        give_up: how old an event may get before its delivery is kept for a person instead.
    """

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=5)
    give_up: timedelta = timedelta(hours=24)

    def retry_at(
        self,
        attempts: int,
        now: datetime,
        *,
        received: datetime,
        jitter: float,
        retry_after: float | None = None,
    ) -> datetime | None:
        """Decide when to try again after *attempts* failures; None when that is too late.

        Args:
            attempts: how often it was tried, at least 1.
            received: when the event came.
            jitter: 0 to 1; the pause is stretched by up to a quarter, so that what failed
                together does not come back together.
            retry_after: seconds that the other side asked for; never undercut.
        """
        # both bounds are there because a timedelta can overflow
        pause = min(self.longest, self.first * 2 ** min(attempts - 1, 30))
        asked = timedelta(seconds=min(max(retry_after or 0, 0), 10**8))
        at = now + max(asked, pause * (1 + jitter / 4))
        return at if at - received < self.give_up else None


class Batch(NamedTuple):
    """A group's latest message.

    Attributes:
        opened: when the first message went since the group was last quiet.
        due: when the latest went, or the next is to go.
    """

    opened: datetime
    due: datetime


SKEW = timedelta(minutes=1)
"""How far the clocks of machines that share a store may differ."""

_SOON = timedelta(seconds=0.5)


def next_batch(last: Batch | None, now: datetime, *, wait: timedelta, interval: timedelta) -> Batch:
    """Decide which message a delivery of a group joins.

    A quiet group speaks up at once, but for a moment in which what fails together comes together:
    whoever is on call hears of a storm when it begins. What comes within *wait* of that goes as
    the second message, the rest as one per *interval*. After an *interval* without a message the
    group is quiet again.
    """
    if last is not None and last.opened > now + SKEW:  # written by a clock that was ahead
        last = None
    if last is not None and now < last.due:
        return last
    if last is None or now >= last.due + interval:
        first = now + min(wait, _SOON)
        return Batch(first, first)
    if last.due == last.opened and now < last.opened + wait:
        return Batch(last.opened, last.opened + wait)
    return Batch(last.opened, last.due + interval)
