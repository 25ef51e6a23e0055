from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from grafherald.server.trigger import Trigger


@pytest.fixture
def trigger() -> Iterator[Trigger]:
    made = Trigger({})
    yield made
    made.close()


def test_a_loop_that_is_woken_is_not_told_again(trigger: Trigger) -> None:
    for _ in range(5):
        trigger.pull_trigger()
    assert trigger.recv(100) == b"x"


def test_a_loop_that_has_looked_is_woken_again(trigger: Trigger) -> None:
    for _ in range(3):
        trigger.pull_trigger()
        trigger.handle_read()
    trigger.pull_trigger()
    assert trigger.recv(100) == b"x"


def test_what_is_still_to_be_done_for_a_woken_loop_is_done(trigger: Trigger) -> None:
    done: list[int] = []
    for number in range(2):
        trigger.pull_trigger(lambda _=None, number=number: done.append(number))
    trigger.handle_read()
    assert done == [0, 1]


def test_a_late_answer_writes_into_no_other_file(tmp_path: Path) -> None:
    trigger = Trigger({})
    trigger.close()
    taken = [os.open(tmp_path / name, os.O_CREAT | os.O_WRONLY) for name in "abcd"]
    trigger.pull_trigger()
    assert [os.fstat(number).st_size for number in taken] == [0] * 4  # its pipe's two among them
    for number in taken:
        os.close(number)
