"""Where a picture comes from: this process, or a grafana-images service. See `renders.Source`."""

from __future__ import annotations

import json

from grafherald.errors import ConfigError, GraphError
from grafherald.images import Picture
from grafherald.images.fetch import Grafanas, answering, received
from grafherald.images.publish import Publisher
from grafherald.net.address import parse
from grafherald.net.client import Client
from grafherald.net.deadline import Deadline
from grafherald.text import without_login

_LARGEST_ANSWER = 64 * 1024


class Direct:
    """Fetches, checks and, where there is a publisher, publishes."""

    def __init__(self, grafanas: Grafanas, token: str, publisher: Publisher | None) -> None:
        self.grafanas = grafanas
        self.authorization = bearer(token)
        self._publisher = publisher
        self.publishes = publisher is not None

    def render(self, render_url: str, deadline: Deadline) -> Picture:
        """See `Source.render`; the bytes always come along."""
        png = self.grafanas.render(render_url, self.authorization, deadline)
        return Picture(self.publish(png), png)

    def load(self, picture: Picture, deadline: Deadline) -> Picture:
        """See `Source.load`."""
        del deadline
        if self._publisher is None:
            raise GraphError("the picture was published nowhere")
        return picture._replace(png=self._publisher.read(picture.url))

    def publish(self, png: bytes) -> str:
        """See `Source.publish`."""
        return self._publisher.publish(png) if self._publisher else ""


class FromService:
    """Asks a grafana-images service: ``POST {"imageUrl": URL}``, ``200 {"pubImg": URL}``.

    The render URL must belong to a Grafana of the settings here too: the token goes with it, and
    not every service looks where it carries it.
    """

    publishes = False

    def __init__(self, url: str, grafanas: Grafanas, token: str) -> None:
        """Take the service's *url*, such as ``https://grafana.example.com/grafana-images``.

        Raises:
            ConfigError: it is no URL.
        """
        try:
            self._address = parse(url)
        except ValueError as error:
            raise ConfigError(f"images.service: {without_login(url)!r} {error}") from None
        self.grafanas = grafanas
        self.authorization = bearer(token)

    def render(self, render_url: str, deadline: Deadline) -> Picture:
        """See `Source.render`; without the bytes."""
        return self.grafanas.beside(
            render_url, self.authorization, deadline, lambda: self._asked(render_url, deadline)
        )

    def _asked(self, render_url: str, deadline: Deadline) -> Picture:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.authorization:
            headers["Authorization"] = self.authorization
        body = json.dumps({"imageUrl": render_url}).encode()
        with (
            self.grafanas.client(deadline) as client,
            answering(client, "POST", self._address, headers, body) as answer,
        ):
            found = _fields(answer.read(_LARGEST_ANSWER))
        if answer.status != 200:
            raise _refusal(answer.status, found, self.authorization)
        url = found.get("pubImg")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise GraphError("the picture service answered without a picture's URL")
        return Picture(url)

    def load(self, picture: Picture, deadline: Deadline) -> Picture:
        """See `Source.load`: it is asked for as anybody would, without the token."""
        with self.grafanas.client(deadline) as client:
            return picture._replace(png=published(client, picture.url))

    def publish(self, png: bytes) -> str:
        """See `Source.publish`: it publishes only what it makes itself."""
        del png
        return ""


def published(client: Client, url: str) -> bytes:
    """Fetch the picture at a public *url*.

    Raises:
        GraphError: it is not there, or no picture.
    """
    try:
        address = parse(url)
    except ValueError as error:
        raise GraphError(f"the published picture's URL {error}") from None
    with answering(client, "GET", address, {}) as answer:
        if answer.status != 200:
            raise GraphError(f"the published picture can't be fetched: {answer.status}")
        return received(answer)


def bearer(token: str) -> str:
    """Make the Authorization header of *token*, "" of none.

    Raises:
        ConfigError: it can't be in a header.
    """
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
