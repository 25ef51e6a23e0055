"""A total time for a task of several steps. Per-read timeouts don't stop one that drips."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol

_AGAIN = 0.1  # seconds: the library may just have opened another socket


class Connection(Protocol):
    """What holds the socket: ``http.client.HTTPConnection`` and ``smtplib.SMTP`` do."""

    sock: Any


class Deadline:
    """The moment that all steps of a task share, *seconds* from its start.

    As a context manager it also shuts the watched connection's socket then, for a library that
    knows per-read timeouts only: whoever reads from it sees its end, as if the other side had
    closed it.

    Args:
        spent: seconds that have gone by since the start.

    Attributes:
        seconds: how long it was from the start, for a sentence.
    """

    def __init__(self, seconds: float, *, spent: float = 0.0) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds - spent
        self._connection: Connection | None = None

    @property
    def remaining(self) -> float:
        """The seconds left, never below a hundredth: a socket's timeout must not be 0."""
        return max(0.01, self._end - time.monotonic())

    def left(self) -> float:
        """How long the next step may take, in seconds.

        Raises:
            TimeoutError: there are none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def allows(self, seconds: float) -> bool:
        """Tell whether *seconds* pass before it."""
        return time.monotonic() + seconds < self._end

    @property
    def passed(self) -> bool:
        """Tell whether the time is up."""
        return time.monotonic() >= self._end

    def watch(self, connection: Connection) -> None:
        """Watch *connection* from now on, instead of any other; its socket may come later."""
        self._connection = connection

    def __enter__(self) -> Deadline:
        self._left = threading.Event()
        threading.Thread(target=self._guard, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()

    def _guard(self) -> None:
        wait = self.remaining
        while not self._left.wait(wait):
            sock = getattr(self._connection, "sock", None)
            if sock is not None:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            wait = _AGAIN
