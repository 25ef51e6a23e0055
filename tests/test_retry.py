from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from grafherald.retry import Rate, Retries

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("attempts", "jitter", "seconds"),
    [(1, 0, 5), (2, 0, 10), (4, 0, 40), (4, 1, 50), (7, 0, 300), (9, 0, 300), (10**6, 0, 300)],
)
def test_the_pause_doubles_up_to_its_longest(attempts: int, jitter: float, seconds: int) -> None:
    at = Retries().retry_at(attempts, NOW, received=NOW, jitter=jitter)
    assert at == NOW + seconds * SECOND


def test_what_the_other_side_asks_for_is_never_undercut() -> None:
    at = Retries().retry_at(1, NOW, received=NOW, jitter=0, retry_after=3600)
    assert at == NOW + 3600 * SECOND


@pytest.mark.parametrize("asked", [-5, 0, 1e300, 90_000])
def test_odd_requests_are_survived(asked: float) -> None:
    at = Retries().retry_at(1, NOW, received=NOW, jitter=0, retry_after=asked)
    assert at in (NOW + 5 * SECOND, None)


def test_too_old_is_given_up() -> None:
    day_ago = NOW - timedelta(hours=24)
    assert Retries().retry_at(3, NOW, received=day_ago, jitter=0) is None
    assert Retries().retry_at(3, NOW, received=day_ago + timedelta(minutes=1), jitter=0)


@pytest.mark.parametrize("burst", [1, 3])
def test_a_bucket_lets_its_burst_through_then_one_at_a_time(burst: int) -> None:
    rate, now, ready = Rate(2 * SECOND, burst), NOW, NOW - timedelta(days=1)
    gone = []
    while len(gone) < burst + 3:
        now = max(now, ready)
        gone.append((now - NOW) / SECOND)
        ready = rate.ready_after(ready, now)
    assert gone == [0.0] * burst + [2.0, 4.0, 6.0]
