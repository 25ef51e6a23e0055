from datetime import datetime, timezone

import pytest

from grafherald.chat.times import Moment, check_order, is_near_miss, is_zone, read, refused
from grafherald.errors import Refusal

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text",
    [
        "now",
        "now-6h",
        "now-1d/d",
        "now/fQ",
        "now-1M/M+8h",
        "now-90ms",
        "1705569109372",
        "20260118",
        "20260118T093000",
    ],
)
def test_what_grafana_takes_goes_to_it_as_it_is(text: str) -> None:
    assert read([text]) == (Moment(text, text), 1)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2024-01-18", "", "1705536000000"),
        ("2024-01-18T09:11:49Z", "", "1705569109000"),
        ("2024-01-18T09:11:49.372+00:00", "", "1705569109372"),
        ("2024-01-18 10:11:49", "Europe/Amsterdam", "1705569109000"),
        ("2024-01-18 09:11", "", "1705569060000"),
        ("2024–01–18 09:11", "utc", "1705569060000"),
        ("2024-01-18T10:11:49+01:00", "America/Chicago", "1705569109000"),
        ("1705569109", "", "1705569109000"),
    ],
)
def test_a_date_or_seconds_become_epoch_milliseconds(text: str, zone: str, expected: str) -> None:
    """Grafana takes most of them for 1970."""
    found = read(text.split(" "), zone)
    assert found is not None
    assert (found[0].start, found[1]) == (expected, len(text.split(" ")))


def test_a_day_as_an_end_is_all_of_it() -> None:
    found = read(["2024-01-18"])
    assert found is not None
    assert int(found[0].end) - int(found[0].start) == 86_400_000 - 1


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("6h", "now-6h"),
        ("-1h", "now-1h"),
        ("–30min", "now-30m"),
        ("3months", "now-3M"),
        ("6M", "now-6M"),
        ("6 hours", "now-6h"),
        ("last 6 hours", "now-6h"),
        ("the last 6 hours", "now-6h"),
        ("Last Hour", "now-1h"),
        ("past 2 weeks", "now-2w"),
        ("1h ago", "now-1h"),
        ("2 days ago", "now-2d"),
        ("today", "now/d"),
        ("this week", "now/w"),
        ("09:30", "now/d+9h+30m"),
    ],
)
def test_what_people_say_is_what_grafana_takes(text: str, start: str) -> None:
    words = [*text.split(" "), "more"]
    found = read(words)
    assert found is not None
    assert (found[0].start, found[1]) == (start, len(words) - 1)
    assert read([start]), "Grafana's own form of it"


def test_yesterday_is_a_whole_day() -> None:
    assert read(["yesterday"]) == (Moment("now-1d/d", "now-1d/d", alone="now-1d/d"), 1)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("now-12hr", "now-12h"), ("now-12hrs", "now-12h"), ("now-2weeks", "now-2w")],
)
def test_a_near_miss_gets_the_time_that_is_meant(text: str, meant: str) -> None:
    assert read([text]) is None
    assert is_near_miss(text)
    assert f"did you mean `{meant}`" in str(refused(text))
    assert read([meant])


@pytest.mark.parametrize(
    "text", ["load", "", "now-", "now-6x", "99999999", "2024-13-01", "12", "5xx", "last", "ago"]
)
def test_anything_else_is_no_time(text: str) -> None:
    assert read([text]) is None
    assert "is not a time." in str(refused(text))
    assert "quotes" in refused(text).hint


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/Amsterdam", True),
        ("utc", True),
        ("browser", True),
        ("Mars/Phobos", False),
        ("../x", False),
    ],
)
def test_a_time_zone_is_known_or_not(name: str, known: bool) -> None:
    assert is_zone(name) is known


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("now-1h", "now-6h"),
        ("now", "now"),
        ("1795600000000", "1795500000000"),
        ("1999999999999", "now"),
        ("now/d", "now-1d/d"),
    ],
)
def test_a_range_that_ends_before_it_begins_is_refused(start: str, end: str) -> None:
    with pytest.raises(Refusal, match=f"from {start} to {end}"):
        check_order(start, end, NOW)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("now-6h", "now"),
        ("now-1d/d", "now-1d/d"),
        ("now/d", "now/d"),
        ("now/w", "now/w"),
        ("now-1M", "now-1d"),
        ("1795500000000", "1795600000000"),
        ("20260118", "now-6h"),
        ("now-99999999999y", "now"),
    ],
)
def test_any_other_range_is_shown(start: str, end: str) -> None:
    check_order(start, end, NOW)
