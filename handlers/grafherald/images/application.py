"""The picture service as an ASGI application: routes, requests and answers.

    POST /grafana-images {"imageUrl": URL}  ->  200 {"pubImg": URL}
    GET  /saved-images/<file>                   the pictures, where there is a directory
    GET  /healthz, GET /metrics

An answer that is no picture is JSON, ``{"error": ..., "hint": ...}``: 4xx when the request was
wrong, 502 to 504 when Grafana was, 500 and 507 when we were. The token is in none of them.
https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from grafherald.errors import GraphError
from grafherald.images.body import HINT, image_url
from grafherald.images.exchange import Deadline
from grafherald.images.fetch import Grafanas
from grafherald.images.metrics import CONTENT_TYPE, Metrics
from grafherald.images.publish import Publisher
from grafherald.images.retention import Keep
from grafherald.images.sharing import Render, Sharing

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LARGEST_REQUEST = 64 * 1024
_MOST_READ = 64 << 20  # of a request that is too large, so that its sender reads our answer
_PATIENCE = 5.0  # seconds for a request's body
_FILE = re.compile(r"/saved-images/([0-9a-f]{32,64}\.png)", re.ASCII)
_OUTCOMES = {500: "failed", 507: "failed", 502: "no_picture", 503: "no_picture", 504: "no_picture"}
_PICTURE_HEADERS = {
    "Content-Type": "image/png",
    "Cache-Control": "public, max-age=604800, immutable",  # the name is made of the content
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""  # for the log


@dataclass(frozen=True)
class Settings:
    """What the service is told.

    Attributes:
        host, port: where it listens; port 0 is any free one.
        directory: whose pictures it shows at ``/saved-images/``, or None.
        timeout: seconds for one picture, all in all.
        reuse: seconds that a picture is given out again; 0 = never.
        renders: how many renders Grafana is asked for at once.
        keep: which pictures in *directory* stay.
    """

    host: str
    port: int
    grafanas: Grafanas
    publisher: Publisher
    directory: Path | None = None
    timeout: float = 20
    reuse: float = 30
    renders: int = 4
    keep: Keep = field(default_factory=Keep)


class Application:
    """The service, to be called by an ASGI server."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; the address in them is the server's business."""
        self._settings = settings
        self.sharing = Sharing(settings.renders, settings.reuse, settings.publisher.still)
        self.metrics = Metrics(lambda: self.sharing.waiting)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        started = time.monotonic()
        try:
            reply = await self._reply(scope, receive)
        except Exception:  # noqa: BLE001  # whatever one request does, the service goes on
            _log.exception("internal error")
            reply = _error(GraphError("internal error", status=500))
        seconds = time.monotonic() - started
        await _send(reply, send)
        client, method, path = (scope["client"] or ("-",))[0], scope["method"], scope["path"]
        level = logging.DEBUG if path in ("/healthz", "/metrics") else logging.INFO
        line = "%s %s %.100r %d %.3fs %s"
        _log.log(level, line, client, method, path, reply.status, seconds, reply.note)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        path, method = _path(scope["path"]), scope["method"]
        if path == "/grafana-images":
            if method != "POST":
                return _not_allowed("POST")
            return await self._picture(scope["headers"], receive)
        reply = await self._page(path)
        return reply if method in ("GET", "HEAD") or reply.status == 404 else _not_allowed("GET")

    async def _page(self, path: str) -> Reply:
        if path == "/healthz":
            return _json(200, {"status": "ok"})
        if path == "/metrics":
            return Reply(200, self.metrics.text(), {"Content-Type": CONTENT_TYPE})
        name = _FILE.fullmatch(path)
        directory = self._settings.directory
        if name and directory:
            return await asyncio.to_thread(_file, directory / name[1])
        return _NOTHING

    async def _picture(self, headers: Iterable[tuple[bytes, bytes]], receive: Receive) -> Reply:
        deadline = Deadline(self._settings.timeout)
        try:
            url = image_url(await _body(receive))
            authorization = _authorization(headers)
            self._settings.grafanas.check(url)
            run = partial(self._render, url, authorization, deadline)
            render = Render((url, authorization), run, deadline)
            public, shared = await self.sharing.get(render)
            reply = replace(_json(200, {"pubImg": public}), note="shared" if shared else "rendered")
        except GraphError as error:
            reply = _error(error)
        outcome = reply.note if reply.status == 200 else _OUTCOMES.get(reply.status, "refused")
        self.metrics.requests.labels(outcome).inc()
        return reply

    def _render(self, url: str, authorization: str, deadline: Deadline) -> str:
        """Fetch, check and publish; runs in a thread."""
        with self.metrics.render_seconds.time():
            png = self._settings.grafanas.render(url, authorization, deadline)
            public = self._settings.publisher.publish(png)
        self.metrics.pictures.inc()
        self.metrics.bytes.inc(len(png))
        return public


async def _body(receive: Receive) -> bytes:
    """Return the request's body; one that is too large is read on, so that its sender listens.

    Raises:
        GraphError: 413 or 408.
    """
    body, size, more = b"", 0, True
    deadline = Deadline(_PATIENCE)
    try:
        while more and size < _MOST_READ:
            event = await asyncio.wait_for(receive(), deadline.left())
            if event["type"] != "http.request":
                break  # it hung up
            part, more = event.get("body", b""), event.get("more_body", False)
            size += len(part)
            body = body + part if size <= _LARGEST_REQUEST else b""
    except (asyncio.TimeoutError, TimeoutError):
        raise GraphError("the request did not end in time", status=408, hint=HINT) from None
    if size > _LARGEST_REQUEST:
        raise GraphError("the request is too large", status=413, hint=HINT)
    return body


def _path(target: str) -> str:
    """Return a target's path: clients of a proxy send ``http://host/path``."""
    return re.sub(r"^https?://[^/?]*", "", target, flags=re.IGNORECASE)


def _authorization(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the one Authorization header, for Grafana to judge."""
    found = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    scheme, _, credentials = found[0].partition(" ") if len(found) == 1 else ("", "", "")
    if not scheme or not credentials.strip() or not found[0].isascii():
        raise GraphError(
            "the request has no Authorization",
            status=401,
            hint="Send Grafana's token: Authorization: Bearer <token>.",
        )
    return found[0]


def _file(path: Path) -> Reply:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return Reply(200, file.read(), _PICTURE_HEADERS)
    except OSError:
        return _NOTHING


def _error(error: GraphError) -> Reply:
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="grafana-images"'
    document = {"error": str(error), "hint": error.hint}
    return replace(_json(error.status, document, headers), note=str(error))


def _not_allowed(method: str) -> Reply:
    hint = f"Use {method}."
    return _json(405, {"error": "this method is not allowed", "hint": hint}, {"Allow": method})


def _json(status: int, document: Mapping[str, str], headers: Mapping[str, str] = {}) -> Reply:
    body = json.dumps(document).encode() + b"\n"
    return Reply(status, body, {"Content-Type": "application/json", **headers})


_NOTHING = _json(404, {"error": "there is nothing here", "hint": "Pictures: POST /grafana-images."})


async def _send(reply: Reply, send: Send) -> None:
    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    headers["X-Content-Type-Options"] = "nosniff"
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": reply.body})
