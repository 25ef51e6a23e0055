"""E-mail by SMTP: text, HTML, and the pictures inside the mail.

Each recipient gets a transaction of its own, with the same message: one refused address neither
stops nor repeats the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.headerregistry import Address
from typing import Any

from grafherald.channels import ChannelType, Receipt
from grafherald.channels.email import message, smtp, token
from grafherald.errors import ConfigError, PermanentError
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates
from grafherald.settings import schema
from grafherald.text import plain, shorten

_TOO_LARGE = "the mail server takes no mail of that size"


def open_channels(
    name: str, settings: Mapping[str, Any], event: Event, templates: Templates
) -> list[Email]:
    """Open each address. See `grafherald.channels.Open`.

    The settings' ``to`` gives way to ``mail_to`` of the event, and may be left out where the
    source names addresses itself, as Nagios does with its contacts. Where an event names no address
    at all, those of the settings are told too: a slip of the pen in a check costs no alert.

    Raises:
        ConfigError: a setting is missing or wrong.
    """
    named = TYPE.recipients(event, settings, event.addresses)
    sender = message.address(str(settings.get("from") or ""))
    if sender is None:
        raise ConfigError(f"channels.{name}.from: expected a mail address")
    server = smtp.MailServer.parse(f"channels.{name}.smtp", str(settings.get("smtp") or ""))
    to = message.read(named)
    if not any(to.values()):
        configured = settings.get("to") or ()
        to |= message.read((configured,) if isinstance(configured, str) else configured)
    return [
        Email(
            name=name,
            recipient=found.addr_spec if found else shorten(plain(text), 60),
            address=found,
            to=tuple(filter(None, to.values())),
            sender=sender,
            server=server,
            settings=settings,
            templates=templates,
        )
        for text, found in (to or {"": None}).items()
    ]


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Email:
    """One address. See `Channel`.

    Attributes:
        address: the recipient's, or None when what was given is none.
        to: all recipients, for the To: of everybody's mail.
        clock: gives the mail's Date.
    """

    name: str
    recipient: str
    address: Address | None
    to: tuple[Address, ...]
    sender: Address
    server: smtp.MailServer
    settings: Mapping[str, Any] = field(repr=False)
    templates: Templates = field(repr=False)
    clock: Callable[[], datetime] = _now
    type: str = "email"
    wants: str = "bytes"

    def payload(self, notification: Notification) -> str:
        """Write the mail, RFC 5322. See `Channel.payload`."""
        return self._mail(notification).decode("ascii")

    def send(self, notification: Notification) -> Receipt:
        """Send; what is too large goes without its pictures. See `Channel.send`."""
        return self.follow(notification, "")

    def follow(self, notification: Notification, earlier: str) -> Receipt:
        """See `Follows.follow`: the mail answers the incident's first one."""
        try:
            said = self._hand_in(notification, earlier)
        except smtp.TooLargeError as error:
            if not any(graph.png for graph in notification.graphs):
                raise
            said = self._hand_in(message.without_pictures(notification, _TOO_LARGE), earlier)
            said = f"{said}, without pictures: {error}"
        return Receipt(said, self._first(notification, earlier))

    def _hand_in(self, notification: Notification, earlier: str) -> str:
        mail = self._mail(notification, earlier)
        return smtp.hand_in(self.server, self._envelope(mail), self._options)

    def _first(self, notification: Notification, earlier: str) -> str:
        return earlier or message.message_ids(notification.event, self.sender.domain)[1]

    def probe(self) -> str:
        """Name sender and recipient to the server, and take it back. See `Probe`."""
        answer = smtp.rehearse(self.server, self._envelope(b""), self._options)
        return f"{self.server.address} would take it: {answer}"

    def _envelope(self, mail: bytes) -> smtp.Envelope:
        if self.address is None:
            what = f"{self.recipient!r} is" if self.recipient else "settings and event name"
            raise PermanentError(f"{what} no mail address")
        return smtp.Envelope(self.sender.addr_spec, self.address.addr_spec, mail)

    @property
    def _options(self) -> smtp.MailOptions:
        by_token = self.settings.get("oauth2")
        return smtp.MailOptions(
            timeout=float(self.settings.get("timeout", 15)),
            ca_file=str(self.settings.get("ca_file", "")),
            verify=bool(self.settings.get("verify", True)),
            sessions=int(self.settings.get("sessions", 2)),
            token=(lambda: token.current(by_token)) if by_token else None,
        )

    def _mail(self, notification: Notification, earlier: str = "") -> bytes:
        return message.compose(
            notification,
            message.Heading(
                sender=self.sender,
                to=self.to,
                date=self.clock(),
                reply_to=message.address(str(self.settings.get("reply_to", ""))),
                subject_prefix=str(self.settings.get("subject_prefix", "")),
                subject=str(self.settings.get("subject", "")),
                own_subject=notification.event.overrides.get("email.subject", ""),
                first=earlier,
            ),
            self.templates,
        )


TYPE = ChannelType(
    name="email",
    open=open_channels,
    schema=schema.load("channel-email"),
    sample={
        "smtp": "smtp://localhost",
        "from": "grafherald@example.com",
        "to": "oncall@example.com",
    },
    setting="to",
    attribute="mail_to",
    replaces=True,  # a mail that comes twice has the same Message-ID
    pictures="carried",
    threads=True,
    resolves="as an answer in the thread",
    limits="the server's SIZE; beyond it without pictures",
)
