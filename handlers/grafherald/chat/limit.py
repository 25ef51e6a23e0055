"""How often one user may ask."""

from __future__ import annotations

import threading
from collections import deque

_WINDOW = 60.0


class RateLimit:
    """At most *count* questions of one user in a minute; 0 means any number."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._asked: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, user: str, now: float) -> float:
        """Count a question at *now* (seconds); return the seconds to wait, 0 when it may pass."""
        if not self._count:
            return 0.0
        with self._lock:
            self._forget(now)
            times = self._asked.setdefault(user, deque())
            if len(times) < self._count:
                times.append(now)
                return 0.0
            return times[0] + _WINDOW - now

    def _forget(self, now: float) -> None:
        for user in list(self._asked):
            times = self._asked[user]
            while times and times[0] <= now - _WINDOW:
                times.popleft()
            if not times:
                del self._asked[user]
