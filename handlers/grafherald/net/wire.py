"""HTTP/1.1 over one connected socket, each step within the deadline.

h11 reads the wire (https://h11.readthedocs.io); the socket is ours, because a time limit on each
read, as the HTTP libraries have it, does not end an answer that drips. It does not block: what is
there is taken in one system call, and only what is not there is waited for. A socket with a time
limit makes three of it, and at each one the other threads take the interpreter away.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping
from contextlib import suppress

import h11

from grafherald.net.deadline import Deadline

_LARGEST_HEAD = 64 * 1024
_PIECE = 64 * 1024


class NoResponseError(Exception):
    """The connection ended, or what came is no HTTP; a few words behind the other side's name."""


class Wire:
    """A connection, one exchange after the other.

    Attributes:
        exchanges: how many responses it brought.
        began: whether a byte of the response that is awaited came.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self.began = self._ended = False
        self.exchanges = 0

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: Deadline,
    ) -> h11.Response:
        """Send a request and return the head of its response.

        Raises:
            ValueError: the request can't be sent as it is.
            NoResponseError: there was none.
            OSError: the connection broke; TimeoutError the deadline passed.
        """
        self.began = self._ended = False
        length = {} if body is None else {"Content-Length": str(len(body))}
        try:
            fields = [*{**headers, **length}.items()]
            head = self._http.send(h11.Request(method=method, target=target, headers=fields))
            data = [self._http.send(h11.Data(data=body or b""))]
            data.append(self._http.send(h11.EndOfMessage()))
        except h11.LocalProtocolError:
            raise ValueError("the request can't be made") from None
        # who refuses a request while it is sent says why before hanging up
        with suppress(BrokenPipeError, ConnectionResetError):
            self._send((head or b"") + b"".join(part for part in data if part), deadline)
        while not isinstance(event := self._next(deadline), h11.Response):
            pass  # 1xx: the response itself is yet to come
        self.exchanges += 1
        return event

    def read(self, deadline: Deadline) -> bytes:
        """Read the next piece of the body, b"" at its end. Raises as `exchange` does."""
        event = self._next(deadline)
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    def is_reusable(self) -> bool:
        """Prepare for another exchange; tell whether there may be one."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return bool(self._http.our_state is h11.IDLE)

    def is_quiet(self) -> bool:
        """Tell whether the other side still listens."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)  # what comes before a request is the other side's goodbye

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _send(self, data: bytes, deadline: Deadline) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except OSError as error:
                self._wait(error, select.POLLOUT, deadline)

    def _receive(self, deadline: Deadline) -> bytes:
        while True:
            deadline.left()  # also where there is always something to take
            try:
                return self._socket.recv(_PIECE)
            except OSError as error:
                self._wait(error, select.POLLIN, deadline)

    def _wait(self, error: OSError, event: int, deadline: Deadline) -> None:
        """Wait until what failed with *error*, because it would have had to wait, can go on.

        Raises:
            OSError: it failed for another reason; TimeoutError the deadline passed.
        """
        wanted = {"SSLWantReadError": select.POLLIN, "SSLWantWriteError": select.POLLOUT}
        if isinstance(error, BlockingIOError):
            awaited = event
        elif (name := type(error).__name__) in wanted:  # ssl is imported for https alone
            awaited = wanted[name]
        else:
            raise error
        poll = select.poll()
        poll.register(self._socket, awaited)
        if not poll.poll(1000 * deadline.left()):
            raise TimeoutError

    def _next(self, deadline: Deadline) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                received = self._receive(deadline)
                self.began, self._ended = self.began or bool(received), not received
                self._http.receive_data(received)
        except h11.RemoteProtocolError:
            raise NoResponseError(self._fault()) from None
        if isinstance(event, h11.ConnectionClosed):
            raise NoResponseError(self._fault())
        return event

    def _fault(self) -> str:
        if not self.began:
            return "closed the connection without an answer"
        return "sent half an answer" if self._ended else "sent an answer that is not HTTP"
