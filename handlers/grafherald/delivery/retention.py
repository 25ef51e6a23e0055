"""Retention: what is older than a day goes, a little at a time so that nobody waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from grafherald.history import SLOT, sums
from grafherald.store import Database, milliseconds

_AT_ONCE = 500


@dataclass(frozen=True)
class Purged:
    """How many rows went, or would go."""

    events: int
    alerts: int
    rejected: int


# What has to go first when rows of a table go, whose ids are put in for the braces.
_BELOW = {
    "events": (
        "failures WHERE delivery_id IN (SELECT id FROM deliveries WHERE event_id IN ({}))",
        "deliveries WHERE event_id IN ({})",
    ),
    "alerts": (),
    "rejected": (),
}
_OLD = {
    "events": "received < ? AND NOT EXISTS (SELECT 1 FROM deliveries d"
    " WHERE d.event_id = events.id AND d.finished IS NULL)",
    "alerts": "ended IS NOT NULL AND ended < ?",
    "rejected": "received < ?",
}
_OVER = """(alert_id IS NULL
    OR alert_id NOT IN (SELECT id FROM alerts WHERE ended IS NULL))"""
_NOT_OPEN = """NOT EXISTS (SELECT 1 FROM alerts a WHERE a.subject_id = states.subject_id
    AND a.ended IS NULL)"""


def purge(database: Database, before: datetime, *, dry_run: bool = False) -> Purged:
    """Delete events, alerts and rejected input from before a time, and all that belongs to them.

    What still waits to be delivered stays, and so do alerts that are open.
    """
    at = milliseconds(before)
    if dry_run:
        return Purged(*(_count(database, table, at) for table in _OLD))
    gone = Purged(*(_delete(database, table, at) for table in _OLD))
    for table, old, limit in (
        ("states", f"at < ? AND {_NOT_OPEN}", at),
        ("alert_counts", "slot < ?", at - at % SLOT),
        ("label_counts", "slot < ?", at - at % sums.HOUR),
        ("acts", f"at < ? AND {_OVER}", at),
        ("batches", "due < ?", at),
        ("renders", "at < ?", at),
    ):
        with database.transaction(alone=True):
            database.run(f"DELETE FROM {table} WHERE {old}", (limit,))
    return gone


def _count(database: Database, table: str, at: int) -> int:
    return int(database.rows(f"SELECT COUNT(*) FROM {table} WHERE {_OLD[table]}", (at,))[0][0])


def _delete(database: Database, table: str, at: int) -> int:
    number = 0
    while True:
        with database.transaction(alone=True):
            old = f"SELECT id FROM {table} WHERE {_OLD[table]} LIMIT {_AT_ONCE}"
            ids = [row[0] for row in database.rows(old, (at,))]
            if not ids:
                return number
            marks = ", ".join("?" * len(ids))
            for below in _BELOW[table]:
                database.run(f"DELETE FROM {below.format(marks)}", ids)
            number += database.run(f"DELETE FROM {table} WHERE id IN ({marks})", ids)
