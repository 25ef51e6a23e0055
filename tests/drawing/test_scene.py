"""What an alert adds to its picture."""

from datetime import datetime, timedelta, timezone

import pytest

from grafherald.drawing.limits import AlertLimit, limits_of
from grafherald.drawing.options import DrawOptions
from grafherald.drawing.scene import Scene, scene_of
from grafherald.event import Event, Kind, State

NOW = datetime(2026, 11, 25, 18, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
EVENT = Event(
    source="sensu-go",
    kind=Kind.PROBLEM,
    state=State.CRITICAL,
    status=2,
    entity="web01",
    check="cpu",
    output="CPU 97.2 %",
    occurred_at=NOW,
    perfdata="cpu=97.2%;75;90;0;100",
)


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def test_an_alert_is_marked_at_its_moment_with_its_state() -> None:
    scene = scene_of(EVENT._replace(since=NOW - HOUR), DrawOptions())
    assert (scene.alert, scene.label, scene.since, scene.until) == (
        ms(NOW),
        "CRITICAL",
        ms(NOW - HOUR),
        None,
    )


def test_the_problem_began_when_the_history_says_where_the_event_says_later() -> None:
    event = EVENT._replace(since=NOW - timedelta(minutes=2))
    assert scene_of(event, DrawOptions(), NOW - HOUR).since == ms(NOW - HOUR)


def test_a_problem_that_begins_now_has_no_time_yet() -> None:
    assert scene_of(EVENT, DrawOptions(), NOW).since is None


def test_a_resolve_shows_the_whole_problem_and_no_alert() -> None:
    scene = scene_of(EVENT._replace(kind=Kind.RESOLVE, since=NOW - HOUR), DrawOptions())
    assert (scene.alert, scene.since, scene.until) == (None, ms(NOW - HOUR), ms(NOW))


@pytest.mark.parametrize("kind", [Kind.ACKNOWLEDGEMENT, Kind.DOWNTIME_START, Kind.CUSTOM, Kind.OK])
def test_what_is_no_alert_has_no_moment(kind: Kind) -> None:
    assert scene_of(EVENT._replace(kind=kind), DrawOptions()).alert is None


def test_each_mark_can_be_turned_off() -> None:
    event = EVENT._replace(since=NOW - HOUR)
    scene = scene_of(event, DrawOptions(marks=frozenset()), None, [NOW - 5 * HOUR])
    assert scene == Scene(context=scene.context, strong=False)
    only = scene_of(event, DrawOptions(marks=frozenset({"earlier"})), None, [NOW - 5 * HOUR])
    assert only.earlier == (ms(NOW - 5 * HOUR),)
    assert only.alert is None


def test_variables_take_the_alerts_labels_before_its_names() -> None:
    event = EVENT._replace(labels={"host": "db7", "mountpoint": "/srv"}, namespace="prod")
    context = scene_of(event, DrawOptions()).context
    assert context["host"] == "db7"
    assert context["entity"] == context["node"] == "web01"
    assert context["mountpoint"] == "/srv"
    assert (context["check"], context["namespace"]) == ("cpu", "prod")


def test_equal_scenes_are_one_picture_and_others_are_not() -> None:
    one, same = scene_of(EVENT, DrawOptions()), scene_of(EVENT._replace(id="other"), DrawOptions())
    assert one.digest == same.digest
    later = scene_of(EVENT._replace(occurred_at=NOW + HOUR), DrawOptions())
    assert later.digest != one.digest


def test_limits_come_from_the_measured_values() -> None:
    assert limits_of(EVENT) == (
        AlertLimit(75, "warning", 97.2, "%", crossed=True),
        AlertLimit(90, "critical", 97.2, "%", crossed=True),
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("90", [(90, "")]),
        ("75, 90", [(75, "warning"), (90, "critical")]),
        ("critical=90", [(90, "critical")]),
        ("warning: 0.75, critical: 9e-1 %", [(0.75, "warning"), (0.9, "critical")]),
        ("-5", [(-5, "")]),
    ],
)
def test_the_checks_own_limits_go_first(text: str, found: list[tuple[float, str]]) -> None:
    event = EVENT._replace(attributes={"graph_threshold": (text,)})
    assert [(limit.value, limit.severity) for limit in limits_of(event)] == found


@pytest.mark.parametrize("text", ["soon", "1,2,3,4,5,6,7", "90; x", "nan", "inf", "=9", "9" * 400])
def test_a_limit_that_is_none_is_no_line(text: str) -> None:
    event = EVENT._replace(perfdata="", attributes={"graph_threshold": (text,)})
    assert limits_of(event) == ()


@pytest.mark.parametrize(
    ("perfdata", "bounds"),
    [
        ("a=5;10:;", [10]),
        ("a=15;10:20;", [10, 20]),
        ("a=15;~:10;", [10]),
        ("a=15;@10:20;", [10, 20]),
        ("a=U;10;20", []),
    ],
)
def test_a_ranges_ends_are_its_limits(perfdata: str, bounds: list[float]) -> None:
    assert sorted(limit.value for limit in limits_of(EVENT._replace(perfdata=perfdata))) == bounds
