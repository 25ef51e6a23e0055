"""Real monitoring daemons, each on a configuration of its own in the test's folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from grafherald import __version__

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = ROOT / "contrib/debian"
BIN = Path(sys.executable).parent
Said = dict[str, Any]


class Daemon:
    """A daemon of our own, and what its notifications wrote into the folder ``out``."""

    def __init__(self, here: Path, pipe: Path, process: subprocess.Popen[bytes]) -> None:
        self._here = here
        self._pipe = pipe
        self._process = process
        self.wait_for(pipe.is_fifo)

    def command(self, *lines: str) -> None:
        """Give it external commands, as Nagios' CGIs do."""
        with self._pipe.open("w") as pipe:
            pipe.writelines(f"[{int(time.time())}] {line}\n" for line in lines)

    def said(self, subject: str, state: str) -> Said:
        """Wait for the notification of *subject* in *state*."""

        def find() -> Said | None:
            notes = [json.loads(p.read_text()) for p in (self._here / "out").glob("*.json")]
            return next((n for n in notes if (n["subject"], n["state"]) == (subject, state)), None)

        found: Said = self.wait_for(find)
        return found

    def wait_for(self, ready: Callable[[], Any]) -> Any:
        """Return what *ready* returns once that is something."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = ready()
            if found:
                return found
            try:
                self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        pytest.fail(f"the daemon did not say it:\n{(self._here / 'stdout').read_text()[-4000:]}")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Sequence[str], Path], Daemon]]:
    """Start a command as a daemon that takes external commands from a pipe.

    The command ``grafherald`` is on its PATH, with settings that write into the folder ``out``.
    """
    if not (BIN / "grafherald").exists():
        pytest.skip("needs the installed command")
    settings = {
        "grafana": {"url": "http://127.0.0.1:9"},
        "nagios": {"url": "https://nagios.example.com/nagios4"},
        "channels": {"look": {"type": "file", "directory": str(tmp_path / "out")}},
    }
    (tmp_path / "grafherald.json").write_text(json.dumps(settings))
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "GRAFHERALD_CONFIG": str(tmp_path / "grafherald.json"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
    }
    started: list[subprocess.Popen[bytes]] = []

    def run(command: Sequence[str], pipe: Path) -> Daemon:
        with (tmp_path / "stdout").open("wb") as out:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(process)
        return Daemon(tmp_path, pipe, process)

    yield run
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)  # Icinga 2's parts wait for each other at SIGTERM
        process.wait()


@pytest.fixture(scope="session")
def package() -> Path:
    """The Debian package, built here. Without a package index there is none."""
    for program in ("dpkg-deb", "/usr/bin/python3"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [DEBIAN / "build-deb"], capture_output=True, text=True, check=False, env=environment
    )
    if "No matching distribution" in done.stderr or "ConnectionError" in done.stderr:
        pytest.skip("no package index")
    assert done.returncode == 0, done.stderr
    (built,) = (ROOT / "dist").glob(f"grafherald_{__version__}_*.deb")
    return built
