"""Where notifications go. A channel type is one `ChannelType`, found by its name.

Ours are the modules here; another package names its own as an entry point of the group
``grafherald.channels``. A configured channel is opened once per recipient (room, address), so that
one that fails neither stops nor repeats the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable
from urllib.parse import urlsplit

from grafherald import registry
from grafherald.errors import ConfigError
from grafherald.event import RECIPIENT_ENDINGS, Event

if TYPE_CHECKING:
    from grafherald.notification import Notification
    from grafherald.notification.templates import Templates

GROUP = "grafherald.channels"
OVERRIDES = ("room", "channel", "recipients")


class Receipt(NamedTuple):
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
        type: its `ChannelType`'s name.
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
        """Show what `send` would send, without sending; an e-mail as RFC 5322 text."""
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
            earlier: the reference of the last message about the same alert: another sequel of
                the first, or the first.
        """
        ...


@runtime_checkable
class AddsPictures(Protocol):
    """What a channel is that can show a picture in a message that it has sent.

    Slack by token, Discord and Telegram can. They are told at once, while their pictures are still
    being made.
    """

    def add_pictures(self, receipt: Receipt, notification: Notification, latest: str) -> Receipt:
        """Show *notification*, now with its pictures or why there are none, in what was sent.

        Args:
            receipt: what `Channel.send` returned for it.
            latest: the reference of what was last sent about the same alert; where that followed
                this message, it says how the message has changed since.

        Returns:
            The receipt with what *latest* has to be now.

        Raises:
            DeliveryError: the message stays as it was sent.
        """
        ...


class Rate(NamedTuple):
    """A token bucket: *burst* at once, then one per *every*.

    It is kept as one time, when the next one may go: the generic cell rate algorithm,
    https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
    """

    every: timedelta
    burst: int = 1

    def ready_after(self, ready: datetime, now: datetime) -> datetime:
        """Say when the next one may go, after one that went *now* and might from *ready* on."""
        slack = (self.burst - 1) * self.every
        return max(now, ready + slack) + self.every - slack


class Open(Protocol):
    """Opens a configured channel, once per recipient of the event's."""

    def __call__(
        self, name: str, settings: Mapping[str, Any], event: Event, templates: Templates, /
    ) -> Sequence[Channel]:
        """Connect to nothing yet; a channel that nobody is named for has the recipient "".

        Args:
            name: the channel's name in the settings.
            settings: what stands there; they fit the type's schema.

        Raises:
            ConfigError: a setting is missing or wrong; the text names its key.
        """
        ...


@dataclass(frozen=True)
class ChannelType:
    """All that the rest of the program knows of one kind of channel.

    Attributes:
        name: what the settings call it, ``type: hipchat``.
        open: makes channels of the settings.
        schema: JSON Schema of a channel's settings, with a description for whoever writes them.
            The keys that every channel has (see ``schemas/channel.json``) are added.
        sample: settings that the schema takes, to show what a channel would send; no real secret.
        setting: the key of the settings that names the recipients, one or a list.
        attribute: the event's attribute that names them instead: ``hipchat_room``. Inputs pass on
            what ends as one of `RECIPIENT_ENDINGS`.
        override: the annotation that wins over both, one of `OVERRIDES`.
        rate: how fast the service bears messages to one recipient; None is any number.
        replaces: a message that is sent again takes the first one's place, so nobody need be told
            that it may be a repeat.
        apart: each problem is an incident of its own there, so groups are taken apart.
        pictures: how its reader sees a picture, a few words.
        threads: what is said later of a problem stands beside its first message.
        updates: the first message itself changes, or closes.
        resolves: what becomes of an end there, a few words.
        limits: what one message may hold, a few words.
        tries: after how many a delivery is given up; 0 is when it is too old.
        fetches: the service's own servers fetch public pictures, from outside of our network.
    """

    name: str
    open: Open
    schema: Mapping[str, Any] = field(repr=False)
    sample: Mapping[str, Any] = field(repr=False)
    setting: str = ""
    attribute: str = ""
    override: str = "recipients"
    rate: Rate | None = None
    replaces: bool = False
    fetches: bool = False
    apart: bool = False
    tries: int = 0
    pictures: str = "as its public URL"
    threads: bool = False
    updates: bool = False
    resolves: str = "as a message"
    limits: str = ""

    def __post_init__(self) -> None:
        """Refuse what no event could name.

        Raises:
            ValueError: it is said which; this is for whoever writes a channel type.
        """
        if self.attribute and not self.attribute.endswith(RECIPIENT_ENDINGS):
            raise ValueError(f"attribute: expected one that ends as {RECIPIENT_ENDINGS}")
        if self.override not in OVERRIDES:
            raise ValueError(f"override: expected one of {OVERRIDES}")

    def recipients(
        self, event: Event, settings: Mapping[str, Any], otherwise: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Decide whom *event* goes to, each once; nobody is for the channel to complain about.

        Its annotation (names separated by commas) wins over its attribute, which wins over the
        settings, and these over *otherwise*. A type without a `setting` has no names.
        """
        if not self.setting:
            return ()
        configured = settings.get(self.setting) or otherwise
        places = (
            event.overrides.get(self.override, "").split(","),
            event.attributes.get(self.attribute, ()),
            (configured,) if isinstance(configured, str) else configured,
        )
        named = ([text.strip() for text in place if text.strip()] for place in places)
        return tuple(dict.fromkeys(next(filter(None, named), ())))


def overridden(
    settings: Mapping[str, Any], event: Event, type_: str, keys: Sequence[str]
) -> Mapping[str, Any]:
    """Let an *event* have its say in how a channel of *type_* looks: its overrides of *keys* win.

    They are about presentation; none of them says where anything goes.
    """
    said = {key: event.overrides.get(f"{type_}.{key}", "") for key in keys}
    return {**settings, **{key: text for key, text in said.items() if text}}


def find(name: str) -> ChannelType:
    """Look up a channel type by what the settings call it.

    Raises:
        ConfigError: there is none of that name, or it can't be used; the text lists the known.
    """
    return registry.find(GROUP, name, ChannelType, "channel type")


def names() -> list[str]:
    """List the channel types that there are, those of other packages too."""
    return registry.names(GROUP)


def required(name: str, settings: Mapping[str, Any], key: str) -> str:
    """Read a setting that a channel can't do without, and that goes into a header or an address.

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
    """Check the address of a service early; *url* without a slash at its end.

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


def identity(event: Event, *more: object) -> str:
    """Make an id by which a receiver knows a message that comes twice; 32 characters.

    A service drops what has the id of another, so all that tells two messages of an incident apart
    is in it: what is told again after an hour, a second comment, another group of the same size.
    """
    from hashlib import sha256

    what = (event.source, event.namespace, event.entity, event.check, event.part, event.incident)
    which = (event.id, event.kind.value, event.status, event.occurrences)
    said = (event.occurred_at.isoformat(), event.author, event.comment)
    parts = map(str, (*what, *which, *said, *more))
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def subject_of(event: Event) -> str:
    """Make the id that all problems of an entity's check share, also later ones; 32 characters."""
    from hashlib import sha256

    what = (event.source, event.namespace, event.entity, event.check, event.part)
    return sha256("\0".join(what).encode("utf-8", "replace")).hexdigest()[:32]
