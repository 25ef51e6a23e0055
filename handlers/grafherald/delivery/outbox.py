"""What has to be delivered, kept on disk before any network call and until it is done.

A delivery is due, claimed (somebody is sending it), sent, failed (kept for a person) or dropped (by
a person). Deliveries of one sequence (an entity's check) to one recipient go in the order they
came, so that a resolve never overtakes its problem: one that failed for now holds those behind it.

A claim is a lease: when its time is up, others may claim the delivery. Whoever held it may have
sent it, so it is then marked as one that may be a repeat.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from grafherald.delivery.model import (
    CLAIMED,
    DROPPED,
    DUE,
    FAILED,
    SENT,
    Delivery,
    Failure,
    Recipient,
    load,
)
from grafherald.delivery.schedule import SKEW, Batch, next_batch
from grafherald.delivery.turns import (
    GROUP_LIMIT,
    is_first,
    lock_lane_of,
    marks,
    next_message,
    pass_on,
    ready_lanes,
)
from grafherald.event import Event
from grafherald.store import Database, milliseconds, moment, text
from grafherald.store.codec import fingerprint, to_json

if TYPE_CHECKING:
    from grafherald.channels import Rate

__all__ = [
    "CLAIMED",
    "DROPPED",
    "DUE",
    "FAILED",
    "SENT",
    "Delivery",
    "Failure",
    "Outbox",
    "Recipient",
]

_NEXT, _AFTER_ALL = ":", ";"  # behind a fingerprint: the same event, for other recipients
_REFERENCE = 20_000  # characters; a chat's holds the whole message that it changes later
_STOPPED = "whoever was sending it stopped"


class Outbox:
    """Deliveries in a database. Every method is on disk when it returns, or raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def enqueue(  # noqa: PLR0913 - an event, as it came and as it was read, and who hears of it
        self,
        event: Event,
        raw: bytes,
        recipients: Sequence[Recipient],
        now: datetime,
        *,
        sequence: int,
        alert: int | None = None,
    ) -> tuple[int, int]:
        """Keep *event* with one delivery per recipient; return its id and how many were added.

        Who has a delivery of the same event already, by its fingerprint, gets no second. Nagios
        runs a handler per contact, with other addresses and another form of the message in each:
        so what is kept for the new recipients is the event as it came for them.

        Args:
            raw: the input as it was received.
            sequence: deliveries with the same number to the same recipient go in order.
            alert: the alert in the history that the event belongs to.
        """
        key, at = fingerprint(event), milliseconds(now)
        with self._db.transaction(alone=True):
            same = self._db.rows(
                "SELECT id, event FROM events WHERE dedup >= ? AND dedup < ? ORDER BY id",
                (key, key + _AFTER_ALL),
            )
            have = self._lanes_of([row[0] for row in same])
            lanes = [(self._lane(recipient), recipient) for recipient in recipients]
            new = [(lane, recipient) for lane, recipient in lanes if lane not in have]
            if same and not new:
                return int(same[0][0]), 0
            document = to_json(event)
            event_id = next((int(row[0]) for row in same if row[1] == document), None)
            if event_id is None:
                key += f"{_NEXT}{len(same)}" if same else ""
                event_id = self._db.insert(
                    "INSERT INTO events (dedup, received, source, raw, event, alert_id)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (key, at, text(event.source, 100), raw, document, alert),
                )
            added = sum(
                self._add((event_id, alert, lane, sequence), recipient, now)
                for lane, recipient in new
            )
        return event_id, added

    def _add(
        self, ids: tuple[int, int | None, int, int], recipient: Recipient, now: datetime
    ) -> int:
        """Add the delivery of an event; *ids* are of the event, its alert, lane and sequence."""
        at, (_, _, lane, sequence) = milliseconds(now), ids
        due, turn = self._due(recipient, lane, now), is_first(self._db, lane, sequence)
        return self._db.run(
            "INSERT INTO deliveries (event_id, alert_id, lane_id, thread, turn, grouped,"
            " state, created, due, stamp) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (*ids, turn, text(recipient.group, 300), DUE, at, due, at),
        )

    def _lanes_of(self, events: Sequence[int]) -> set[int]:
        find = f"SELECT lane_id FROM deliveries WHERE event_id IN ({marks(events)})"
        return {row[0] for row in self._db.rows(find, events)} if events else set()

    def _lane(self, recipient: Recipient) -> int:
        names = (text(recipient.channel, 300), text(recipient.recipient, 300))
        find = "SELECT id FROM lanes WHERE channel = ? AND recipient = ?"
        found = self._db.rows(find, names)
        if found:
            return int(found[0][0])
        return self._db.insert("INSERT INTO lanes (channel, recipient) VALUES (?, ?)", names)

    def _due(self, recipient: Recipient, lane: int, now: datetime) -> int:
        """Decide when a delivery is due: at once, or with the next message of its group."""
        if not recipient.group:
            return milliseconds(now)
        key = (lane, text(recipient.group, 300))
        find = "SELECT opened, due FROM batches WHERE lane_id = ? AND grouped = ?"
        found = [Batch(*map(moment, row)) for row in self._db.rows(find, key)]
        last = found[0] if found else None
        batch = next_batch(last, now, wait=recipient.wait, interval=recipient.interval)
        due = milliseconds(batch.due)
        self._db.run(
            "INSERT INTO batches (lane_id, grouped, opened, due) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (lane_id, grouped) DO UPDATE SET opened = excluded.opened,"
            " due = excluded.due",
            (*key, milliseconds(batch.opened), due),
        )
        return due

    def claim(
        self,
        now: datetime,
        lease: timedelta,
        *,
        rate: Callable[[str], Rate | None] = lambda _: None,
        busy: Collection[str] = (),
        events: Collection[int] | None = None,
    ) -> list[Delivery]:
        """Take what to send now as one message: a delivery, or a group of them.

        Where nothing is due, the list is empty.

        Args:
            lease: how long the caller has before others may claim it too.
            rate: how fast messages may go to a channel, by its name; None for as fast as can be.
            busy: channels that have enough senders at work.
            events: only these events' deliveries.
        """
        at = milliseconds(now)
        self._take_back(at)
        for lane, channel in ready_lanes(self._db, at, events):
            if channel in busy:
                continue
            with self._db.transaction():
                ready = self._db.rows(
                    f"SELECT ready FROM lanes WHERE id = ? AND ready <= ?{self._db.if_free}",
                    (lane, at),
                )
                chosen = next_message(self._db, lane, at, events) if ready else []
                if not chosen:
                    continue
                pace = rate(channel)
                after = pace.ready_after(moment(ready[0][0]), now) if pace else now
                set_ready = "UPDATE lanes SET ready = ?, stamp = ? WHERE id = ?"
                self._db.run(set_ready, (milliseconds(after), at, lane))
                self._db.run(
                    "UPDATE deliveries SET state = ?, attempts = attempts + 1, lease = ?, stamp = ?"
                    f" WHERE id IN ({marks(chosen)})",
                    (CLAIMED, milliseconds(now + lease), at, *chosen),
                )
                return load(self._db, f"d.id IN ({marks(chosen)}) ORDER BY d.id", chosen)
        return []

    def abandoned(self, now: datetime, before: datetime) -> Delivery | None:
        """Find a delivery whose lease is over, of an event that came *before*; None for none."""
        find = "d.lease IS NOT NULL AND d.lease <= ? AND e.received <= ? ORDER BY d.id LIMIT 1"
        return next(iter(load(self._db, find, (milliseconds(now), milliseconds(before)))), None)

    def _take_back(self, at: int) -> None:
        """Make due again what was claimed by somebody whose time is up."""
        expired = "lease IS NOT NULL AND lease <= ?"
        if not self._db.rows(f"SELECT 1 FROM deliveries WHERE {expired} LIMIT 1", (at,)):
            return
        with self._db.transaction():
            self._db.run(
                "INSERT INTO failures (delivery_id, attempt, at, error)"
                f" SELECT id, attempts, lease, ? FROM deliveries WHERE {expired}"
                " ON CONFLICT DO NOTHING",
                (_STOPPED, at),
            )
            self._db.run(
                "UPDATE deliveries SET state = ?, lease = NULL, may_repeat = 1, error = ?"
                f" WHERE {expired}",
                (DUE, _STOPPED, at),
            )

    def done(
        self, claimed: Sequence[Delivery], receipt: str, reference: str, now: datetime
    ) -> None:
        """Record that *claimed* was sent. When the lease was lost meanwhile, nothing changes."""
        change = "state = ?, finished = ?, receipt = ?, reference = ?, error = ''"
        said = (text(receipt, 1000), text(reference, _REFERENCE))
        self._settle(claimed, change, (SENT, milliseconds(now), *said))

    def latest(self, delivery: Delivery) -> str:
        """Find the last message to the recipient about the delivery's alert: its reference, or "".

        That may be the delivery itself.
        """
        find = f"SELECT reference FROM deliveries WHERE {_SINCE} ORDER BY id DESC LIMIT 1"
        rows = self._db.rows(find, _since(delivery))
        return str(rows[0][0]) if rows else ""

    def refer(self, delivery: Delivery, latest: str, reference: str) -> None:
        """Replace the reference *latest*, see `latest`."""
        change = f"UPDATE deliveries SET reference = ? WHERE {_SINCE} AND reference = ?"
        values = (text(reference, _REFERENCE), *_since(delivery), latest)
        with self._db.transaction():
            self._db.run(change, values)

    def retry(
        self,
        claimed: Sequence[Delivery],
        again: datetime,
        error: str,
        now: datetime,
        *,
        may_repeat: bool = False,
    ) -> None:
        """Record that *claimed* failed for now, and is due *again* later.

        Args:
            may_repeat: it may have arrived all the same.
        """
        repeat = "may_repeat = CASE WHEN ? = 1 THEN 1 ELSE may_repeat END"
        change = f"state = ?, due = ?, stamp = ?, error = ?, {repeat}"
        said = text(error, 1000)
        values = (DUE, milliseconds(again), milliseconds(now), said, int(may_repeat))
        self._settle(claimed, change, values, failure=(milliseconds(now), said))

    def fail(self, claimed: Sequence[Delivery], error: str, now: datetime) -> None:
        """Record that *claimed* will never arrive as it is; it is kept for a person."""
        failure = (milliseconds(now), text(error, 1000))
        change = "state = ?, finished = ?, error = ?"
        self._settle(claimed, change, (FAILED, *failure), failure=failure)

    def release(self, claimed: Sequence[Delivery]) -> None:
        """Give back what was claimed and not tried."""
        self._settle(claimed, "state = ?", (DUE,))

    def _settle(
        self,
        claimed: Sequence[Delivery],
        change: str,
        values: tuple[Any, ...],
        failure: tuple[int, str] | None = None,
    ) -> None:
        """Write down what became of *claimed*; a *failure* is when and why this attempt failed."""
        with self._db.transaction():
            for delivery in claimed:
                claim = (delivery.id, delivery.attempts)
                lock_lane_of(self._db, delivery.id)
                changed = self._db.run(
                    f"UPDATE deliveries SET lease = NULL, {change}"
                    " WHERE id = ? AND attempts = ? AND finished IS NULL",
                    (*values, *claim),
                )
                if changed and failure:
                    self._db.run(
                        "INSERT INTO failures (delivery_id, attempt, at, error)"
                        " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                        (*claim, *failure),
                    )
                pass_on(self._db, delivery.id)

    def pause(self, channel: str, recipient: str, until: datetime, now: datetime) -> None:
        """Send nothing to a recipient before *until*: it asked for that, or does not answer."""
        ready = milliseconds(until)
        self._db.run(
            "UPDATE lanes SET ready = ?, stamp = ?"
            " WHERE channel = ? AND recipient = ? AND ready < ?",
            (ready, milliseconds(now), text(channel, 300), text(recipient, 300), ready),
        )

    def forget_the_future(self, now: datetime) -> None:
        """Let go at once what a clock that was ahead holds back: no rule reaches that far."""
        at, future = milliseconds(now), milliseconds(now + SKEW)
        self._db.run("UPDATE lanes SET ready = ?, stamp = ? WHERE stamp > ?", (at, at, future))
        self._db.run(
            "UPDATE deliveries SET due = ?, stamp = ?,"
            " lease = CASE WHEN lease IS NULL THEN NULL ELSE ? END"
            " WHERE finished IS NULL AND stamp > ?",
            (at, at, at, future),
        )

    def overdue(self, channel: str, before: datetime) -> list[Delivery]:
        """What others are to hear of: events from *before* that a failing channel did not take.

        It is not among them once it went to others. What only waits behind another does not fail.
        """
        failing = self._db.rows(  # first, and once for each: the many that wait may be in one lane
            "SELECT l.id FROM lanes l WHERE l.channel = ? AND EXISTS (SELECT 1 FROM deliveries f"
            " WHERE f.lane_id = l.id AND f.finished IS NULL AND f.error <> '')",
            (text(channel, 300),),
        )
        if not failing:
            return []
        where = (
            f"d.finished IS NULL AND d.helped = 0 AND d.lane_id IN {self._db.numbers}"
            " AND e.received <= ? ORDER BY d.id LIMIT ?"
        )
        lanes = json.dumps([row[0] for row in failing])
        return load(self._db, where, (lanes, milliseconds(before), GROUP_LIMIT))

    def help(self, delivery: Delivery) -> bool:
        """Record that a delivery that did not arrive goes to others; False if it went before."""
        change = "UPDATE deliveries SET helped = 1 WHERE id = ? AND helped = 0"
        return bool(self._db.run(change, (delivery.id,)))

    def next_due(self, before: datetime) -> datetime | None:
        """When it is worth claiming again, at the earliest; None where that is not *before*.

        What is due later is not looked at: thousands may wait for a server that is down.
        """
        end = milliseconds(before)
        rows = self._db.rows(
            "SELECT MIN(CASE WHEN ready > due THEN ready ELSE due END) FROM (SELECT l.ready,"
            " (SELECT MIN(d.due) FROM deliveries d WHERE d.lane_id = l.id AND d.finished IS NULL"
            " AND d.turn = 1 AND d.state = ? AND d.due < ?) AS due FROM lanes l"
            " WHERE l.ready < ?) lane",
            (DUE, end, end),
        )
        return None if rows[0][0] is None else moment(rows[0][0])

    def of_events(self, events: Collection[int]) -> list[Delivery]:
        """What became of *events*: their deliveries, in the order they came."""
        where = f"d.event_id IN {self._db.numbers} ORDER BY d.id"
        return load(self._db, where, (json.dumps(list(events)),))

    def waits(self, events: Collection[int], untried: datetime, failed: datetime) -> bool:
        """Tell whether a delivery of *events* may go soon.

        Args:
            untried: when, at the latest, one that was not tried yet.
            failed: when, at the latest, one that failed for now.
        """
        rows = self._db.rows(
            "SELECT 1 FROM deliveries d JOIN lanes l ON l.id = d.lane_id"
            f" WHERE d.event_id IN {self._db.numbers} AND d.state = ?"
            " AND CASE WHEN l.ready > d.due THEN l.ready ELSE d.due END"
            " <= CASE WHEN d.attempts = 0 THEN ? ELSE ? END LIMIT 1",
            (json.dumps(list(events)), DUE, milliseconds(untried), milliseconds(failed)),
        )
        return bool(rows)


_SINCE = """lane_id = (SELECT o.lane_id FROM deliveries o WHERE o.id = ?)
    AND (id = ? OR (id > ? AND alert_id = ?)) AND reference <> ''"""


def _since(delivery: Delivery) -> tuple[Any, ...]:
    return (delivery.id, delivery.id, delivery.id, delivery.alert_id)
