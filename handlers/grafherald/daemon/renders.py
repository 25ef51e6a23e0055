"""Identical renders are one: those asked for at the same time, and those within a few seconds."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from typing import TYPE_CHECKING

from grafherald.errors import GraphError

if TYPE_CHECKING:
    from grafherald.daemon.metrics import Metrics
    from grafherald.images.client import Picture, Pictures

_MOST = 64  # pictures that are remembered, each with up to some 100 kB of bytes


class Shared:
    """Pictures for many threads. See `grafherald.images.client.Pictures`.

    Args:
        reuse: seconds for which a picture is given again; 0 for never.
        at_once: how many renders Grafana is asked for at the same time.
    """

    def __init__(self, pictures: Pictures, *, reuse: float, at_once: int, metrics: Metrics) -> None:
        self._pictures = pictures
        self._reuse = reuse
        self._slots = threading.BoundedSemaphore(at_once)
        self._metrics = metrics
        self._lock = threading.Lock()
        self._known: dict[tuple[str, bool], tuple[Future[Picture], float]] = {}

    def get(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture:
        """See `Pictures.get`."""
        deadline = time.monotonic() + seconds
        key = (render_url, as_bytes)
        if self._reuse <= 0:
            return self._render(key, deadline)
        future, is_ours = self._join(key)
        if not is_ours:
            try:
                return future.result(timeout=seconds)
            except TooLate:
                raise GraphError(f"no picture within {seconds:g} s", status=504) from None
        try:
            picture = self._render(key, deadline)
        except BaseException as error:
            with self._lock:
                self._known.pop(key, None)  # a failure is nobody's answer but of those who waited
            future.set_exception(error)
            raise
        future.set_result(picture)
        return picture

    def _join(self, key: tuple[str, bool]) -> tuple[Future[Picture], bool]:
        """Return the render of *key* that runs or is fresh, else a new one; whether it is new."""
        now = time.monotonic()
        with self._lock:
            found = self._known.get(key)
            if found and (now < found[1] or not found[0].done()):
                self._metrics.render("reused")
                return found[0], False
            self._known = {k: v for k, v in self._known.items() if now < v[1] or not v[0].done()}
            while len(self._known) >= _MOST:
                del self._known[next(iter(self._known))]
            future: Future[Picture] = Future()
            self._known[key] = (future, now + self._reuse)
            return future, True

    def _render(self, key: tuple[str, bool], deadline: float) -> Picture:
        asked = time.monotonic()
        if not self._slots.acquire(timeout=max(0.0, deadline - asked)):
            self._metrics.render("late")
            raise GraphError("Grafana is busy with other pictures", status=504)
        started = time.monotonic()
        try:
            url, as_bytes = key
            picture = self._pictures.get(url, max(0.1, deadline - started), as_bytes=as_bytes)
        except GraphError:
            self._metrics.render("failed", time.monotonic() - started)
            raise
        finally:
            self._slots.release()
        self._metrics.render("ok", time.monotonic() - started)
        return picture
