"""What goes over a connection, in the clear and with TLS: as long as it takes, and no longer."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.channels.conftest import certificate, hang, read_request, tls

from grafherald.errors import TemporaryError
from grafherald.net import client as http

from .test_tunnel import Talk, serving

__all__ = ["certificate", "tls"]  # fixtures
Reach = Callable[..., tuple[str, http.Client]]


@pytest.fixture(params=["http", "https"])
def reach(
    request: pytest.FixtureRequest, certificate: Path, tls: ssl.SSLContext
) -> Iterator[Reach]:
    """Start a server that talks so; its URL, and a client that has so many seconds."""

    def start(talk: Talk, seconds: float = 0.5) -> tuple[str, http.Client]:
        def secured(connection: socket.socket) -> None:
            with tls.wrap_socket(connection, server_side=True) as inside:
                talk(inside)

        port = opened.enter_context(serving(secured if request.param == "https" else talk))
        return f"{request.param}://127.0.0.1:{port}/x", http.Client(
            timeout=seconds, ca_file=str(certificate)
        )

    with ExitStack() as opened:
        yield start


def test_who_says_nothing_is_waited_for_until_the_deadline(reach: Reach) -> None:
    url, client = reach(hang)
    with client, pytest.raises(TemporaryError, match=r"no answer from .* within 0.5 s"):
        client.post(url, data=b"x")


def test_who_takes_nothing_is_waited_for_until_the_deadline(reach: Reach) -> None:
    over = threading.Event()
    url, client = reach(lambda _: over.wait(30))
    with client, pytest.raises(TemporaryError, match=r"no answer from .* within 0.5 s"):
        client.post(url, data=bytes(50_000_000))
    over.set()


def test_who_never_ends_is_left_at_the_deadline(reach: Reach) -> None:
    def chatter(connection: socket.socket) -> None:
        read_request(connection)
        while True:
            connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)

    url, client = reach(chatter)
    with client, pytest.raises(TemporaryError, match=r"no answer from .* within 0.5 s"):
        client.post(url, data=b"x")


def test_what_does_not_fit_into_a_buffer_arrives_whole(reach: Reach) -> None:
    def count(connection: socket.socket) -> None:
        body = read_request(connection).partition(b"\r\n\r\n")[2]
        text = b"%d %d" % (len(body), body.count(b"x"))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))

    url, client = reach(count, 20)
    with client:
        assert client.post(url, data=b"x" * 9_000_000).body == b"9000000 9000000"
