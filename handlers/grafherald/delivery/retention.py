"""Retention: what is older than a day goes, a little at a time so that nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

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


def purge(
    database: Database,
    before: datetime,
    *,
    dry_run: bool = False,
    pause: Callable[[float], object] = time.sleep,
) -> Purged:
    """Delete events, alerts and rejected input from before a time, and all that belongs to them.

    What still waits to be delivered stays, and so do alerts that are open.

    Args:
        pause: waits between two deletes, so that those who wait for the lock get it.
    """
    at = milliseconds(before)
    if dry_run:
        return Purged(*(_count(database, table, at) for table in _OLD))
    gone = Purged(*(_delete(database, table, at, pause) for table in _OLD))
    for table, key, old, limit in (
        ("states", "id", f"at < ? AND {_NOT_OPEN}", at),
        ("alert_counts", "slot, severity", "slot < ?", at - at % SLOT),
        ("label_counts", "field, value, slot, severity", "slot < ?", at - at % sums.HOUR),
        ("acts", "id", f"at < ? AND {_OVER}", at),
        ("batches", "lane_id, grouped", "due < ?", at),
        ("renders", "id", "at < ?", at),
    ):
        some = f"SELECT {key} FROM {table} WHERE {old} LIMIT {_AT_ONCE}"
        statement = f"DELETE FROM {table} WHERE ({key}) IN ({some})"
        while _in_a_block(database, pause, partial(database.run, statement, (limit,))):
            pass
    return gone


def _count(database: Database, table: str, at: int) -> int:
    return int(database.rows(f"SELECT COUNT(*) FROM {table} WHERE {_OLD[table]}", (at,))[0][0])


def _delete(database: Database, table: str, at: int, pause: Callable[[float], object]) -> int:
    number = 0
    while gone := _in_a_block(database, pause, partial(_delete_some, database, table, at)):
        number += gone
    return number


def _delete_some(database: Database, table: str, at: int) -> int:
    old = f"SELECT id FROM {table} WHERE {_OLD[table]} LIMIT {_AT_ONCE}"
    ids = [row[0] for row in database.rows(old, (at,))]
    marks = ", ".join("?" * len(ids))
    for below in _BELOW[table] if ids else ():
        database.run(f"DELETE FROM {below.format(marks)}", ids)
    return database.run(f"DELETE FROM {table} WHERE id IN ({marks})", ids) if ids else 0


def _in_a_block(
    database: Database, pause: Callable[[float], object], delete: Callable[[], int]
) -> int:
    """Delete, and leave the store to others for as long as that took; tell how many rows went."""
    began = time.monotonic()
    with database.transaction(alone=True):
        gone = delete()
    if gone:
        pause(time.monotonic() - began)
    return gone
