"""What waits, failed or went in the outbox, for a person or a monitor to see and to decide on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from grafherald.delivery.model import (
    CLAIMED,
    DROPPED,
    DUE,
    FAILED,
    SENT,
    Delivery,
    Failure,
    load,
)
from grafherald.delivery.turns import lock_lane_of, marks, pass_on
from grafherald.store import Database, milliseconds, moment

_SAME_THREAD = """lane_id = (SELECT lane_id FROM deliveries WHERE id = ?)
    AND thread = (SELECT thread FROM deliveries WHERE id = ?)"""


class Backlog:
    """The deliveries of a database, as whoever looks after them sees them."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def depth(self) -> dict[str, int]:
        """Count the deliveries that are due, claimed and failed."""
        unfinished = self._db.rows(
            "SELECT state, COUNT(*) FROM deliveries WHERE finished IS NULL GROUP BY state"
        )
        failed = self._db.rows("SELECT COUNT(*) FROM deliveries WHERE state = ?", (FAILED,))
        return {DUE: 0, CLAIMED: 0, FAILED: failed[0][0]} | {row[0]: row[1] for row in unfinished}

    def oldest_due(self) -> datetime | None:
        """Since when the delivery that waits longest could have gone; None where none waits."""
        find = "SELECT MIN(due) FROM deliveries WHERE finished IS NULL AND state = ?"
        (row,) = self._db.rows(find, (DUE,))
        return None if row[0] is None else moment(row[0])

    def deliveries(self, states: Sequence[str], limit: int) -> list[Delivery]:
        """List the deliveries in one of *states*: at most *limit*, the newest first."""
        where = f"d.state IN ({marks(states)}) ORDER BY d.id DESC LIMIT ?"
        return load(self._db, where, (*states, limit))

    def delivery(self, number: int) -> Delivery | None:
        """Find one delivery by its id; None where there is none."""
        return next(iter(load(self._db, "d.id = ?", (number,))), None)

    def failures(self, delivery: int) -> list[Failure]:
        """Why a delivery has not arrived: its attempts that failed, the first one first."""
        find = "SELECT attempt, at, error FROM failures WHERE delivery_id = ? ORDER BY attempt"
        return [Failure(row[0], moment(row[1]), row[2]) for row in self._db.rows(find, (delivery,))]

    def raw(self, event_id: int) -> bytes:
        """Read the bytes that the event came as; b"" when they are no longer kept."""
        rows = self._db.rows("SELECT raw FROM events WHERE id = ?", (event_id,))
        return bytes(rows[0][0]) if rows else b""

    def retry_now(self, number: int, now: datetime, *, stale: bool = False) -> bool:
        """Make a delivery due that waits, failed or was dropped; tell whether there was one.

        It keeps its place in its sequence: what is earlier and waits goes before it, what is later
        after it. One that a later message has overtaken is left, unless *stale* says to send it.
        """
        at = milliseconds(now)
        with self._db.transaction():
            lock_lane_of(self._db, number)
            if not stale and self.overtaken_by(number) is not None:
                return False
            changed = self._db.run(
                "UPDATE deliveries SET state = ?, due = ?, stamp = ?, finished = NULL"
                " WHERE id = ? AND state IN (?, ?, ?)",
                (DUE, at, at, number, DUE, FAILED, DROPPED),
            )
            rows = self._db.rows("SELECT lane_id, thread FROM deliveries WHERE id = ?", (number,))
            for sequence in rows if changed else ():
                self._db.run(
                    "UPDATE deliveries SET turn = CASE WHEN id = (SELECT MIN(id) FROM deliveries"
                    " WHERE lane_id = ? AND thread = ? AND finished IS NULL) THEN 1 ELSE 0 END"
                    " WHERE lane_id = ? AND thread = ? AND finished IS NULL",
                    (*sequence, *sequence),
                )
        return bool(changed)

    def overtaken_by(self, number: int) -> int | None:
        """Find what overtook a delivery: the first later one of its thread that may have gone."""
        find = (  # a thread is a subject's: by its alerts, there is an index for what is finished
            "SELECT MIN(o.id) FROM deliveries d JOIN deliveries o ON o.lane_id = d.lane_id"
            " AND o.thread = d.thread AND o.id > d.id WHERE d.id = ? AND o.state IN (?, ?)"
            " AND o.alert_id IN (SELECT id FROM alerts WHERE subject_id = d.thread)"
        )
        rows = self._db.rows(find, (number, SENT, CLAIMED))
        return rows[0][0] if rows else None

    def behind(self, number: int) -> int | None:
        """Find the earlier delivery of the same thread that this one waits for; None for none."""
        find = f"SELECT MAX(id) FROM deliveries WHERE id < ? AND {_SAME_THREAD}"
        rows = self._db.rows(f"{find} AND finished IS NULL", (number, number, number))
        return rows[0][0] if rows else None

    def drop(self, number: int, now: datetime) -> bool:
        """Give up a delivery that waits or failed; tell whether there was one."""
        with self._db.transaction():
            lock_lane_of(self._db, number)
            changed = self._db.run(
                "UPDATE deliveries SET state = ?, finished = ? WHERE id = ? AND state IN (?, ?)",
                (DROPPED, milliseconds(now), number, DUE, FAILED),
            )
            pass_on(self._db, number)
        return bool(changed)
