"""A store that is locked, or is another one all of a sudden, while the daemon runs."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grafherald.demo.standins.chat import Chat
from grafherald.server import handover
from grafherald.server.service import Daemon
from grafherald.store import Replaced, open_database

from .conftest import address, core_event, eventually, send_tcp, serving

Start = Callable[..., Daemon]
Json = dict[str, Any]


@contextmanager
def locked(settings: Json) -> Iterator[None]:
    """Keep everybody else from writing, as a backup that hangs does."""
    path = settings["store"].removeprefix("sqlite:///")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.close()


def health(listening: list[str]) -> tuple[int, str]:
    host, port = address(listening, "http")
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=20) as answer:
            return answer.status, json.load(answer)["text"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["text"]


def entities(settings: Json) -> list[str]:
    database = open_database(settings["store"])
    rows = database.rows("SELECT s.entity FROM alerts a JOIN subjects s ON s.id = a.subject_id")
    database.close()
    return sorted(row[0] for row in rows)


@pytest.mark.slow
def test_healthz_says_that_the_store_is_locked_and_at_once(daemon: Start, settings: Json) -> None:
    listening = daemon().listeners.names()
    eventually(lambda: health(listening)[0] == 200)
    with locked(settings):
        eventually(lambda: "locked" in health(listening)[1], seconds=8)
        assert health(listening)[0] == 503
        send_tcp(address(listening, "tcp"), core_event("web01"))
        eventually(lambda: "1 event waits in memory" in health(listening)[1], seconds=8)
    eventually(lambda: health(listening)[0] == 200, seconds=8)
    eventually(lambda: entities(settings) == ["web01"])


def test_what_a_handler_gave_up_waiting_for_is_not_kept_too(
    daemon: Start, settings: Json, chat: Chat
) -> None:
    listening = daemon().listeners.names()
    with locked(settings):
        assert handover.offer(address(listening, "unix"), "sensu", core_event("web01")) is None
    handover.offer(address(listening, "unix"), "sensu", core_event("web02"))
    eventually(lambda: chat.hipchat.messages)
    assert entities(settings) == ["web02"]


@pytest.mark.slow
def test_sigterm_with_a_locked_store_loses_nothing(
    settings: Json, tmp_path: Path, chat: Chat
) -> None:
    with serving(settings, tmp_path) as daemon:
        with locked(settings):
            for number in range(30):
                send_tcp(address(daemon.listening, "tcp"), core_event("web01", number=number))
            before = time.monotonic()
            assert daemon.end() == 0
            assert time.monotonic() - before < 15
        eventually(lambda: any("the next start takes them" in line for line in daemon.lines))
    waiting = [name for name in os.listdir(tmp_path) if ".waiting-" in name]
    assert len(waiting) == 1
    assert (tmp_path / waiting[0]).stat().st_mode & 0o077 == 0
    with serving(settings, tmp_path) as daemon:
        eventually(lambda: len(chat.hipchat.messages) == 30, 60)
        eventually(lambda: not [name for name in os.listdir(tmp_path) if ".waiting-" in name])
        daemon.end()
    assert not any("(may be a repeat)" in m.text for m in chat.hipchat.messages)


def test_a_store_that_was_replaced_ends_the_daemon_within_seconds(
    settings: Json, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"
    open_database(f"sqlite:///{other}").close()
    with serving(settings, tmp_path) as daemon:
        send_tcp(address(daemon.listening, "tcp"), core_event("web01"))
        eventually(lambda: entities(settings) == ["web01"])
        other.replace(tmp_path / "store.db")
        assert daemon.process.wait(15) == 2
        eventually(lambda: any("was replaced" in line for line in daemon.lines))
    assert entities(settings) == []  # and what the other file's log held did not get into this one
    with serving(settings, tmp_path) as daemon:
        send_tcp(address(daemon.listening, "tcp"), core_event("web02"))
        eventually(lambda: entities(settings) == ["web02"])


def test_nothing_is_written_to_a_file_that_is_no_longer_there(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    database = open_database(f"sqlite:///{path}")
    with database.transaction():
        database.run("INSERT INTO lanes (channel, recipient) VALUES ('a', 'b')")
    path.unlink()
    with pytest.raises(Replaced, match="was replaced or removed"), database.transaction():
        pass
    with pytest.raises(Replaced):
        database.rows("SELECT 1")
    database.close()


def test_a_statement_waits_for_a_lock_only_as_long_as_it_is_told(settings: Json) -> None:
    open_database(settings["store"]).close()
    with locked(settings):
        before = time.monotonic()
        database = open_database(settings["store"], busy=0.2)
        with pytest.raises(Exception, match="locked"), database.transaction():
            pass
        database.close()
        assert time.monotonic() - before < 10
