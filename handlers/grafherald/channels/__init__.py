"""Where notifications go. A channel type is one module here, found by its name.

Each module has ``open_channels(name, settings, event, templates) -> list[Channel]``: one
channel per recipient (room, address), so that one that fails neither stops nor repeats the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from grafherald.errors import ConfigError

if TYPE_CHECKING:
    from grafherald.event import Event
    from grafherald.notification import Notification


@dataclass(frozen=True)
class Receipt:
    """What the other side said when it took the notification.

    Attributes:
        text: a few words for the log: ``204``, ``250 queued as 4F1``.
        reference: what is needed to update or thread later (Slack's ``channel/ts``), or "".
    """

    text: str
    reference: str = ""


class Channel(Protocol):
    """One recipient of one configured channel.

    Attributes:
        name: the channel's name in the settings.
        type: the module's name: ``hipchat``, ``slack``, ``email``, ``file``.
        recipient: the room or address, for people; never a secret.
        wants: how the channel shows a picture: ``url`` (a public URL), ``bytes`` (carries it
            itself) or ``either`` (bytes when there is no public URL).
    """

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def wants(self) -> str: ...

    def payload(self, notification: Notification) -> Mapping[str, Any] | str:
        """Return what `send` would send, without sending; an e-mail as RFC 5322 text."""
        ...

    def send(self, notification: Notification) -> Receipt:
        """Send once, within the channel's own timeout.

        Raises:
            TemporaryError: it may arrive later, or may have arrived (``unknown``).
            PermanentError: it never will.
        """
        ...


@runtime_checkable
class Probe(Protocol):
    """What every channel also is: able to say whether `send` would succeed."""

    def probe(self) -> str:
        """Ask the other side about our account and the recipient; post nothing.

        Returns:
            What it said, a few words; where asking would post, that only a message tells.

        Raises:
            TemporaryError: it can't be asked now.
            PermanentError: `send` would fail.
        """
        ...


@runtime_checkable
class Follows(Protocol):
    """A channel that can come back to a message that it sent."""

    def follow(self, notification: Notification, earlier: str) -> Receipt:
        """Send *notification* as the sequel of a message; else like `Channel.send`.

        Args:
            earlier: the reference that the message's receipt had.
        """
        ...


@runtime_checkable
class AddsPictures(Protocol):
    """What a channel is that can show a picture in a message that it has sent: Slack by token.

    It is told at once, while its pictures are still being made.
    """

    def add_pictures(self, receipt: Receipt, notification: Notification) -> None:
        """Show *notification*, now with its pictures or why there are none, in what was sent.

        Args:
            receipt: what `Channel.send` returned for it.

        Raises:
            DeliveryError: the message stays as it was sent.
        """
        ...


def recipients(event: Event, override: str, attribute: str, configured: Any) -> tuple[str, ...]:
    """Return whom *event* goes to, each once; nobody is for the channel to complain about.

    Its annotation's *override* (names separated by commas) wins over its *attribute*, which wins
    over what is *configured*: one text, a list, or None.
    """
    named = tuple(event.overrides.get(override, "").split(","))
    if not any(text.strip() for text in named):
        named = event.attributes.get(attribute, ())
    if not any(text.strip() for text in named):
        named = (configured,) if isinstance(configured, str) else tuple(configured or ())
    return tuple(dict.fromkeys(text.strip() for text in named if text.strip()))


def required(name: str, settings: Mapping[str, Any], key: str) -> str:
    """Return the text of a channel's setting *key*.

    Raises:
        ConfigError: it is missing, or holds what no header or address can: blanks, controls.
    """
    text = str(settings.get(key) or "")
    if not text:
        raise ConfigError(f"channels.{name}.{key}: is missing")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(f"channels.{name}.{key}: holds blanks or characters that can't be in it")
    return text


def web_address(name: str, key: str, url: str) -> str:
    """Return *url* without a slash at its end.

    Raises:
        ConfigError: it is no http(s) URL with a host; the text does not repeat it.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isprintable() or " " in url:
        raise ConfigError(f"channels.{name}.{key}: expected an http or https URL")
    return url.rstrip("/")
