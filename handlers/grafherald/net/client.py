"""HTTP as channels speak it: one request, one short answer, one verdict on what to do about it.

The standard library's client: a process per event has no time to import a larger one. Proxies and
certificates come from where `requests` takes them (``HTTPS_PROXY``, ``NO_PROXY``,
``REQUESTS_CA_BUNDLE``), or from the channel's own ``proxy`` and ``ca_file``. Nothing is read from
~/.netrc, and no redirect is followed.
"""

from __future__ import annotations

import json as jsons
import os
import re
import select
import ssl
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, InvalidURL
from types import TracebackType
from typing import Any, NamedTuple, cast
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

from grafherald import __version__
from grafherald.errors import PermanentError, TemporaryError
from grafherald.net.deadline import Deadline
from grafherald.net.response import Answer
from grafherald.text import one_line, plain, shorten

_MOST = 64 * 1024  # bytes of an answer that are read
_CONNECT = 5.0  # seconds for each address of a host


class Client:
    """A context manager that asks, all in all within *timeout* seconds.

    Args:
        secrets: what no message may hold: the token, the path of a webhook.
    """

    def __init__(
        self, *, timeout: float, proxy: str = "", ca_file: str = "", secrets: Iterable[str] = ()
    ) -> None:
        self.deadline = Deadline(timeout)
        self._secrets = tuple(secrets)
        self._proxy = proxy
        self._ca_file = ca_file
        self._open: dict[tuple[str, str], HTTPConnection] = {}

    def post(
        self,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | bytes = b"",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a POST, whatever its status.

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

    def request(
        self, method: str, url: str, *, json: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return the answer to any *method*, with *json* as its body where there is one."""
        kind, body = _body(json, b"") if json is not None else ({}, None)
        return self._ask(method, url, {**kind, **(headers or {})}, body)

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a GET. See `post`."""
        return self._ask("GET", url, headers or {}, None)

    def __enter__(self) -> Client:
        self.deadline.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.deadline.__exit__(kind, error, trace)
        for connection in self._open.values():
            connection.close()

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        place = _place(url)
        proxy = _proxy_for(place, self._proxy)
        if any(not (text.isascii() and text.isprintable()) for text in headers.values()):
            raise _impossible(_host(place))
        connection = self._connected(place, proxy)
        target = url if proxy and place.scheme == "http" else _target(place)
        head = {"Host": _host(place), "User-Agent": f"grafherald/{__version__}", **headers}
        if proxy and place.scheme == "http":
            head |= proxy.credentials
        try:
            connection.request(method, target, body, head)
            response = connection.getresponse()
        except (ValueError, InvalidURL):
            raise _impossible(_host(place)) from None
        except (HTTPException, OSError) as error:
            late = self.deadline.passed or isinstance(error, TimeoutError)
            why = self._within("no answer") if late else "the connection ended without an answer"
            raise TemporaryError(f"{_host(place)}: {why}", unknown=True) from None
        start = _start_of(response)
        if not response.isclosed():
            connection.close()
        found = cast("Mapping[str, str]", response.headers)
        return Answer(_host(place), response.status, found, start, self._secrets)

    def _connected(self, place: SplitResult, proxy: _Proxy | None) -> HTTPConnection:
        """Return an open connection to *place*, the last one where it is still usable."""
        key = place.scheme, _host(place)
        connection = self._open.get(key)
        if connection is None:
            connection = self._open[key] = self._made(place, proxy)
        self.deadline.watch(connection)
        if connection.sock is not None and _has_something_to_read(connection.sock):
            connection.close()  # before a request that is the other side's goodbye
        try:
            if connection.sock is None:
                connection.timeout = min(_CONNECT, self.deadline.remaining)
                connection.connect()
            connection.sock.settimeout(self.deadline.remaining)
        except (HTTPException, OSError, ValueError) as error:
            connection.close()
            failure = self._unconnected(_host(place), error, proxy is not None)
        else:
            return connection
        # Raised here, it does not hold the frames that hold a refusing proxy's open answer.
        raise failure

    def _made(self, place: SplitResult, proxy: _Proxy | None) -> HTTPConnection:
        host, port = proxy[:2] if proxy else (str(place.hostname), place.port)
        if place.scheme == "http":
            return HTTPConnection(host, port)
        try:
            connection = HTTPSConnection(host, port, context=_trust(self._ca_file))
        except OSError:
            name = f"{_host(place)}: ca_file or the CA bundle can't be read"
            raise PermanentError(name) from None
        if proxy:
            connection.set_tunnel(str(place.hostname), place.port, proxy.credentials)
        return connection

    def _unconnected(
        self, host: str, error: Exception, through_proxy: bool
    ) -> TemporaryError | PermanentError:
        if isinstance(error, ValueError | InvalidURL) and not isinstance(error, OSError):
            return _impossible(host)
        if self.deadline.passed or isinstance(error, TimeoutError):
            why = self._within("no connection")
        elif isinstance(error, ssl.SSLError):
            why = f"TLS failed: {_words(error)}; a private CA? set ca_file"
        elif through_proxy:
            why = f"the proxy made no connection: {_words(error)}"
        else:
            why = f"no connection: {_words(error)}"
        return TemporaryError(f"{host}: {why}")

    def _within(self, text: str) -> str:
        return f"{text} within {self.deadline.seconds:.3g} s"


class _Proxy(NamedTuple):
    host: str
    port: int
    credentials: dict[str, str]


def _body(json: Any, data: Mapping[str, Any] | bytes) -> tuple[dict[str, str], bytes]:
    if json is not None:
        return {"Content-Type": "application/json"}, jsons.dumps(json).encode()
    if isinstance(data, bytes):
        return {}, data
    return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(data).encode()


def _place(url: str) -> SplitResult:
    """Return the parts of *url*.

    Raises:
        PermanentError: nobody can be asked for it.
    """
    try:
        place = urlsplit(url)
        good = place.scheme in ("http", "https") and place.hostname and place.port != 0
    except ValueError:
        good = False
    if not good or " " in place.netloc:
        raise _impossible(url.partition("://")[2].partition("/")[0].rpartition("@")[2])
    return place


def _host(place: SplitResult) -> str:
    return place.netloc.rpartition("@")[2]


def _target(place: SplitResult) -> str:
    return (place.path or "/") + (f"?{place.query}" if place.query else "")


def _proxy_for(place: SplitResult, own: str) -> _Proxy | None:
    """Return the proxy in between: the channel's *own*, else the environment's.

    Raises:
        PermanentError: its URL is none that is understood.
    """
    url = own or _environments_proxy(place.scheme, _host(place))
    if not url:
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host = None
    if not host or parts.scheme != "http":
        raise PermanentError(
            f"{_host(place)}: the proxy's URL must be http://[user:pass@]host:port"
        )
    if parts.username is None:
        return _Proxy(host, port, {})
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return _Proxy(host, port, {"Proxy-Authorization": f"Basic {b64encode(login).decode()}"})


def _environments_proxy(scheme: str, host: str) -> str:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return ""  # the usual case, without urllib.request and its 15 ms
    from urllib.request import getproxies, proxy_bypass

    if proxy_bypass(host):
        return ""
    proxies = getproxies()
    return proxies.get(scheme, proxies.get("all", ""))


@cache
def _trust(ca_file: str) -> ssl.SSLContext:
    bundles = (os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    found = ca_file or next(filter(None, bundles), "")
    if found and os.path.isdir(found):
        return ssl.create_default_context(capath=found)
    return ssl.create_default_context(cafile=found or None)


def _words(cause: object) -> str:
    """Return why a connection failed, in the system's words: ``Connection refused``."""
    text = re.sub(r"\(_ssl\.c:\d+\)|\[\w+: (?=\w)|\[Errno -?\d+\] ", "", str(cause))
    return shorten(one_line(plain(text.rpartition(": ")[2])).strip("]( ,"), 120)


def _impossible(host: str) -> PermanentError:
    return PermanentError(f"{host}: the request can't be made; check url, proxy and token")


def _has_something_to_read(sock: Any) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _start_of(response: HTTPResponse) -> bytes:
    """Return the first bytes of the body; none where it breaks off."""
    with suppress(HTTPException, OSError, ValueError):
        return response.read(_MOST)
    return b""
