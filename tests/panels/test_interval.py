"""Intervals are rounded and floored as Grafana does it."""

import pytest

from grafherald.panels import interval

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("hours", "points", "floor", "expected"),
    [
        (6, 1000, None, "20s"),
        (6, 1000, "15m", "15m"),
        (1, 1000, "15s", "15s"),
        (1, 1000, None, "5s"),
        (24 * 7, 1000, None, "10m"),
        (24 * 365, 500, None, "12h"),
        (0.001, 1000, None, "1ms"),
        (6, 0, None, "6h"),
    ],
)
def test_interval(hours: float, points: int, floor: str | None, expected: str) -> None:
    assert interval.text(interval.interval(hours * HOUR, points, floor)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("20s", 20_000), (">1m", 60_000), ("500ms", 500), ("30", 30_000), ("1.5h", 5_400_000)],
)
def test_durations(text: str, expected: float) -> None:
    assert interval.milliseconds(text) == expected


@pytest.mark.parametrize("text", ["", None, "$interval", "auto", "s"])
def test_what_is_no_duration(text: str | None) -> None:
    assert interval.milliseconds(text) is None


def test_prometheus_gives_at_most_11000_samples() -> None:
    step = interval.prometheus_step(1000, 24 * 30 * HOUR, 0, 1)
    assert 24 * 30 * HOUR / step <= 11_000
    assert step % 1000 == 0


def test_rate_interval_sees_four_samples() -> None:
    assert interval.rate_interval(20_000, 15_000) == 60_000
    assert interval.rate_interval(300_000, 15_000) == 315_000
    assert interval.rate_interval(20_000, 0) == 60_000
