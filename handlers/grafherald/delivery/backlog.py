"""What waits, failed or went in the outbox, for a person or a monitor to see and to decide on."""

from __future__ import annotations

import json
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
from grafherald.delivery.turns import lock_lane_of, pass_on
from grafherald.store import Database, milliseconds, moment

# a thread is a subject's: by its alerts since then, there is an index for what is finished
_OVERTAKEN = """SELECT d.id, (SELECT MIN(o.id) FROM deliveries o WHERE o.lane_id = d.lane_id
    AND o.thread = d.thread AND o.id > d.id AND o.state IN (?, ?) AND o.alert_id IN (
        SELECT a.id FROM alerts a WHERE a.subject_id = d.thread AND a.started >= COALESCE(
            (SELECT b.started FROM alerts b WHERE b.id = d.alert_id), 0)))
    FROM deliveries d WHERE d.id IN """
_BEHIND = """SELECT d.id, (SELECT MAX(o.id) FROM deliveries o WHERE o.lane_id = d.lane_id
    AND o.thread = d.thread AND o.id < d.id AND o.finished IS NULL)
    FROM deliveries d WHERE d.id IN """


class Backlog:
    """The deliveries of a database, as whoever looks after them sees them."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def depth(self) -> dict[str, int]:
        """Count the deliveries that are due, claimed and failed."""
        find = "SELECT state, COUNT(*) FROM deliveries WHERE state IN (?, ?, ?) GROUP BY state"
        counted = {row[0]: row[1] for row in self._db.rows(find, (DUE, CLAIMED, FAILED))}
        return {DUE: 0, CLAIMED: 0, FAILED: 0} | counted

    def oldest_due(self) -> datetime | None:
        """Since when the delivery that waits longest could have gone; None where none waits."""
        find = "SELECT MIN(due) FROM deliveries WHERE finished IS NULL AND state = ?"
        (row,) = self._db.rows(find, (DUE,))
        return None if row[0] is None else moment(row[0])

    def deliveries(self, states: Sequence[str], limit: int) -> list[Delivery]:
        """List the deliveries in one of *states*: at most *limit*, the newest first."""
        newest = "SELECT id FROM deliveries WHERE state = ? ORDER BY id DESC LIMIT ?"
        ids = [row[0] for state in states for row in self._db.rows(newest, (state, limit))]
        chosen = json.dumps(sorted(ids, reverse=True)[:limit])
        return load(self._db, f"d.id IN {self._db.numbers} ORDER BY d.id DESC", (chosen,))

    def delivery(self, number: int) -> Delivery | None:
        """Find one delivery by its id; None where there is none."""
        return next(iter(load(self._db, "d.id = ?", (number,))), None)

    def failures(self, delivery: int) -> list[Failure]:
        """Why a delivery has not arrived: its attempts that failed, the first one first."""
        return self.failures_of([delivery]).get(delivery, [])

    def failures_of(self, numbers: Sequence[int]) -> dict[int, list[Failure]]:
        """Why deliveries have not arrived, by their ids; one that never failed is not in it."""
        find = (
            "SELECT delivery_id, attempt, at, error FROM failures"
            f" WHERE delivery_id IN {self._db.numbers} ORDER BY attempt"
        )
        found: dict[int, list[Failure]] = {}
        for number, attempt, at, error in self._db.rows(find, (json.dumps(list(numbers)),)):
            found.setdefault(number, []).append(Failure(attempt, moment(at), error))
        return found

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
        """Find what overtook a delivery: see `overtaken`."""
        return self.overtaken([number]).get(number)

    def overtaken(self, numbers: Sequence[int]) -> dict[int, int]:
        """Find what overtook deliveries: the first later one of the thread that may have gone.

        Those that none has overtaken are not in it.
        """
        return self._beside(_OVERTAKEN, (SENT, CLAIMED), numbers)

    def behind(self, numbers: Sequence[int]) -> dict[int, int]:
        """Find what deliveries wait for: the last earlier one of the thread that waits itself.

        Those that wait for none are not in it.
        """
        return self._beside(_BEHIND, (), numbers)

    def _beside(self, find: str, states: Sequence[str], numbers: Sequence[int]) -> dict[int, int]:
        asked = (*states, json.dumps(list(numbers)))
        rows = self._db.rows(f"{find}{self._db.numbers}", asked) if numbers else []
        return {number: other for number, other in rows if other is not None}

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
