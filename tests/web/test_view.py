from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from grafherald.history.acts import Act, What
from grafherald.web.templates import _brief
from grafherald.web.view import act_text, gist, host_parts, shared_domain, sparkline, typical

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("CheckCPU WARNING: 79.9 % used", "79.9 % used"),
        ("DISK CRITICAL - free space: / 12 MB", "free space: / 12 MB"),
        ("HTTP CRITICAL: HTTP/1.1 503", "HTTP/1.1 503"),
        ("OK", "OK"),
        ("CRITICAL:", "CRITICAL:"),
        ("UNKNOWNS are 3", "UNKNOWNS are 3"),
        ("the mail queue is in WARNING state", "the mail queue is in WARNING state"),
        ("", ""),
    ],
)
def test_a_row_does_not_say_its_state_twice(output: str, shown: str) -> None:
    assert gist(output) == shown


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("web01.example.com", ("web01", ".example.com")),
        ("web01", ("web01", "")),
        ("10.1.2.3", ("10.1.2.3", "")),
        (".hidden", (".hidden", "")),
        ("", ("", "")),
    ],
)
def test_a_host_has_a_name_and_a_domain(name: str, parts: tuple[str, str]) -> None:
    assert host_parts(name) == parts


@pytest.mark.parametrize(
    ("names", "shared"),
    [
        (["web01.fra.example.com", "web02.ams.example.com"], ".example.com"),
        (["web01.example.com", "web02.example.com", "10.1.2.3", "router"], ".example.com"),
        (["web01.example.com", "web01.example.org"], ""),
        (["web01.example.com", "web01", "db01.example.com"], ""),
        (["web01.example.com", "web01.example.com"], ""),
        (["web01.example.com"], ""),
        ([], ""),
    ],
)
def test_what_all_hosts_names_end_in_is_left_out_where_they_stay_apart(
    names: list[str], shared: str
) -> None:
    assert shared_domain(names) == shared


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(42.4, "42 s"), (562, "9 min 22 s"), (1251, "21 min"), (5400, "1 h 30 min"), (50_000, "14 h")],
)
def test_a_length_that_stands_for_many_is_no_more_exact_than_that(
    seconds: float, words: str
) -> None:
    assert typical(timedelta(seconds=seconds)) == words


def test_a_line_needs_two_points_and_a_flat_one_is_flat() -> None:
    assert sparkline([1]) == ""
    assert sparkline([5, 5]) == "0.0,15.0 60.0,15.0"
    assert sparkline([0, 10]) == "0.0,15.0 60.0,1.0"


@pytest.mark.parametrize(
    ("span", "brief"),
    [
        ("45 s", "45 s"),
        ("9 min 5 s", "9 min"),
        ("59 min 59 s", "59 min"),
        ("1 h 10 min", "1 h 10 m"),
        ("11 h 56 min", "11 h"),
        ("2 d 4 h", "2 d 4 h"),
        ("15 d 3 h", "15 d"),
    ],
)
def test_a_span_in_a_narrow_column(span: str, brief: str) -> None:
    assert _brief(span) == brief


def test_an_act_in_words() -> None:
    act = Act(1, NOW, What.TAKE, "jane", "", 1, 2, (), None, None, "", "", "")
    assert act_text(act) == "took it"
    scope = (("entity", "web01"), ("label:team", "db"))
    until = NOW + timedelta(hours=4)
    silence = Act(1, NOW, What.SILENCE, "jane", "", 1, 2, scope, until, None, "", "", "")
    assert act_text(silence) == "silenced host web01, team db for 4 h"
