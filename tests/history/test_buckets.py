from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.history.buckets import MOST, Buckets, buckets, past

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
TIMES = st.integers(0, 4_000_000_000_000)


@pytest.mark.parametrize(
    ("length", "interval", "points", "step"),
    [
        (6 * HOUR, 30_000, 1000, 30_000),
        (6 * HOUR, 30_000, 550, MINUTE),
        (30 * DAY, 30 * MINUTE, 1000, HOUR),
        (30 * DAY, HOUR, 10_000, HOUR),
        (30 * DAY, 1, 10**9, 10 * MINUTE),
        (HOUR, 1, 1, HOUR),
        (2000 * DAY, 1, 3, 667 * DAY),
    ],
)
def test_a_step_is_round_and_neither_too_short_nor_too_many(
    length: int, interval: int, points: int, step: int
) -> None:
    assert buckets(1000 * DAY, 1000 * DAY + length, interval, points).step == step


@given(TIMES, st.integers(0, 10**12), st.integers(1, 10**9), st.integers(1, 10**6))
def test_the_buckets_cover_the_range(start: int, length: int, interval: int, points: int) -> None:
    found = buckets(start, start + length, interval, points)
    starts = found.starts()
    assert found.begin <= start < found.begin + found.step
    assert found.stop - found.step < max(start + length, start + 1) <= found.stop
    assert 1 <= len(starts) <= min(points, MOST) + 1
    assert found.begin % found.step == 0


def test_a_range_that_moves_keeps_its_buckets() -> None:
    one, other = (buckets(at, at + HOUR, MINUTE, 100) for at in (DAY + 1, DAY + 5000))
    assert one == other == Buckets(DAY, DAY + HOUR + MINUTE, MINUTE)


def test_the_past_is_whole_pieces_and_the_present_one() -> None:
    assert past(1_000, 600, 300) == (600, 1200, 300)
    assert past(1_200, 600, 300) == (900, 1500, 300)
