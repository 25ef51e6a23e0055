"""Several daemons on one PostgreSQL, as they would run on several machines."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import CLAIMED, DUE, FAILED
from grafherald.demo.standins.chat import Chat
from grafherald.server import handover
from grafherald.store import open_database

from .conftest import address, core_event, eventually, send_tcp, serving

pytestmark = [pytest.mark.real, pytest.mark.slow]
Json = dict[str, Any]


@pytest.fixture
def machines(
    tmp_path: Path, settings: Json, postgres: Any, request: pytest.FixtureRequest
) -> Callable[[str], tuple[Json, Path]]:
    """Settings and folder of a machine of that name, all with the same empty store."""
    import psycopg

    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS grafherald CASCADE")

    def machine(name: str) -> tuple[Json, Path]:
        folder = tmp_path / name
        folder.mkdir()
        listen = {"unix": f"{folder}/daemon.sock"}
        return {**settings, "store": postgres.url, "listen": listen}, folder

    return machine


def waiting(url: str) -> int:
    database = open_database(url)
    found = len(Backlog(database).deliveries([DUE, CLAIMED, FAILED], 10_000))
    database.close()
    return found


def times(chat: Chat, number: int) -> Counter[int]:
    """Return how often each event was told."""
    texts = [m.text for m in chat.hipchat.messages]
    return Counter(n for n in range(number) for text in texts if f"event {n} of" in text)


def test_three_daemons_tell_each_event_once_and_one_may_die(
    machines: Callable[[str], tuple[Json, Path]], chat: Chat
) -> None:
    made = [machines(name) for name in ("a", "b", "c")]
    url = made[0][0]["store"]
    with ExitStack() as stack:
        running = [stack.enter_context(serving(*machine)) for machine in made]
        paths = [machine[0]["listen"]["unix"] for machine in made]
        for number in range(60):
            event = core_event(f"web{number % 9}", number=number)
            for path in paths:  # several backends deliver the same event
                assert handover.offer(path, "sensu", event)
        eventually(lambda: waiting(url) == 0, 60)
        assert times(chat, 60) == Counter(range(60))
        kept = []
        for number in range(60, 160):
            event = core_event(f"web{number % 9}", number=number)
            if handover.offer(paths[number % 2], "sensu", event):
                kept.append(number)
            if number == 100:
                running[0].end(signal.SIGKILL)
                paths[0] = paths[2]
        database = open_database(url)
        database.run("UPDATE deliveries SET lease = 1 WHERE lease < ?", (2**50,))
        database.close()
        eventually(lambda: waiting(url) == 0, 60)
        told = times(chat, 160)
        assert [number for number in kept if not told[number]] == []
        repeats = sum("(may be a repeat)" in m.text for m in chat.hipchat.messages)
        assert sum(told.values()) - len(told) <= repeats


def test_a_database_that_restarts_loses_nothing(
    machines: Callable[[str], tuple[Json, Path]], chat: Chat, postgres: Any
) -> None:
    settings, folder = machines("a")
    settings["listen"]["tcp"] = "127.0.0.1:0"
    with serving(settings, folder) as daemon:
        tcp = address(daemon.listening, "tcp")
        for number in range(20):
            send_tcp(tcp, core_event(f"web{number % 5}", number=number))
        postgres.stop()
        for number in range(20, 40):
            send_tcp(tcp, core_event(f"web{number % 5}", number=number))
        assert handover.offer(settings["listen"]["unix"], "sensu", core_event(number=99)) is None
        postgres.start()
        eventually(lambda: len(times(chat, 40)) == 40 and waiting(settings["store"]) == 0, 120)
    told = times(chat, 40)
    repeats = sum("(may be a repeat)" in m.text for m in chat.hipchat.messages)
    assert sum(told.values()) - len(told) <= repeats
