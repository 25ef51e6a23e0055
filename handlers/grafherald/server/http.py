"""The daemon's HTTP: events in, health and figures out, and whatever blueprints are mounted.

Flask behind waitress: it runs in a thread of this process, so workers and pages share it, and it
buffers slow senders without a thread for each.
"""

from __future__ import annotations

import hmac
import json
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as TooLate
from typing import Any

from flask import Blueprint, Flask, Response, request
from waitress import wasyncore
from waitress.server import create_server
from werkzeug.exceptions import HTTPException

from grafherald import inputs
from grafherald.errors import ConfigError, StoreError
from grafherald.inputs import InputType
from grafherald.server.intake import FAILED, REFUSED, Input
from grafherald.server.metrics import Metrics

_LARGEST = 32 << 20
_PACKET = 8192  # bytes from which an answer is sent at once: head and body are one packet
_PATIENCE = 10.0  # seconds that an event may take to be on disk
# what a page in a browser can send anywhere without asking first:
# https://fetch.spec.whatwg.org/#cors-safelisted-request-header
_BY_ANY_PAGE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "")
_OPEN = ("/healthz",)  # asked by load balancers, tells nothing


def make_app(
    put: Callable[[Input], object],
    metrics: Metrics,
    depth: Callable[[], dict[str, int]],
    token: str,
    blueprints: Sequence[Blueprint] = (),
) -> Flask:
    """Return the application.

    Args:
        depth: how many deliveries wait, by state; raises StoreError when the store is gone.
        token: what ``POST /events`` and ``GET /metrics`` ask for as a bearer; "" asks for
            nothing, which is for an address that only this machine reaches.
    """
    app = Flask("grafherald", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST
    for blueprint in blueprints:
        app.register_blueprint(blueprint)

    @app.post("/events")
    def events() -> Response:
        if not _is_allowed(token):
            return _unauthorized()
        if not token and request.mimetype != "application/json":
            # a page in a browser can't send this type to us without asking first
            return _said(415, REFUSED, "Content-Type: expected application/json")
        try:
            kind = inputs.find(request.args.get("source", inputs.DEFAULT))
        except ConfigError:
            return _said(400, REFUSED, f"source: expected {' or '.join(inputs.names())}")
        return _take(put, kind)

    @app.post("/events/<name>")
    def events_of(name: str) -> Response:
        if not _is_allowed(token):
            return _unauthorized()
        try:
            kind = inputs.find(name)
        except ConfigError as error:
            return _said(404, REFUSED, str(error))
        taken = [each for each in kind.content_types if token or each not in _BY_ANY_PAGE]
        if request.mimetype not in taken:
            return _said(415, REFUSED, f"Content-Type: expected {' or '.join(taken)}")
        return _take(put, kind)

    @app.get("/healthz")
    def health() -> Response:
        try:
            depth()
        except StoreError as error:
            return _said(503, FAILED, str(error))
        return _said(200, "ok", "the store can be read")

    @app.get("/metrics")
    def figures() -> Response:
        if not _is_allowed(token):
            return _unauthorized()
        return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return _said(error.code or 500, REFUSED, error.description or error.name)

    @app.after_request
    def hardened(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return app


def _take(put: Callable[[Input], object], kind: InputType) -> Response:
    """Answer an event when it is on disk."""
    given = Input(kind.name, request.get_data(cache=False))
    if len(given.raw) > kind.limit:
        return _said(413, REFUSED, f"expected at most {kind.limit} bytes")
    put(given)
    try:
        answer = given.answer.result(_PATIENCE)
    except TooLate:
        return _said(503, FAILED, "the event is not on disk yet; send it again")
    status = {REFUSED: 400, FAILED: 503}.get(answer.outcome, 200)
    return _said(status, answer.outcome, answer.text)


def _is_allowed(token: str) -> bool:
    given = request.headers.get("Authorization", "")
    return not token or hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _unauthorized() -> Response:
    response = _said(401, REFUSED, "expected Authorization: Bearer and the token of listen.token")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _said(status: int, outcome: str, text: str) -> Response:
    body = json.dumps({"outcome": outcome, "text": text})
    return Response(body + "\n", status, content_type="application/json")


class Server:
    """Serves an application in a thread of its own."""

    def __init__(self, app: Flask, listeners: list[socket.socket]) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._map: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._map,
            sockets=listeners,
            threads=8,
            connection_limit=5000,
            channel_timeout=60,
            cleanup_interval=10,
            asyncore_use_poll=True,
            max_request_body_size=_LARGEST,
            ident=None,
        )
        self._server.adj.send_bytes = _PACKET  # its name as an argument is deprecated
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the requests that are under way, and close."""
        self._server.task_dispatcher.shutdown(timeout=2)
        self._stopping.set()
        self._wake()
        self._thread.join()
        self._server.close()
        wasyncore.close_all(self._map, ignore_all=True)

    def _wake(self) -> None:
        for channel in list(self._map.values()):
            if hasattr(channel, "pull_trigger"):
                channel.pull_trigger()

    def _run(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=0.5, use_poll=True, map=self._map, count=1)
