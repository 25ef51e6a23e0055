"""A daemon in this process, and one as a process, both against a chat server on loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from grafherald.commands.serve import read
from grafherald.demo.standins import chat as chat_standin
from grafherald.demo.standins.chat import Chat
from grafherald.server.service import Daemon, Outside
from grafherald.server.sockets import SocketLimits
from grafherald.settings import Settings

TOKEN = "room-token"
_pause = threading.Event()


def eventually(condition: Callable[[], object], seconds: float = 20) -> None:
    """Return as soon as *condition* holds; fail when it does not within *seconds*."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        _pause.wait(0.01)


def core_event(name: str = "web01", *, status: int = 2, number: int = 1, **check: Any) -> bytes:
    """Return a Sensu Core event; its *number* sets it apart from others of the same client."""
    return json.dumps(
        {
            "id": f"{name}-{number}",
            "client": {"name": name, "address": "10.0.0.1"},
            "check": {
                "name": "cpu",
                "status": status,
                "output": f"event {number} of {name}",
                "history": ["0", str(status)] if status else ["2", "0"],
                **check,
            },
            "occurrences": 1,
            "action": "create" if status else "resolve",
            "timestamp": int(time.time()),
        }
    ).encode()


@pytest.fixture
def chat() -> Iterator[Chat]:
    with chat_standin.running(TOKEN) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, chat: Chat) -> dict[str, Any]:
    """Settings with one room, no limit on its rate, and every kind of listener on a free port."""
    ops = {"type": "hipchat", "url": chat.url, "token": TOKEN, "room": "ops", "per_minute": 0}
    return {
        "store": f"sqlite:///{tmp_path}/store.db",
        "channels": {"ops": ops},
        "listen": {
            "tcp": "127.0.0.1:0",
            "udp": "127.0.0.1:0",
            "http": "127.0.0.1:0",
            "unix": f"{tmp_path}/daemon.sock",
        },
    }


def address(listening: list[str], kind: str) -> Any:
    """Return where a daemon listens, as a socket wants it."""
    name = next(line.partition(" ")[2] for line in listening if line.startswith(kind))
    host, _, port = name.rpartition(":")
    return (host, int(port)) if port.isdigit() else name


def send_tcp(where: tuple[str, int], *pieces: bytes) -> None:
    with socket.create_connection(where) as connection:
        for piece in pieces:
            connection.sendall(piece)


@pytest.fixture
def daemon(settings: dict[str, Any]) -> Iterator[Callable[..., Daemon]]:
    """Starts daemons in this process, and stops them."""
    started: list[Daemon] = []

    def start(limits: SocketLimits | None = None) -> Daemon:
        outside = Outside(load=lambda: Settings.of({**settings}), environment={}, read=read)
        one = Daemon(outside, limits=limits)
        one.start()
        started.append(one)
        return one

    yield start
    for one in started:
        one.stop()


@dataclass
class Process:
    """`grafherald serve` as a process."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def listening(self) -> list[str]:
        told = [re.search(r"listens on (.*)", line) for line in self.lines]
        return [match[1] for match in told if match]

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def serving(settings: dict[str, Any], folder: Path) -> Iterator[Process]:
    """Run the daemon until the block ends, and no longer."""
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    command = [sys.executable, "-m", "grafherald", "serve", "--config", str(file)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=_environment())
    running = Process(process)
    assert process.stderr
    reader = threading.Thread(target=_collect, args=(process.stderr, running.lines), daemon=True)
    reader.start()
    try:
        doors = {"tcp", "udp", "http", "unix"} & settings["listen"].keys()
        eventually(lambda: len(running.listening) == len(doors) or process.poll())
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join()
        process.stderr.close()


def _collect(stream: IO[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line)


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("GRAFHERALD_")}
