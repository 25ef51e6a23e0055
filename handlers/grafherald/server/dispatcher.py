"""Which thread serves which request: what takes its time lets others of its own kind wait alone.

waitress has a dispatcher for this whose threads wait for a condition variable; each request then
changes threads twice as often as with a queue, and the picture service serves a fifth less.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

_THREADS = (  # by how a path begins; "" is the rest
    ("/healthz", 2),
    ("/events", 10),
    ("/grafana-images", 32),
    ("/chat/slack", 2),  # answered afterwards, but taken within three seconds
    ("/chat", 12),
    ("", 12),
)
_QUICK = 2  # threads for what is at hand
_FEW = 32  # requests that may wait for those: were it not at hand after all, others go on
_SHORT = 4096  # bytes of a request that may be one of those
_came: ContextVar[float] = ContextVar("when this thread's request came")
_log = logging.getLogger(__name__)

AtHand = Callable[[str, bytes], bool]
"""Tells of a request's authorization and body whether the answer is only to be handed over."""


def waited() -> float:
    """Seconds that the request which this thread serves has waited for it."""
    now = time.monotonic()
    return now - _came.get(now)


class Dispatcher:
    """What waitress gives its connections to, each when its next request is whole.

    Args:
        at_hand: gives the `AtHand` of the paths that have one.
    """

    def __init__(self, at_hand: Callable[[], Mapping[str, AtHand]]) -> None:
        self._at_hand = at_hand
        self._quick = _Pool("quick", _QUICK)
        self._kinds = [(begin, _Pool(begin, number)) for begin, number in _THREADS]

    def add_task(self, channel: Any) -> None:
        """Take a connection; waitress' name for it."""
        path = getattr(channel.requests[0], "path", "")  # what is not HTTP has none
        pool = next(pool for begin, pool in self._kinds if path.startswith(begin))
        is_at_hand = self._at_hand().get(path)
        if is_at_hand and self._quick.waiting < _FEW and is_at_hand(*_asked(channel.requests[0])):
            pool = self._quick
        pool.add(channel)

    def shutdown(self, seconds: float) -> None:
        """Serve who waits, and end all threads, within *seconds*; say nothing to the others."""
        until = time.monotonic() + seconds
        pools = [self._quick, *(pool for _, pool in self._kinds)]
        for pool in pools:
            pool.end()
        for pool in pools:
            pool.join(until)
        for pool in pools:
            pool.drop()


class _Pool:
    """Threads that serve connections, each the one that has waited longest."""

    def __init__(self, name: str, number: int) -> None:
        self._waiting: queue.SimpleQueue[tuple[Any, float]] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"http {name}", daemon=True)
            for _ in range(number)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        return self._waiting.qsize()

    def add(self, channel: Any) -> None:
        self._waiting.put((channel, time.monotonic()))

    def end(self) -> None:
        """Let each thread end when there is nothing left to serve."""
        for _ in self._threads:
            self._waiting.put((None, 0.0))

    def join(self, until: float) -> None:
        """Wait for the threads' end, at most until ``time.monotonic()`` is there."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def drop(self) -> None:
        """Let the connections go that still wait."""
        with suppress(queue.Empty):
            while True:
                channel, _ = self._waiting.get_nowait()
                if channel is not None:
                    channel.cancel()
        self.end()

    def _run(self) -> None:
        while True:
            channel, came = self._waiting.get()
            if channel is None:
                return
            _came.set(came)
            try:
                channel.service()
            except Exception:  # noqa: BLE001 - waitress answers what the application raises
                _log.exception("a connection can't be served")


def _asked(request: Any) -> tuple[str, bytes]:
    """What a request is made with: its authorization, and its body if that is short."""
    body = b""
    if 0 < request.content_length <= _SHORT:
        stream = request.get_body_stream()
        body = stream.read()
        stream.seek(0)
    return request.headers.get("AUTHORIZATION", ""), body
