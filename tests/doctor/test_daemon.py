"""A store that nobody empties but the next event is worth a word."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from grafherald.doctor import daemon
from grafherald.doctor.findings import Verdict
from grafherald.settings import Settings

STORE = {"store": "sqlite:////var/lib/x/y.db"}


def test_without_a_store_nothing_waits(tmp_path: Path) -> None:
    assert daemon.look(Settings.of({}), {}, timer=tmp_path / "none").verdict is Verdict.SKIPPED


@pytest.mark.parametrize("listen", [{}, {"unix": "/nowhere/daemon.sock"}])
def test_a_store_without_a_daemon_is_said_with_what_to_do(
    tmp_path: Path, listen: dict[str, str]
) -> None:
    found = daemon.look(Settings.of({**STORE, "listen": listen}), {}, timer=tmp_path / "none")
    assert found.verdict is Verdict.WARNING
    assert "waits in the store until the next event" in found.text
    assert "grafherald-drain.timer" in found.advice


def test_a_daemon_that_answers_or_a_timer_is_enough(tmp_path: Path) -> None:
    path = f"{tmp_path}/daemon.sock"
    nothing = tmp_path / "none"
    with socket.socket(socket.AF_UNIX) as unix, socket.create_server(("127.0.0.1", 0)) as tcp:
        unix.bind(path)
        unix.listen()
        http = f"127.0.0.1:{tcp.getsockname()[1]}"
        for settings, environment in (
            ({**STORE, "listen": {"unix": path}}, {}),
            ({**STORE, "listen": {"http": http}}, {}),
            (STORE, {"GRAFHERALD_SOCKET": path}),
        ):
            found = daemon.look(Settings.of(settings), environment, timer=nothing)
            assert found.verdict is Verdict.OK, found
    (timer := tmp_path / "grafherald-drain.timer").touch()
    assert daemon.look(Settings.of(STORE), {}, timer=timer).verdict is Verdict.OK
