"""The one HTTP client: what it asks is answered within a deadline, or there is one clear reason.

Proxies and certificates mean the same for everything that is asked: those of the environment
(``HTTPS_PROXY``, ``NO_PROXY``, ``REQUESTS_CA_BUNDLE``), or a setting's own ``proxy`` and
``ca_file``. The deadline is for all of it: name, connection, TLS, request and response. No
redirect is followed, nothing is read from ~/.netrc, there are no cookies.
"""

from __future__ import annotations

import json as jsons
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from grafherald import __version__
from grafherald.errors import PermanentError, TemporaryError, TransportError
from grafherald.net.address import Address, locate
from grafherald.net.connect import ProxyRefusedError, connect
from grafherald.net.deadline import Deadline
from grafherald.net.proxy import Proxy, proxy_for
from grafherald.net.response import Response
from grafherald.net.wire import NoResponseError, Wire
from grafherald.text import one_line, plain, shorten

if TYPE_CHECKING:
    from ssl import SSLContext

    import h11

_MOST = 64 * 1024  # bytes of a short response that are read


class Client:
    """Asks, all in all within a deadline; a context manager, which keeps connections meanwhile.

    Args:
        timeout: seconds from now, or the deadline of the task that this is a part of.
        secrets: what no message may hold: the token, the path of a webhook.
        setting: the name of the setting that *ca_file* comes from, for a message.
    """

    def __init__(
        self,
        *,
        timeout: float | Deadline,
        proxy: str = "",
        ca_file: str = "",
        secrets: Iterable[str] = (),
        setting: str = "ca_file",
    ) -> None:
        self.deadline = timeout if isinstance(timeout, Deadline) else Deadline(timeout)
        self._secrets = tuple(secrets)
        self._proxy = proxy
        self._ca_file = ca_file
        self._setting = setting
        self._open: dict[tuple[str, str, int], Wire] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        for wire in self._open.values():
            wire.close()
        self._open.clear()

    def post(
        self,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | bytes = b"",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a message, and return what is answered whatever its status.

        Args:
            json: the body, as JSON; or
            data: a form's fields, or the body itself.
            params: added to the URL as its query.

        Raises:
            TemporaryError: there was no connection, or no answer (``unknown``).
            PermanentError: the request can't be made as it is.
        """
        kind, body = _body(json, data)
        url += f"?{urlencode(params)}" if params else ""
        return self._ask("POST", url, {**kind, **(headers or {})}, body)

    def request(  # noqa: PLR0913 - a request's parts, named as in `post`
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        data: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask with any *method*; *json* or *data* is the body, where there is one. See `post`."""
        some = json is not None or data is not None
        kind, body = _body(json, data or b"") if some else ({}, None)
        url += f"?{urlencode(params)}" if params else ""
        return self._ask(method, url, {**kind, **(headers or {})}, body)

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        """Ask without sending anything. See `post`."""
        return self._ask("GET", url, headers or {}, None)

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        try:
            address = locate(url)
        except ValueError:
            host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
            text = f"{host}: the request can't be made; check url, proxy and token"
            raise PermanentError(text) from None
        try:
            with self.stream(method, address, headers, body) as answer:
                start = answer.start(_MOST)
        except ValueError as error:
            text = f"{address.authority}: {error}; check url, proxy and token"
            raise PermanentError(text) from None
        except TransportError as error:
            text = f"{error}; {error.hint}" if error.hint else str(error)
            raise TemporaryError(text, unknown=error.sent) from None
        return Response(address.authority, answer.status, answer.headers, start, self._secrets)

    @contextmanager
    def stream(
        self,
        method: str,
        address: Address,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> Iterator[Stream]:
        """Give the head of a response, whose body can be read until the context ends.

        Raises:
            TransportError: there is none, and why.
            ValueError: the request can't be made as it is; a few words without a secret.
        """
        proxy = proxy_for(address, self._proxy)
        head = {
            "Host": address.authority,
            "User-Agent": f"grafherald/{__version__}",
            "Accept-Encoding": "identity",
            **headers,
        }
        target = address.target
        if proxy and address.scheme == "http":
            target = f"http://{address.authority}{target}"
            head |= proxy.headers
        if not all(text.isascii() and text.isprintable() for text in head.values()):
            raise ValueError("the request can't be made")
        is_secured = address.scheme == "https"
        if is_secured and self._ca_file:
            self._trust()  # a wrong file is found also while nobody answers
        route = _Route(address, proxy, self._trust if is_secured else None)
        step = _Step(address.authority, self.deadline, self._setting)
        with _explained(step):
            wire, found = self._exchange(_Request(method, target, head, body), route, step)
            try:
                yield Stream(found.status_code, _fields(found.headers), wire, step)
            finally:
                self._leave(address, wire)

    def _exchange(self, request: _Request, route: _Route, step: _Step) -> tuple[Wire, h11.Response]:
        wire = self._connected(route)
        step.sent = True
        try:
            return wire, wire.exchange(*request, self.deadline)
        except (NoResponseError, ConnectionResetError):
            self._leave(route.address, wire)
            # a kept connection may be closed just as we ask; a GET does no harm twice
            if wire.began or request.method != "GET" or not wire.exchanges:
                raise
        except BaseException:
            self._leave(route.address, wire)
            raise
        step.sent = False
        return self._exchange(request, route, step)

    def _leave(self, address: Address, wire: Wire) -> None:
        """Hang up, unless another exchange may follow."""
        if not wire.is_reusable():
            self._open.pop(address.origin, None)
            wire.close()

    def _trust(self) -> SSLContext:
        from grafherald.net.tls import trust

        try:
            return trust(self._ca_file)
        except OSError:
            raise ValueError(f"{self._setting} or the CA bundle can't be read") from None

    def _connected(self, route: _Route) -> Wire:
        """Connect, or go on with the last connection to there where it is still usable."""
        origin = route.address.origin
        kept = self._open.pop(origin, None)
        if kept and not kept.is_quiet():
            kept.close()
            kept = None
        wire = kept or Wire(connect(*route, self.deadline))
        self._open[origin] = wire
        return wire


class _Route(NamedTuple):
    address: Address
    proxy: Proxy | None
    tls: Callable[[], SSLContext] | None


class _Request(NamedTuple):
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass
class _Step:
    """How far it got: *sent* while nobody knows whether the request was taken."""

    place: str
    deadline: Deadline
    setting: str
    sent: bool = False


class Stream:
    """The head of a response, and its body when it is read.

    Attributes:
        headers: by lower-case name; of several with one name the last.
    """

    def __init__(self, status: int, headers: Mapping[str, str], wire: Wire, step: _Step) -> None:
        self.status = status
        self.headers = headers
        self._wire = wire
        self._step = step

    def read(self, most: int) -> bytes:
        """Read the whole body.

        Raises:
            TransportError: it has more than *most* bytes, or ends too early.
        """
        parts, size = [], 0
        if int(self.headers.get("content-length", "0")) <= most:
            while part := self._wire.read(self._step.deadline):
                parts.append(part)
                size += len(part)
                if size > most:
                    break
            else:
                return b"".join(parts)
        raise TransportError(f"{self._step.place} sent more than {most >> 20} MiB", sent=True)

    def lines(self, most: int, tick: float) -> Iterator[bytes]:
        """Yield the body's lines as they come, for as long as it takes.

        After *tick* seconds without anything it yields b"", for whoever has to look at a clock.

        Raises:
            TransportError: a line has more than *most* bytes, or the body broke off.
        """
        kept = b""
        while True:
            try:
                part = self._wire.read(Deadline(tick))
            except TimeoutError:
                yield b""
                continue
            if not part:
                return
            *whole, kept = (kept + part).split(b"\n")
            yield from filter(None, whole)
            if len(kept) > most:
                raise TransportError(f"{self._step.place} sent an endless line", sent=True)

    def start(self, most: int) -> bytes:
        """Read the first *most* bytes of the body; where it breaks off, what came."""
        body = b""
        with suppress(NoResponseError, OSError):
            while len(body) < most and (part := self._wire.read(self._step.deadline)):
                body += part
        return body[:most]


def _body(json: Any, data: Mapping[str, Any] | bytes) -> tuple[dict[str, str], bytes]:
    if json is not None:
        return {"Content-Type": "application/json"}, jsons.dumps(json).encode()
    if isinstance(data, bytes):
        return {}, data
    return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(data).encode()


def _fields(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("ascii"): value.decode("latin-1") for name, value in headers}


@contextmanager
def _explained(step: _Step) -> Iterator[None]:
    """Say in one sentence what kept the other side from answering."""
    try:
        yield
        return
    except (NoResponseError, ProxyRefusedError, OSError) as error:
        text, hint = _reason(step, error)
        late = isinstance(error, TimeoutError)
    # raised here, it does not hold the frames that hold the connection
    raise TransportError(text, hint=hint, late=late, sent=step.sent)


def _reason(step: _Step, error: Exception) -> tuple[str, str]:
    """Explain a failure to people: what happened, and what to do about it."""
    place, hint = step.place, ""
    if isinstance(error, TimeoutError):
        text = f"no {'answer from' if step.sent else 'connection to'} {place}"
        text += f" within {step.deadline.seconds:.3g} s" if step.deadline.passed else ""
    elif isinstance(error, NoResponseError):
        text = f"{place} {error}"
    elif isinstance(error, ProxyRefusedError):
        text = f"the proxy made no connection to {place}: {_words(error)}"
    elif isinstance(error, ConnectionRefusedError):
        text, hint = f"{place} refuses connections", "is it running there?"
    elif isinstance(error, socket.gaierror):
        text, hint = f"the host of {place} is unknown", "is its name right?"
    elif refusal := getattr(error, "verify_message", ""):  # of an ssl.SSLCertVerificationError
        text = f"the certificate of {place} is refused: {refusal.rstrip('.')}"
        hint = f"a private CA? set {step.setting}"
    elif type(error).__module__ == "ssl":  # which only https imports
        text = f"{place} does not speak TLS as it should"
        hint = "is it http:// there, not https://?"
    else:
        text = f"the connection to {place} failed: {_words(error)}"
    return text, hint


def _words(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or "no reason given"
    return shorten(one_line(plain(re.sub(r"\[Errno -?\d+\] ", "", text))), 120)
