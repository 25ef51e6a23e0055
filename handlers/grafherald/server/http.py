"""The one HTTP application: health, figures, and whatever blueprints are mounted; and its server.

Flask behind waitress: it runs in threads of this process, so workers and pages share it, and it
buffers slow senders and readers without a thread for each.
"""

from __future__ import annotations

import hmac
import json
import logging
import math
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Blueprint, Flask, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from waitress import wasyncore
from waitress.server import create_server
from werkzeug.exceptions import HTTPException

from grafherald.errors import StoreError

_LARGEST = 32 << 20
_PACKET = 8192  # bytes from which an answer is sent at once: head and body are one packet
_THREADS = 48  # more than pictures, chat and board hold while they wait for Grafana
_FLUSH = 2.0  # seconds for the last answers to be read


def make_app(
    blueprints: Sequence[Blueprint],
    registry: CollectorRegistry,
    *,
    token: str = "",
    check: Callable[[], str] = lambda: "it answers",
) -> Flask:
    """Put the application together.

    Args:
        registry: the figures that ``GET /metrics`` shows.
        token: what it asks for as a bearer; "" asks for nothing, which is for an address that
            only this machine reaches.
        check: tells a load balancer how things are; raises StoreError when they are not well.
    """
    app = Flask("grafherald", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST
    app.url_map.merge_slashes = False
    for blueprint in blueprints:
        app.register_blueprint(blueprint)

    @app.get("/healthz")
    def health() -> Response:
        try:
            return verdict(200, "ok", check())
        except StoreError as error:
            return verdict(503, "failed", str(error))

    @app.get("/metrics")
    def figures() -> Response:
        if not is_allowed(token):
            return unauthorized()
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return verdict(error.code or 500, "refused", error.description or error.name)

    @app.after_request
    def hardened(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return app


def is_allowed(token: str) -> bool:
    """Tell whether the request brings *token* as a bearer; any does where it is ""."""
    given = request.headers.get("Authorization", "")
    return not token or hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def unauthorized() -> Response:
    """Answer a request without the token."""
    text = "expected Authorization: Bearer and the token of listen.token"
    response = verdict(401, "refused", text)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def verdict(status: int, outcome: str, text: str) -> Response:
    """Answer a program: ``{"outcome": ..., "text": ...}``."""
    body = json.dumps({"outcome": outcome, "text": text})
    return Response(body + "\n", status, content_type="application/json")


class Server:
    """Serves an application in a thread of its own, until another takes its place.

    Args:
        patience: seconds that a connection may be silent between requests, or within one.
    """

    def __init__(self, app: Flask, listeners: list[socket.socket], *, patience: int = 60) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._app = app
        self._map: dict[int, Any] = {}
        self._server = create_server(
            self._answer,
            map=self._map,
            sockets=listeners,
            threads=_THREADS,
            connection_limit=5000,
            channel_timeout=patience,
            cleanup_interval=max(1, patience // 6),
            asyncore_use_poll=True,
            max_request_body_size=_LARGEST,
            ident=None,
        )
        self._server.adj.send_bytes = _PACKET  # its name as an argument is deprecated
        self._draining = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def replace(self, app: Flask) -> None:
        """Let *app* answer from now on; what the one before is at, it finishes."""
        self._app = app

    def stop(self, seconds: float = 2) -> None:
        """Take no more connections, finish what is under way within *seconds*, and close."""
        self._draining.set()
        self._wake()
        self._server.task_dispatcher.shutdown(timeout=math.ceil(seconds))
        until = time.monotonic() + _FLUSH
        while self._has_unsent() and time.monotonic() < until:
            time.sleep(0.01)
        self._stopping.set()
        self._wake()
        self._thread.join()
        self._server.close()
        wasyncore.close_all(self._map, ignore_all=True)

    def _answer(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def _has_unsent(self) -> bool:
        return any(getattr(channel, "total_outbufs_len", 0) for channel in list(self._map.values()))

    def _wake(self) -> None:
        for channel in list(self._map.values()):
            if hasattr(channel, "pull_trigger"):
                channel.pull_trigger()

    def _run(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=0.5, use_poll=True, map=self._map, count=1)
            if self._draining.is_set():
                self._stop_accepting()

    def _stop_accepting(self) -> None:
        for listener in list(self._map.values()):
            if getattr(listener, "accepting", False):
                wasyncore.dispatcher.close(listener)
