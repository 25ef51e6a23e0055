"""Others hear of what does not arrive: the channel's ``fallback``, else all who got the event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from grafherald.delivery.outbox import DROPPED, FAILED, Delivery, Outbox, Recipient
from grafherald.delivery.recipients import recipients_in
from grafherald.event import Event, Kind
from grafherald.settings import Settings

if TYPE_CHECKING:
    from grafherald.notification.templates import Templates

OURS = "grafherald"
"""The source of our own messages; that one of them failed is no message."""

_AFTER = 300  # seconds, see ``fallback_after``


class Fallback:
    """Passes on to others what its own recipient does not get."""

    def __init__(
        self,
        outbox: Outbox,
        config: Settings,
        templates: Templates,
        clock: Callable[[], datetime],
    ) -> None:
        self._outbox = outbox
        self._config = config
        self._templates = templates
        self._clock = clock

    def help_overdue(self, at_most: timedelta = timedelta.max) -> bool:
        """Pass on to others what was not delivered for a while; tell whether there was any.

        Args:
            at_most: how long that is, where the channels' ``fallback_after`` says longer.
        """
        now, any_found = self._clock(), False
        for name in self._config.channels:
            after = timedelta(
                seconds=float(self._config.channel(name).get("fallback_after", _AFTER))
            )
            for delivery in self._outbox.overdue(name, now - min(after, at_most)):
                self.help(delivery, delivery.error or "what came before it did not arrive", now)
                any_found = True
        return any_found

    def help(self, delivery: Delivery, reason: str, now: datetime) -> None:
        """Tell, once, the channel's ``fallback``, else in one line all others who got the event."""
        event = delivery.event
        if not self._outbox.help(delivery) or event.source == OURS or delivery.unreadable:
            return
        fallback = self._config.channel(delivery.channel).get("fallback")
        if fallback and fallback != delivery.channel:
            recipients = recipients_in(str(fallback), event, self._config, self._templates)
        elif recipients := self._others(delivery):
            event = _untold(delivery, reason, now)
        self._outbox.enqueue(
            event, b"", recipients, now, sequence=delivery.sequence, alert=delivery.alert_id
        )

    def _others(self, delivery: Delivery) -> list[Recipient]:
        return [
            Recipient(other.channel, other.recipient)
            for other in self._outbox.of_events((delivery.event_id,))
            if other.channel != delivery.channel and other.state not in (FAILED, DROPPED)
        ]


def _untold(delivery: Delivery, reason: str, now: datetime) -> Event:
    """The message to others that a delivery did not arrive, and why."""
    event = delivery.event
    return Event(
        source=OURS,
        kind=Kind.CUSTOM,
        state=event.state,
        status=event.status,
        entity=event.entity,
        check=event.check,
        output=f"{delivery.channel} ({delivery.recipient}) was not told of this: {reason}",
        occurred_at=now,
        id=f"untold {delivery.id}",
        incident=event.incident,
        namespace=event.namespace,
    )
