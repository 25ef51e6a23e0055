"""Few renders at once, whoever asks, and none before the time that Grafana asks for."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from grafherald.errors import GraphError
from grafherald.images.limiter import Limiter, NoTurnError
from grafherald.net.deadline import Deadline


class Grafana:
    """Renders when it may; knows how many at once."""

    def __init__(self) -> None:
        self.renders: list[str] = []
        self.at_once = self.most_at_once = 0
        self.go = threading.Event()
        self.go.set()
        self.failure: GraphError | None = None
        self._lock = threading.Lock()

    def render(self, key: str) -> Callable[[], str]:
        def run() -> str:
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

        return run


@pytest.fixture
def grafana() -> Grafana:
    return Grafana()


def ask(limiter: Limiter, grafana: Grafana, key: str = "url", seconds: float = 5) -> str:
    deadline = Deadline(seconds)
    return limiter.run(key, deadline, grafana.render(key), deadline)


def test_few_renders_run_at_once_and_all_have_their_turn(grafana: Grafana, until: Any) -> None:
    limiter = Limiter(4)
    grafana.go.clear()
    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(ask, limiter, grafana, str(n)) for n in range(20)]
        until(lambda: len(grafana.renders) == 4 and limiter.waiting == 20)
        grafana.go.set()
        assert [one.result() for one in asked] == [f"public/{n}" for n in range(20)]
    assert (grafana.most_at_once, limiter.waiting) == (4, 0)


def test_who_waits_for_a_turn_in_vain_is_told_in_time(grafana: Grafana, until: Any) -> None:
    limiter = Limiter(4)
    grafana.go.clear()
    with ThreadPoolExecutor(4) as threads:
        hung = [threads.submit(ask, limiter, grafana, str(n)) for n in range(4)]
        until(lambda: len(grafana.renders) == 4)
        with pytest.raises(GraphError, match=r"took longer than 0\.1 s") as caught:
            ask(limiter, grafana, "late", 0.1)
        grafana.go.set()
        assert [one.result() for one in hung]
    assert caught.value.status == 503
    assert "late" not in grafana.renders


def test_what_waits_for_its_turn_has_no_thread(grafana: Grafana, until: Any) -> None:
    limiter, done = Limiter(4), []

    def begin(name: str) -> None:
        limiter.begin(name, lambda: done.append(ask(limiter, grafana, name, 20)))

    grafana.go.clear()
    before = threading.active_count()
    for number in range(50):
        begin(str(number))
    until(lambda: len(grafana.renders) == 4 and limiter.waiting == 50)
    assert threading.active_count() <= before + 4
    grafana.go.set()
    until(lambda: len(done) == 50)
    assert (grafana.most_at_once, limiter.waiting) == (4, 0)
    begin("later")
    until(lambda: done[-1] == "public/later")


def test_who_waits_for_anothers_picture_takes_no_turn() -> None:
    limiter, made, told = Limiter(2), threading.Event(), queue.SimpleQueue[str]()

    def wait() -> None:
        made.wait(10)
        told.put("slow")

    for _ in range(12):
        limiter.begin("slow", wait)
    limiter.begin("other", lambda: told.put("other"))
    assert told.get(timeout=10) == "other"
    made.set()
    assert [told.get(timeout=10) for _ in range(12)] == ["slow"] * 12


def test_what_waits_for_its_turn_can_be_given_up(grafana: Grafana, until: Any) -> None:
    limiter, done = Limiter(1), []
    grafana.go.clear()

    def begin(name: str) -> Callable[[], bool]:
        return limiter.begin(name, lambda: done.append(ask(limiter, grafana, name, 20)))

    give_up = {name: begin(name) for name in ("first", "second", "third")}
    until(lambda: grafana.renders == ["first"])
    assert [give_up["second"](), give_up["second"](), give_up["first"]()] == [True, False, False]
    give_up["again"] = begin("second")
    grafana.go.set()
    until(lambda: len(done) == 3)
    assert grafana.renders == ["first", "third", "second"]
    assert not any(each() for each in give_up.values())
    assert limiter.waiting == 0


def test_nobody_is_overtaken_for_ever_by_those_who_wait_without_a_thread(
    grafana: Grafana, until: Any
) -> None:
    """An alert's picture does not wait for all that the service's clients have asked for."""
    limiter, done = Limiter(1), []
    grafana.go.clear()
    for number in range(50):
        key = str(number)
        limiter.begin(key, lambda key=key: done.append(ask(limiter, grafana, key, 20)))
    until(lambda: grafana.renders == ["0"])
    with ThreadPoolExecutor(1) as threads:
        alert = threads.submit(ask, limiter, grafana, "alert")
        until(lambda: limiter.waiting == 51)
        grafana.go.set()
        assert alert.result() == "public/alert"
        until(lambda: len(done) == 50)
    assert grafana.renders.index("alert") <= 2


def test_a_turn_that_comes_when_the_time_is_up_is_not_lost() -> None:
    """Many give up at the moment when a turn comes to them."""
    limiter = Limiter(1)

    def ask_shortly(number: int) -> None:
        deadline = Deadline(0.001 * (number % 7 + 1))
        with suppress(NoTurnError):
            limiter.run(number, deadline, lambda: time.sleep(0.001), deadline)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(ask_shortly, range(500)))
    assert limiter.run("url", Deadline(0.1), lambda: "rendered", Deadline(0.1)) == "rendered"


def test_a_system_without_threads_costs_no_turn(
    grafana: Grafana, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any) -> None:
        raise RuntimeError("can't start new thread")

    limiter, done = Limiter(1), []
    with monkeypatch.context() as patched:
        patched.setattr("grafherald.images.limiter.begin", refuse)
        with pytest.raises(RuntimeError):
            limiter.begin("url", lambda: None)
    limiter.begin("url", lambda: done.append(ask(limiter, grafana)))
    until(lambda: done == ["public/url"])


def test_whose_time_is_up_before_its_turn_is_not_rendered(grafana: Grafana) -> None:
    with pytest.raises(NoTurnError):
        Limiter(4).run("url", Deadline(-1), grafana.render("url"), Deadline(-1))
    assert grafana.renders == []


def test_a_render_that_fails_gives_its_turn_back(grafana: Grafana) -> None:
    limiter = Limiter(1)
    grafana.failure = GraphError("Grafana answered 500")
    with pytest.raises(GraphError, match="500"):
        ask(limiter, grafana)
    assert ask(limiter, grafana) == "public/url"


def test_after_429_a_render_waits_as_long_as_asked(grafana: Grafana, until: Any) -> None:
    limiter = Limiter(4)
    grafana.failure = GraphError("Grafana answered 429", retry_after=0.3)
    started = time.monotonic()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(ask, limiter, grafana)
        until(lambda: grafana.renders and not grafana.failure)
        assert ask(limiter, grafana, "other") == "public/other"
        assert grafana.renders == ["url", "other"]
        assert asked.result() == "public/url"
    assert time.monotonic() - started >= 0.3


def test_a_longer_wait_than_ours_is_passed_on(grafana: Grafana) -> None:
    limiter = Limiter(4)
    grafana.failure = GraphError("Grafana answered 429", retry_after=30)
    for _ in range(2):
        with pytest.raises(GraphError, match="Grafana answered 429") as caught:
            ask(limiter, grafana)
        assert caught.value.status == 503
        assert 29 < (caught.value.retry_after or 0) <= 30
    assert grafana.renders == ["url"]


def test_a_wish_for_no_wait_at_all_does_not_have_grafana_asked_without_end(
    grafana: Grafana,
) -> None:
    def busy() -> str:
        grafana.renders.append("url")
        raise GraphError("Grafana answered 429", retry_after=0)

    deadline = Deadline(1.5)
    with pytest.raises(GraphError, match="429 and asks us to wait"):
        Limiter(4).run("url", deadline, busy, deadline)
    assert len(grafana.renders) == 2
