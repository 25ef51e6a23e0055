"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from grafherald.event import Event, Kind, State
from grafherald.store import Database, open_database

from . import debian
from .world import World, running

ROOT = Path(__file__).resolve().parent.parent

# Each run tries the same cases, so that a failure is about the change; HYPOTHESIS_PROFILE=hunt
# looks for new ones. How long a case takes is the machine's affair.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.register_profile("hunt", print_blob=True, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What names no settings reads none, whatever stands in /etc or the environment here."""
    empty = tmp_path_factory.mktemp("settings") / "empty.json"
    empty.write_text("{}")
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("GRAFHERALD_")]:
            patched.delenv(name)
        patched.setenv("GRAFHERALD_CONFIG", str(empty))
        yield


@pytest.fixture(scope="session")
def bare_debian() -> Iterator[Path]:
    """A minimal Debian; the copies that `debian.machine` makes end with it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield debian.bootstrapped(Path(folder) / "debian")


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the wheel and the sdist, built from a copy of what git tracks."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    listed = ("git", "ls-files", "-co", "--exclude-standard", "-z")
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout
    pack = ("tar", "--null", "-T", "-", "-cf", str(source / "all.tar"))
    subprocess.run(pack, cwd=ROOT, input=names, check=True)
    subprocess.run(["tar", "-xf", "all.tar"], cwd=source, check=True)
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), ".")
    subprocess.run(build, cwd=source, check=True, stdout=subprocess.DEVNULL)
    return out


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The package as an index would have it."""
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture
def make_event() -> Callable[..., Event]:
    """A critical problem of web01/cpu; keywords change what a test is about."""

    def make(**changes: Any) -> Event:
        values: dict[str, Any] = {
            "source": "sensu-go",
            "kind": Kind.PROBLEM,
            "state": State.CRITICAL,
            "status": 2,
            "entity": "web01",
            "check": "cpu",
            "output": "CheckCPU CRITICAL: 97 % used",
            "occurred_at": datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc),
        }
        return Event(**{**values, **changes})

    return make


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Grafana, HipChat, Slack and a mail server as stand-ins, and the handler."""
    with running(tmp_path) as started:
        yield started


@pytest.fixture
def shared() -> Path:
    """The folder of samples beside the checkout; a test that needs it skips where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no samples beside this checkout")
    return folder


def _postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class Cluster:
    """A PostgreSQL of our own, on a Unix socket in its folder, without a TCP port."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        self.url = f"postgresql://tests@/postgres?host={folder}"
        self._as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        if os.getuid():
            self._as_owner = []
        else:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-D", f"{folder}/data", "-U", "tests", "--auth=trust", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder}"
        self._start = ("pg_ctl", "-D", f"{folder}/data", "-w", "-o", options, "-l", f"{folder}/log")

    def start(self) -> None:
        self._run(*self._start, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-m", mode, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_owner, str(self.programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())  # a short path
    cluster = Cluster(programs, folder)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    cluster: Cluster = request.getfixturevalue("postgres")
    import psycopg

    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS grafherald CASCADE")
    return cluster.url


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = open_database(store_url)
    yield opened
    opened.close()
