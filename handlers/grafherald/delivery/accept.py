"""An event becomes deliveries: the history learns of it, the routes say who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from grafherald.delivery.outbox import Outbox
from grafherald.delivery.recipients import recipients_of
from grafherald.event import Event
from grafherald.history.acts import holds
from grafherald.history.record import record
from grafherald.settings import Settings
from grafherald.store import Database

if TYPE_CHECKING:
    from grafherald.notification.templates import Templates


@dataclass(frozen=True)
class Accepted:
    """What was kept.

    Attributes:
        event: the event's number.
        deliveries: how many deliveries it got; 0 also when all its recipients were told of the
            same event before.
        routed: whether a route leads to a channel.
        held: what keeps it from being told, ``silence by jane``, or "".
    """

    event: int
    deliveries: int
    routed: bool
    held: str


def accept(  # noqa: PLR0913 - an event, its bytes, and all that decides what becomes of it
    database: Database,
    event: Event,
    raw: bytes,
    *,
    config: Settings,
    templates: Templates,
    now: datetime,
) -> Accepted:
    """Keep *event* with its deliveries, as a whole; *raw* is the input that it came as.

    What somebody acknowledged or silenced on the board is kept without any.

    Raises:
        StoreError: nothing was kept.
    """
    recipients = recipients_of(event, config, templates)
    with database.transaction(alone=True):
        place = record(database, event, now)
        act = holds(database, event, now)
        kept = Outbox(database).enqueue(
            event,
            raw,
            [] if act or event.quiet else recipients,
            now,
            sequence=place.subject,
            alert=place.alert,
        )
    held = f"{act.what.value} by {act.author}" if act else event.quiet
    return Accepted(*kept, routed=bool(recipients), held=held)
