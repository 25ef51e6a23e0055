"""Where notifications go. A channel type is one module here, found by its name.

Each module has ``open_channels(name, settings, event, templates) -> list[Channel]``: one
channel per recipient (room, address), so that one that fails neither stops nor repeats the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
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

    name: str
    type: str
    recipient: str
    wants: str

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
