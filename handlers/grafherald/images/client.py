"""What an alert needs of a panel: its picture, its public URL, or the reason why there is neither.

Either a grafana-images service is asked, or this process fetches, checks and publishes itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from grafherald.errors import ConfigError, GraphError
from grafherald.images.exchange import Deadline, Request, ask
from grafherald.images.fetch import Grafanas, received, trust
from grafherald.images.publish import Publisher
from grafherald.net.address import parse
from grafherald.text import without_login

_LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True)
class Picture:
    """A panel's picture.

    Attributes:
        png: its bytes; None when only the URL is known.
        url: where anybody can fetch it, or "".
    """

    url: str
    png: bytes | None = None


class Pictures(Protocol):
    """Where an alert's pictures come from."""

    def get(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture:
        """Return the picture of *render_url* within *seconds*.

        Args:
            as_bytes: whether ``png`` is needed; else it may be None.

        Raises:
            GraphError: there is no picture; its text is for the reader of the alert.
        """
        ...


class Kept(Pictures, Protocol):
    """Pictures that are remembered for a while."""

    def near(self, render_url: str, at: datetime, *, as_bytes: bool) -> Picture | None:
        """Return a picture of *render_url* that was made about the time *at*, or None."""
        ...


class Here:
    """Fetches, checks and, where there is a publisher, publishes. See `Pictures`."""

    def __init__(self, grafanas: Grafanas, token: str, publisher: Publisher | None) -> None:
        self._grafanas = grafanas
        self._authorization = _bearer(token)
        self._publisher = publisher

    def get(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture:
        """See `Pictures.get`; the bytes always come along."""
        del as_bytes
        png = self._grafanas.render(render_url, self._authorization, Deadline(seconds))
        return Picture(self._publisher.publish(png) if self._publisher else "", png)


class Service:
    """Asks a grafana-images service: ``POST {"imageUrl": URL}``, ``200 {"pubImg": URL}``.

    The render URL must belong to a Grafana of the settings here too: the token goes with it, and
    not every service looks where it carries it. See `Pictures`.
    """

    def __init__(self, url: str, grafanas: Grafanas, token: str, ca_file: str = "") -> None:
        """Take the service's *url*, such as ``https://grafana.example.com/grafana-images``.

        Raises:
            ConfigError: it is no URL, or *ca_file* is no file of certificates.
        """
        try:
            self._address = parse(url)
        except ValueError as error:
            raise ConfigError(f"images.service: {without_login(url)!r} {error}") from None
        self._grafanas = grafanas
        self._authorization = _bearer(token)
        self._tls = trust(ca_file)

    def get(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture:
        """See `Pictures.get`."""
        deadline = Deadline(seconds)
        self._grafanas.check(render_url)
        url = self._published(render_url, deadline)
        return Picture(url, self._bytes(url, deadline) if as_bytes else None)

    def _published(self, render_url: str, deadline: Deadline) -> str:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._authorization:
            headers["Authorization"] = self._authorization
        body = json.dumps({"imageUrl": render_url}).encode()
        with ask(Request(self._address, headers, body), deadline, self._tls) as answer:
            found = _fields(answer.read(_LARGEST_ANSWER))
            if answer.status != 200:
                raise _refusal(answer.status, found, self._authorization)
        url = found.get("pubImg")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise GraphError("the picture service answered without a picture's URL")
        return url

    def _bytes(self, url: str, deadline: Deadline) -> bytes:
        """Return the published picture, asked for as anybody would: without the token."""
        try:
            address = parse(url)
        except ValueError as error:
            raise GraphError(f"the published picture's URL {error}") from None
        with ask(Request(address), deadline, self._tls) as answer:
            if answer.status != 200:
                raise GraphError(f"the published picture can't be fetched: {answer.status}")
            return received(answer)


def _bearer(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError("grafana.token: it has blanks, control characters or accents")
    return f"Bearer {token}" if token else ""


def _fields(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(status: int, found: dict[str, object], secret: str) -> GraphError:
    """Return what our own service says in its ``error``, or the bare status of another's."""
    text, hint = (_quoted(found.get(name), secret) for name in ("error", "hint"))
    return GraphError(text or f"the picture service answered {status}", hint=hint)


def _quoted(value: object, secret: str) -> str:
    if not isinstance(value, str) or not value.isprintable() or (secret and secret[7:] in value):
        return ""
    return value[:200]
