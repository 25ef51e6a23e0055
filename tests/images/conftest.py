"""A stand-in Grafana that says on the wire exactly what a test wants, and pictures to say."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def make_png(seed: int = 0, width: int = 16, height: int = 9) -> bytes:
    """A small whole picture; another *seed* is another picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(bytes([0]) + bytes([(seed + y) % 256] * width * 3) for y in range(height))
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def whole(body: bytes, head: bytes = OK) -> bytes:
    """An answer with its Content-Length."""
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


Script = Callable[[socket.socket, bytes], None]


@dataclass
class StandIn:
    """Answers each connection by its *script*; `requests` are the heads it was sent, with bodies.

    A script is bytes to send, or a function of the connection and the request.
    """

    script: bytes | Script = b""
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    public: dict[str, bytes] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def render_url(self) -> str:
        return f"{self.url}/render/d-solo/abc/x?panelId=2&from=now-6h&to=now"

    @property
    def renders(self) -> list[bytes]:
        return [request for request in self.requests if b" /public/img/" not in request[:60]]

    def answer(self, connection: socket.socket) -> None:
        with connection:
            request = read_request(connection)
            if b"/api/" in request[:60]:  # asked beside each render; this one tells nothing
                self.asked.append(request)
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            self.requests.append(request)
            target = request.partition(b" ")[2].partition(b" ")[0].decode()
            name = target.rpartition("/public/img/")[2]
            try:
                if name != target:
                    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                    found = self.public.get(name)
                    connection.sendall(whole(found) if found else missing)
                elif callable(self.script):
                    self.script(connection, request)
                else:
                    connection.sendall(self.script)
            except OSError:
                pass  # the other side had enough


def read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request and (more := connection.recv(65536)):
        request += more
    head, _, body = request.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length and (more := connection.recv(65536)):
        body += more
    return head + b"\r\n\r\n" + body


@pytest.fixture
def png() -> bytes:
    return make_png()


@pytest.fixture
def another_png() -> bytes:
    return make_png(seed=100)


@pytest.fixture
def answer() -> Callable[..., bytes]:
    return whole


Start = Callable[[bytes | Script], StandIn]


@contextlib.contextmanager
def stand_ins() -> Iterator[Start]:
    """Start stand-ins on free ports; they end with the context."""
    listeners = []

    def start(script: bytes | Script) -> StandIn:
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        listeners.append(listener)
        stand_in = StandIn(script, listener.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=stand_in.answer, args=[connection], daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        return stand_in

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def start_stand_in() -> Iterator[Start]:
    with stand_ins() as start:
        yield start


@pytest.fixture
def grafana(start_stand_in: Start, png: bytes) -> StandIn:
    """One that answers with a picture until its script is changed."""
    return start_stand_in(whole(png))


@pytest.fixture(scope="module")
def long_lived() -> Iterator[StandIn]:
    """One for a whole module, whose tests set its script."""
    with stand_ins() as start:
        yield start(b"")


T = TypeVar("T")


def wait_for(condition: Callable[[], T | None]) -> T:
    """Return what *condition* gives as soon as that is true; fail after ten seconds."""
    end = time.monotonic() + 10
    while not (found := condition()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)
    return found


@pytest.fixture
def until() -> Callable[[Callable[[], T | None]], T]:
    """Waits for what another thread or process does."""
    return wait_for


@dataclass
class Images:
    """A ``grafherald images`` that runs as a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    directory: Path
    log: Path

    def post(self, render_url: str) -> tuple[int, dict[str, str]]:
        """Ask for a picture and return status and document."""
        with contextlib.closing(self.ask(render_url)) as asked, asked.getresponse() as answer:
            return answer.status, json.loads(answer.read())

    def ask(self, render_url: str) -> http.client.HTTPConnection:
        """Ask for a picture, and leave the answer for later."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": "Bearer glsa_secret"}
        connection.request("POST", "/grafana-images", json.dumps({"imageUrl": render_url}), headers)
        return connection


@pytest.fixture
def start_images(tmp_path: Path) -> Iterator[Callable[..., Images]]:
    """Start the installed command on a free port; it ends with the test."""
    processes = []

    def start(grafana_url: str, *flags: str) -> Images:
        directory, log = tmp_path / "saved-images", tmp_path / "images.log"
        directory.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "grafherald", "images", "--listen=127.0.0.1:0"]
        command += [f"--grafana-url={grafana_url}", f"--image-dir={directory}", *flags]
        command += ["--image-host=https://grafana.example.com/saved-images"]
        with log.open("wb") as file:
            process = subprocess.Popen(command, stderr=file)
        processes.append(process)

        def port() -> int | None:
            assert process.poll() is None, log.read_text()
            found = re.search(r"listening on \S+:(\d+)", log.read_text())
            return int(found[1]) if found else None

        return Images(process, wait_for(port), directory, log)

    yield start
    for process in processes:
        process.kill()
        process.wait()
