"""Grafana's time expressions, in the reader's time zone."""

from datetime import datetime

import pytest

from grafherald.draw.frames.decode import CannotRead
from grafherald.draw.page.look import TimeRange
from grafherald.panels.timerange import Asked, asked_range, moment, panels_range


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


NOW = at("2026-03-29T14:30:20+02:00")  # Sunday; in Warsaw the clocks went forward at two


@pytest.mark.parametrize(
    ("expression", "end", "expected"),
    [
        ("now", False, "2026-03-29T14:30:20+02:00"),
        ("now-6h", False, "2026-03-29T08:30:20+02:00"),
        ("now-13h", False, "2026-03-29T00:30:20+01:00"),
        ("now-1d", False, "2026-03-28T14:30:20+01:00"),
        ("now/d", False, "2026-03-29T00:00:00+01:00"),
        ("now/d", True, "2026-03-29T23:59:59.999+02:00"),
        ("now-1d/d", False, "2026-03-28T00:00:00+01:00"),
        ("now/h", True, "2026-03-29T14:59:59.999+02:00"),
        ("now/w", False, "2026-03-29T00:00:00+01:00"),
        ("now/M", False, "2026-03-01T00:00:00+01:00"),
        ("now-1M", False, "2026-02-28T14:30:20+01:00"),
        ("now-1y/y", False, "2025-01-01T00:00:00+01:00"),
        ("now/Q", True, "2026-03-31T23:59:59.999+02:00"),
        ("1795610400000", False, "2026-11-25T12:40:00+00:00"),
        ("2026-11-25T12:40:00Z", False, "2026-11-25T12:40:00+00:00"),
        ("2026-11-25 12:40:00", False, "2026-11-25T12:40:00+01:00"),
        ("20261125T124000", False, "2026-11-25T12:40:00+01:00"),
    ],
)
def test_expressions(expression: str, end: bool, expected: str) -> None:
    assert moment(expression, NOW, "Europe/Warsaw", end=end) == at(expected)


@pytest.mark.parametrize("expression", ["", "yesterday", "now-6x", "now--6h", "now-999999y", "12"])
def test_what_is_no_time_is_refused(expression: str) -> None:
    with pytest.raises(CannotRead):
        moment(expression, NOW, "utc")


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(CannotRead, match="is empty"):
        asked_range("now", "now-1h", NOW, "utc")


HOUR = 3_600_000


@pytest.mark.parametrize(
    ("panel", "relative", "start", "end", "notes"),
    [
        ({}, True, -6, 0, ()),
        ({"timeFrom": "2h"}, True, -2, 0, ("Last 2 hours",)),
        ({"timeFrom": "2h"}, False, -6, 0, ()),
        ({"timeShift": "1h"}, False, -7, -1, ("timeshift -1h",)),
        ({"timeFrom": "2h", "timeShift": "1h"}, True, -3, -1, ("Last 2 hours", "timeshift -1h")),
    ],
)
def test_a_panel_may_have_a_range_of_its_own(
    panel: dict[str, str], relative: bool, start: int, end: int, notes: tuple[str, ...]
) -> None:
    asked = Asked(TimeRange(NOW - 6 * HOUR, NOW), relative)
    span, said = panels_range(panel, asked, NOW, "utc")
    assert ((span.start - NOW) / HOUR, (span.end - NOW) / HOUR) == (start, end)
    assert said == notes
