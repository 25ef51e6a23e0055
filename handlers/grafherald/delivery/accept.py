"""An event becomes deliveries: the history learns of it, the routes say who hears of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from grafherald.delivery.graphs import with_panels
from grafherald.delivery.outbox import Outbox
from grafherald.delivery.recipients import recipients_of
from grafherald.event import Event, Kind, State
from grafherald.history.acts import holds, was_told
from grafherald.history.record import Place, record, states_of
from grafherald.settings import Settings
from grafherald.store import Database

if TYPE_CHECKING:
    from grafherald.notification.templates import Templates

_FOLLOWS = (Kind.RESOLVE, Kind.ACKNOWLEDGEMENT)


class Accepted(NamedTuple):
    """What was kept.

    Attributes:
        event: the event's number.
        deliveries: how many deliveries it got; 0 also when all its recipients had the same
            event before.
        routed: whether a route leads to a channel.
        held: what keeps it from going out, ``silence by jane``, or "".
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

    What somebody acknowledged or silenced on the board is kept without any, and so is the end of
    a problem that its source had silenced all the while.

    Raises:
        StoreError: nothing was kept.
    """
    event = with_panels(event, config)
    recipients = recipients_of(event, config, templates, now)  # may take a while: it imports
    with database.transaction(alone=True):
        place = record(database, event, now)
        if event.kind in _FOLLOWS:
            event = _with_states(database, event, place)
            # who heard of a problem hears of its end, also while the routes are mute
            at = None if was_told(database, event) else now
            recipients = recipients_of(event, config, templates, at)
        act = holds(database, event, now)
        quiet = event.quiet or _unheard_of(database, event, place)
        kept = Outbox(database).enqueue(
            event,
            raw,
            [] if act or quiet else recipients,
            now,
            sequence=place.subject,
            alert=place.alert,
        )
    held = f"{act.what.value} by {act.author}" if act else quiet
    if not recipients and recipients_of(event, config, templates):
        held = held or "its routes are mute now"
    return Accepted(*kept, routed=bool(recipients), held=held)


def _unheard_of(database: Database, event: Event, place: Place) -> str:
    """Why nobody is told of an end that its source silences, or "": nobody knew of the problem.

    Nothing open ended where the source kept the problem itself from us.
    """
    if event.kind is not Kind.RESOLVE or not event.silenced:
        return ""
    if place.alert is not None and was_told(database, event):
        return ""
    return f"silenced by {', '.join(event.silenced)}, and nobody was told of the problem"


def _with_states(database: Database, event: Event, place: Place) -> Event:
    """The event with the states that its problem was in, as far as it or the history knows."""
    if place.alert is None:
        return event
    known = {*event.seen, *states_of(database, place.alert)}
    return event._replace(seen=tuple(state for state in State if state in known))
