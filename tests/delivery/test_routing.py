"""Which channels an event goes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from grafherald.delivery.routing import channels_for, routes_for
from grafherald.event import Event, Kind, State
from grafherald.settings import Settings
from grafherald.settings.sections import Route

NAMES = ["ops", "chat", "oncall"]
MakeEvent = Callable[..., Event]


def route(*channels: str, **more: Any) -> Route:
    (made,) = Settings.of({"routes": [{"channels": list(channels), **more}]}).routes
    return made


def test_without_routes_every_channel_gets_it(make_event: MakeEvent) -> None:
    assert channels_for(make_event(), [], NAMES) == NAMES


def test_without_a_matching_route_nobody_does(make_event: MakeEvent) -> None:
    assert channels_for(make_event(), [route("ops", match={"check": "disk*"})], NAMES) == []


@pytest.mark.parametrize(
    ("match", "matches"),
    [
        ({}, True),
        ({"check": "c*"}, True),
        ({"check": ["disk*", "cpu"]}, True),
        ({"check": "CPU"}, False),
        ({"entity": "web??"}, True),
        ({"severity": ["critical"]}, True),
        ({"severity": "warning"}, False),
        ({"source": "sensu-*"}, True),
        ({"kind": "problem"}, True),
        ({"labels": {"team": "db"}}, True),
        ({"labels": {"team": "db", "site": "*"}}, True),
        ({"labels": {"site": "ams"}}, False),
        ({"check": "cpu", "entity": "db*"}, False),
        ({"labels": {"team": "=~db|web"}}, True),
        ({"labels": {"team": "=~d"}}, False),
        ({"labels": {"team": ["=~x.*", "d?"]}}, True),
        ({"labels": {"team": "!=db"}}, False),
        ({"labels": {"team": "!~web|mail"}}, True),
        ({"labels": {"team": ["d*", "!=dba"]}}, True),
        ({"labels": {"site": "!=ams"}}, True),
    ],
)
def test_a_route_matches_when_all_its_globs_do(
    make_event: MakeEvent, match: dict[str, Any], matches: bool
) -> None:
    event = make_event(labels={"team": "db"})
    assert channels_for(event, [route("ops", match=match)], NAMES) == (["ops"] if matches else [])


def test_the_first_match_wins(make_event: MakeEvent) -> None:
    assert channels_for(make_event(), [route("ops"), route("chat")], NAMES) == ["ops"]


def test_continue_goes_on_and_no_channel_gets_it_twice(make_event: MakeEvent) -> None:
    routes = [route("ops", "chat", **{"continue": True}), route("chat", "oncall")]
    assert channels_for(make_event(), routes, NAMES) == ["ops", "chat", "oncall"]


@pytest.mark.parametrize(("occurrences", "due"), [(1, 0), (2, 0), (3, 1), (4, 0), (13, 1)])
def test_a_route_may_wait_and_repeat(make_event: MakeEvent, occurrences: int, due: int) -> None:
    routes = [route("ops", min_occurrences=3, repeat_every=10)]
    assert len(channels_for(make_event(occurrences=occurrences), routes, NAMES)) == due


def test_a_route_may_keep_quiet_about_the_end(make_event: MakeEvent) -> None:
    event = make_event(kind=Kind.RESOLVE, state=State.OK, status=0)
    assert channels_for(event, [route("ops", resolve=False)], NAMES) == []
    assert channels_for(event, [route("ops", min_occurrences=5)], NAMES) == ["ops"]


def test_an_event_may_name_its_channels_but_only_known_ones(make_event: MakeEvent) -> None:
    event = make_event(overrides={"channels": "oncall, nobody"})
    assert channels_for(event, [route("ops")], NAMES) == ["oncall"]
    unknown = make_event(overrides={"channels": "nobody"})
    assert channels_for(unknown, [route("ops")], NAMES) == ["ops"]


BY_SEVERITY = [
    route("oncall", match={"severity": "critical"}),
    route("chat", match={"severity": "warning"}),
    route("ops"),
]


def _end(make_event: MakeEvent, *seen: State, **more: Any) -> list[str]:
    event = make_event(kind=Kind.RESOLVE, state=State.OK, status=0, seen=seen, **more)
    return channels_for(event, BY_SEVERITY, NAMES)


def test_who_was_told_of_a_problem_is_told_of_its_end(make_event: MakeEvent) -> None:
    assert _end(make_event, State.CRITICAL) == ["oncall"]
    assert _end(make_event, State.WARNING) == ["chat"]
    assert _end(make_event, State.UNKNOWN) == ["ops"]
    assert _end(make_event, State.WARNING, State.CRITICAL) == ["oncall", "chat"]


def test_an_end_of_nobody_knows_what_goes_wherever_a_problem_would(make_event: MakeEvent) -> None:
    assert _end(make_event) == ["oncall", "ops", "chat"]


def test_an_acknowledgement_goes_where_the_problem_went(make_event: MakeEvent) -> None:
    states = (State.WARNING, State.CRITICAL)
    said = make_event(kind=Kind.ACKNOWLEDGEMENT, state=State.WARNING, status=1, seen=states)
    assert channels_for(said, BY_SEVERITY, NAMES) == ["oncall", "chat"]


def test_a_route_that_names_ok_is_asked_too(make_event: MakeEvent) -> None:
    routes = [route("ops", match={"severity": "ok"}), route("oncall", match={"severity": "crit*"})]
    event = make_event(kind=Kind.RESOLVE, state=State.OK, status=0, seen=(State.CRITICAL,))
    assert channels_for(event, routes, NAMES) == ["oncall", "ops"]


def test_an_end_is_not_told_where_the_route_says_so(make_event: MakeEvent) -> None:
    event = make_event(kind=Kind.RESOLVE, state=State.OK, status=0, seen=(State.CRITICAL,))
    routes = [route("oncall", match={"severity": "critical"}, resolve=False)]
    assert channels_for(event, routes, NAMES) == []


@pytest.mark.parametrize(
    ("mute", "at", "muted"),
    [
        ({"days": "sat-sun"}, "2026-11-21T12:00", True),
        ({"days": "sat-sun"}, "2026-11-23T12:00", False),
        ({"days": "fri-mon"}, "2026-11-23T12:00", True),
        ({"days": "mon,wed"}, "2026-11-25T12:00", True),
        ({"hours": "22:00-06:00"}, "2026-11-23T23:59", True),
        ({"hours": "22:00-06:00"}, "2026-11-23T05:59", True),
        ({"hours": "22:00-06:00"}, "2026-11-23T06:00", False),
        ({"hours": "09:00-17:00"}, "2026-11-23T12:00", True),
        ({"hours": "09:00-24:00"}, "2026-11-23T23:59", True),
        ({"days": "mon", "hours": "10:00-12:00"}, "2026-11-24T11:00", False),
        ({"hours": "22:00-06:00", "tz": "Asia/Tokyo"}, "2026-11-23T13:30", True),
        ({"days": "fri", "hours": "22:00-06:00"}, "2026-11-20T22:00", True),
        ({"days": "fri", "hours": "22:00-06:00"}, "2026-11-21T05:59", True),
        ({"days": "fri", "hours": "22:00-06:00"}, "2026-11-20T05:59", False),
    ],
)
def test_a_route_is_mute_at_times(
    make_event: MakeEvent, mute: dict[str, str], at: str, muted: bool
) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=timezone.utc)
    routes = [route("ops", mute=[{"tz": "UTC", **mute}])]
    assert routes_for(make_event(), routes, NAMES, now) == ([] if muted else [("ops", routes[0])])


def test_a_mute_route_still_decides(make_event: MakeEvent) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
    routes = [route("oncall", mute=[{"days": "mon-sun"}]), route("ops")]
    assert routes_for(make_event(), routes, NAMES, now) == []
