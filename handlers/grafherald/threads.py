"""Work side by side, in threads that are left behind when their time is up.

Nothing that hangs, be it a name server, can hold the others or the process past its deadline.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")

_IDLE = 10.0  # seconds that a thread waits for something else to do


class _Spare:
    """Threads that have done what they began with: a picture needs three, an alert a dozen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle = 0
        self._work: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    def begin(self, work: Callable[[], object]) -> None:
        with self._lock:
            is_spare = self._idle > 0
            self._idle -= is_spare
        if is_spare:
            self._work.put(work)
        else:
            threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def _run(self, work: Callable[[], object]) -> None:
        while True:
            work()
            with self._lock:
                self._idle += 1
            try:
                work = self._work.get(timeout=_IDLE)
            except queue.Empty:
                with self._lock:
                    if self._idle:
                        self._idle -= 1
                        return
                work = self._work.get()  # somebody counted on this one just now


_spare = _Spare()


def begin(work: Callable[[], object]) -> None:
    """Have *work*, which raises nothing, done in a thread that nobody waits for.

    Raises:
        RuntimeError: the system gives no thread.
    """
    _spare.begin(work)


class Work(Generic[_T, _R]):
    """What is done for each of some items, by a few threads.

    Attributes:
        results: what came of each item; None where nothing came yet.
    """

    def __init__(self, do: Callable[[_T], _R], items: Sequence[_T], *, threads: int) -> None:
        """Begin, with at most so many *threads*."""
        self.results: list[_R | None] = [None] * len(items)
        self._waiting = list(enumerate(items))[::-1]
        self._do = do
        self._threads = [
            threading.Thread(target=self._run, daemon=True) for _ in range(min(threads, len(items)))
        ]
        for thread in self._threads:
            thread.start()

    def join(self, deadline: float) -> list[_R | None]:
        """Wait until all is done or ``time.monotonic()`` is at *deadline*; return the results."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return list(self.results)

    def _run(self) -> None:
        while True:
            try:
                number, item = self._waiting.pop()
            except IndexError:
                return
            self.results[number] = self._do(item)


def side_by_side(
    do: Callable[[_T], _R], items: Sequence[_T], seconds: float, *, threads: int = 8
) -> list[_R | None]:
    """Do the same to many *items* at once; None for those not done within *seconds*."""
    return Work(do, items, threads=threads).join(time.monotonic() + seconds)
