"""The events that an alert is made of."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from grafherald.event import Event
from grafherald.store import Database, moment
from grafherald.store.codec import from_json


@dataclass(frozen=True)
class StoredEvent:
    """One event in the store; its input is `Outbox.raw`."""

    id: int
    received: datetime
    event: Event


def events_of(database: Database, alert: int, limit: int) -> list[StoredEvent]:
    """Read back what happened in an alert: at most *limit* of its events, the newest first.

    One that can't be read, which a newer version wrote, is left out: its deliveries say so.
    """
    rows = database.rows(
        "SELECT id, received, event FROM events WHERE alert_id = ? ORDER BY id DESC LIMIT ?",
        (alert, limit),
    )
    kept = []
    for number, received, document in rows:
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            kept.append(StoredEvent(number, moment(received), from_json(document)))
    return kept
