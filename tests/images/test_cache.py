from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from grafherald.errors import GraphError
from grafherald.images.cache import Reused
from grafherald.images.client import Picture

URL = "https://grafana.example.com/render/1"


@dataclass
class Slow:
    """Makes pictures once it may; remembers how many at once."""

    may: threading.Event = field(default_factory=threading.Event)
    began: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    asked: list[tuple[str, bool]] = field(default_factory=list)
    at_once: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    fails: list[GraphError] = field(default_factory=list)
    png: bytes | None = b"png"

    def get(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture:
        with self.lock:
            self.asked.append((render_url, as_bytes))
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.began.release()
        assert self.may.wait(20)
        with self.lock:
            self.at_once -= 1
        if self.fails:
            raise self.fails.pop()
        return Picture("https://pictures.example.com/1.png", self.png if as_bytes else None)


@pytest.fixture
def slow() -> Slow:
    return Slow()


def side_by_side(
    number: int, work: Callable[[int], object], slow: Slow, until: int
) -> list[object]:
    """Run *work* in threads, let pictures be made once *until* renders began."""
    with ThreadPoolExecutor(number) as pool:
        futures = [pool.submit(work, n) for n in range(number)]
        for _ in range(until):
            assert slow.began.acquire(timeout=20)
        slow.may.set()
        return [future.result() for future in futures]


def test_those_who_ask_at_the_same_time_share_one_render(slow: Slow) -> None:
    counted: list[str] = []
    shared = Reused(slow, reuse=30, at_once=4, count=lambda outcome, _: counted.append(outcome))
    got = side_by_side(8, lambda _: shared.get(URL, 20, as_bytes=False), slow, until=1)
    assert len({id(picture) for picture in got}) == 1
    assert len(slow.asked) == 1
    assert sorted(counted) == ["ok"] + ["reused"] * 7


def test_without_reuse_each_is_its_own(slow: Slow) -> None:
    shared = Reused(slow, reuse=0, at_once=4)
    side_by_side(3, lambda _: shared.get(URL, 20, as_bytes=False), slow, until=3)
    assert len(slow.asked) == 3


def test_grafana_is_asked_for_a_few_at_a_time(slow: Slow) -> None:
    shared = Reused(slow, reuse=30, at_once=2)
    side_by_side(6, lambda n: shared.get(f"{URL}{n}", 20, as_bytes=False), slow, until=2)
    assert (len(slow.asked), slow.most) == (6, 2)


def test_who_needs_bytes_asks_again_only_where_none_came(slow: Slow) -> None:
    slow.may.set()
    shared = Reused(slow, reuse=30, at_once=2)
    assert shared.get(URL, 20, as_bytes=False).png is None
    assert shared.get(URL, 20, as_bytes=True).png == b"png"
    assert shared.get(URL, 20, as_bytes=True).png == b"png"
    assert slow.asked == [(URL, False), (URL, True)]


def test_a_failure_is_not_remembered(slow: Slow) -> None:
    slow.may.set()
    slow.fails.append(GraphError("Grafana answered 500"))
    shared = Reused(slow, reuse=30, at_once=2)
    with pytest.raises(GraphError, match="500"):
        shared.get(URL, 20, as_bytes=False)
    assert shared.get(URL, 20, as_bytes=False)


def test_who_waits_too_long_gets_a_reason(slow: Slow) -> None:
    shared = Reused(slow, reuse=30, at_once=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(shared.get, URL, 20, as_bytes=False)
        assert slow.began.acquire(timeout=20)
        with pytest.raises(GraphError, match="in time"):
            shared.get(URL, 0.01, as_bytes=False)
        with pytest.raises(GraphError, match="busy"):
            shared.get(URL + "2", 0.01, as_bytes=False)
        slow.may.set()
        assert first.result()


@pytest.mark.parametrize(("seconds", "found"), [(0, True), (-29, True), (29, True), (-60, False)])
def test_a_late_message_has_the_picture_of_its_time(slow: Slow, seconds: int, found: bool) -> None:
    slow.may.set()
    shared = Reused(slow, reuse=30, at_once=1)
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    assert shared.near(URL, at, as_bytes=False) is None
    shared.get(URL, 20, as_bytes=False)
    assert bool(shared.near(URL, at, as_bytes=False)) is found
    assert shared.near(URL, at, as_bytes=True) is None
