from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grafherald.errors import ConfigError, StoreError
from grafherald.store import Database, open_database, text
from grafherald.store.schema import VERSIONS

INSERT = "INSERT INTO lanes (channel, recipient) VALUES (?, ?)"


def _channels(database: Database) -> list[str]:
    return [row[0] for row in database.rows("SELECT channel FROM lanes ORDER BY id")]


def test_what_was_written_is_there_for_the_next_one(store_url: str) -> None:
    first = open_database(store_url)
    first.insert(INSERT, ("ops", "room"))
    first.close()
    second = open_database(store_url)
    assert _channels(second) == ["ops"]
    second.close()


def test_a_block_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction():
        database.insert(INSERT, ("ops", "room"))
        1 / 0  # noqa: B018
    assert _channels(database) == []


def test_an_inner_block_fails_alone(database: Database) -> None:
    with database.transaction(alone=True):
        database.insert(INSERT, ("ops", "a"))
        with pytest.raises(StoreError), database.transaction():
            database.insert(INSERT, ("lost", "b"))
            database.insert(INSERT, ("ops", "a"))
        database.insert(INSERT, ("chat", "c"))
    assert _channels(database) == ["ops", "chat"]


def test_ids_count_up(database: Database) -> None:
    first = database.insert(INSERT, ("ops", "a"))
    assert database.insert(INSERT, ("ops", "b")) > first > 0


@pytest.mark.parametrize("hostile", ["a\0b", "\ud800", "\U0001f4a5" * 500, "'; DROP TABLE lanes"])
def test_any_text_can_be_kept(database: Database, hostile: str) -> None:
    kept = text(hostile, 300)
    database.insert(INSERT, (kept, kept))
    assert _channels(database) == [kept]


@pytest.mark.parametrize("url", ["", "sqlite:///", "mysql://x/y", "/var/lib/x.db"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="store: expected sqlite"):
        open_database(url)


def test_a_newer_schema_is_refused(store_url: str, database: Database) -> None:
    if store_url.startswith("sqlite"):
        database.run(f"PRAGMA user_version={len(VERSIONS) + 1}")
    else:
        database.run("UPDATE schema_version SET version = version + 1")
    with pytest.raises(StoreError, match="newer grafherald"):
        open_database(store_url)


def test_no_password_in_what_it_says() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as caught:
        open_database("postgresql://ops:hunter2@127.0.0.1:1/alerts?connect_timeout=2")
    assert "hunter2" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/store\.db can't be used"):
        open_database(f"sqlite:///{tmp_path}/file/store.db")


def test_a_file_that_is_no_database_is_named_and_let_go(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no database, but a text " * 50)
    with pytest.raises(StoreError, match=r"notes\.txt.*not a database"):
        open_database(f"sqlite:///{file}")
    assert str(file) not in _opened()


def _opened() -> set[str]:
    """The files that this process has open now, whatever still refers to what opened them."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # that of the listing itself is gone again
            found.add(os.readlink(link))
    return found


def test_many_processes_may_create_the_same_file_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from grafherald.store import open_database;"
        "d = open_database(sys.argv[1]); sys.stdin.read();"
        f"d.insert({INSERT!r}, (sys.argv[2], ''))"
    )
    command = [sys.executable, "-c", script, f"sqlite:///{tmp_path}/store.db"]
    started = [subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE) for n in range(8)]
    for process in started:
        process.communicate(b"")
    assert [process.returncode for process in started] == [0] * 8
    database = open_database(f"sqlite:///{tmp_path}/store.db")
    assert sorted(_channels(database)) == sorted(str(n) for n in range(8))
    database.close()
    assert {path.suffix for path in tmp_path.iterdir()} <= {".db", ".db-wal", ".db-shm"}


@pytest.mark.real
@pytest.mark.skipif(not os.access("/sys/fs", os.W_OK), reason="needs to mount a small disk")
def test_a_full_disk_loses_the_block_and_nothing_else(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=600k", "none", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mounted, check=False).returncode:
        pytest.skip("can't mount a small disk")
    try:
        database = open_database(f"sqlite:///{disk}/store.db")
        database.insert(INSERT, ("kept", ""))
        with pytest.raises(StoreError, match="full"), database.transaction():
            database.insert(INSERT, ("lost", ""))
            database.insert(INSERT, ("lost", "x" * 10**6))
        database.insert(INSERT, ("kept", "too"))
        assert _channels(database) == ["kept", "kept"]
        database.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_postgresql_url_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(ConfigError, match="percent-encoded") as caught:
        open_database("postgresql://herald:pa55/w@rd@[half/grafherald?x")
    assert "pa55" not in str(caught.value)


def test_a_statement_waits_as_long_as_was_asked_for_what_others_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    one, other = open_database(url, busy=30), open_database(url)
    one.wait(0.01)
    with other.transaction(), pytest.raises(StoreError, match="locked"), one.transaction():
        pass
    one.close()
    other.close()
