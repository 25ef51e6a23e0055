"""Answers that are asked for again and again in a storm, kept for a minute."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class TimedCache(Generic[T]):
    """A bounded memory of answers; threads may share it.

    Two threads that ask at once may both fetch; what the second one gets replaces the first.
    """

    def __init__(self, milliseconds: int = 60_000, most: int = 200) -> None:
        self._milliseconds = milliseconds
        self._most = most
        self._answers: dict[str, tuple[int, T]] = {}
        self._lock = Lock()

    def get(self, key: str, now: int, fetch: Callable[[], T]) -> T:
        """The kept answer, or a new one; a failed *fetch* is not kept. *now*: epoch ms."""
        with self._lock:
            found = self._answers.get(key)
        if found is not None and 0 <= now - found[0] < self._milliseconds:
            return found[1]
        answer = fetch()
        with self._lock:
            self._answers.pop(key, None)
            self._answers[key] = (now, answer)
            while len(self._answers) > self._most:
                self._answers.pop(next(iter(self._answers)))
        return answer
