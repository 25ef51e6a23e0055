from __future__ import annotations

from datetime import datetime, timedelta, timezone

from grafherald.event import Event, Kind, State
from grafherald.history import acts, figures
from grafherald.history.record import record
from grafherald.store import Database

NOW = datetime(2026, 11, 21, 3, 2, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
WARNING = Event("sensu-go", Kind.PROBLEM, State.WARNING, 1, "web01", "cpu", "70 %", NOW)
RESOLVE = WARNING._replace(kind=Kind.RESOLVE, state=State.OK, status=0)


def tell(database: Database, event: Event, minutes: float) -> int | None:
    at = NOW - minutes * MINUTE
    return record(database, event._replace(occurred_at=at), at).alert


def test_figures_of_what_is_open_and_of_the_past_day(database: Database) -> None:
    critical = WARNING._replace(state=State.CRITICAL, status=2)
    tell(database, WARNING, 2 * 24 * 60)
    tell(database, RESOLVE, 2 * 24 * 60 - 5)
    tell(database, WARNING, 90)
    tell(database, RESOLVE, 60)
    tell(database, critical, 30)
    known = tell(database, WARNING._replace(check="disk"), 1)
    tell(database, WARNING._replace(entity="db01"), 1)
    acts.acknowledge(database, known or 0, "jane", "", NOW)
    acts.silence(database, (("entity", "db01"),), timedelta(hours=1), "jane", "", NOW)
    found = {name: read(database, NOW) for name, _, _, read in figures.GAUGES}
    assert found == {
        "alerts_open": {"critical": 1, "warning": 2, "unknown": 0},
        "alerts_standing": {"open": 1, "acknowledged": 1, "silenced": 1},
        "alerts_began_past_day": {"critical": 1, "warning": 3, "unknown": 0},
        "alerts_resolve_seconds_past_day": {"warning": 1800},
    }
