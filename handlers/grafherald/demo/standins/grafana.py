"""A Grafana: pictures below /render/ for its token and its ways to fail, and its panels' data.

The answers are those of Grafana 7 to 12 with an image renderer: 302 to /login for a wrong token, a
429 in JSON, a 500 in HTML, and so on.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from grafherald.demo.standins import panel_data
from grafherald.demo.standins.grafana_api import GrafanaApi
from grafherald.demo.standins.panel import PanelImage

_HTML, _JSON = "text/html; charset=UTF-8", "application/json; charset=UTF-8"
_ERROR_PAGE = b"<!DOCTYPE html><html><body><h1>Grafana / Server Error</h1></body></html>"
_FILES = (
    ("/public/img/rendering_plugin_not_installed", "No image renderer"),
    ("/public/img/rendering_limit", "Too many renders"),
)
_REFUSALS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "302": (302, {"Location": "/login"}, b""),
    "401": (401, {"Content-Type": _JSON}, b'{"message":"Invalid API key"}'),
    "429": (
        429,
        {"Content-Type": _JSON, "Retry-After": "5"},
        b'{"message":"Too many rendering requests"}',
    ),
    "500": (500, {"Content-Type": _HTML}, _ERROR_PAGE),
    "html": (200, {"Content-Type": _HTML}, _ERROR_PAGE),
}


@dataclass(frozen=True)
class RenderRequest:
    """One request as it came: method, target with query, headers by lower-case name."""

    method: str
    target: str
    headers: dict[str, str]


@dataclass
class GrafanaStandIn:
    """The stand-in's state.

    Attributes:
        token: the only one it renders for.
        mode: how the next renders are answered: ``ok``, ``302``, ``401``, ``429``, ``500``,
            ``html``, ``half``, ``missing`` (there is no renderer), ``nothing`` (closes), ``late``
            (when `may` is set), ``hang`` (until the stand-in stops).
        api: what it says of itself below ``/api/``.
        requests: what was asked, in order; *bodies* of the questions for data.
        may: what a ``late`` render waits for.
    """

    token: str
    mode: str = "ok"
    url: str = ""
    api: GrafanaApi = field(default_factory=GrafanaApi)
    requests: list[RenderRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    may: threading.Event = field(default_factory=threading.Event)

    def answer(self, target: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        """Reply to a GET of *target* as Grafana would, with status, headers and body."""
        parts = urlsplit(target)
        if parts.path.startswith("/api/"):
            status, document = self.api.answer(parts.path, authorization == f"Bearer {self.token}")
            return status, {"Content-Type": _JSON}, json.dumps(document).encode()
        if title := next((t for start, t in _FILES if parts.path.startswith(start)), ""):
            return 200, {"Content-Type": "image/png"}, _placeholder(title)
        if not parts.path.startswith("/render/"):
            return 404, {"Content-Type": _HTML}, b"<html>Page not found</html>"
        mode = self.mode if authorization == f"Bearer {self.token}" else "302"
        if mode in _REFUSALS:
            return _REFUSALS[mode]
        if mode == "missing":
            return 200, {"Content-Type": "image/png"}, _placeholder(_FILES[0][1])
        picture = _panel(parts.query).png()
        body = picture[: len(picture) // 2] if mode == "half" else picture
        return 200, {"Content-Type": "image/png", "Cache-Control": "private"}, body

    def query(self, body: bytes, authorization: str) -> tuple[int, dict[str, str], bytes]:
        """Reply to ``POST /api/ds/query``, by which panels get their data; as `answer` does."""
        if authorization != f"Bearer {self.token}" or not self.api.data:
            return 401, {"Content-Type": _JSON}, b'{"message":"Invalid API key"}'
        self.bodies.append(body)
        found = json.dumps(panel_data.answer(json.loads(body))).encode() + b" " * self.api.padding
        return 200, {"Content-Type": _JSON}, found


class _Server(ThreadingHTTPServer):
    request_queue_size = 256  # hundreds of handlers may come at once


@contextmanager
def running(token: str) -> Iterator[GrafanaStandIn]:
    """Run a Grafana on a free port of 127.0.0.1 until the block ends."""
    grafana = GrafanaStandIn(token)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one segment: else the body waits 40 ms for an ACK

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            grafana.requests.append(RenderRequest(self.command, self.path, headers))
            mode = "" if self.path.startswith("/api/") and grafana.api.data else grafana.mode
            if mode == "late":
                grafana.may.wait()
            if mode == "hang":
                grafana.stopping.wait()
            if mode in ("hang", "nothing"):
                self.close_connection = True
                return
            self._send(*grafana.answer(self.path, headers.get("authorization", "")))

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            grafana.requests.append(RenderRequest(self.command, self.path, headers))
            if self.path != "/api/ds/query":
                self._send(404, {"Content-Type": _JSON}, b'{"message":"Not found"}')
            else:
                self._send(*grafana.query(body, headers.get("authorization", "")))

        def _send(self, status: int, fields: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: `requests` remembers."""

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    grafana.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield grafana
    finally:
        grafana.stopping.set()
        grafana.may.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _panel(query: str) -> PanelImage:
    values = {name: texts[-1] for name, texts in parse_qs(query).items()}
    host = values.get("var-host", values.get("var-server", ""))
    return PanelImage(
        title=f"CPU of {host}" if host else "CPU",
        end=datetime.now(timezone.utc),
        length=timedelta(hours=6),
        width=_size(values.get("width"), 1000),
        height=_size(values.get("height"), 500),
        theme=values.get("theme", "dark"),
    )


@cache
def _placeholder(title: str) -> bytes:
    """A picture that Grafana sends in place of one that it has not."""
    return PanelImage(title, datetime(2026, 1, 1, tzinfo=timezone.utc)).png()


def _size(text: str | None, default: int) -> int:
    return min(3000, max(200, int(text))) if text and text.isdigit() else default
