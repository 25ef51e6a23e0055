"""HTTPS through a proxy: it is asked to connect, and sees nothing else."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.channels.conftest import certificate

from grafherald.errors import DeliveryError, TemporaryError
from grafherald.net import client as http

__all__ = ["certificate"]  # a fixture
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Talk = Callable[[socket.socket], None]


@contextmanager
def serving(talk: Talk) -> Iterator[int]:
    """Yield the port of who talks so with each that connects."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(10)
                    try:
                        talk(connection)
                    except OSError:
                        continue

        threading.Thread(target=run, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def head(connection: socket.socket) -> bytes:
    """Read what stands before an empty line, a byte at a time, so that nothing behind is taken."""
    found = b""
    while not found.endswith(b"\r\n\r\n") and (byte := connection.recv(1)):
        found += byte
    return found


class Proxy:
    """Connects to one port whatever it is asked for, or answers something else."""

    def __init__(self, port: int, answer: bytes = b"HTTP/1.1 200 Connected\r\n\r\n") -> None:
        self.port, self.answer, self.asked, self.seen = port, answer, b"", b""

    def __call__(self, connection: socket.socket) -> None:
        self.asked = head(connection)
        connection.sendall(self.answer)
        if b" 200 " not in self.answer:
            return
        with socket.create_connection(("127.0.0.1", self.port), 10) as onward:
            back = threading.Thread(target=self._pass, args=(onward, connection), daemon=True)
            back.start()
            self.seen = self._pass(connection, onward)
            onward.shutdown(socket.SHUT_WR)
            back.join(10)

    def _pass(self, source: socket.socket, target: socket.socket) -> bytes:
        passed = b""
        while part := source.recv(65536):
            passed += part
            target.sendall(part)
        return passed


@pytest.fixture
def secured(certificate: Path) -> Iterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as inside:
            head(inside)
            inside.sendall(ANSWER)

    with serving(talk) as port:
        yield port


def test_a_proxy_connects_and_learns_no_more_than_where_to(secured: int, certificate: Path) -> None:
    proxy = Proxy(secured)
    with serving(proxy) as port:
        where = f"http://me:pa%20ss@127.0.0.1:{port}"
        with http.Client(timeout=10, proxy=where, ca_file=str(certificate)) as client:
            token = {"Authorization": "Bearer s3cret"}
            answer = client.post(f"https://127.0.0.1:{secured}/x", data=b"x", headers=token)
        assert answer.body == b"ok"
    lines = proxy.asked.decode().split("\r\n")
    assert lines[0] == f"CONNECT 127.0.0.1:{secured} HTTP/1.1"
    assert "proxy-authorization: basic bwu6cgegc3m=" in proxy.asked.decode().lower()
    assert b"s3cret" not in proxy.asked + proxy.seen


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            DeliveryError,
            "407 Proxy Authentication Required",
        ),
        (b"HTTP/1.1 502 \r\nContent-Length: 0\r\n\r\n", TemporaryError, "502 no reason given"),
        (b"SSH-2.0-OpenSSH\r\n", TemporaryError, "it does not speak HTTP"),
    ],
)
def test_a_proxy_that_does_not_connect_is_told_from_the_host(
    answer: bytes, error: type[DeliveryError], says: str
) -> None:
    with serving(Proxy(0, answer)) as port:
        client = http.Client(timeout=10, proxy=f"http://127.0.0.1:{port}")
        with client, pytest.raises(error) as caught:
            client.post("https://chat.example.com/x", data=b"x")
    assert f"the proxy made no connection to chat.example.com: {says}" in str(caught.value)
