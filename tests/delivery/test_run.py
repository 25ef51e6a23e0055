"""A pipe handler's run with a store, as a process."""

from __future__ import annotations

import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from grafherald.demo.standins import chat as chat_standin
from grafherald.demo.standins.chat import Chat
from grafherald.demo.standins.wire import StandInReply
from grafherald.store import open_database

TOKEN = "room-token"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def event(name: str = "web01", number: int = 1) -> bytes:
    """Return a Sensu Core event."""
    check = {"name": "cpu", "status": 2, "output": f"event {number}", "history": ["0", "2"]}
    return json.dumps(
        {
            "id": f"{name} {number}",
            "client": {"name": name},
            "check": check,
            "occurrences": 1,
            "action": "create",
            "timestamp": 1795258424,
        }
    ).encode()


@pytest.fixture
def chat() -> Any:
    with chat_standin.running(TOKEN) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, chat: Chat) -> dict[str, Any]:
    ops = {"type": "hipchat", "url": chat.url, "token": TOKEN, "room": "ops"}
    return {"store": f"sqlite:///{tmp_path}/store.db", "channels": {"ops": ops}}


@pytest.fixture
def grafherald(tmp_path: Path, settings: dict[str, Any]) -> Run:
    def run(*words: str, given: bytes = b"", **variables: str) -> Any:
        file = tmp_path / "settings.json"
        if not file.exists() or json.loads(file.read_text()) != settings:
            file.write_text(json.dumps(settings))
        command = [sys.executable, "-m", "grafherald", *words, "--config", str(file)]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("GRAFHERALD_")}
        done = subprocess.run(
            command, input=given, capture_output=True, check=False, env={**clean, **variables}
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(command, done.returncode, out, err)

    return run


def listed(grafherald: Run, *words: str) -> list[dict[str, Any]]:
    out = grafherald("outbox", "list", "--json", *words).stdout
    return [json.loads(line) for line in out.splitlines()]


def test_an_event_is_kept_sent_and_sent_once(grafherald: Run, chat: Chat) -> None:
    first, second = (grafherald("sensu", given=event()) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert "web01/cpu: ops (hipchat ops): delivered" in first.stdout
    assert "the same event was sent before" in second.stdout
    assert len(chat.hipchat.messages) == 1


def test_what_fails_for_now_is_queued_and_the_next_run_sends_it(
    grafherald: Run, chat: Chat, settings: dict[str, Any]
) -> None:
    settings["deadline"] = 1
    chat.failures.append(StandInReply(503))
    queued = grafherald("sensu", given=event("web01"))
    assert (queued.returncode, "queued as delivery 1" in queued.stderr) == (0, True)
    (waiting,) = listed(grafherald)
    assert (waiting["state"], waiting["attempts"]) == ("due", 1)
    settings.pop("deadline", None)
    _let_it_be_due(settings)
    assert grafherald("sensu", given=event("web02")).returncode == 0
    assert sorted(m.text.split("/")[0][-5:] for m in chat.hipchat.messages) == ["web01", "web02"]


def test_what_passes_before_the_deadline_arrives_from_the_same_run(
    grafherald: Run, chat: Chat
) -> None:
    chat.failures.append(StandInReply(503))
    done = grafherald("sensu", given=event())
    assert (done.returncode, "delivered" in done.stdout) == (0, True)
    assert len(chat.hipchat.messages) == 1


def test_without_a_daemon_a_groups_first_event_is_told_at_once_too(
    grafherald: Run, chat: Chat, settings: dict[str, Any]
) -> None:
    settings["routes"] = [{"channels": ["ops"], "group_by": ["check"]}]
    first, second = (grafherald("sensu", given=event(name)) for name in ("web01", "web02"))
    assert "delivered" in first.stdout
    assert "queued" in second.stderr + second.stdout
    assert len(chat.hipchat.messages) == 1


def test_what_fails_for_good_is_kept_until_a_person_retries(
    grafherald: Run, chat: Chat, settings: dict[str, Any]
) -> None:
    settings["channels"]["ops"]["token"] = "wrong"
    failed = grafherald("sensu", given=event())
    assert (failed.returncode, "kept as delivery 1" in failed.stderr) == (2, True)
    assert grafherald("outbox", "retry", "1").returncode == 0
    assert grafherald("outbox", "drain").returncode == 2
    settings["channels"]["ops"]["token"] = TOKEN
    assert grafherald("outbox", "retry", "--all-failed").returncode == 0
    assert grafherald("outbox", "drain").returncode == 0
    assert len(chat.hipchat.messages) == 1
    assert listed(grafherald) == []


def test_a_person_can_look_and_drop(grafherald: Run, chat: Chat, settings: dict[str, Any]) -> None:
    chat.failures.append(StandInReply(401))
    grafherald("sensu", given=event())
    assert "web01/cpu problem for ops ops, 1 attempt" in grafherald("outbox", "list").stdout
    shown = json.loads(grafherald("outbox", "show", "1", "--json").stdout)
    assert json.loads(shown["input"]) == json.loads(event())
    assert [(f["attempt"], "401" in f["error"]) for f in shown["failures"]] == [(1, True)]
    assert "attempt 1: 20" in grafherald("outbox", "show", "1").stdout
    assert grafherald("outbox", "drop", "1").returncode == 0
    assert grafherald("outbox", "drop", "1").returncode == 1
    assert [d["state"] for d in listed(grafherald, "--state", "dropped")] == ["dropped"]
    assert grafherald("outbox", "show", "9").returncode == 1


def test_a_terminal_is_not_steered_by_an_event(grafherald: Run, chat: Chat) -> None:
    chat.failures.append(StandInReply(401))
    grafherald("sensu", given=event("web\x1b[2J01"))
    for words in (("list",), ("show", "1")):
        out = grafherald("outbox", *words).stdout
        assert "web" in out
        assert "\x1b" not in out


def test_what_is_no_event_is_kept_and_listed(grafherald: Run) -> None:
    refused = grafherald("sensu", given=b"command not found\xff")
    assert refused.returncode == 1
    (kept,) = listed(grafherald, "--rejected")
    assert kept["reason"] in refused.stderr
    assert "base64:" in kept["input"]
    assert kept["bytes"] == 18
    shown = grafherald("outbox", "show", "--rejected", "1", "--json").stdout
    assert json.loads(shown) == kept
    assert "there is no rejected input 7" in grafherald("outbox", "show", "--rejected", "7").stderr


def test_an_alert_goes_out_even_when_it_cannot_be_kept(
    grafherald: Run, chat: Chat, settings: dict[str, Any]
) -> None:
    settings["store"] = "sqlite:////proc/nowhere/store.db"
    sent = grafherald("sensu", given=event())
    assert (sent.returncode, "sending without keeping" in sent.stderr) == (0, True)
    assert len(chat.hipchat.messages) == 1


@pytest.mark.slow
def test_a_locked_store_holds_an_alert_for_three_seconds_at_most(
    grafherald: Run, settings: dict[str, Any], chat: Chat
) -> None:
    grafherald("outbox", "list")
    holder = sqlite3.connect(settings["store"].removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    before = time.monotonic()
    sent = grafherald("sensu", given=event())
    holder.close()
    assert time.monotonic() - before < 15
    assert (sent.returncode, len(chat.hipchat.messages)) == (0, 1), sent.stderr
    assert "locked; sending without keeping" in sent.stderr


@pytest.mark.slow
def test_a_store_that_is_locked_while_a_message_goes_out_keeps_the_event(
    grafherald: Run, settings: dict[str, Any]
) -> None:
    settings["deadline"] = 2
    grafherald("outbox", "list")
    path = settings["store"].removeprefix("sqlite:///")
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                holder.execute("BEGIN IMMEDIATE")
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        settings["channels"]["ops"]["url"] = f"http://127.0.0.1:{server.getsockname()[1]}"
        sent = grafherald("sensu", given=event())
    holder.close()
    assert (sent.returncode, "locked; the event is kept there" in sent.stderr) == (0, True)
    assert len(listed(grafherald)) == 1


def test_a_chat_server_that_hangs_does_not_hold_the_process(
    grafherald: Run, chat: Chat, settings: dict[str, Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        settings["channels"]["slow"] = {**settings["channels"]["ops"], "url": url}
        settings["deadline"] = 2
        done = grafherald("sensu", given=event())
    assert (done.returncode, "slow (hipchat ops): no answer" in done.stderr) == (0, True)
    assert len(chat.hipchat.messages) == 1
    assert listed(grafherald)[0]["may_repeat"]


def test_without_a_daemon_at_the_socket_it_delivers_itself(
    grafherald: Run, chat: Chat, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        for where in ("silent.sock", "nobody.sock"):
            given = event(where)
            path = str(tmp_path / where)
            assert grafherald("sensu", given=given, GRAFHERALD_SOCKET=path).returncode == 0
    assert len(chat.hipchat.messages) == 2


def test_purge_takes_what_is_old(grafherald: Run, settings: dict[str, Any], chat: Chat) -> None:
    grafherald("sensu", given=event())
    grafherald("sensu", given=b"nothing")
    settings["history"] = {"days": 0}
    said = grafherald("purge", "--dry-run").stdout
    assert said == "store: 1 events, 0 alerts and 1 rejected inputs would go\n"
    assert grafherald("purge").returncode == 0
    assert listed(grafherald, "--state", "sent") == []
    assert listed(grafherald, "--rejected") == []


@pytest.mark.slow
def test_two_hundred_handlers_at_once_lose_nothing(
    grafherald: Run, chat: Chat, settings: dict[str, Any]
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    settings["channels"]["ops"]["per_minute"] = 0
    settings["deadline"] = 300
    grafherald("outbox", "list")
    with ThreadPoolExecutor(200) as pool:
        done = list(pool.map(lambda n: grafherald("sensu", given=event(f"web{n}")), range(200)))
    assert [run.stderr for run in done if run.returncode] == []
    grafherald("outbox", "drain")
    assert len({m.text.split("/")[0] for m in chat.hipchat.messages}) == 200


@pytest.mark.slow
def test_handlers_that_are_killed_at_random_moments_lose_nothing_that_they_kept(
    grafherald: Run, chat: Chat, settings: dict[str, Any], tmp_path: Path
) -> None:
    settings["channels"]["ops"]["per_minute"] = 0
    grafherald("outbox", "list")
    command = [sys.executable, "-m", "grafherald", "sensu", "--config"]
    chance = random.Random(7)
    for number in range(60):
        process = subprocess.Popen(
            [*command, str(tmp_path / "settings.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin
        process.stdin.write(event(f"web{number:03}"))
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.05, 0.4))
        process.kill()
        process.wait()
    settings.pop("deadline", None)
    _let_it_be_due(settings)
    assert grafherald("outbox", "drain").returncode == 0
    database = open_database(settings["store"])
    kept = [row[0] for row in database.rows("SELECT entity FROM subjects")]
    database.close()
    texts = [m.text for m in chat.hipchat.messages]
    times = {name: sum(f"{name}/cpu" in text for text in texts) for name in kept}
    assert kept
    assert [name for name, told in times.items() if not told] == []
    repeats = sum("(may be a repeat)" in text for text in texts)
    assert sum(told - 1 for told in times.values()) <= repeats


def _let_it_be_due(settings: dict[str, Any]) -> None:
    database = open_database(settings["store"])
    database.run("UPDATE deliveries SET due = 1 WHERE lease IS NULL")
    database.run("UPDATE deliveries SET lease = 1 WHERE lease IS NOT NULL")
    database.run("UPDATE lanes SET ready = 1")
    database.close()
