"""Threads that are kept for what comes next."""

from __future__ import annotations

import threading

from grafherald.threads import begin


def test_a_thread_that_has_ended_its_work_does_the_next() -> None:
    names: list[str] = []
    done = threading.Semaphore(0)

    def work() -> None:
        names.append(threading.current_thread().name)
        done.release()

    for _ in range(50):
        begin(work)
        assert done.acquire(timeout=5)
    assert len(set(names)) < 50  # a thread may be told before it has come to rest


def test_work_that_takes_its_time_holds_nobody_back() -> None:
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def work() -> None:
        begun.release()
        go_on.wait(10)

    for _ in range(30):
        begin(work)
    assert all(begun.acquire(timeout=5) for _ in range(30))
    go_on.set()
