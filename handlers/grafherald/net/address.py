"""Which URLs may be asked, and where their requests go. Text in, text out; nothing is fetched.

Rule 1: a render URL is asked only when its scheme, host and port are those of a Grafana in the
settings and its path lies below that Grafana's ``/render/``.
Rule 2: what two parsers may read in two ways (userinfo, backslashes, encoded slashes and dots,
dot segments, control characters) is refused, not repaired.
Rule 3: the query goes through byte for byte; only spaces and non-ASCII letters are escaped. A
fragment never goes over the wire, so it goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from grafherald.errors import ConfigError, GraphError
from grafherald.text import without_login

_LONGEST = 16 * 1024
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[^?]*)?(?:\?(?P<query>.*))?",
    re.IGNORECASE | re.ASCII,
)
_UNCLEAR = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*", re.ASCII)
_NEVER_IN_PATHS = re.compile(r"//|%(?:2[ef5]|5c|[01].|7f)", re.IGNORECASE)
_AS_THEY_ARE = "".join(chr(code) for code in range(0x21, 0x7F))


class Address(NamedTuple):
    """Where one request goes.

    Attributes:
        scheme: ``http`` or ``https``.
        host: lower case, IPv6 without its brackets.
        target: path and query, ASCII, as it stands in the request line.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def place(self) -> str:
        """Host and port for a sentence: ``grafana.example.com:443``."""
        return f"{self._bracketed}:{self.port}"

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        return self._bracketed if self.port == _PORTS[self.scheme] else self.place

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def at(self, target: str) -> Address:
        """Point to another *target* at the same place."""
        return Address(self.scheme, self.host, self.port, target)

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def parse(url: str) -> Address:
    """Read an http(s) *url* that anybody may have written, and refuse what is not clear.

    Raises:
        ValueError: it is no such URL, or one that two parsers may read in two ways; a few words.
    """
    if len(url) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} characters")
    if _UNCLEAR.search(url) or url != url.strip():
        raise ValueError("has a control character, a backslash or blanks around it")
    return _address(url, _path)


def locate(url: str) -> Address:
    """Find where to ask for a *url* of the settings, or of an API's answer.

    Unlike `parse` it takes any path, for what is encoded in it is the API's business, and leaves
    a user and password out. It is for URLs whose host nobody but an operator or that API chose.

    Raises:
        ValueError: nobody can be asked for it; a few words.
    """
    if _UNCLEAR.search(url) or len(url) > _LONGEST:
        raise ValueError("has a control character, a backslash or no end")
    scheme, separator, rest = url.partition("://")
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise ValueError("has a host that is no name") from None
    return _address(
        scheme + separator + host + rest[len(authority) :], lambda p: _escaped(p or "/")
    )


def _address(url: str, path: Callable[[str | None], str]) -> Address:
    match = _URL.fullmatch(url.partition("#")[0])
    if match is None:
        raise ValueError("is not http(s)://host[:port]/path without user and password")
    scheme = match["scheme"].lower()
    port = int(match["port"] or _PORTS[scheme])
    if port > 65535:
        raise ValueError("has a port above 65535")
    query = "" if match["query"] is None else "?" + _escaped(match["query"])
    return Address(scheme, match["host"].lower().strip("[]"), port, path(match["path"]) + query)


def base(url: str) -> Address:
    """Read a Grafana's base *url*, such as ``https://example.com/grafana``; target without ``/``.

    Raises:
        ConfigError: it is no base URL.
    """
    try:
        address = parse(url)
    except ValueError as error:
        raise ConfigError(f"grafana.url: {without_login(url)!r} {error}") from None
    if "?" in address.target:
        shown = without_login(url)
        raise ConfigError(f"grafana.url: {shown!r} has a query; give the address people open")
    return address.at(address.target.rstrip("/"))


@lru_cache(maxsize=64)  # for one picture it is asked three times
def allowed(url: str, bases: tuple[Address, ...]) -> tuple[Address, Address]:
    """Let through a render *url* of our own Grafanas: which of *bases*, and the address to ask.

    Raises:
        GraphError: with status 400 where *url* is no clear URL, 403 where it lies elsewhere.
    """
    try:
        address = parse(url)
    except ValueError as error:
        raise GraphError(f"the render URL {error}", status=400, hint=_HINT) from None
    for grafana in bases:
        below = f"{grafana.target}/render/"
        if address.origin == grafana.origin and address.path.startswith(below):
            if address.path == below:
                break
            return grafana, address
    raise GraphError(
        "the render URL is not below /render/ of a Grafana in the settings", status=403, hint=_HINT
    )


_HINT = "It looks like https://<grafana>/render/d-solo/<uid>/<slug>?panelId=<number>."


def _path(path: str | None) -> str:
    path = path or "/"
    escaped = _escaped(path)
    if " " in path or not _PATH.fullmatch(escaped) or _NEVER_IN_PATHS.search(escaped):
        raise ValueError("has a path with blanks, empty parts or encoded slashes, dots or controls")
    for segment in unquote(escaped).split("/"):
        if segment.partition(";")[0] in (".", ".."):
            raise ValueError("has . or .. in its path")
    return escaped


def _escaped(text: str) -> str:
    try:
        return quote(text, safe=_AS_THEY_ARE)
    except UnicodeEncodeError:
        raise ValueError("has a broken Unicode letter") from None
