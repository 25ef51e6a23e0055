"""A connected socket within a deadline: name look-up, every address, a proxy, TLS."""

from __future__ import annotations

import queue
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import h11

from grafherald.net.address import Address
from grafherald.net.deadline import Deadline
from grafherald.net.proxy import Proxy
from grafherald.threads import begin

if TYPE_CHECKING:
    from ssl import SSLContext

_PATIENCE = 5.0  # seconds for each of a host's IP addresses: who takes longer is not there


class ProxyRefusedError(Exception):
    """The proxy made no connection; a few words."""


def connect(
    address: Address,
    proxy: Proxy | None,
    tls: Callable[[], SSLContext] | None,
    deadline: Deadline,
) -> socket.socket:
    """Connect to *address*, through *proxy* where there is one, with *tls* where it is given.

    Args:
        tls: makes the context; reading all authorities for a host that is not there costs 20 ms.

    Raises:
        OSError: it can't be reached; TimeoutError not in time.
        ProxyRefusedError: the proxy does not let us.
    """
    host, port = (proxy.host, proxy.port) if proxy else (address.host, address.port)
    connection = _first_that_answers(host, port, deadline)
    if tls is None:
        return connection
    try:
        if proxy:
            _tunnel(connection, address, proxy, deadline)
        connection.settimeout(deadline.left())
        return tls().wrap_socket(connection, server_hostname=address.host)
    except BaseException:
        connection.close()
        raise


def _tunnel(connection: socket.socket, address: Address, proxy: Proxy, deadline: Deadline) -> None:
    """Have *proxy* connect us. https://www.rfc-editor.org/rfc/rfc9110#CONNECT"""
    http = h11.Connection(h11.CLIENT)
    headers = {"Host": address.place, **proxy.headers}
    request = h11.Request(method="CONNECT", target=address.place, headers=[*headers.items()])
    connection.settimeout(deadline.left())
    connection.sendall((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    try:
        while not isinstance(event := http.next_event(), h11.Response):
            if event is h11.NEED_DATA:
                connection.settimeout(deadline.left())
                http.receive_data(connection.recv(4096))
    except h11.RemoteProtocolError:
        raise ProxyRefusedError("it does not speak HTTP") from None
    if not 200 <= event.status_code < 300:
        reason = event.reason.decode("latin-1") or "no reason given"
        raise ProxyRefusedError(f"{event.status_code} {reason}")


def _first_that_answers(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Connect to the first of the host's IP addresses that takes us; each has its share of time."""
    found = _look_up(host, port, deadline)
    refusal: OSError = socket.gaierror("no address")
    for tried, (family, kind, protocol, _, place) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(min(_PATIENCE, deadline.left() / (len(found) - tried)))
            connection.connect(place)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            refusal = error
        else:
            return connection
    raise refusal


_Found = Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]]
"""What getaddrinfo gives; what connect wants comes last."""


def _look_up(host: str, port: int, deadline: Deadline) -> _Found:
    """Find the host's IP addresses; the resolver, which knows no deadline, is left behind."""
    try:
        return _resolve(host, port, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass  # a name
    answers: queue.SimpleQueue[_Found | OSError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers.put(_resolve(host, port))
        except OSError as error:
            answers.put(error)

    begin(resolve)
    try:
        found = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, OSError):
        raise found
    return found


def _resolve(host: str, port: int, flags: int = 0) -> _Found:
    name = host.encode() if host.isascii() else host  # for text an encoding is imported
    try:
        return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError:  # an empty label, or one of more than 63 letters
        raise socket.gaierror("no name of a host") from None
