"""The events that an alert is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from grafherald.event import Event
from grafherald.store import Database, moment
from grafherald.store.codec import from_json


@dataclass(frozen=True)
class Kept:
    """One event in the store; its input is `Outbox.raw`."""

    id: int
    received: datetime
    event: Event


def events_of(database: Database, alert: int, limit: int) -> list[Kept]:
    """Return at most *limit* events of an alert, the newest first."""
    rows = database.rows(
        "SELECT id, received, event FROM events WHERE alert_id = ? ORDER BY id DESC LIMIT ?",
        (alert, limit),
    )
    return [Kept(row[0], moment(row[1]), from_json(row[2])) for row in rows]
