"""HipChat and Slack on loopback: they check what they get, remember it, and fail when told to.

What they accept and answer is what `hipchat` and `slack` here say; this is the server around them.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

from grafherald.demo.standins import hipchat, slack
from grafherald.demo.standins.wire import StandInReply, WireRequest


@dataclass
class Chat:
    """The stand-in's state.

    Attributes:
        token: the only one it takes, for HipChat and for Slack's Web API.
        url: where it listens; Slack's Web API is below ``/api``.
        webhook_url: one of Slack's incoming webhooks.
        hipchat: the messages that its rooms show, in order.
        slack: the messages and files that its channels show.
        requests: what was asked, in order.
        failures: answers for the next requests, before anything else is looked at; None closes
            the connection without one.
        broken: such answers by path, for as long as they are there.
        refused_once: such answers by path, for the next request alone.
    """

    token: str
    url: str = ""
    hipchat: hipchat.Rooms = field(default_factory=hipchat.Rooms)
    slack: slack.Workspace = field(default_factory=slack.Workspace)
    requests: list[WireRequest] = field(default_factory=list)
    failures: deque[StandInReply | None] = field(default_factory=deque)
    broken: dict[str, StandInReply | None] = field(default_factory=dict)
    refused_once: dict[str, StandInReply] = field(default_factory=dict)

    @property
    def webhook_url(self) -> str:
        """One of Slack's incoming webhooks."""
        return f"{self.url}{slack.WEBHOOK}"

    def answer(self, request: WireRequest) -> StandInReply | None:
        """Reply as HipChat or Slack would, by the path; None to close without a reply."""
        self.requests.append(request)
        if self.failures:
            return self.failures.popleft()
        if request.path in self.refused_once:
            return self.refused_once.pop(request.path)
        if request.path in self.broken:
            return self.broken[request.path]
        if request.path.startswith(("/v1/", "/v2/")):
            return self.hipchat.answer(request, self.token)
        return self.slack.answer(request, self.token, self.url)


class _Server(ThreadingHTTPServer):
    request_queue_size = 256  # hundreds of handlers may come at once

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a sender that was killed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def running(token: str) -> Iterator[Chat]:
    """Run HipChat and Slack on a free port of 127.0.0.1 until the block ends."""
    with serving(Chat(token)) as chat:
        yield chat


class Answering(Protocol):
    """What a server on loopback shows: it is told where it listens."""

    url: str

    def answer(self, request: WireRequest) -> StandInReply | None:
        """Reply to *request*; None to close without a reply."""
        ...


Shown = TypeVar("Shown", bound=Answering)


@contextmanager
def serving(shown: Shown) -> Iterator[Shown]:
    """Let *shown* answer on a free port of 127.0.0.1 until the block ends."""
    server = _Server(("127.0.0.1", 0), _handler(shown))
    server.daemon_threads = True
    shown.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield shown
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(chat: Answering) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one segment: else the body waits 40 ms for an ACK

        def do_POST(self) -> None:
            with lock:
                reply = chat.answer(self._request())
            if reply is None:
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_PUT = do_PATCH = do_POST

        def _request(self) -> WireRequest:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            return WireRequest(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                headers=headers,
                body=body,
                fields=_fields(headers.get("content-type", ""), body),
            )

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: `Chat.requests` remembers."""

    return Handler


def _fields(kind: str, body: bytes) -> dict[str, Any]:
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
