"""A delivery, as the outbox keeps it: one event for one recipient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from grafherald.event import Event, Kind, State
from grafherald.store import Database, Row, moment
from grafherald.store.codec import from_json

DUE, CLAIMED, SENT, FAILED, DROPPED = "due", "claimed", "sent", "failed", "dropped"


class Recipient(NamedTuple):
    """Whom a message is for.

    Attributes:
        channel: the channel's name in the settings.
        recipient: the room or address, as the channel names it.
        group: deliveries of the same group to the same recipient go as one message; "" = alone.
        wait: how long after a group's first message what follows goes as the second.
        interval: the time from there to the third, and so on.
    """

    channel: str
    recipient: str
    group: str = ""
    wait: timedelta = timedelta()
    interval: timedelta = timedelta()


class Delivery(NamedTuple):
    """One event for one recipient.

    Attributes:
        sequence: what it must not overtake another of: an entity's check.
        attempts: how often it was claimed; with the id, what a claim is known by.
        due: when it is tried next.
        finished: when it was sent, given up or dropped.
        may_repeat: an earlier attempt may have arrived.
        error: why the last attempt failed, or "".
        receipt: the service's response when it took the message, or "".
        reference: what the channel needs to find the sent message again, or "".
        earlier: the reference of the last message about the same alert to this recipient, or "".
        helped: others got a message that this one has not arrived.
        unreadable: why the stored event can't be read, or ""; *event* then says so, and no more.
    """

    id: int
    event_id: int
    alert_id: int | None
    event: Event
    received: datetime
    channel: str
    recipient: str
    sequence: int
    group: str
    state: str
    attempts: int
    due: datetime
    finished: datetime | None
    may_repeat: bool
    error: str
    receipt: str
    reference: str
    earlier: str
    unreadable: str = ""
    helped: bool = False


class Failure(NamedTuple):
    """An attempt that failed.

    Attributes:
        attempt: the how many-th it was; the first is 1.
        at: when that was known.
    """

    attempt: int
    at: datetime
    error: str


def load(database: Database, where: str, parameters: Sequence[Any]) -> list[Delivery]:
    """Read the deliveries ``d`` of events ``e`` for lanes ``l`` that the condition is true of."""
    return [_delivery(row) for row in database.rows(f"{_SELECT} WHERE {where}", parameters)]


_SELECT = """
    SELECT d.id, d.event_id, d.alert_id, e.event, e.received, l.channel, l.recipient, d.thread,
        d.grouped, d.state, d.attempts, d.due, d.finished, d.may_repeat, d.error, d.receipt,
        d.reference,
        (SELECT p.reference FROM deliveries p WHERE p.alert_id = d.alert_id
            AND p.lane_id = d.lane_id AND p.id < d.id AND p.reference <> '' AND p.grouped = ''
            ORDER BY p.id DESC LIMIT 1),
        d.helped
    FROM deliveries d JOIN events e ON e.id = d.event_id JOIN lanes l ON l.id = d.lane_id
"""


def _delivery(row: Row) -> Delivery:
    unreadable = ""
    try:
        event = from_json(row[3])
    except Exception as error:  # noqa: BLE001 - whatever stands there, it costs this one alone
        unreadable = f"the stored event can't be read ({type(error).__name__}); its input is kept"
        at = moment(row[4])
        event = Event("unknown", Kind.CUSTOM, State.UNKNOWN, 3, "?", "?", unreadable, at)
    return Delivery(
        id=row[0],
        event_id=row[1],
        alert_id=row[2],
        event=event,
        received=moment(row[4]),
        channel=row[5],
        recipient=row[6],
        sequence=row[7],
        group=row[8],
        state=row[9],
        attempts=row[10],
        due=moment(row[11]),
        finished=None if row[12] is None else moment(row[12]),
        may_repeat=bool(row[13]),
        error=row[14],
        receipt=row[15],
        reference=row[16],
        earlier=row[17] or "",
        unreadable=unreadable,
        helped=bool(row[18]),
    )
