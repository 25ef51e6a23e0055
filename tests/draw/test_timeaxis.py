"""The time axis says what Grafana says, in the reader's time zone."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw import TimeRange
from grafherald.draw.graph import timeaxis

END = 1_795_610_400_000  # 2026-11-25 12:40 UTC
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def labels(back: int, zone: str = "utc", pixels: float = 925) -> list[str]:
    span = TimeRange(END - back, END)
    where = timeaxis.zone(zone)
    assert where is not None
    return [tick.label for tick in timeaxis.uplot_ticks(span, pixels, where, "Roboto")]


def flot(back: int, zone: str = "utc", pixels: float = 925) -> list[str]:
    where = timeaxis.zone(zone)
    assert where is not None
    return [tick.label for tick in timeaxis.flot_ticks(TimeRange(END - back, END), pixels, where)]


@pytest.mark.parametrize(
    ("back", "pixels", "expected"),
    [
        (6 * HOUR, 335, ["09:00", "12:00"]),  # d3 has no step of two hours
        (HOUR, 935, ["11:40", "11:45"]),
        (2 * DAY, 935, ["11/23 18:00", "11/24 00:00"]),
    ],
)
def test_a_heatmap_has_the_steps_of_d3(back: int, pixels: float, expected: list[str]) -> None:
    span = TimeRange(END - back, END)
    found = timeaxis.d3_ticks(span, pixels, timezone.utc)
    assert [tick.label for tick in found][:2] == expected


@pytest.mark.parametrize(
    ("back", "first", "last", "count"),
    [
        (MINUTE, "12:39:00", "12:40:00", 13),
        (HOUR, "11:40", "12:40", 13),
        (6 * HOUR, "07:00", "12:30", 12),
        (DAY, "14:00", "12:00", 12),
        (7 * DAY, "11/19 00:00", "11/25 00:00", 7),
        (60 * DAY, "09/27", "11/22", 15),
        (400 * DAY, "11/01", "11/01", 13),
        (10 * 365 * DAY, "2017", "2026", 10),
    ],
)
def test_labels_fit_the_range(back: int, first: str, last: str, count: int) -> None:
    found = labels(back)
    assert (found[0], found[-1], len(found)) == (first, last, count)


def test_half_a_second_needs_hundredths() -> None:
    assert "12:39:59.50" in labels(5000)


def test_the_zone_moves_the_labels() -> None:
    assert labels(6 * HOUR, "Europe/Warsaw")[0] == "08:00"
    assert flot(6 * HOUR, "Europe/Warsaw")[0] == "08:00"


def test_lines_stay_at_whole_hours_in_a_zone_of_half_hours() -> None:
    where = timeaxis.zone("Asia/Kolkata")
    assert where is not None
    ticks = timeaxis.uplot_ticks(TimeRange(END - 6 * HOUR, END), 300, where, "Roboto")
    assert [tick.label for tick in ticks] == ["13:00", "14:00", "15:00", "16:00", "17:00", "18:00"]


def test_a_clock_that_is_turned_leaves_lines_at_whole_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = int(datetime(2026, 10, 24, 12, tzinfo=berlin).timestamp() * 1000)
    ticks = timeaxis.uplot_ticks(TimeRange(start, start + 2 * DAY), 900, berlin, "Roboto")
    days = [tick for tick in ticks if tick.label.endswith("00:00")]
    assert [datetime.fromtimestamp(tick.time / 1000, berlin).hour for tick in days] == [0, 0]


def test_the_old_panel_has_a_line_in_about_a_hundred_pixels() -> None:
    assert flot(6 * HOUR, pixels=725) == ["07:00", "08:00", "09:00", "10:00", "11:00", "12:00"]
    assert flot(6 * HOUR)[:2] == ["07:00", "07:30"]
    assert flot(7 * DAY)[0] == "11/19 00:00"
    assert flot(400 * DAY)[0].count("-") == 1


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "x" * 5000, "a\0b"])
def test_an_unknown_zone_is_none(name: str) -> None:
    assert timeaxis.zone(name) is None


def test_the_browsers_zone_is_utc() -> None:
    assert timeaxis.zone("browser") is timezone.utc


@given(
    st.integers(0, 4_000_000_000_000),
    st.integers(1, 10**12),
    st.floats(10, 4000),
    st.sampled_from(["utc", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_any_range_has_few_lines_inside_of_it(
    start: int, length: int, pixels: float, zone: str
) -> None:
    where = timeaxis.zone(zone)
    assert where is not None
    span = TimeRange(start, start + length)
    for ticks in (
        timeaxis.uplot_ticks(span, pixels, where, "Inter"),
        timeaxis.flot_ticks(span, pixels, where),
    ):
        assert len(ticks) <= 300
        assert all(span.start <= tick.time <= span.end for tick in ticks)
