from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from grafherald.event import Event, Kind, State
from grafherald.history import SLOT, reach, read, series, worse
from grafherald.history.buckets import Buckets
from grafherald.history.record import illustrate, record
from grafherald.history.select import EVERYTHING
from grafherald.store import Database, milliseconds

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WARNING = Event("sensu-go", Kind.PROBLEM, State.WARNING, 1, "web01", "cpu", "70 %", NOW)
CRITICAL = WARNING._replace(state=State.CRITICAL, status=2, output="99 %")
RESOLVE = WARNING._replace(kind=Kind.RESOLVE, state=State.OK, status=0, output="5 %")


CHANGES = (
    (0, 1, "started"),
    (5, 1, "ended"),
    (7, 2, "started"),
    (21, 2, "ended"),
    (22, 1, "started"),
)


def hour(step: int) -> Buckets:
    return Buckets(milliseconds(NOW), milliseconds(NOW + HOUR), step)


def tell(database: Database, *told: tuple[Event, int]) -> None:
    """Record events, each at its minute after NOW."""
    for event, minute in told:
        at = NOW + minute * MINUTE
        record(database, event._replace(occurred_at=at), at)


def alerts(database: Database) -> list[read.Alert]:
    return read.alerts_between(database, NOW - 100 * HOUR, NOW + 100 * HOUR, 100)


def test_a_problem_opens_an_alert_and_its_resolve_ends_it(database: Database) -> None:
    tell(database, (WARNING, 0))
    (alert,) = read.open_alerts(database, 10)
    assert (alert.entity, alert.check, alert.severity, alert.ended) == ("web01", "cpu", 1, None)
    tell(database, (RESOLVE, 5))
    assert read.open_alerts(database, 10) == []
    ended = read.alert(database, alert.id)
    assert ended
    assert (ended.started, ended.ended, ended.state) == (NOW, NOW + 5 * MINUTE, 0)


def test_open_alerts_come_the_worst_first_then_the_newest(database: Database) -> None:
    unknown = WARNING._replace(state=State.UNKNOWN)
    for minute, event in enumerate((CRITICAL, WARNING, CRITICAL, unknown, WARNING)):
        tell(database, (event._replace(check=str(minute)), minute))
    assert [alert.check for alert in read.open_alerts(database, 10)] == ["2", "0", "3", "4", "1"]
    assert [alert.check for alert in read.open_alerts(database, 2)] == ["2", "0"]


def test_an_alert_is_as_severe_as_it_was_at_its_worst(database: Database) -> None:
    tell(database, (WARNING, 0), (CRITICAL, 1), (WARNING, 2))
    (alert,) = alerts(database)
    assert (alert.severity, alert.state, alert.output) == (2, 1, "70 %")
    started = series.counts(database, "started", hour(SLOT), EVERYTHING)
    assert started == {1: {}, 2: {milliseconds(NOW): 1}, 3: {}}


def test_repeats_change_nothing_but_what_was_last_said(database: Database) -> None:
    tell(database, (WARNING, 0), (WARNING._replace(occurrences=2, output="71 %"), 1))
    (alert,) = alerts(database)
    assert (alert.started, alert.seen) == (NOW, NOW + MINUTE)
    assert (alert.occurrences, alert.output) == (2, "71 %")


def test_the_same_event_twice_is_as_once(database: Database) -> None:
    tell(database, (WARNING, 0), (WARNING, 0), (RESOLVE, 5), (RESOLVE, 5))
    (subject,) = read.subjects(database, "web01", "cpu")
    assert len(alerts(database)) == 1
    changes = read.timeline(database, subject, NOW, NOW + HOUR)
    assert changes == [(NOW, 1), (NOW + 5 * MINUTE, 0)]


def test_a_problem_that_comes_after_its_resolve_opens_nothing(database: Database) -> None:
    tell(database, (RESOLVE, 5), (WARNING, 0))
    assert alerts(database) == []


def test_a_problem_may_have_begun_before_it_was_told(database: Database) -> None:
    record(database, WARNING._replace(since=NOW - HOUR), NOW)
    assert alerts(database)[0].started == NOW - HOUR


def test_an_alert_never_begins_before_the_last_one_ended(database: Database) -> None:
    tell(database, (WARNING, 0), (RESOLVE, 5))
    late = CRITICAL._replace(since=NOW, occurred_at=NOW + 9 * MINUTE)
    record(database, late, NOW + 9 * MINUTE)
    assert [a.started for a in alerts(database)] == [NOW + 5 * MINUTE, NOW]


@pytest.mark.parametrize("year", [1970, 2019, 2199])
def test_a_time_that_cannot_be_true_is_now(database: Database, year: int) -> None:
    record(database, WARNING._replace(occurred_at=NOW.replace(year=year), since=NOW), NOW)
    assert alerts(database)[0].started == NOW


def test_the_same_check_of_other_sources_is_another_subject(database: Database) -> None:
    for change in ({"source": "nagios"}, {"namespace": "dev"}, {"entity": "web02"}, {}):
        tell(database, (WARNING._replace(**change), 0))  # type: ignore[arg-type]
    assert len(read.open_alerts(database, 10)) == 4
    assert len(read.subjects(database, "web01", "cpu")) == 3


def test_an_acknowledgement_says_who_and_why(database: Database) -> None:
    said = {"kind": Kind.ACKNOWLEDGEMENT, "author": "ana", "comment": "on it"}
    tell(database, (WARNING, 0), (WARNING._replace(**said), 1))  # type: ignore[arg-type]
    assert read.open_alerts(database, 1)[0].acknowledged == "ana: on it"


def test_the_first_picture_stays(database: Database) -> None:
    place = record(database, WARNING, NOW)
    assert place.alert
    for picture in ("", "https://g/1.png", "https://g/2.png"):
        illustrate(database, place.alert, picture, "https://g/d/1")
    found = read.alert(database, place.alert)
    assert found
    assert (found.picture, found.panel) == ("https://g/1.png", "https://g/d/1")


def test_labels_are_the_last_ones(database: Database) -> None:
    tell(database, *((WARNING._replace(labels={"team": team}), 0) for team in ("db", "web")))
    assert database.rows("SELECT name, value FROM labels") == [("team", "web")]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [(0, 4, 1), (-9, 0, 0), (-9, 1, 1), (4, 5, 1), (5, 9, 0), (-9, 99, 1), (2, 3, 1)],
)
def test_a_range_has_the_alerts_that_overlap_it(
    database: Database, start: int, end: int, found: int
) -> None:
    tell(database, (WARNING, 0), (RESOLVE, 5))
    some = read.alerts_between(database, NOW + start * MINUTE, NOW + end * MINUTE, 10)
    assert len(some) == found


def test_long_and_open_alerts_overlap_a_later_range(database: Database) -> None:
    other = {"check": "disk"}
    tell(
        database,
        (WARNING, 0),
        (CRITICAL._replace(check="disk"), 1),
        (RESOLVE._replace(check="disk"), 60 * 24 * 5),
    )
    at = NOW + timedelta(days=4)
    assert len(read.alerts_between(database, at, at + HOUR, 10)) == len(other) + 1
    assert read.open_at(database, at) == {1: 1, 2: 1}
    assert read.open_at(database, at + timedelta(days=2)) == {1: 1}


@pytest.mark.parametrize("step", [60_000, SLOT, 2 * SLOT])
def test_counts_are_the_same_from_slots_and_from_alerts(database: Database, step: int) -> None:
    events = [(WARNING, 0), (RESOLVE, 5), (CRITICAL, 7), (RESOLVE, 21), (WARNING, 22)]
    tell(database, *events)
    found = {
        column: series.counts(database, column, hour(step), EVERYTHING)
        for column in ("started", "ended")
    }
    expected: dict[str, dict[int, Counter[int]]] = {
        column: {code: Counter() for code in (1, 2, 3)} for column in found
    }
    for minute, severity, column in CHANGES:
        at = milliseconds(NOW + minute * MINUTE)
        expected[column][severity][at - at % step] += 1
    assert found == expected


def test_a_timeline_starts_with_the_state_in_force(database: Database) -> None:
    tell(database, (WARNING, 0), (CRITICAL, 10), (RESOLVE, 20))
    (subject,) = read.subjects(database, "web01", "cpu")
    changes = read.timeline(database, subject, NOW + 15 * MINUTE, NOW + HOUR)
    assert changes == [(NOW + 10 * MINUTE, 2), (NOW + 20 * MINUTE, 0)]


@pytest.mark.parametrize(("one", "other", "worst"), [(0, 1, 1), (1, 3, 3), (3, 2, 2), (2, 1, 2)])
def test_critical_is_worse_than_unknown_is_worse_than_a_warning(
    one: int, other: int, worst: int
) -> None:
    assert worse(one, other) == worse(other, one) == worst


@pytest.mark.parametrize("length", [0, 999, 1000, 5000, 7 * 86_400_000])
def test_a_reach_is_the_next_power_of_two(length: int) -> None:
    assert length < 1000 * 2 ** reach(length)
    assert reach(length) == 0 or length >= 1000 * 2 ** (reach(length) - 1)
