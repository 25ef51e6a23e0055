from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from grafherald.delivery.accept import Accepted, accept
from grafherald.delivery.outbox import Outbox
from grafherald.event import Event, Kind, State
from grafherald.history import acts, read
from grafherald.history.record import open_inputs
from grafherald.notification.templates import Templates
from grafherald.settings import Settings
from grafherald.store import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
WARNING = Event("sensu-go", Kind.PROBLEM, State.WARNING, 1, "web01", "cpu", "70 %", NOW)
CRITICAL = WARNING._replace(state=State.CRITICAL, status=2)
RESOLVE = WARNING._replace(kind=Kind.RESOLVE, state=State.OK, status=0)
Tell = Callable[..., Accepted]


@pytest.fixture
def tell(database: Database, tmp_path: Path) -> Tell:
    """Accepts an event so many hours after NOW, for one folder."""
    config = Settings.of({"channels": {"look": {"type": "file", "directory": str(tmp_path)}}})
    templates = Templates(None, print)

    def tell(event: Event, hours: float = 0) -> Accepted:
        at = NOW + hours * HOUR
        event = event._replace(occurred_at=at, id=str(hours))
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
    assert tell(WARNING._replace(check="disk"), 1).deliveries == 1
    assert tell(WARNING, 4).deliveries == 1
    assert tell(RESOLVE, 5).deliveries == 1
    assert acts.undo(database, act.id, "jane", NOW + 2 * HOUR)
    assert tell(WARNING, 5.5).deliveries == 1


def test_an_end_within_a_silence_of_sensus_goes_to_who_heard_of_the_problem(
    database: Database, tell: Tell
) -> None:
    """The filter of contrib/sensu lets ends through, so that no alert stays open for ever."""
    silenced = RESOLVE._replace(silenced=("entity:web01:*",))
    assert tell(WARNING).deliveries == 1
    assert tell(silenced, 1).deliveries == 1
    held = "silenced by entity:web01:*, and nobody was told of the problem"
    unheard = tell(silenced, 2)
    assert (unheard.deliveries, unheard.held) == (0, held), "Sensu did not pass the problem on"
    tell(WARNING._replace(quiet="occurrence 1 of 3"), 3)
    kept = tell(silenced, 4)
    assert (kept.deliveries, kept.held) == (0, held)
    assert read.open_alerts(database, 9) == []


def test_what_a_source_last_sent_of_its_open_alerts_is_known(
    database: Database, tell: Tell
) -> None:
    assert tell(WARNING).deliveries == 1
    tell(CRITICAL._replace(check="disk"), 0.5)
    assert open_inputs(database, "sensu-go", 9) == [b"{}", b"{}"]
    assert open_inputs(database, "sensu-go", 1) == [b"{}"]
    assert tell(RESOLVE, 1).deliveries == 1
    assert open_inputs(database, "sensu-go", 9) == [b"{}"]
    assert open_inputs(database, "icinga", 9) == []


def test_an_acknowledgement_itself_is_told(tell: Tell) -> None:
    tell(WARNING)
    said = WARNING._replace(kind=Kind.ACKNOWLEDGEMENT, author="jane", comment="on it")
    assert tell(said, 0.5).deliveries == 1


BY_SEVERITY = {
    "routes": [
        {"match": {"severity": "critical"}, "channels": ["pager"]},
        {"match": {"severity": "warning"}, "channels": ["look"]},
    ]
}


@pytest.fixture
def routed(database: Database, tmp_path: Path) -> Tell:
    """Accepts an event so many hours after NOW, by the severity that it has."""
    channels = {name: {"type": "file", "directory": str(tmp_path)} for name in ("look", "pager")}
    templates = Templates(None, print)

    def tell(event: Event, hours: float = 0, **more: object) -> Accepted:
        config = Settings.of({"channels": channels, **BY_SEVERITY, **more})
        at = NOW + hours * HOUR
        event = event._replace(occurred_at=at, id=str(hours))
        return accept(database, event, b"{}", config=config, templates=templates, now=at)

    return tell


def _told(database: Database, accepted: Accepted) -> list[str]:
    return [d.channel for d in Outbox(database).of_events((accepted.event,))]


def test_an_end_goes_to_all_who_heard_of_the_problem(database: Database, routed: Tell) -> None:
    """The event itself tells nothing of its past, as Nagios'."""
    assert _told(database, routed(WARNING)) == ["look"]
    assert _told(database, routed(CRITICAL, 1)) == ["pager"]
    assert _told(database, routed(WARNING, 2)) == ["look"]
    said = WARNING._replace(kind=Kind.ACKNOWLEDGEMENT, author="jane")
    assert sorted(_told(database, routed(said, 3))) == ["look", "pager"]
    assert sorted(_told(database, routed(RESOLVE, 4))) == ["look", "pager"]
    assert _told(database, routed(WARNING, 5)) == ["look"]
    assert _told(database, routed(RESOLVE, 6)) == ["look"]


def test_who_was_told_before_a_mute_time_is_told_of_the_end_within(
    database: Database, routed: Tell
) -> None:
    mute = [{**route, "mute": [{"days": "mon-sun"}]} for route in BY_SEVERITY["routes"]]
    assert routed(CRITICAL).deliveries == 1
    assert routed(RESOLVE, 1, routes=mute).deliveries == 1
    silent = routed(CRITICAL, 2, routes=mute)
    assert (silent.deliveries, silent.held) == (0, "its routes are mute now")
    assert routed(RESOLVE, 3, routes=mute).deliveries == 0, "nobody was told of that one"


def test_two_problems_of_one_check_are_two_alerts(database: Database, routed: Tell) -> None:
    root, srv = CRITICAL._replace(part="a"), CRITICAL._replace(part="b")
    assert routed(root).deliveries + routed(srv, 0.1).deliveries == 2
    assert routed(RESOLVE._replace(part="a"), 1).deliveries == 1
    assert len(read.open_alerts(database, 9)) == 1
