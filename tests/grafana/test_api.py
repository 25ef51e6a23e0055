"""The client's side of the wire; every failure of the other side is in tests/chat/test_bot.py."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grafherald.errors import GrafanaError
from grafherald.grafana.api import Grafana, GrafanaServer

Serve = Callable[[bytes], "Standin"]


class Standin:
    """Sends *answer* to each request of each connection, and keeps their heads."""

    def __init__(self, answer: bytes) -> None:
        self.requests: list[str] = []
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.place}/grafana"
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._play, args=(connection,), daemon=True).start()

    def _play(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while head := connection.recv(65536):
                self.requests.append(head.decode("latin-1"))
                connection.sendall(self._answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a stand-in that sends the same answer to all."""
    with contextlib.ExitStack() as stack:

        def start(answer: bytes) -> Standin:
            standin = Standin(answer)
            stack.callback(standin.close)
            return standin

        yield start


def said(document: object) -> bytes:
    body = json.dumps(document).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def test_a_request_carries_token_and_organisation(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ~/.netrc has for the host is not asked for."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password wrong")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = serve(said([1]))

    found = Grafana(GrafanaServer(server.url, "abc", 7), 5).get("search", [("tag", "a&b c")])

    assert found == [1]
    head = server.requests[0].lower()
    assert head.startswith("get /grafana/api/search?tag=a%26b+c http/1.1\r\n")
    for line in ("authorization: bearer abc", "x-grafana-org-id: 7", "accept: application/json"):
        assert f"\r\n{line}\r\n" in head


def test_a_conversation_keeps_its_connection(serve: Serve) -> None:
    server = serve(said({}))
    grafana = Grafana(GrafanaServer(server.url), 5)
    for _ in range(3):
        grafana.get("health")
    assert (len(server.requests), server.connections) == (3, 1)


def test_without_a_token_none_is_sent(serve: Serve) -> None:
    server = serve(said({}))
    Grafana(GrafanaServer(server.url), 5).get("health")
    assert "authorization" not in server.requests[0].lower()
    assert "x-grafana-org-id" not in server.requests[0].lower()


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    elsewhere = serve(said({}))
    server = serve(
        f"HTTP/1.1 301 x\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n".encode()
    )
    with pytest.raises(GrafanaError, match="another address"):
        Grafana(GrafanaServer(server.url, "abc"), 5).get("health")
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("http://grafana.invalid", r"The host of grafana\.invalid is unknown|within 5 s"),
        ("http://127.0.0.1:{refusing}", r"127\.0\.0\.1:\d+ refuses connections"),
        ("https://{plain}", "does not speak TLS"),
        ("http://{hangs up}", "closed the connection without an answer"),
    ],
)
def test_a_broken_way_is_told_in_plain_words(url: str, what: str, serve: Serve) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = url.replace("{refusing}", str(bound.getsockname()[1]))
        url = url.replace("{plain}", serve(b"HTTP/1.1 400 x\r\n\r\n").place)
        hanging = socket.create_server(("127.0.0.1", 0))
        url = url.replace("{hangs up}", f"127.0.0.1:{hanging.getsockname()[1]}")
        thread = threading.Thread(target=lambda: _hang_up(hanging), daemon=True)
        thread.start()
        with pytest.raises(GrafanaError, match=what) as raised:
            Grafana(GrafanaServer(url, "s3cret"), 5).get("health")
        hanging.close()
    assert raised.value.hint
    assert raised.value.status == 0
    assert "s3cret" not in str(raised.value)


def _hang_up(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.close()


def test_an_endless_answer_is_left(serve: Serve) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\n\r\n[" + b" " * (33 << 20) + b"]")
    with pytest.raises(GrafanaError, match="sent more than 32 MiB"):
        Grafana(GrafanaServer(server.url), 5).get("health")


def test_all_requests_of_a_conversation_share_one_deadline(serve: Serve) -> None:
    grafana = Grafana(GrafanaServer(serve(said({})).url), 0)
    started = time.monotonic()
    with pytest.raises(GrafanaError, match="within 0 seconds"):
        grafana.get("health")
    assert time.monotonic() - started < 10


def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    """Each byte comes in time, the whole never does."""
    stopped = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
            while not stopped.wait(0.05):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        started = time.monotonic()
        with pytest.raises(GrafanaError, match=r"within 0\.3 seconds"):
            Grafana(GrafanaServer(f"http://127.0.0.1:{listener.getsockname()[1]}"), 0.3).get(
                "health"
            )
        elapsed = time.monotonic() - started
        stopped.set()
        thread.join()

    assert elapsed < 10


def test_no_secret_is_shown() -> None:
    assert "abc" not in repr(GrafanaServer(BASE, "abc"))
    assert GrafanaServer("https://me:pw@grafana.example.com").host == "grafana.example.com"


BASE = "https://grafana.example.com:3000/grafana"
