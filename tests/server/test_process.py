"""`grafherald serve` as a process: signals, and a death at the worst moment."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import CLAIMED, DUE
from grafherald.delivery.rejected import rejected
from grafherald.demo.standins.chat import Chat
from grafherald.demo.standins.wire import StandInReply
from grafherald.server import handover
from grafherald.store import open_database

from .conftest import address, core_event, eventually, send_tcp, serving

Json = dict[str, Any]


def unfinished(settings: Json) -> list[str]:
    database = open_database(settings["store"])
    found = [d.event.entity for d in Backlog(database).deliveries([DUE, CLAIMED], 10_000)]
    database.close()
    return found


def deliver_the_rest(settings: Json, folder: Path) -> None:
    """Run a daemon until nothing waits any more."""
    with serving(settings, folder) as daemon:
        eventually(lambda: not unfinished(settings), 60)
        daemon.end()


def test_sigterm_ends_it_with_all_that_came_on_disk(
    settings: Json, tmp_path: Path, chat: Chat
) -> None:
    with serving(settings, tmp_path) as daemon:
        tcp = address(daemon.listening, "tcp")
        for number in range(20):
            send_tcp(tcp, core_event("web01", number=number))
        assert daemon.end() == 0
        assert not Path(settings["listen"]["unix"]).exists()
    deliver_the_rest(settings, tmp_path)
    assert len(chat.hipchat.messages) == 20


def test_half_an_event_at_its_end_is_kept_for_a_person(settings: Json, tmp_path: Path) -> None:
    with (
        serving(settings, tmp_path) as running,
        socket.create_connection(address(running.listening, "tcp")) as connection,
    ):
        connection.sendall(b'{"client": {"name": "web02"')
        assert running.end() == 0
    database = open_database(settings["store"])
    found = [(one.reason, one.raw) for one in rejected(database, 9)]
    database.close()
    assert found == [("the daemon stopped before its end", b'{"client": {"name": "web02"')]


@pytest.mark.slow
def test_sigterm_does_not_wait_for_a_chat_server_that_hangs(
    settings: Json, tmp_path: Path, chat: Chat
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        url = settings["channels"]["ops"]["url"]
        settings["channels"]["ops"]["url"] = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        with serving(settings, tmp_path) as daemon:
            handover.offer(settings["listen"]["unix"], "sensu", core_event("web01"))
            connection, _ = hanging.accept()
            started = time.monotonic()
            assert daemon.end() == 0
            assert time.monotonic() - started < 10
            connection.close()
    settings["channels"]["ops"]["url"] = url
    deliver_the_rest(settings, tmp_path)
    assert ["(may be a repeat)" in m.text for m in chat.hipchat.messages] == [True]


def test_sighup_takes_new_settings(settings: Json, tmp_path: Path, chat: Chat) -> None:
    with serving(settings, tmp_path) as daemon:
        settings["channels"]["ops"]["room"] = "night"
        (tmp_path / "settings.json").write_text(json.dumps(settings))
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: any("new settings" in line for line in daemon.lines))
        (tmp_path / "settings.json").write_text("{")
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: any("old settings stay" in line for line in daemon.lines))
        handover.offer(settings["listen"]["unix"], "sensu", core_event("web01"))
        eventually(lambda: [m.room for m in chat.hipchat.messages] == ["night"])


@pytest.mark.slow
def test_a_chat_server_that_is_down_for_a_while_loses_nothing(
    settings: Json, tmp_path: Path, chat: Chat
) -> None:
    chat.failures.extend([StandInReply(503)] * 2)
    with serving(settings, tmp_path):
        for number in range(5):
            handover.offer(settings["listen"]["unix"], "sensu", core_event(number=number))
        eventually(lambda: len(chat.hipchat.messages) == 5, 60)
    texts = [m.text for m in chat.hipchat.messages]
    assert [n for text in texts for n in range(5) if f"event {n} of" in text] == list(range(5))


@pytest.mark.slow
def test_kill_9_at_random_moments_loses_nothing(settings: Json, tmp_path: Path, chat: Chat) -> None:
    kept: list[int] = []
    numbers = iter(range(1_000_000))
    chance = random.Random(5)
    path = settings["listen"]["unix"]

    def load(over: threading.Event) -> None:
        while not over.is_set():
            number = next(numbers)
            if handover.offer(path, "sensu", core_event(f"web{number % 7}", number=number)):
                kept.append(number)

    for _ in range(20):
        with serving(settings, tmp_path) as daemon:
            over = threading.Event()
            loader = threading.Thread(target=load, args=(over,))
            loader.start()
            over.wait(chance.uniform(0.05, 0.8))
            daemon.end(signal.SIGKILL)
            over.set()
            loader.join()
    _end_leases(settings)
    deliver_the_rest(settings, tmp_path)
    texts = [m.text for m in chat.hipchat.messages]
    times = {number: sum(f"event {number} of" in text for text in texts) for number in kept}
    assert kept
    assert [number for number, seen in times.items() if seen == 0] == []
    repeats = sum("(may be a repeat)" in text for text in texts)
    assert sum(seen - 1 for seen in times.values()) <= repeats


@pytest.mark.real
@pytest.mark.slow
def test_a_disk_that_is_full_for_a_while_loses_no_event_of_a_socket(
    tmp_path: Path, settings: dict[str, Any], chat: Chat
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(disk)]
    if subprocess.run(mounted, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("can't mount a small disk")
    try:
        settings["store"] = f"sqlite:///{disk}/store.db"
        with serving(settings, tmp_path) as daemon:
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
                while True:
                    file.write(b"x" * 4096)
            senders = [
                threading.Thread(
                    target=send_tcp,
                    args=(address(daemon.listening, "tcp"), core_event(f"web{n}", number=n)),
                )
                for n in range(30)
            ]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
            eventually(lambda: any("wait in memory" in line for line in daemon.lines))
            filler.unlink()
            eventually(lambda: len(chat.hipchat.messages) >= 30, 60)
            assert daemon.end() == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _end_leases(settings: Json) -> None:
    """Let the leases of the dead be over now rather than in a minute."""
    database = open_database(settings["store"])
    database.run("UPDATE deliveries SET lease = 1 WHERE lease IS NOT NULL")
    database.close()
