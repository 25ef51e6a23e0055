"""A JSON API on loopback whose answers a test writes down, and the plugin's process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class StubApi:
    """Answers of a route: (status, body), or a function that writes raw bytes itself."""

    port: int = 0
    routes: dict[str, Any] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, body: Any, *, route: str = "/query", status: int = 200) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.routes[route] = (status, content)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        api: StubApi = self.server.api
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        api.requests.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": headers,
                "body": json.loads(body) if body else None,
                "connection": self.client_address,
            }
        )
        answer = api.routes.get(self.path, (404, b"no such route"))
        if callable(answer):
            answer(self)
            return
        status, content = answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def api() -> Iterator[StubApi]:
    """A JSON API; 404 where the test has put no answer."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        stub = server.api = StubApi(port=server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield stub
        server.shutdown()
        thread.join()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """All that a host gives the process: neither PATH nor HOME."""
    return {
        "grafana_plugin_type": "datasource",
        "PLUGIN_PROTOCOL_VERSIONS": "2",
        "PLUGIN_UNIX_SOCKET_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT / "plugin"),
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the plugin's process, with changes to its environment; ends it with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(*command: str, **changes: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command or (sys.executable, "-m", "grafherald_plugin"),
            env=environment | changes,
            cwd=os.sep,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@dataclass(frozen=True)
class Certificate:
    """A certificate for ``localhost`` with its key, as texts and both in one file."""

    pem: str
    key: str
    path: Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Signed by itself, good for servers and clients."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521",
         "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    pem, key = (folder / "cert.pem").read_text(), (folder / "key.pem").read_text()
    (folder / "both.pem").write_text(pem + key)
    return Certificate(pem, key, folder / "both.pem")
