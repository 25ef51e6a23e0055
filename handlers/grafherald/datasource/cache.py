"""Answers that are given again while nothing was written: viewers of a dashboard ask the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate

from grafherald.net.deadline import Deadline
from grafherald.store import Overdue

_MOST = 16 << 20  # bytes that are remembered, about


class ResponseCache:
    """Answers by question. Those who ask at the same time wait for the same answer."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._size = 0
        self._lock = threading.Lock()
        self._known: dict[Hashable, tuple[str, Future[bytes]]] = {}

    def get(self, key: Hashable, version: str, make: Callable[[], bytes], left: Deadline) -> bytes:
        """Answer *key* from memory, or by *make* when nothing is known for this *version*.

        Args:
            version: the store's, taken before.
            left: how long to wait for an answer that somebody else makes.

        Raises:
            Overdue: it was not made in time.
        """
        with self._lock:
            found = self._known.get(key)
            if found and found[0] == version:
                future, is_ours = found[1], False
            else:
                self._forget(key)
                future, is_ours = Future(), True
                self._known[key] = (version, future)
        if is_ours:
            self._make(key, future, make)
        try:
            return future.result(left.remaining)
        except TooLate:
            raise Overdue from None

    def _make(self, key: Hashable, future: Future[bytes], make: Callable[[], bytes]) -> None:
        try:
            answer = make()
        except BaseException as error:
            with self._lock:
                if self._is(key, future):
                    self._forget(key)
            future.set_exception(error)
            raise
        with self._lock:
            future.set_result(answer)
            if self._is(key, future):
                self._size += _cost(answer)
            while self._size > self._most:
                self._forget(next(iter(self._known)))

    def _is(self, key: Hashable, future: Future[bytes]) -> bool:
        return key in self._known and self._known[key][1] is future

    def _forget(self, key: Hashable) -> None:
        _, future = self._known.pop(key, (None, None))
        if future is not None and future.done() and not future.exception():
            self._size -= _cost(future.result())


def _cost(answer: bytes) -> int:
    return len(answer) + 2000  # of the question
