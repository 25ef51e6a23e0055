"""Workers at their bad days: what one channel, or a clock, does must not cost the others."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import CLAIMED, DUE, Outbox
from grafherald.delivery.seats import Seats
from grafherald.demo.standins.chat import Chat
from grafherald.server import handover
from grafherald.server.service import Daemon
from grafherald.store import open_database

from .conftest import TOKEN, address, core_event, eventually

Start = Callable[..., Daemon]
Json = dict[str, Any]


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A mail server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def hand_over(running: Daemon, event: bytes) -> None:
    assert handover.offer(address(running.listeners.names(), "unix"), "sensu", event)


def depth(settings: Json) -> dict[str, int]:
    database = open_database(settings["store"])
    found = Backlog(database).depth()
    database.close()
    return found


def test_a_mail_server_that_hangs_does_not_delay_the_chat(
    daemon: Start, chat: Chat, settings: Json, silent_server: str
) -> None:
    mail = {"type": "email", "smtp": silent_server, "from": "a@example.com", "per_minute": 0}
    for name in ("mail0", "mail1"):
        people = [f"{name}-{number}@example.com" for number in range(20)]
        settings["channels"][name] = {**mail, "to": people}
    settings["routes"] = [
        {"match": {"entity": "web*"}, "channels": ["mail0", "mail1"], "continue": True},
        {"match": {"entity": "db*"}, "channels": ["ops"]},
    ]
    running = daemon()
    for number in range(30):
        hand_over(running, core_event(f"web{number:02}"))
    eventually(lambda: depth(settings)[CLAIMED] >= 4)
    hand_over(running, core_event("db01"))
    eventually(lambda: any("db01" in m.text for m in chat.hipchat.messages), seconds=4)
    assert depth(settings)[DUE] > 0


def test_the_next_channel_always_finds_a_seat() -> None:
    seats = Seats(16)
    taken = dict.fromkeys("abcd", 0)
    for channel in taken:
        while True:
            with seats.choosing() as full:
                if channel in full:
                    break
                seats.take(channel)
                taken[channel] += 1
    assert taken == {"a": 8, "b": 4, "c": 2, "d": 1}
    with seats.choosing() as full:
        assert "e" not in full


def test_a_channel_has_its_seats_back_when_it_has_left() -> None:
    seats = Seats(2)
    for _ in range(3):
        with seats.choosing() as full:
            assert "a" not in full
            seats.take("a")
        with seats.choosing() as full:
            assert "a" in full
        seats.leave("a")


def test_what_a_clock_that_was_ahead_wrote_does_not_silence_a_running_daemon(
    daemon: Start, chat: Chat, settings: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grafherald.server.workers._UPKEEP", 0.2)
    running = daemon()
    hand_over(running, core_event("web01"))
    eventually(lambda: len(chat.hipchat.messages) == 1)
    database = open_database(settings["store"])
    future = datetime.now(timezone.utc) + timedelta(days=30)
    Outbox(database).pause("ops", chat.hipchat.messages[0].room, future, future)
    paused = database.rows("SELECT COUNT(*) FROM lanes WHERE ready > 0 AND stamp > 0")
    database.close()
    assert paused[0][0] == 1
    hand_over(running, core_event("web02"))
    eventually(lambda: len(chat.hipchat.messages) == 2, seconds=5)


def test_the_fallback_is_told_by_the_daemon_without_another_event(
    daemon: Start, chat: Chat, settings: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grafherald.server.workers._UPKEEP", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings["channels"]["lost"] = {
        "type": "hipchat",
        "url": f"http://127.0.0.1:{port}",
        "token": TOKEN,
        "room": "lost",
        "fallback": "ops",
        "fallback_after": 0,
    }
    settings["routes"] = [{"channels": ["lost"]}]
    running = daemon()
    hand_over(running, core_event("web01"))
    eventually(lambda: any("web01" in m.text for m in chat.hipchat.messages), seconds=8)
