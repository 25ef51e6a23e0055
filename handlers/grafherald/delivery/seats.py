"""Senders of one process, shared out so that a channel that hangs leaves some to the others."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class Seats:
    """So many senders; a channel may have as many at work as are free beside them.

    One channel alone gets half of them, the next half of what is left, and so on: whatever hangs,
    a channel that does not finds a free one.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def choosing(self) -> Iterator[Collection[str]]:
        """Give the channels that are full now; nobody else takes a seat within the block."""
        with self._lock:
            free = self._number - self._taken.total()
            yield {channel for channel, taken in self._taken.items() if taken >= free}

    def take(self, channel: str) -> None:
        """Take a seat, within `choosing`."""
        self._taken[channel] += 1

    def leave(self, channel: str) -> None:
        """Give a seat back."""
        with self._lock:
            self._taken -= Counter((channel,))
