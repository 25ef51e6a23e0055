"""Retention takes what is old and over, with all that hangs on it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone

import pytest

from grafherald.delivery.outbox import Outbox, Recipient
from grafherald.delivery.rejected import reject
from grafherald.delivery.retention import Purged, purge
from grafherald.event import Event, Kind, State
from grafherald.history.record import record, rendered
from grafherald.store import Database, milliseconds

OLD = datetime(2026, 8, 1, 3, 0, tzinfo=timezone.utc)
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
LIMIT = NOW - timedelta(days=90)
MINUTE = timedelta(minutes=1)
TABLES = (
    "events",
    "deliveries",
    "failures",
    "alerts",
    "states",
    "alert_counts",
    "rejected",
    "renders",
)
Tell = Callable[..., None]


@pytest.fixture
def tell(database: Database, make_event: Callable[..., Event]) -> Tell:
    """Keeps an event whose first attempt fails and whose second one arrives, unless it *waits*."""
    outbox = Outbox(database)

    def tell(at: datetime, *, waits: bool = False, **changes: object) -> None:
        event = make_event(occurred_at=at, id=f"{at} {changes}")._replace(**changes)  # type: ignore[arg-type]
        place = record(database, event, at)
        room = [Recipient("ops", "room")]
        number, _ = outbox.enqueue(
            event, b"{}", room, at, sequence=place.subject, alert=place.alert
        )
        outbox.retry(outbox.claim(at, MINUTE, events=[number]), at, "answered 503", at)
        if not waits:
            outbox.done(outbox.claim(at, MINUTE, events=[number]), "204", "", at)
        rendered(database, at, timedelta(seconds=1), failed=False)

    return tell


def rows(database: Database) -> dict[str, int]:
    return {table: int(database.rows(f"SELECT COUNT(*) FROM {table}")[0][0]) for table in TABLES}


def test_what_is_old_and_over_goes_with_all_that_belongs_to_it(
    database: Database, tell: Tell
) -> None:
    tell(OLD)
    tell(OLD + MINUTE, kind=Kind.RESOLVE, state=State.OK, status=0)
    reject(database, b"no event", "sensu", "it is none", OLD)
    assert all(rows(database).values())
    assert purge(database, LIMIT, dry_run=True) == Purged(2, 1, 1)
    assert all(rows(database).values())
    assert purge(database, LIMIT) == Purged(2, 1, 1)
    assert rows(database) == dict.fromkeys(TABLES, 0)


def test_what_is_open_or_waits_or_is_new_stays(database: Database, tell: Tell) -> None:
    tell(OLD, entity="open")
    tell(OLD, entity="waits", waits=True)
    tell(NOW, entity="new")
    tell(NOW + MINUTE, entity="new", kind=Kind.RESOLVE, state=State.OK, status=0)
    assert purge(database, LIMIT) == Purged(1, 0, 0)
    left = rows(database)
    assert (left["events"], left["deliveries"], left["failures"]) == (3, 3, 3)
    assert (left["alerts"], left["states"]) == (3, 4)


class Watched:
    """A database that remembers how many rows each statement of a block changed, and all blocks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.changed: list[int] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        self.changed.append(self._database.run(sql, parameters))
        return self.changed[-1]


def test_no_table_is_emptied_at_once(database: Database) -> None:
    old = milliseconds(OLD)
    with database.transaction():
        for number in range(1200):
            database.run("INSERT INTO renders (at, took, failed) VALUES (?, 1, 0)", (old,))
            database.run(
                "INSERT INTO states (subject_id, at, state) VALUES (?, ?, 2)", (number, old)
            )
            database.run(
                "INSERT INTO batches (lane_id, grouped, due) VALUES (?, ?, ?)", (number, "g", old)
            )
            database.run(
                "INSERT INTO alert_counts (slot, severity, started, ended) VALUES (?, 2, 1, 1)",
                (number,),
            )
    watched, pauses = Watched(database), []
    purge(watched, LIMIT, pause=pauses.append)  # type: ignore[arg-type]  # it is one, by __getattr__
    assert max(watched.changed) == 500
    assert rows(database) == dict.fromkeys(TABLES, 0)
    assert len(pauses) >= 8
    assert all(0 <= pause < 5 for pause in pauses)
