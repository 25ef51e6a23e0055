"""The one cache of renders: identical ones are one, at the same time and for a few seconds.

It is for the threads of a process: alerts, chat, board and the picture service's clients. Whose
token a picture was rendered with is part of its key: who may not see a panel gets no one else's
picture. For the processes of one machine there is `machine` behind it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from grafherald.errors import GraphError
from grafherald.images import Picture
from grafherald.net.deadline import Deadline

_MOST = 4_000  # pictures that are known by their URL
_MOST_BYTES = 6 << 20  # of those whose bytes are at hand


class Key(NamedTuple):
    """What makes two renders the same one.

    Attributes:
        authorization: what Grafana is asked with, ``Bearer <token>`` or "".
        full: with its bytes, which somebody may have to fetch.
        drawn: "" for Grafana's own picture; for one of ours, what stands beside the panel in it.
    """

    authorization: str
    render_url: str
    full: bool = False
    drawn: str = ""


@dataclass(slots=True)
class _Entry:
    """A render in flight, or what came of it."""

    made: float  # Unix time of its beginning
    flight: Future[Picture] | None = field(default_factory=Future)  # which is a kilobyte
    until: float = float("inf")  # in time.monotonic() seconds
    picture: Picture | None = None


class RenderCache:
    """Coalesces those who ask for the same picture, and gives it again while it is fresh.

    Args:
        reuse: seconds for which a picture is given again; 0 for never.
        still: tells whether a published picture is still there, by its URL.
    """

    def __init__(self, reuse: float, still: Callable[[str], bool] = lambda _: True) -> None:
        self.reuse = reuse
        self._still = still
        self._lock = threading.Lock()
        self._known: OrderedDict[Key, _Entry] = OrderedDict()
        self._full: OrderedDict[Key, int] = OrderedDict()  # bytes at hand, the oldest first

    def get(
        self, key: Key, deadline: Deadline, make: Callable[[], Picture]
    ) -> tuple[Picture, bool]:
        """Let all who ask for *key* share one render; also whether it was made for another.

        Raises:
            GraphError: what *make* raised, for all who waited and for nobody later; or that it
                was not there by the *deadline*.
        """
        entry, flight, is_ours = self._joined(key)
        if is_ours and flight:
            return self._made(key, entry, flight, make), False
        if flight:
            try:
                return flight.result(timeout=deadline.remaining), True
            except TooLate:
                text = f"the same picture is being rendered for more than {deadline.seconds:.3g} s"
                raise GraphError(text, status=504) from None
        if entry.picture and (not entry.picture.url or self._still(entry.picture.url)):
            return entry.picture, True
        self._forget(key, entry)
        return self.get(key, deadline, make)

    def fresh(self, key: Key) -> Picture | None:
        """A picture that is fresh and still there, or None; waits for nobody who renders."""
        picture = self._fresh(key)
        return picture if picture and (not picture.url or self._still(picture.url)) else None

    def has(self, key: Key) -> bool:
        """Tell whether there is a fresh picture, without a look at the place where it is."""
        return self._fresh(key) is not None

    def is_awaited(self, key: Key) -> bool:
        """Tell whether somebody is making the picture."""
        with self._lock:
            entry = self._known.get(key)
        return entry is not None and entry.flight is not None

    def _fresh(self, key: Key) -> Picture | None:
        with self._lock:
            entry = self._known.get(key)
        is_fresh = entry is not None and time.monotonic() < entry.until
        return entry.picture if entry and is_fresh else None

    def _made(
        self, key: Key, entry: _Entry, flight: Future[Picture], make: Callable[[], Picture]
    ) -> Picture:
        try:
            picture = make()
        except BaseException as error:
            self._forget(key, entry)
            flight.set_exception(error)
            raise
        self._keep(key, entry, picture)
        flight.set_result(picture)
        return picture

    def coming(self, key: Key, deadline: Deadline) -> Picture | None:
        """Wait for a picture that somebody is making; None without one by the *deadline*."""
        with self._lock:
            entry = self._known.get(key)
        flight = entry.flight if entry else None
        if flight is None:
            return self.fresh(key)
        try:
            return flight.result(timeout=deadline.remaining)
        except (GraphError, TooLate):
            return None

    def near(self, key: Key, at: datetime) -> Picture | None:
        """What was made within the reuse time of *at*, or None."""
        if self.reuse <= 0:
            return None
        with self._lock:
            entry = self._known.get(key)
        if entry is None or abs(entry.made - at.timestamp()) > self.reuse:
            return None
        return entry.picture

    def _joined(self, key: Key) -> tuple[_Entry, Future[Picture] | None, bool]:
        """Join the render of *key* that flies or is fresh, else begin one; True for a new one."""
        now = time.monotonic()
        with self._lock:
            found = self._known.get(key)
            if found and now < found.until:
                return found, found.flight, False
            entry = self._known[key] = _Entry(time.time())
            self._known.move_to_end(key)
            return entry, entry.flight, True

    def _keep(self, key: Key, entry: _Entry, picture: Picture) -> None:
        if self.reuse <= 0:
            self._forget(key, entry)
            return
        now = time.monotonic()
        with self._lock:
            entry.until, entry.picture, entry.flight = now + self.reuse, picture, None
            if picture.png is not None:
                self._full[key] = len(picture.png)
            while len(self._known) > _MOST or next(iter(self._known.values())).until <= now:
                self._full.pop(self._known.popitem(last=False)[0], None)
            while sum(self._full.values()) > _MOST_BYTES:
                self._strip(self._full.popitem(last=False)[0])

    def _strip(self, key: Key) -> None:
        """Leave a picture's bytes, which can be read again where it is published."""
        picture = self._known[key].picture
        if picture and picture.url:
            self._known[key].picture = picture._replace(png=None)
        else:
            del self._known[key]

    def _forget(self, key: Key, entry: _Entry) -> None:
        with self._lock:
            if self._known.get(key) is entry:
                del self._known[key]
                self._full.pop(key, None)
