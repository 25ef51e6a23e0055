"""One HTTP/1.1 connection: h11 over asyncio's streams."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

import h11

_READ = 256 * 1024


class StaleConnectionError(ConnectionError):
    """The other side closed a kept connection before it answered: a new one may do."""


class FrameTooLargeError(Exception):
    """The answer is larger than it may be."""


@dataclass(frozen=True)
class ApiRequest:
    """*target* is path and query; *headers* are all of them but Content-Length."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes = b""


@dataclass(frozen=True)
class ApiResponse:
    """What came back; redirects are not followed."""

    status: int
    body: bytes


class ApiConnection:
    """A connection that carries one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)

    @classmethod
    async def open(
        cls, host: str, port: int, tls: ssl.SSLContext | None, server_name: str | None
    ) -> ApiConnection:
        """Connect; raises OSError (ssl.SSLError is one)."""
        return cls(
            *await asyncio.open_connection(
                host, port, limit=_READ, ssl=tls, server_hostname=server_name
            )
        )

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent."""
        return self._http.our_state is h11.IDLE and not self._reader.at_eof()

    def close(self) -> None:
        """Close at once, whatever is under way."""
        self._writer.transport.abort()
        self._writer.close()  # Python 3.10 takes a TLS transport that is only aborted for open

    async def exchange(self, request: ApiRequest, max_bytes: int) -> ApiResponse:
        """Send *request* and read the answer, both whole.

        Raises:
            StaleConnectionError: the connection was closed and nothing was answered.
            TooLargeError: the body is over *max_bytes*; the rest of it is not read.
            h11.RemoteProtocolError: what came is no HTTP.
            OSError: the connection broke.
        """
        headers = [*request.headers, ("Content-Length", str(len(request.body)))]
        event = h11.Request(method=request.method, target=request.target, headers=headers)
        self._writer.write(
            (self._http.send(event) or b"")
            + (self._http.send(h11.Data(data=request.body)) or b"")
            + (self._http.send(h11.EndOfMessage()) or b"")
        )
        head = await self._head()
        body = await self._body(max_bytes)
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        return ApiResponse(head.status_code, body)

    async def _head(self) -> h11.Response:
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.ConnectionClosed):
                raise StaleConnectionError("closed without an answer")

    async def _body(self, max_bytes: int) -> bytes:
        body = bytearray()
        while not isinstance(event := await self._next(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                body += event.data
            if len(body) > max_bytes:
                raise FrameTooLargeError
        return bytes(body)

    async def _next(self) -> object:
        """Wait for h11's next event, reading as needed."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            try:
                data = await self._reader.read(_READ)
            except ConnectionError:
                data = b""
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise StaleConnectionError("closed without an answer")
            self._http.receive_data(data)
        return event
