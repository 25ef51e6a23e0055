from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from grafherald.channels import Rate
from grafherald.delivery.schedule import Batch, Retries, next_batch

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


@pytest.mark.parametrize(
    ("wait", "came", "went"),
    [
        (30, [0, 0.4, 0.6, 3, 29], [0.5, 0.5, 30.5, 30.5, 30.5]),
        (30, [0, 1, 31, 32, 700], [0.5, 30.5, 330.5, 330.5, 700.5]),
        (30, [0, 31, 299, 301], [0.5, 300.5, 300.5, 600.5]),
        (0.1, [0, 0.2, 300.2], [0.1, 300.1, 600.1]),
        (0, [0, 1, 299, 300], [0, 300, 300, 600]),
    ],
    ids=["a burst", "a storm that goes on", "one more now and then", "hardly a wait", "no wait"],
)
def test_a_group_speaks_at_once_then_after_its_wait_then_per_interval(
    wait: float, came: list[float], went: list[float]
) -> None:
    batch: Batch | None = None
    due = []
    for at in came:
        now = NOW + at * SECOND
        batch = next_batch(batch, now, wait=wait * SECOND, interval=300 * SECOND)
        due.append((batch.due - NOW) / SECOND)
    assert due == went
