"""One HTTP request and its answer, within one deadline, whatever the other side does.

h11 reads the wire (https://h11.readthedocs.io); the socket is ours, because a time limit on each
read, as the HTTP libraries have it, does not end an answer that drips. No redirects, no proxies
from the environment, no cookies, nothing kept open.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import h11

from grafherald import __version__
from grafherald.errors import GraphError
from grafherald.net.address import Address

_LARGEST_HEAD = 64 * 1024
_READ = 64 * 1024


class Deadline:
    """The moment that all steps of a task share.

    Attributes:
        seconds: how long it was from the start, for a sentence.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left.

        Raises:
            TimeoutError: there are none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def allows(self, seconds: float) -> bool:
        """Tell whether *seconds* pass before it."""
        return time.monotonic() + seconds < self._end


@dataclass(frozen=True)
class Request:
    """What is asked; Host, Connection and the like are added."""

    address: Address
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # a POST where there is one, else a GET


class Answer:
    """The head of an answer, and its body when it is read.

    Attributes:
        headers: by lower-case name; of several with one name the last.
    """

    def __init__(self, head: h11.Response, wire: _Wire) -> None:
        self.status = head.status_code
        self.headers = {
            name.decode("ascii"): value.decode("latin-1") for name, value in head.headers
        }
        self._wire = wire

    def read(self, most: int) -> bytes:
        """Return the whole body.

        Raises:
            GraphError: it has more than *most* bytes, or ends too early.
        """
        length = self.headers.get("content-length", "0")
        body, size = [], 0
        if int(length) <= most:
            while isinstance(event := self._wire.next_event(), h11.Data):
                body.append(bytes(event.data))
                size += len(event.data)
                if size > most:
                    break
            else:
                return b"".join(body)
        raise GraphError(f"{self._wire.place} sent more than {most >> 20} MiB")


@contextmanager
def ask(request: Request, deadline: Deadline, tls: ssl.SSLContext | None) -> Iterator[Answer]:
    """Send *request* and give its answer, which can be read until the context ends.

    Args:
        tls: what is trusted; None is this machine's own authorities.

    Raises:
        GraphError: no answer, and why; status 504 when the deadline ended it.
    """
    place = request.address.place
    with _explained(place, deadline), _connect(request.address, deadline, tls) as connection:
        wire = _Wire(connection, place, deadline)
        wire.send(request)
        while not isinstance(event := wire.next_event(), h11.Response):
            pass  # 1xx: the answer itself is yet to come
        yield Answer(event, wire)


class _Wire:
    """h11 over a connected socket."""

    def __init__(self, connection: socket.socket, place: str, deadline: Deadline) -> None:
        self.place = place
        self._socket = connection
        self._deadline = deadline
        self._began = self._ended = False
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)

    def send(self, request: Request) -> None:
        headers = {
            "Host": request.address.authority,
            "User-Agent": f"grafherald/{__version__}",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **request.headers,
        }
        method = "GET"
        if request.body is not None:
            method = "POST"
            headers["Content-Length"] = str(len(request.body))
        head = h11.Request(method=method, target=request.address.target, headers=[*headers.items()])
        data = [self._http.send(head), self._http.send(h11.Data(data=request.body or b""))]
        data.append(self._http.send(h11.EndOfMessage()))
        self._socket.settimeout(self._deadline.left())
        self._socket.sendall(b"".join(part for part in data if part))

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Return h11's next event, reading as much as that needs.

        Raises:
            GraphError: what came is not HTTP, or ended too early.
        """
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._socket.settimeout(self._deadline.left())
                received = self._socket.recv(_READ)
                self._began, self._ended = self._began or bool(received), not received
                self._http.receive_data(received)
        except h11.RemoteProtocolError:
            raise GraphError(f"{self.place} {self._fault()}") from None
        return event

    def _fault(self) -> str:
        if not self._began:
            return "closed the connection without an answer"
        return "sent half an answer" if self._ended else "sent an answer that is not HTTP"


@contextmanager
def _explained(place: str, deadline: Deadline) -> Iterator[None]:
    """Say in one sentence what kept *place* from answering."""
    try:
        yield
    except TimeoutError:
        raise GraphError(
            f"no answer from {place} within {deadline.seconds:.3g} s", status=504
        ) from None
    except ConnectionRefusedError:
        raise GraphError(f"{place} refuses connections", hint="Is it running there?") from None
    except ssl.SSLCertVerificationError as error:
        hint = "Give the authority that signed it as grafana.ca_file."
        reason = error.verify_message.rstrip(".")
        raise GraphError(f"the certificate of {place} is refused: {reason}", hint=hint) from None
    except ssl.SSLError:
        hint = "Is it http:// there, rather than https://?"
        raise GraphError(f"{place} does not speak TLS as it should", hint=hint) from None
    except socket.gaierror:
        raise GraphError(f"the host of {place} is unknown", hint="Is its name right?") from None
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise GraphError(f"the connection to {place} failed: {reason}") from None


@contextmanager
def _connect(
    address: Address, deadline: Deadline, tls: ssl.SSLContext | None
) -> Iterator[socket.socket]:
    connection = _first_that_answers(address, deadline)
    try:
        if address.scheme == "https":
            context = tls or _this_machines_trust()
            connection.settimeout(deadline.left())
            connection = context.wrap_socket(connection, server_hostname=address.host)
        yield connection
    finally:
        connection.close()


@cache
def _this_machines_trust() -> ssl.SSLContext:
    return ssl.create_default_context()  # reads all authorities, which takes 30 ms


def _first_that_answers(address: Address, deadline: Deadline) -> socket.socket:
    """Connect to the first of the host's IP addresses that takes us; each has its share of time."""
    found = _look_up(address, deadline)
    refusal: OSError = socket.gaierror("no address")
    for tried, (family, kind, protocol, _, place) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.left() / (len(found) - tried))
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


def _look_up(address: Address, deadline: Deadline) -> _Found:
    """Return the host's IP addresses; the resolver, which knows no deadline, is left behind."""
    try:
        return _resolve(address, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass  # a name
    answers: queue.SimpleQueue[_Found | OSError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers.put(_resolve(address))
        except OSError as error:
            answers.put(error)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, OSError):
        raise found
    return found


def _resolve(address: Address, flags: int = 0) -> _Found:
    try:
        return socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError:  # an empty label, or one of more than 63 letters
        raise socket.gaierror("no name of a host") from None
