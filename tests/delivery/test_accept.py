from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from grafherald.delivery.accept import Accepted, accept
from grafherald.event import Event, Kind, State
from grafherald.history import acts, read
from grafherald.notification.templates import Templates
from grafherald.settings import Settings
from grafherald.store import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
WARNING = Event("sensu-go", Kind.PROBLEM, State.WARNING, 1, "web01", "cpu", "70 %", NOW)
CRITICAL = replace(WARNING, state=State.CRITICAL, status=2)
RESOLVE = replace(WARNING, kind=Kind.RESOLVE, state=State.OK, status=0)
Tell = Callable[..., Accepted]


@pytest.fixture
def tell(database: Database, tmp_path: Path) -> Tell:
    """Accepts an event so many hours after NOW, for one folder."""
    config = Settings.of({"channels": {"look": {"type": "file", "directory": str(tmp_path)}}})
    templates = Templates(None, print)

    def tell(event: Event, hours: float = 0) -> Accepted:
        at = NOW + hours * HOUR
        event = replace(event, occurred_at=at, id=str(hours))
        return accept(database, event, b"{}", config=config, templates=templates, now=at)

    return tell


def test_a_repeat_of_what_is_acknowledged_is_kept_and_not_told(
    database: Database, tell: Tell
) -> None:
    assert tell(WARNING).deliveries == 1
    (alert,) = read.open_alerts(database, 9)
    acts.acknowledge(database, alert.id, "jane", "on it", NOW)
    repeat = tell(WARNING, 1)
    assert (repeat.deliveries, repeat.routed) == (0, True)
    assert tell(CRITICAL, 2).deliveries == 1, "it got worse"
    assert tell(RESOLVE, 3).deliveries == 1
    assert tell(WARNING, 4).deliveries == 1, "another one"


def test_what_is_silenced_is_not_told_until_the_time_is_up(database: Database, tell: Tell) -> None:
    act = acts.silence(database, (("check", "cpu"),), 4 * HOUR, "jane", "", NOW)
    assert tell(WARNING, 1).deliveries == 0
    assert tell(RESOLVE, 2).deliveries == 0, "nobody was told of the problem"
    assert tell(replace(WARNING, check="disk"), 1).deliveries == 1
    assert tell(WARNING, 4).deliveries == 1
    assert tell(RESOLVE, 5).deliveries == 1
    assert acts.undo(database, act.id, "jane", NOW + 2 * HOUR)
    assert tell(WARNING, 5.5).deliveries == 1


def test_an_acknowledgement_itself_is_told(tell: Tell) -> None:
    tell(WARNING)
    said = replace(WARNING, kind=Kind.ACKNOWLEDGEMENT, author="jane", comment="on it")
    assert tell(said, 0.5).deliveries == 1
