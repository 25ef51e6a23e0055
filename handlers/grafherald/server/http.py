"""The one HTTP application: health, figures, and whatever blueprints are mounted; and its server.

Flask behind waitress: it runs in threads of this process, so workers and pages share it, and it
buffers slow senders and readers without a thread for each.

A blueprint whose answers are sometimes only to be handed over says so in the application's
``AT_HAND``: by path, an `AtHand`, which waits for nothing. Such answers have two threads of their
own: at a thousand a second more threads would only wait for the interpreter's lock.

``grafherald.waited`` in a request's environment is how many seconds it waited for a thread.
"""

from __future__ import annotations

import hmac
import json
import logging
import resource
import socket
import struct
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any
from weakref import WeakKeyDictionary

from flask import Blueprint, Flask, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from waitress import wasyncore
from waitress.server import create_server
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from grafherald.errors import StoreError
from grafherald.server.access import is_local_name
from grafherald.server.dispatcher import Dispatcher, waited
from grafherald.server.trigger import Trigger

_LARGEST = 32 << 20
_PACKET = 8192  # bytes from which an answer is sent at once: head and body are one packet
_CONNECTIONS = 5000
_AT_ONCE = 50  # connections that are accepted in one round
_REST = 1.0  # seconds that a connection may be idle for certain
_WHOLE = 60.0  # seconds that a request may take from its first byte to its last
_READ = 5  # times as long an answer may lie unread in part
_NO_LINGERING = struct.pack("ii", 1, 0)  # SO_LINGER on, for 0 s: close drops what is unread
_FLUSH = 2.0  # seconds for the last answers to be read


def make_app(
    blueprints: Sequence[Blueprint],
    registry: CollectorRegistry,
    *,
    token: str = "",
    hosts: Collection[str] | None = None,
    check: Callable[[], str] = lambda: "it answers",
) -> Flask:
    """Put the application together.

    Args:
        registry: the figures that ``GET /metrics`` shows.
        token: what it asks for as a bearer; "" asks for nothing, which is for an address that
            only this machine reaches.
        hosts: names that it goes by beside the machine's own, where it asks for nothing and other
            names are foreign; None: any name will do.
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
        if no := refusal(token, hosts):
            return no
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        response = verdict(error.code or 500, "refused", error.description or error.name)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    @app.after_request
    def hardened(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return app


def refusal(token: str, hosts: Collection[str] | None) -> Response | None:
    """Refuse a request that does not bring *token*, as a bearer or as anybody's password.

    Where that is "", one that goes by a foreign name is refused: a page of anywhere can have its
    own name resolved to this machine, and is then in a browser here what any program here is.
    """
    if not token:
        name = request.host.lower()
        if hosts is None or is_local_name(name) or name in hosts:
            return None
        text = "this machine does not go by that name; set public_url, or listen.token"
        return verdict(403, "refused", text)
    given = request.headers.get("Authorization", "")
    if hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return None
    login = request.authorization  # HTTP basic authentication, which Alertmanager and Grafana know
    if login and hmac.compare_digest((login.password or "").encode(), token.encode()):
        return None
    text = "expected Authorization: Bearer, or Basic, and the token of listen.token"
    response = verdict(401, "refused", text)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def verdict(status: int, outcome: str, text: str) -> Response:
    """Answer a program: ``{"outcome": ..., "text": ...}``."""
    body = json.dumps({"outcome": outcome, "text": text})
    return Response(body + "\n", status, content_type="application/json")


def _is_busy(channel: Any) -> bool:
    """Tell whether a connection has a request to be read or answered, or an answer to be sent."""
    if channel.requests or channel.total_outbufs_len:
        return True
    try:
        return bool(channel.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except OSError:
        return False


class Server:
    """Serves an application in a thread of its own, until another takes its place.

    Args:
        patience: seconds that a connection may be silent between requests, or within one.
        whole: seconds that a request may take from its first byte to its last, however steadily
            it drips; an answer may take five times as long to be read.
        connections: at once; when there is no room for one more, those go that have been idle
            longest, and longer than *rest* seconds.
    """

    def __init__(  # noqa: PLR0913 - what it serves, and how much one may ask of it
        self,
        app: Flask,
        listeners: list[socket.socket],
        *,
        patience: int = 60,
        connections: int = _CONNECTIONS,
        rest: float = _REST,
        whole: float = _WHOLE,
    ) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._app = app
        self._most = min(connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._rest = rest
        self._whole = whole
        self._began: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self._looked = 0.0
        self._map: dict[int, Any] = {}
        self._dispatcher = Dispatcher(lambda: self._app.config.get("AT_HAND", {}))
        server = create_server(
            self._answer,
            map=self._map,
            sockets=listeners,
            _dispatcher=self._dispatcher,  # type: ignore[arg-type]  # all it calls is add_task
            connection_limit=self._most,
            channel_timeout=patience,
            cleanup_interval=max(1, patience // 6),
            asyncore_use_poll=True,
            max_request_body_size=_LARGEST,
            ident=None,
        )
        server.adj.send_bytes = _PACKET  # its name as an argument is deprecated
        self._listening = [one for one in self._map.values() if getattr(one, "accepting", False)]
        self._trigger = Trigger(self._map)  # type: ignore[arg-type]  # by number, not name
        for listener in self._listening:
            listener.trigger.close()
            listener.trigger = self._trigger
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
        self._trigger.pull_trigger()
        self._dispatcher.shutdown(seconds)
        until = time.monotonic() + _FLUSH
        while self._has_unsent() and time.monotonic() < until:
            time.sleep(0.01)
        self._stopping.set()
        self._trigger.pull_trigger()
        self._thread.join()
        wasyncore.close_all(self._map, ignore_all=True)

    def _answer(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        environ["grafherald.waited"] = waited()
        return self._app(environ, start_response)

    def _has_unsent(self) -> bool:
        return any(getattr(channel, "total_outbufs_len", 0) for channel in list(self._map.values()))

    def _run(self) -> None:
        while not self._stopping.is_set():
            known = len(self._map)
            wasyncore.loop(timeout=0.5, use_poll=True, map=self._map, count=1)
            if len(self._map) > known:
                self._accept_more()
            self._end_slow()
            self._make_room()
            if self._draining.is_set():
                self._stop_accepting()

    def _accept_more(self) -> None:
        """Accept a few at once: a round over thousands of connections for each takes too long."""
        for listener in self._listening:
            for _ in range(_AT_ONCE if listener.accepting else 0):
                before = len(self._map)
                listener.handle_accept()
                if len(self._map) == before:
                    break

    def _end_slow(self) -> None:
        """Close connections that are at one request, or one answer, for too long.

        To waitress a connection is alive with each byte. It is looked at in a few steps only, for
        there may be thousands.
        """
        now = time.monotonic()
        if now - self._looked < self._whole / 10:
            return
        self._looked = now
        for channel in list(self._map.values()):
            unread = bool(getattr(channel, "total_outbufs_len", 0))
            at = channel if unread else getattr(channel, "request", None)
            if not unread:
                self._began.pop(channel, None)
            if at is None:
                continue
            most = self._whole * (_READ if unread else 1)
            if now - self._began.setdefault(at, now) > most:
                with suppress(OSError):  # the kernel need not keep what nobody reads
                    channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
                channel.handle_close()

    def _make_room(self) -> None:
        """Close connections before there are so many that no more are accepted."""
        some = self._most // 20 + 1
        if len(self._map) < self._most - some:
            return
        since = time.time() - self._rest
        idle = [
            channel
            for channel in self._map.values()
            if getattr(channel, "last_activity", since) < since and not _is_busy(channel)
        ]
        for channel in sorted(idle, key=attrgetter("last_activity"))[: 2 * some]:
            channel.handle_close()

    def _stop_accepting(self) -> None:
        for listener in self._listening:
            if listener.accepting:
                wasyncore.dispatcher.close(listener)
