"""A JSON API over HTTP, with one budget of time and of bytes for each request."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import Any
from urllib.parse import quote, urlsplit

import h11

from grafherald_plugin.connection import (
    ApiConnection,
    ApiRequest,
    ApiResponse,
    FrameTooLargeError,
    StaleConnectionError,
)
from grafherald_plugin.errors import FrameError
from grafherald_plugin.settings import ApiSettings
from grafherald_plugin.tls import api_context
from grafherald_plugin.version import __version__

_CONNECTIONS = 64
_FIXED_HEADERS = (
    ("User-Agent", f"grafherald/{__version__}"),
    ("Accept", "application/json"),
    ("Accept-Encoding", "identity"),
    ("Content-Type", "application/json"),
)


class JsonApi:
    """The API of one datasource; keeps its connections, at most 64."""

    def __init__(self, settings: ApiSettings) -> None:
        self.settings = settings
        address = urlsplit(settings.url)
        self._host = address.hostname or ""
        self._port = address.port or (443 if address.scheme == "https" else 80)
        self._secure = address.scheme == "https"
        self._path = quote(address.path, safe="/%~!$&'()*+,;=:@")
        own = {name.lower() for name, _ in settings.headers}
        fixed = [header for header in _FIXED_HEADERS if header[0].lower() not in own]
        host = [] if "host" in own else [("Host", address.netloc)]
        self._headers = [*host, *fixed, *settings.headers]
        self._place = address.netloc
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._idle: list[ApiConnection] = []
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    async def get(self, route: str) -> bytes:
        """Fetch the body of ``GET <url><route>``. Raises as `post` does."""
        return await self._call(ApiRequest("GET", self._path + route, self._headers))

    async def post(self, route: str, body: Any) -> Any:
        """Ask ``POST <url><route>`` with *body* and read the JSON that answers it.

        Raises:
            QueryError: there was no answer in time (504), or none that is of use (502).
        """
        content = json.dumps(body).encode()
        answer = await self._call(ApiRequest("POST", self._path + route, self._headers, content))
        where = f"{self._place}{self._path}{route}"
        try:
            found = json.loads(answer)
        except (ValueError, RecursionError):
            raise FrameError(f"{where} answered no JSON: {self._excerpt(answer)}") from None
        if isinstance(found, dict) and found.get("error"):
            raise FrameError(f"{where} answered: {self._excerpt(answer)}")
        return found

    def close(self) -> None:
        """Close the connections that are not in use; the others close after use."""
        self._closed = True
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _call(self, request: ApiRequest) -> bytes:
        where = f"{self._place}{request.target}"
        try:
            response = await asyncio.wait_for(self._answer(request), self.settings.timeout)
        except asyncio.TimeoutError:
            limit = f"{self.settings.timeout:g} s"
            raise FrameError(f"{where} gave no whole answer in {limit}", status=504) from None
        except FrameTooLargeError:
            limit = f"{self.settings.max_bytes / 1024**2:g} MB"
            raise FrameError(
                f"{where} answered more than {limit}; ask for less or raise maxMegabytes"
            ) from None
        except h11.RemoteProtocolError as error:
            text = self._excerpt(str(error).encode())
            raise FrameError(f"{where} answered no valid HTTP: {text}") from None
        except OSError as error:
            raise FrameError(f"{where} cannot be reached: {_reason(error)}") from None
        if 300 <= response.status < 400:
            raise FrameError(
                f"{where} answered {response.status}: redirects are not followed; "
                "set the URL that it leads to"
            )
        if not 200 <= response.status < 300:
            raise FrameError(f"{where} answered {response.status}: {self._excerpt(response.body)}")
        return response.body

    async def _answer(self, request: ApiRequest) -> ApiResponse:
        async with self._slots:
            while self._idle:
                try:
                    return await self._exchange(self._idle.pop(), request)
                except StaleConnectionError:
                    continue
            return await self._exchange(await self._connect(), request)

    async def _connect(self) -> ApiConnection:
        if not self._secure:
            return await ApiConnection.open(self._host, self._port, None, None)
        if self._tls is None:
            self._tls = api_context(self.settings.tls)
        name = self.settings.tls.server_name or self._host
        return await ApiConnection.open(self._host, self._port, self._tls, name)

    async def _exchange(self, connection: ApiConnection, request: ApiRequest) -> ApiResponse:
        try:
            return await connection.exchange(request, self.settings.max_bytes)
        finally:
            if connection.reusable and not self._closed:
                self._idle.append(connection)
            else:
                connection.close()

    def _excerpt(self, answer: bytes) -> str:
        """Quote the start of *answer* as one line, without what we sent in secret."""
        text = _sentence(answer) or answer[:1000].decode("utf-8", "replace")
        for _, value in self.settings.headers:
            for secret in (value, value.rpartition(" ")[2]):
                text = text.replace(secret, "***") if len(secret) > 3 else text
        line = " ".join(text.split())
        return "".join(c if c.isprintable() else "?" for c in line[:200]) or "nothing"


def _sentence(answer: bytes) -> str:
    """Find what an API itself says is wrong: ``{"error": ...}`` or ``{"message": ...}``, or ""."""
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    while isinstance(said, dict):
        said = said.get("message") or said.get("error")
    return said[:1000] if isinstance(said, str) else ""


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {error.verify_message}"
    return error.strerror or str(error)
