"""Which channels an event goes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grafherald.delivery.routing import channels_for
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
