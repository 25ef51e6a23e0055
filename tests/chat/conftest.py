"""Servers whose answers a test lays out beforehand, on free ports of 127.0.0.1."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest


@dataclass(frozen=True)
class Route:
    """One answer: *path* is a regular expression, *query* None for any, *headers* are awaited."""

    path: str
    body: bytes = b"{}"
    status: int = 200
    method: str = "GET"
    query: Sequence[Sequence[str]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0


@dataclass(frozen=True)
class Asked:
    """One request as it came; *headers* by lower-case name."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Server:
    """What is laid out, and what was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.routes: list[Route] = []
        self.requests: list[Asked] = []
        self.stopped = threading.Event()

    def has(self, path: str, answer: Any, status: int = 200, **more: Any) -> None:
        """Lay out *answer* (JSON, or bytes as they are) for *path*."""
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.routes.append(Route(re.escape(path), body, status, **more))

    def targets(self) -> list[str]:
        """Return what was asked for, but for the question after Grafana's version."""
        return [asked.target for asked in self.requests if asked.target != "/api/health"]

    def route(self, asked: Asked) -> Route | None:
        """Return the first answer laid out for *asked*."""
        parts = urlsplit(asked.target)
        query = sorted(parse_qsl(parts.query, keep_blank_values=True))
        for route in self.routes:
            if (
                route.method == asked.method
                and re.fullmatch(route.path, parts.path)
                and (route.query is None or sorted(map(tuple, route.query)) == query)
                and all(asked.headers.get(k) == v for k, v in route.headers.items())
            ):
                return route
        return None


@pytest.fixture
def grafana() -> Iterator[Server]:
    """What answers as Grafana."""
    with _running() as server:
        yield server


@pytest.fixture
def slack_api() -> Iterator[Server]:
    """What answers as Slack."""
    with _running() as server:
        yield server


@contextmanager
def _running() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one segment: else the body waits 40 ms for an ACK

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            fields = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, fields, self.rfile.read(length))
            state.requests.append(asked)
            route = state.route(asked) or Route("", b'{"message":"Not found"}', 404)
            state.stopped.wait(route.delay)
            self.send_response(route.status)
            for name, value in {"Content-Length": str(len(route.body)), **route.sent}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(route.body)
            self.close_connection = self.close_connection or "Connection" in route.sent

        do_POST = do_PUT = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: `requests` remembers."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def unused_tcp_port() -> Iterator[int]:
    """A port of 127.0.0.1 that refuses connections: bound, but nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
