"""Who gets whose picture, and how many are made; no server, no Grafana."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from grafherald.errors import GraphError
from grafherald.images.exchange import Deadline
from grafherald.images.sharing import Render, Sharing


class Grafana:
    """Counts its renders, and holds them until it is let go."""

    def __init__(self) -> None:
        self.renders: list[str] = []
        self.at_once = self.most_at_once = 0
        self.go = threading.Event()
        self.go.set()
        self.failure: GraphError | None = None
        self._lock = threading.Lock()

    def render(self, key: str = "url", seconds: float = 5) -> Render:
        return Render(key, lambda: self._run(key), Deadline(seconds))

    def _run(self, key: str) -> str:
        with self._lock:
            self.renders.append(key)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.go.wait(5)
        with self._lock:
            self.at_once -= 1
            failure, self.failure = self.failure, None
        if failure:
            raise failure
        return f"public/{key}"


@pytest.fixture
def grafana() -> Grafana:
    return Grafana()


def share(reuse: float = 30, still: Callable[[str], bool] = lambda _: True) -> Sharing:
    return Sharing(4, reuse, still)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 10))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_those_who_ask_meanwhile_share_one_render(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share(reuse=0)
        grafana.go.clear()
        asked = [asyncio.create_task(sharing.get(grafana.render())) for _ in range(16)]
        await until(lambda: len(grafana.renders) == 1)
        grafana.go.set()
        answers = await asyncio.gather(*asked)
        assert {url for url, _ in answers} == {"public/url"}
        assert sorted(shared for _, shared in answers) == [False] + [True] * 15
        assert grafana.renders == ["url"]
        assert sharing.waiting == 0

    run(story())


def test_a_failure_is_shared_and_not_kept(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share()
        grafana.failure = GraphError("Grafana answered 500")
        grafana.go.clear()
        asked = [asyncio.create_task(sharing.get(grafana.render())) for _ in range(2)]
        await until(lambda: len(grafana.renders) == 1)
        grafana.go.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [str(answer) for answer in answers] == ["Grafana answered 500"] * 2
        assert await sharing.get(grafana.render()) == ("public/url", False)

    run(story())


def test_one_who_hangs_up_takes_nothing_from_the_others(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share()
        grafana.go.clear()
        first, second = (asyncio.create_task(sharing.get(grafana.render())) for _ in range(2))
        await until(lambda: len(grafana.renders) == 1)
        first.cancel()
        grafana.go.set()
        assert (await second)[0] == "public/url"

    run(story())


def test_a_picture_is_given_out_again_for_a_while(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share(reuse=1)
        assert await sharing.get(grafana.render()) == ("public/url", False)
        assert await sharing.get(grafana.render()) == ("public/url", True)
        while (await sharing.get(grafana.render()))[1]:
            await asyncio.sleep(0.05)
        assert len(grafana.renders) == 2

    run(story())


def test_without_reuse_each_request_is_a_render(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share(reuse=0)
        for _ in range(3):
            await sharing.get(grafana.render())
        assert len(grafana.renders) == 3

    run(story())


def test_a_picture_that_is_gone_is_made_again(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share(still=lambda _: False)
        for _ in range(2):
            assert await sharing.get(grafana.render()) == ("public/url", False)

    run(story())


def test_few_renders_run_at_once_and_all_have_their_turn(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share()
        grafana.go.clear()
        asked = [asyncio.create_task(sharing.get(grafana.render(str(n)))) for n in range(20)]
        await until(lambda: len(grafana.renders) == 4)
        assert sharing.waiting == 20
        grafana.go.set()
        answers = await asyncio.gather(*asked)
        assert [url for url, _ in answers] == [f"public/{n}" for n in range(20)]
        assert grafana.most_at_once == 4

    run(story())


def test_who_waits_for_a_turn_in_vain_is_told_in_time(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share()
        grafana.go.clear()
        hung = [asyncio.create_task(sharing.get(grafana.render(str(n)))) for n in range(4)]
        await until(lambda: len(grafana.renders) == 4)
        with pytest.raises(GraphError, match=r"took longer than 0\.1 s") as caught:
            await sharing.get(grafana.render("late", 0.1))
        assert caught.value.status == 503
        assert "late" not in grafana.renders
        grafana.go.set()
        await asyncio.gather(*hung)

    run(story())


def test_after_429_a_render_waits_as_long_as_asked(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share()
        grafana.failure = GraphError("Grafana answered 429", retry_after=0.3)
        started = time.monotonic()
        asked = asyncio.create_task(sharing.get(grafana.render()))
        await until(lambda: grafana.failure is None)
        assert await sharing.get(grafana.render("other")) == ("public/other", False)
        assert grafana.renders == ["url", "other"]
        assert (await asked)[0] == "public/url"
        assert time.monotonic() - started >= 0.3

    run(story())


def test_a_longer_wait_than_ours_is_passed_on(grafana: Grafana) -> None:
    async def story() -> None:
        sharing = share()
        grafana.failure = GraphError("Grafana answered 429", retry_after=30)
        for _ in range(2):
            with pytest.raises(GraphError, match="Grafana answered 429") as caught:
                await sharing.get(grafana.render())
            assert caught.value.status == 503
            assert 29 < (caught.value.retry_after or 0) <= 30
        assert grafana.renders == ["url"]

    run(story())
