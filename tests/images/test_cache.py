"""One render for many: at the same time, and for some seconds; within one process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from grafherald.errors import GraphError
from grafherald.images import Picture, Pictures
from grafherald.images.cache import Key, RenderCache
from grafherald.images.limiter import Limiter
from grafherald.images.renders import Renders, SharedPictures
from grafherald.net.deadline import Deadline

URL = "https://grafana.example.com/render/1"


@dataclass
class Slow:
    """Makes pictures once it may; remembers how many at once. See `Source`."""

    authorization: str = "Bearer t"
    may: threading.Event = field(default_factory=threading.Event)
    began: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    asked: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    at_once: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    fails: list[GraphError] = field(default_factory=list)
    png: bytes | None = None

    def render(self, render_url: str, deadline: Deadline) -> Picture:
        with self.lock:
            self.asked.append(render_url)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.began.release()
        assert self.may.wait(20)
        with self.lock:
            self.at_once -= 1
        if self.fails:
            raise self.fails.pop()
        return Picture(f"https://pictures.example.com/{len(self.asked)}.png", self.png)

    def load(self, picture: Picture, deadline: Deadline) -> Picture:
        self.loaded.append(picture.url)
        return Picture(picture.url, b"png")


@pytest.fixture
def slow() -> Slow:
    return Slow()


def shared(
    slow: Slow,
    *,
    reuse: float = 30,
    at_once: int = 4,
    counted: list[str] | None = None,
    still: Callable[[str], bool] = lambda _: True,
) -> Pictures:
    told = [] if counted is None else counted
    renders = Renders(
        RenderCache(reuse, still), Limiter(at_once), count=lambda outcome, _: told.append(outcome)
    )
    return SharedPictures(slow, renders)


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
    pictures = shared(slow, counted=counted)
    got = side_by_side(8, lambda _: pictures.get(URL, 20, as_bytes=False), slow, until=1)
    assert len({id(picture) for picture in got}) == 1
    assert len(slow.asked) == 1
    assert sorted(counted) == ["ok"] + ["reused"] * 7


def test_without_reuse_they_share_it_while_it_is_made(slow: Slow) -> None:
    pictures = shared(slow, reuse=0)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(pictures.get, URL, 20, as_bytes=False)
        assert slow.began.acquire(timeout=20)
        with pytest.raises(GraphError, match="being rendered for more than"):
            pictures.get(URL, 0.01, as_bytes=False)
        slow.may.set()
        assert first.result()
    assert len(slow.asked) == 1


def test_without_reuse_who_asks_later_gets_a_new_one(slow: Slow) -> None:
    slow.may.set()
    pictures = shared(slow, reuse=0)
    for _ in range(3):
        pictures.get(URL, 20, as_bytes=False)
    assert len(slow.asked) == 3


def test_a_picture_that_is_gone_is_made_again(slow: Slow) -> None:
    slow.may.set()
    pictures = shared(slow, still=lambda _: False)
    urls = [pictures.get(URL, 20, as_bytes=False).url for _ in range(2)]
    assert len(set(urls)) == len(slow.asked) == 2


def test_another_token_gets_its_own(slow: Slow) -> None:
    slow.may.set()
    renders = Renders(RenderCache(30), Limiter(4))
    other = Slow(authorization="Bearer other")
    other.may.set()
    for source in (slow, other, slow):
        SharedPictures(source, renders).get(URL, 20, as_bytes=False)
    assert (len(slow.asked), len(other.asked)) == (1, 1)


def test_grafana_is_asked_for_a_few_at_a_time_whoever_asks(slow: Slow) -> None:
    renders = Renders(RenderCache(30), Limiter(2))
    alerts, board = SharedPictures(slow, renders), SharedPictures(slow, renders)
    side_by_side(
        6,
        lambda n: (alerts, board)[n % 2].get(f"{URL}{n}", 20, as_bytes=False),
        slow,
        until=2,
    )
    assert (len(slow.asked), slow.most) == (6, 2)


def test_who_needs_bytes_has_them_loaded_and_nothing_rendered_twice(slow: Slow) -> None:
    slow.may.set()
    pictures = shared(slow)
    assert pictures.get(URL, 20, as_bytes=False).png is None
    assert pictures.get(URL, 20, as_bytes=True).png == b"png"
    assert pictures.get(URL, 20, as_bytes=True).png == b"png"
    assert slow.asked == [URL]
    assert len(slow.loaded) == 1


def test_many_pictures_leave_their_bytes_and_keep_their_urls(slow: Slow) -> None:
    slow.may.set()
    slow.png = bytes(1 << 20)
    pictures = shared(slow)
    for number in range(20):
        pictures.get(f"{URL}{number}", 20, as_bytes=True)
    assert pictures.get(f"{URL}0", 20, as_bytes=False).png is None
    assert pictures.get(f"{URL}19", 20, as_bytes=False).png == slow.png
    assert len(slow.asked) == 20


def test_a_failure_is_shared_and_not_remembered(slow: Slow) -> None:
    slow.may.set()
    slow.fails.append(GraphError("Grafana answered 500"))
    pictures = shared(slow)
    with pytest.raises(GraphError, match="500"):
        pictures.get(URL, 20, as_bytes=False)
    assert pictures.get(URL, 20, as_bytes=False)


def test_who_waits_too_long_gets_a_reason(slow: Slow) -> None:
    counted: list[str] = []
    pictures = shared(slow, at_once=1, counted=counted)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(pictures.get, URL, 20, as_bytes=False)
        assert slow.began.acquire(timeout=20)
        with pytest.raises(GraphError, match="being rendered for more than"):
            pictures.get(URL, 0.01, as_bytes=False)
        with pytest.raises(GraphError, match="the renders before this one"):
            pictures.get(URL + "2", 0.01, as_bytes=False)
        slow.may.set()
        assert first.result()
    assert counted == ["late", "ok"]


@pytest.mark.parametrize(("seconds", "found"), [(0, True), (-29, True), (29, True), (-60, False)])
def test_a_late_message_has_the_picture_of_its_time(slow: Slow, seconds: int, found: bool) -> None:
    slow.may.set()
    pictures = shared(slow)
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    assert pictures.near(URL, at, as_bytes=False) is None
    pictures.get(URL, 20, as_bytes=False)
    assert bool(pictures.near(URL, at, as_bytes=False)) is found
    assert pictures.near(URL, at, as_bytes=True) is None
    pictures.get(URL, 20, as_bytes=True)
    assert bool(pictures.near(URL, at, as_bytes=True)) is found


def test_what_is_known_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grafherald.images.cache._MOST", 3)
    cache = RenderCache(30)
    for number in range(5):
        cache.get(Key("", str(number)), Deadline(5), lambda: Picture("https://x/1.png"))
    again = [
        cache.get(Key("", str(n)), Deadline(5), lambda: Picture("https://x/2.png"))[1]
        for n in (4, 3, 2, 0)
    ]
    assert again == [True, True, True, False]
