"""Pictures are drawn by processes that can hang or die without anybody else."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from grafherald.drawing import workers
from grafherald.drawing.artist import at_once
from grafherald.drawing.paint import Task
from grafherald.drawing.workers import DrawWorkers
from grafherald.errors import GraphError
from grafherald.net.deadline import Deadline


@pytest.fixture
def pool() -> Iterator[DrawWorkers]:
    made = DrawWorkers(1)
    yield made
    worker = made._free.get(timeout=5)
    worker._end()


@pytest.fixture
def task(make_draw: Callable[..., Any]) -> Task:
    found: list[Task] = []

    def keep(task: Task, deadline: Deadline) -> Any:
        found.append(task)
        return at_once(task, deadline)

    make_draw(engine=keep)()
    return found[0]


def process(pool: DrawWorkers) -> int:
    worker = pool._free.get()
    pool._free.put(worker)
    assert worker._process is not None
    return worker._process.pid


def test_a_process_draws_the_same_picture(pool: DrawWorkers, task: Task) -> None:
    assert pool(task, Deadline(30)) == at_once(task, Deadline(30))


def test_one_that_was_killed_is_replaced(pool: DrawWorkers, task: Task) -> None:
    pool(task, Deadline(30))
    os.kill(process(pool), signal.SIGKILL)
    assert pool(task, Deadline(30)).picture


def test_one_that_hangs_is_killed_and_the_next_picture_is_drawn(
    pool: DrawWorkers, task: Task
) -> None:
    pool(task, Deadline(30))
    hung = process(pool)
    os.kill(hung, signal.SIGSTOP)
    with pytest.raises(GraphError, match=r"not drawn within 0\.3 s"):
        pool(task, Deadline(0.3))
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)
    assert pool(task, Deadline(30)).picture


def test_a_panel_that_kills_its_process_costs_one_picture(
    pool: DrawWorkers, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(workers.sys, "executable", "/bin/false")
        with pytest.raises(GraphError, match="died of this panel"):
            pool(task, Deadline(30))
    assert pool(task, Deadline(30)).picture


def test_a_panel_that_is_not_drawn_says_why(pool: DrawWorkers, task: Task) -> None:
    wide = replace(task, data=replace(task.data, width=9000, height=9000))
    with pytest.raises(GraphError, match="9000 x 9000 pixels is not drawn"):
        pool(wide, Deadline(30))


def test_who_waits_for_the_others_waits_no_longer_than_its_deadline(task: Task) -> None:
    with pytest.raises(GraphError, match="pictures before this one"):
        DrawWorkers(0)(task, Deadline(0.05))


def test_no_secret_of_the_environment_goes_along(
    pool: DrawWorkers, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFHERALD_GRAFANA_TOKEN", "glsa_secret")
    pool(task, Deadline(30))
    with open(f"/proc/{process(pool)}/environ", "rb") as file:
        assert b"glsa_secret" not in file.read()


def test_side_by_side_each_gets_its_own(task: Task) -> None:
    pool, found = DrawWorkers(2), []
    threads = [
        threading.Thread(target=lambda: found.append(pool(task, Deadline(60)).picture))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    for _ in range(2):
        pool._free.get()._end()
