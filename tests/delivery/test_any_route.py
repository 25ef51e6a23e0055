"""Routes against a model of them: plain loops that say what docs/reference/routes.md says."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from grafherald.delivery.routing import mutes, routes_for
from grafherald.event import Event, Kind, State
from grafherald.settings import Settings
from grafherald.settings.sections import Mute

AT = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
CHANNELS = ("ops", "chat", "oncall")
TEAMS = ("", "db", "web", "dba", "db\nx")
GLOB = st.sampled_from(
    ["", "*", "db", "d*", "?b", "=~db|web", "=~d.*", "!=db", "!=d*", "!~web|dba", "!=", "=~"]
)
GLOBS = st.one_of(GLOB, st.lists(GLOB, min_size=1, max_size=3))
ROUTE = st.fixed_dictionaries(
    {"channels": st.lists(st.sampled_from(CHANNELS), max_size=3)},
    optional={
        "continue": st.booleans(),
        "match": st.fixed_dictionaries(
            {},
            optional={
                "check": st.sampled_from(["cpu", "c*", "disk", ["disk", "cpu"], "!=cpu"]),
                "severity": st.sampled_from(["warning", "crit*", ["ok", "critical"], "!=warning"]),
                "labels": st.dictionaries(st.sampled_from(["team", "site"]), GLOBS, max_size=2),
            },
        ),
        "min_occurrences": st.integers(1, 3),
        "repeat_every": st.integers(1, 3),
    },
)


def wanted(text: str, globs: str | list[str]) -> bool:
    """One of those that it may be, if any are named, and none of those that it must not be."""
    may_be, are_named = False, False
    for glob in [globs] if isinstance(globs, str) else globs:
        sign, rest = (glob[:2], glob[2:]) if glob[:2] in ("=~", "!=", "!~") else ("", glob)
        if sign.endswith("~"):
            alike = re.fullmatch(f"(?s:{rest})", text) is not None
        else:
            alike = fnmatchcase(text, rest)
        if sign.startswith("!") and alike:
            return False
        if not sign.startswith("!"):
            are_named, may_be = True, may_be or alike
    return may_be or not are_named


def model(event: Event, routes: list[dict[str, Any]]) -> list[str]:
    if not routes:
        return list(CHANNELS)
    told: list[str] = []
    for route in routes:
        match = route.get("match", {})
        texts = {"check": event.check, "severity": event.state.value}
        pairs = [(texts[key], match[key]) for key in texts if key in match]
        pairs += [(event.labels.get(key, ""), g) for key, g in match.get("labels", {}).items()]
        if not all(wanted(text, globs) for text, globs in pairs):
            continue
        over = event.occurrences - route.get("min_occurrences", 1)
        if over >= 0 and over % route.get("repeat_every", 1) == 0:
            told += route["channels"]
        if not route.get("continue"):
            break
    return list(dict.fromkeys(told))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(ROUTE, max_size=4),
    st.sampled_from(TEAMS),
    st.sampled_from([State.WARNING, State.CRITICAL]),
    st.integers(1, 7),
)
def test_routes_do_what_they_say(
    routes: list[dict[str, Any]], team: str, state: State, occurrences: int
) -> None:
    event = Event("sensu-go", Kind.PROBLEM, state, 2, "web01", "cpu", "", AT)
    event = event._replace(labels={"team": team} if team else {}, occurrences=occurrences)
    channels = {name: {"type": "file", "directory": "/x"} for name in CHANNELS}
    config = Settings.of({"channels": channels, "routes": routes})
    found = routes_for(event, config.routes, CHANNELS)
    assert [name for name, _ in found] == model(event, routes)


ZONES = ("UTC", "Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = st.integers(0, 1439)
# the clocks of Warsaw and New York go forward and back within these
MOMENT = st.one_of(
    st.datetimes(datetime(2026, 3, 28), datetime(2026, 3, 30)),
    st.datetimes(datetime(2026, 10, 24), datetime(2026, 11, 3)),
)


def is_within(at: datetime, days: set[int], start: int, end: int) -> bool:
    """Whether a window that begins on one of *days* holds the time that a clock on the wall shows.

    Looked for in the windows that begin on each day around it.
    """
    shown = at.replace(tzinfo=None)
    for back in (0, 1):
        midnight = shown.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=back)
        length = (end - start) % 1440 or 1440
        begins = midnight + timedelta(minutes=start)
        if midnight.weekday() in days and begins <= shown < begins + timedelta(minutes=length):
            return True
    return False


@settings(max_examples=500, deadline=None)
@given(MOMENT, st.sampled_from(ZONES), st.sets(st.integers(0, 6), min_size=1), MINUTE, MINUTE)
def test_a_mute_time_is_what_a_clock_on_the_wall_shows(
    moment: datetime, zone: str, days: set[int], start: int, end: int
) -> None:
    at = moment.replace(tzinfo=timezone.utc)
    end += start == end
    hours = f"{start // 60}:{start % 60:02}-{end // 60}:{end % 60:02}"
    mute = Mute(",".join(DAYS[day] for day in days), hours, zone)
    assert mutes(mute, at) == is_within(at.astimezone(ZoneInfo(zone)), days, start, end)
