"""Whose turn it is: nothing of a sequence overtakes another, and nobody is sent to by everybody.

Of each sequence to each recipient the first that is not over has the turn, in the column ``turn``,
so that a claim need not look through all that wait behind it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from grafherald.delivery.model import DUE
from grafherald.store import Database, Row

GROUP_LIMIT = 200
"""Deliveries that go as one message at most."""

_SIDE_BY_SIDE = 4  # claims per recipient: one that hangs must not hold all workers
_FIRST_BUT_FOR_GROUP = """NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.lane_id = d.lane_id
    AND o.thread = d.thread AND o.id < d.id AND o.finished IS NULL
    AND NOT (o.grouped = d.grouped AND o.state = ? AND o.due <= ?))"""
_GROUP_IS_FREE = """(d.grouped = '' OR NOT EXISTS (SELECT 1 FROM deliveries o
    WHERE o.lease IS NOT NULL AND o.lane_id = d.lane_id AND o.grouped = d.grouped))"""


def is_first(db: Database, lane: int, sequence: int) -> int:
    """Decide the column ``turn``: 1 when nothing of the sequence waits before it, else 0."""
    db.rows(f"SELECT id FROM lanes WHERE id = ?{db.locked}", (lane,))
    find = "SELECT 1 FROM deliveries WHERE lane_id = ? AND thread = ? AND finished IS NULL"
    return int(not db.rows(f"{find} LIMIT 1", (lane, sequence)))


def ready_lanes(db: Database, at: int, events: Collection[int] | None) -> list[Row]:
    """Who may be sent to now, as (id, channel), longest unheard first."""
    only, event_parameters = _only(db, events)
    return db.rows(
        "SELECT l.id, l.channel FROM lanes l WHERE l.ready <= ? AND EXISTS ("
        "SELECT 1 FROM deliveries d WHERE d.lane_id = l.id AND d.finished IS NULL"
        f" AND d.turn = 1 AND d.state = ? AND d.due <= ?{only})"
        " AND (SELECT COUNT(*) FROM deliveries s WHERE s.lease IS NOT NULL"
        " AND s.lane_id = l.id) < ? ORDER BY l.ready, l.id",
        (at, DUE, at, *event_parameters, _SIDE_BY_SIDE),
    )


def _only(db: Database, events: Collection[int] | None) -> tuple[str, tuple[str, ...]]:
    """Narrow a statement to the deliveries of *events*: a condition, and its parameters."""
    if events is None:
        return "", ()
    return f" AND d.event_id IN {db.numbers}", (json.dumps(list(events)),)


def next_message(db: Database, lane: int, at: int, events: Collection[int] | None) -> list[int]:
    """Choose the next message's deliveries, by id: none of them overtakes another."""
    only, event_parameters = _only(db, events)
    first = db.rows(
        "SELECT d.id, d.grouped FROM deliveries d WHERE d.lane_id = ? AND d.finished IS NULL"
        f" AND d.turn = 1 AND d.state = ? AND d.due <= ?{only} AND {_GROUP_IS_FREE}"
        " ORDER BY d.attempts > 0, d.due, d.id LIMIT 1",
        (lane, DUE, at, *event_parameters),
    )
    if not first or not first[0][1]:
        return [row[0] for row in first]
    members = db.rows(
        "SELECT d.id FROM deliveries d WHERE d.lane_id = ? AND d.finished IS NULL"
        f" AND d.state = ? AND d.due <= ? AND d.grouped = ? AND {_FIRST_BUT_FOR_GROUP}"
        " ORDER BY d.id LIMIT ?",
        (lane, DUE, at, first[0][1], DUE, at, GROUP_LIMIT),
    )
    return [row[0] for row in members]


def lock_lane_of(db: Database, number: int) -> None:
    """Keep others from joining the delivery's sequence, or leaving it, until the block ends."""
    lane = "SELECT lane_id FROM deliveries WHERE id = ?"
    db.rows(f"SELECT id FROM lanes WHERE id = ({lane}){db.locked}", (number,))


def pass_on(db: Database, number: int) -> None:
    """Give the turn to the next of the sequence, when the delivery is over."""
    rows = db.rows(
        "SELECT lane_id, thread FROM deliveries WHERE id = ? AND finished IS NOT NULL", (number,)
    )
    for lane, thread in rows:
        db.run(
            "UPDATE deliveries SET turn = 1 WHERE id = (SELECT MIN(id) FROM deliveries"
            " WHERE lane_id = ? AND thread = ? AND finished IS NULL)",
            (lane, thread),
        )


def marks(values: Collection[Any]) -> str:
    """Make SQL's placeholders for *values*."""
    return ", ".join("?" * len(values))
