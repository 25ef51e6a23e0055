"""Identical renders are one: those asked for at the same time, and those within a few seconds.

This is for the threads of one process; `sharing` is the picture service's, in its event loop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from datetime import datetime
from typing import TYPE_CHECKING

from grafherald.errors import GraphError

if TYPE_CHECKING:
    from grafherald.images.client import Picture, Pictures

_MOST = 64  # pictures that are remembered, each with up to some 100 kB of bytes


Count = Callable[[str, "float | None"], None]


class Reused:
    """Pictures for many threads. See `grafherald.images.client.Pictures`.

    Args:
        reuse: seconds for which a picture is given again; 0 for never.
        at_once: how many renders Grafana is asked for at the same time.
        count: is told of each: ``ok`` or ``failed`` with the seconds it took, ``late`` (no free
            slot in time), ``reused``.
    """

    def __init__(
        self, pictures: Pictures, *, reuse: float, at_once: int, count: Count = lambda *_: None
    ) -> None:
        self._pictures = pictures
        self._reuse = reuse
        self._slots = threading.BoundedSemaphore(at_once)
        self._count = count
        self._lock = threading.Lock()
        self._known: dict[tuple[str, bool], tuple[Future[Picture], float]] = {}

    def get(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture:
        """See `Pictures.get`."""
        deadline = time.monotonic() + seconds
        picture = self._once((render_url, False), deadline)
        if as_bytes and picture.png is None:
            picture = self._once((render_url, True), deadline)
        return picture

    def _once(self, key: tuple[str, bool], deadline: float) -> Picture:
        if self._reuse <= 0:
            return self._render(key, deadline)
        future, is_ours = self._join(key)
        if not is_ours:
            try:
                return future.result(timeout=max(0.0, deadline - time.monotonic()))
            except TooLate:
                raise GraphError("no picture in time", status=504) from None
        try:
            picture = self._render(key, deadline)
        except BaseException as error:
            with self._lock:
                self._known.pop(key, None)  # a failure answers those who waited, and nobody later
            future.set_exception(error)
            raise
        future.set_result(picture)
        return picture

    def _join(self, key: tuple[str, bool]) -> tuple[Future[Picture], bool]:
        """Return the render of *key* that runs or is fresh, else a new one; whether it is new."""
        now = time.time()
        with self._lock:
            found = self._known.get(key)
            if found and (now < found[1] + self._reuse or not found[0].done()):
                self._count("reused", None)
                return found[0], False
            future: Future[Picture] = Future()
            self._known.pop(key, None)
            self._known[key] = (future, now)
            while len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
            return future, True

    def near(self, render_url: str, at: datetime, *, as_bytes: bool) -> Picture | None:
        """Return a picture of *render_url* that was made within the reuse time of *at*, or None.

        So a message that waited for its turn shows the picture of its time, and a thousand that
        wait do not make a thousand.
        """
        if self._reuse <= 0:
            return None
        with self._lock:
            found = [self._known.get((render_url, full)) for full in (True, False)]
        for future, made in filter(None, found):
            if abs(made - at.timestamp()) > self._reuse or not future.done():
                continue
            picture = None if future.exception() else future.result()
            if picture and (picture.png is not None or not as_bytes):
                self._count("reused", None)
                return picture
        return None

    def _render(self, key: tuple[str, bool], deadline: float) -> Picture:
        asked = time.monotonic()
        if not self._slots.acquire(timeout=max(0.0, deadline - asked)):
            self._count("late", None)
            raise GraphError("Grafana is busy with other pictures", status=504)
        started = time.monotonic()
        try:
            url, as_bytes = key
            picture = self._pictures.get(url, max(0.1, deadline - started), as_bytes=as_bytes)
        except GraphError:
            self._count("failed", time.monotonic() - started)
            raise
        finally:
            self._slots.release()
        self._count("ok", time.monotonic() - started)
        return picture
