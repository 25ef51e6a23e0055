"""What the tests of channels share: an event with everything, servers that answer by script."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from grafherald.channels import Channel, email
from grafherald.demo.standins import chat, mail
from grafherald.errors import DeliveryError, PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.notification import Graph, Notification
from grafherald.notification.templates import Templates

TOKEN = "t0ken-of-the-r00m"
HOOK = "/services/T0AAAAAAA/B0BBBBBBB/s3cretPathOfTheH00k"
PASSWORD = "pa55word"
SECRETS = (TOKEN, HOOK, "s3cretPathOfTheH00k", "B0BBBBBBB", PASSWORD)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
PANEL = Graph(
    render_url="https://grafana.example.com/render/d-solo/cpu/cpu?panelId=2",
    link="https://grafana.example.com/d/cpu/cpu?viewPanel=2&from=now-6h&to=now",
)
PUBLIC = "https://grafana.example.com/saved-images/0a1b.png"

Script = Callable[[socket.socket], None]
Serve = Callable[[Script], "Wire"]


@pytest.fixture(autouse=True)
def no_proxies_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever proxy the machine has, loopback is asked directly."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def templates() -> Templates:
    """The shipped templates; a warning is a failure."""

    def fail(text: str) -> None:
        raise AssertionError(text)

    return Templates(None, fail)


@pytest.fixture
def event(make_event: Callable[..., Event]) -> Event:
    """A problem with all that a message may hold."""
    at = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
    return make_event(
        incident="6f2c",
        since=at - timedelta(minutes=12),
        occurrences=1,
        history=(0, 0, 2),
        attributes={"runbook": ("https://wiki.example.com/cpu",)},
        details=(("Address", "10.1.2.3"), ("hook ps", "PID CMD\n  1 init")),
    )


@pytest.fixture
def notification(event: Event) -> Notification:
    """The event with a picture that is both public and at hand."""
    return Notification(event, (Graph(PANEL.render_url, PANEL.link, PNG, PUBLIC),))


@pytest.fixture
def chat_server() -> Iterator[chat.Chat]:
    """HipChat and Slack."""
    with chat.running(TOKEN) as server:
        yield server


@pytest.fixture
def sink() -> Iterator[mail.Sink]:
    """A mail server that takes everything, from anybody."""
    with mail.running() as server:
        yield server


class Wire:
    """A TCP server on loopback that plays a script to each connection."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._play, args=(connection,), daemon=True).start()

    def _play(self, connection: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError):
            self._script(connection)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def close(self) -> None:
        """End it with all its connections."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that plays a script to each connection."""
    with ExitStack() as stack:

        def start(script: Script) -> Wire:
            wire = Wire(script)
            stack.callback(wire.close)
            return wire

        yield start


def read_request(connection: socket.socket) -> bytes:
    """Return one HTTP request, head and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(answer: bytes) -> Script:
    """Return a script: read one HTTP request, send *answer*, close."""

    def script(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)

    return script


def hang(connection: socket.socket) -> None:
    """Read whatever comes until the other side leaves; say nothing."""
    while connection.recv(65536):
        pass


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key behind it."""
    directory = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    command += " -subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=directory, check=True, capture_output=True)
    return directory / "cert.pem"


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """A server's context with that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


@contextmanager
def nobody() -> Iterator[str]:
    """Yield an address of loopback where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@dataclass(frozen=True)
class Follows:
    """What has to follow from an answer."""

    error: type[DeliveryError]
    retry_after: float | None = None
    unknown: bool = False


PERMANENT = Follows(PermanentError)
TEMPORARY = Follows(TemporaryError)
UNKNOWN = Follows(TemporaryError, unknown=True)


def check(caught: pytest.ExceptionInfo[DeliveryError], follows: Follows) -> None:
    """Assert what followed, and that its text is one clear line without a secret."""
    error = caught.value
    assert isinstance(error, follows.error), error
    if isinstance(error, TemporaryError):
        assert (error.retry_after, error.unknown) == (follows.retry_after, follows.unknown)
    text = str(error)
    assert text.isprintable()
    assert len(text) < 400
    assert error.__suppress_context__ or error.__context__ is None
    for secret in SECRETS:
        assert secret not in text


def open_email(address: str, event: Event, templates: Templates, **more: Any) -> Channel:
    smtp = f"{more.pop('scheme', 'smtp')}://herald:{PASSWORD}@{address}"
    settings = {"smtp": smtp, "from": "grafherald@example.com", "to": "ops@example.com", **more}
    return email.open_channels("oncall", settings, event, templates)[0]
