from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from grafherald.delivery.outbox import Outbox, Recipient
from grafherald.delivery.retention import purge
from grafherald.event import Event, Kind, State
from grafherald.history import acts, read
from grafherald.history.acts import What
from grafherald.history.record import record
from grafherald.history.standing import ACKNOWLEDGED, OPEN, SILENCED, standings
from grafherald.store import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
WARNING = Event("sensu-go", Kind.PROBLEM, State.WARNING, 1, "web01", "cpu", "70 %", NOW)
WARNING = WARNING._replace(namespace="default", labels={"team": "db"})
CRITICAL = WARNING._replace(state=State.CRITICAL, status=2)
RESOLVE = WARNING._replace(kind=Kind.RESOLVE, state=State.OK, status=0)


def opened(database: Database, event: Event = WARNING) -> int:
    alert = record(database, event, NOW).alert
    assert alert
    return alert


def acknowledge(database: Database, event: Event = WARNING) -> acts.Act:
    act = acts.acknowledge(database, opened(database, event), "jane", "on it", NOW)
    assert act
    return act


def test_a_repeat_of_what_somebody_knows_of_is_held(database: Database) -> None:
    assert acts.holds(database, WARNING, NOW) is None
    act = acknowledge(database)
    held = acts.holds(database, WARNING, NOW + HOUR)
    assert held
    assert (held.id, held.author, held.comment, held.at) == (act.id, "jane", "on it", NOW)
    assert acts.holds(database, WARNING._replace(check="disk"), NOW) is None
    assert acts.holds(database, WARNING._replace(entity="web02"), NOW) is None


def test_what_gets_worse_is_told_all_the_same(database: Database) -> None:
    acknowledge(database)
    assert acts.holds(database, CRITICAL, NOW) is None
    unknown = WARNING._replace(state=State.UNKNOWN, status=3)
    assert acts.holds(database, unknown, NOW) is None
    acknowledge(database, CRITICAL)
    assert acts.holds(database, CRITICAL, NOW)
    assert acts.holds(database, WARNING, NOW), "it got better"


@pytest.mark.parametrize(
    "kind", [Kind.RESOLVE, Kind.ACKNOWLEDGEMENT, Kind.DOWNTIME_START, Kind.CUSTOM]
)
def test_an_acknowledgement_holds_nothing_but_repeats(database: Database, kind: Kind) -> None:
    acknowledge(database)
    assert acts.holds(database, WARNING._replace(kind=kind), NOW) is None


def test_an_acknowledgement_is_over_with_its_alert(database: Database) -> None:
    acknowledge(database)
    record(database, RESOLVE._replace(occurred_at=NOW + HOUR), NOW + HOUR)
    assert acts.holds(database, WARNING, NOW + 2 * HOUR) is None
    record(database, WARNING._replace(occurred_at=NOW + 2 * HOUR), NOW + 2 * HOUR)
    assert acts.holds(database, WARNING, NOW + 2 * HOUR) is None
    assert [one.kind for one in standings(database, NOW + 2 * HOUR)] == [OPEN]


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ((("entity", "web01"),), True),
        ((("check", "cpu"),), True),
        ((("entity", "web01"), ("check", "cpu")), True),
        ((("entity", "web01"), ("check", "disk")), False),
        ((("label:team", "db"),), True),
        ((("label:team", "web"),), False),
        ((("label:entity", "web01"),), False),
        ((), False),
    ],
)
def test_a_silence_holds_what_it_covers_until_its_time_is_up(
    database: Database, scope: acts.Scope, covered: bool
) -> None:
    opened(database)
    acts.silence(database, scope, 4 * HOUR, "jane", "", NOW)
    assert bool(acts.holds(database, CRITICAL, NOW + 3 * HOUR)) is covered
    assert acts.holds(database, CRITICAL, NOW + 4 * HOUR) is None
    kinds = [one.kind for one in standings(database, NOW + HOUR)]
    assert kinds == [SILENCED if covered else OPEN]


def test_the_end_of_what_was_told_before_a_silence_is_told(database: Database) -> None:
    alert = opened(database)
    room = [Recipient("ops", "#room")]
    Outbox(database).enqueue(WARNING, b"", room, NOW, sequence=1, alert=alert)
    acts.silence(database, (("entity", "web01"),), HOUR, "jane", "", NOW)
    assert acts.holds(database, RESOLVE, NOW) is None
    record(database, RESOLVE._replace(occurred_at=NOW + HOUR / 2), NOW + HOUR / 2)
    assert acts.holds(database, RESOLVE, NOW + HOUR / 2) is None, "recorded first or last"


def test_the_end_of_what_nobody_was_told_of_is_held(database: Database) -> None:
    acts.silence(database, (("entity", "web01"),), HOUR, "jane", "", NOW)
    opened(database)
    assert acts.holds(database, RESOLVE, NOW)


def test_an_act_is_undone_once_by_somebody(database: Database) -> None:
    act = acknowledge(database)
    said = WARNING._replace(kind=Kind.ACKNOWLEDGEMENT, author="jane", comment="on it")
    record(database, said, NOW)
    assert [one.kind for one in standings(database, NOW)] == [ACKNOWLEDGED]
    undone = acts.undo(database, act.id, "joe", NOW + HOUR)
    assert undone
    assert (undone.undone, undone.undone_by) == (NOW + HOUR, "joe")
    assert acts.undo(database, act.id, "joe", NOW + HOUR) is None
    assert acts.holds(database, WARNING, NOW + HOUR) is None
    assert [one.kind for one in standings(database, NOW)] == [OPEN]
    assert [one.undone_by for one in acts.of_alert(database, act.alert or 0)] == ["joe"]


def test_a_silence_that_is_over_can_not_be_undone(database: Database) -> None:
    act = acts.silence(database, (("entity", "web01"),), HOUR, "jane", "", NOW)
    assert acts.undo(database, act.id, "joe", NOW + HOUR) is None


def test_who_takes_an_alert_has_it(database: Database) -> None:
    alert = opened(database)
    acts.acknowledge(database, alert, "joe", "", NOW, What.TAKE)
    (one,) = standings(database, NOW)
    assert (one.kind, one.owner) == (ACKNOWLEDGED, "joe")


def test_what_got_worse_than_acknowledged_is_open_again(database: Database) -> None:
    acknowledge(database)
    record(database, CRITICAL._replace(occurred_at=NOW + HOUR), NOW + HOUR)
    (one,) = standings(database, NOW + HOUR)
    assert (one.kind, one.owner) == (OPEN, "jane")


def test_an_alert_that_is_over_or_never_was_can_not_be_acknowledged(database: Database) -> None:
    alert = opened(database)
    record(database, RESOLVE._replace(occurred_at=NOW + HOUR), NOW + HOUR)
    assert acts.acknowledge(database, alert, "jane", "", NOW) is None
    assert acts.acknowledge(database, 999, "jane", "", NOW) is None


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "x" * 5000, "'; DROP TABLE acts"])
def test_any_name_word_and_label_is_kept(database: Database, odd: str) -> None:
    event = WARNING._replace(labels={"odd": odd})
    alert = opened(database, event)
    act = acts.silence(database, (("label:odd", odd),), HOUR, odd, odd, NOW, alert)
    assert act.author
    (one,) = standings(database, NOW)
    assert one.kind == SILENCED
    assert acts.holds(database, event, NOW)


def test_acts_go_with_their_time_and_stay_with_their_alert(database: Database) -> None:
    act = acknowledge(database)
    acts.silence(database, (("check", "x"),), HOUR, "jane", "", NOW)
    purge(database, NOW + 2 * HOUR)
    assert [one.id for one in acts.latest(database, 10)] == [act.id]
    assert read.alert(database, act.alert or 0)
