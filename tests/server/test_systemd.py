from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grafherald.demo.standins.chat import Chat
from grafherald.server import handover, systemd

from .conftest import core_event, eventually

ROOT = Path(__file__).resolve().parent.parent.parent


def test_no_socket_is_passed_to_another_process() -> None:
    assert systemd.passed({}) == []
    assert systemd.passed({"LISTEN_PID": "1", "LISTEN_FDS": "1"}) == []


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told(tmp_path: Path, abstract: bool) -> None:
    path = f"@{tmp_path.name}" if abstract else f"{tmp_path}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + path[1:] if abstract else path)
        systemd.notify({"NOTIFY_SOCKET": path}, "READY=1")
        assert listener.recv(100) == b"READY=1"


def test_nobody_to_tell_is_no_error(tmp_path: Path) -> None:
    systemd.notify({}, "READY=1")
    systemd.notify({"NOTIFY_SOCKET": f"{tmp_path}/nobody"}, "READY=1")


def test_a_passed_socket_is_served_and_stays(
    tmp_path: Path, settings: dict[str, Any], chat: Chat
) -> None:
    """As systemd does it: descriptor 3, its name, and the pid of the process that gets it."""
    path, ready = tmp_path / "passed.sock", tmp_path / "notify"
    (tmp_path / "settings.json").write_text(json.dumps({**settings, "listen": {}}))
    script = 'export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=unix; exec "$@" 3<&0 </dev/null'
    command = [sys.executable, "-m", "grafherald", "serve", "--config"]
    with (
        socket.socket(socket.AF_UNIX) as listener,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified,
    ):
        listener.bind(str(path))
        listener.listen()
        notified.bind(str(ready))
        notified.settimeout(20)
        process = subprocess.Popen(
            ["sh", "-c", script, "sh", *command, str(tmp_path / "settings.json")],
            stdin=listener,
            env={**os.environ, "NOTIFY_SOCKET": str(ready)},
            stderr=subprocess.DEVNULL,
        )
        try:
            assert notified.recv(100) == b"READY=1"
            assert handover.offer(str(path), "sensu", core_event())
            eventually(lambda: chat.hipchat.messages)
        finally:
            process.terminate()
        assert process.wait(20) == 0
        assert notified.recv(100) == b"STOPPING=1"
        assert path.exists()


UNITS = sorted(path.name for path in (ROOT / "contrib/systemd").iterdir())
PASSED = """
import fcntl, os, sys
names, *words = sys.argv[1:]
count = names.count(":") + 1
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ |= {"LISTEN_FDS": str(count), "LISTEN_FDNAMES": names}
spare = [fcntl.fcntl(int(word), fcntl.F_DUPFD, 50) for word in words[:count]]
for place, handle in enumerate(spare):
    os.dup2(handle, 3 + place)
os.execv(sys.executable, [sys.executable, "-m", "grafherald", *words[count:]])
"""


@pytest.mark.slow
def test_tcp_and_udp_lose_nothing_while_the_daemon_restarts(
    tmp_path: Path, settings: dict[str, Any], chat: Chat
) -> None:
    """Systemd holds both sockets: what Sensu sends, and never sends again, waits in the kernel."""
    (tmp_path / "settings.json").write_text(json.dumps({**settings, "listen": {}}))
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1024) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified,
    ):
        udp.bind(("127.0.0.1", 0))
        notified.bind(str(ready := tmp_path / "notify"))
        notified.settimeout(20)
        fds = [tcp.fileno(), udp.fileno()]
        flags = ["serve", "--config", str(tmp_path / "settings.json")]
        command = [sys.executable, "-c", PASSED, "tcp:udp", *map(str, fds), *flags]

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                command,
                pass_fds=fds,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "NOTIFY_SOCKET": str(ready)},
            )

        process = start()
        try:
            for number in range(200):
                if number in {50, 120}:
                    while notified.recv(100) != b"READY=1":
                        pass
                    process.terminate()
                elif number in {90, 160}:
                    assert process.wait(20) == 0
                    process = start()
                event = core_event(f"web{number:03}")
                if number % 2:
                    with socket.create_connection(tcp.getsockname()) as connection:
                        connection.sendall(event)
                else:
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
                        datagrams.sendto(event, udp.getsockname())
            eventually(lambda: len(chat.hipchat.messages) == 200, 60)
        finally:
            process.terminate()
            process.wait(20)


def test_the_units_name_their_sockets_as_the_daemon_knows_them() -> None:
    units = {name: (ROOT / "contrib/systemd" / name).read_text() for name in UNITS}
    sockets = {name: text for name, text in units.items() if name.endswith(".socket")}
    names = {
        line.partition("=")[2]
        for text in sockets.values()
        for line in text.splitlines()
        if line.startswith("FileDescriptorName=")
    }
    assert names == {"unix", "tcp", "udp"}
    for name, text in sockets.items():
        assert name in units["grafherald.service"]
        assert name == "grafherald.socket" or "Service=grafherald.service" in text
    assert "outbox drain" in units["grafherald-drain.service"]
