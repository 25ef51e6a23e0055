"""SQLite: one file, safe with many processes at once on one machine, not on a network disk.

Write-ahead log with ``synchronous=FULL``: what was committed survives a power cut.
https://www.sqlite.org/pragma.html#pragma_synchronous
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from grafherald.errors import StoreError
from grafherald.store import BUSY, Overdue, Replaced, Row
from grafherald.store.schema import VERSIONS

_STEPS = 20_000  # of SQLite's machine, a millisecond or so, between two looks at the clock


def open_sqlite(path: str, busy: float) -> SQLite:
    """Open the file at *path*; it, and the folder it is in, are made when they are missing.

    ``:memory:`` is a store that ends with the connection.
    """
    with _explained(path):
        if path != ":memory:" and not os.path.exists(path):
            _create(path)
        connection = _connect(path, busy)
        try:
            _upgrade(connection, path)
            return SQLite(connection, path)
        except BaseException:
            connection.close()
            raise


class SQLite:
    """See `Database`."""

    locked = ""  # a block has the whole file to itself
    if_free = ""
    numbers = "(SELECT value FROM json_each(?))"

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self._path = path
        self._depth = 0
        self._files = (_identity(path), _identity(f"{path}-wal"))

    @contextmanager
    def transaction(self, *, alone: bool = False) -> Iterator[None]:  # noqa: ARG002 - always is
        """See `Database.transaction`."""
        begin, undo, end = _SAVEPOINT if self._depth else _TRANSACTION
        self.run(begin)
        self._depth += 1
        try:
            yield
            self.run(end)
        except BaseException:
            if self._connection.in_transaction:  # a full disk has already undone it
                for statement in undo:
                    self.run(statement)
            raise
        finally:
            self._depth -= 1

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """See `Database.run`."""
        return self._execute(sql, parameters).rowcount

    def insert(self, sql: str, parameters: Sequence[Any]) -> int:
        """See `Database.insert`."""
        return self._execute(sql, parameters).lastrowid or 0

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """See `Database.rows`."""
        with _explained(self._path):  # rows are found as they are fetched
            return self._execute(sql, parameters).fetchall()

    def _execute(self, sql: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        if self._depth and not self._connection.in_transaction:
            raise StoreError(f"store: {self._path} can't be used: a full disk undid the block")
        if not self._depth and self._files[0] != _identity(self._path):
            raise self._replaced()
        try:
            return self._connection.execute(sql, parameters)
        except sqlite3.Error as error:
            raise _failure(self._path, error) from error

    def _replaced(self) -> Replaced:
        """Say so, and put the old file's log aside: read with the new one it would ruin that.

        https://www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use
        """
        log = f"{self._path}-wal"
        if self._files[1] and self._files[1] == _identity(log):
            with suppress(OSError):
                os.replace(log, f"{log}.replaced")
        return Replaced(
            f"store: {self._path} was replaced or removed while it was open; restart what has it"
            " open"
        )

    def wait(self, seconds: float) -> None:
        """See `Database.wait`. https://www.sqlite.org/pragma.html#pragma_busy_timeout"""
        self.rows(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    def limit(self, seconds: float) -> None:
        """See `Database.limit`."""
        end = time.monotonic() + seconds
        self._connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)

    def version(self) -> str:
        """See `Database.version`. https://www.sqlite.org/pragma.html#pragma_data_version"""
        return str(self.rows("PRAGMA data_version")[0][0])

    def close(self) -> None:
        """See `Database.close`."""
        self._connection.close()


_TRANSACTION = ("BEGIN IMMEDIATE", ("ROLLBACK",), "COMMIT")
_SAVEPOINT = (
    "SAVEPOINT inner_block",
    ("ROLLBACK TO inner_block", "RELEASE inner_block"),
    "RELEASE inner_block",
)


@contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _failure(path, error) from error


def _failure(path: str, error: Exception) -> StoreError:
    if str(error) == "interrupted":
        return Overdue()
    reason = error.strerror if isinstance(error, OSError) else error
    return StoreError(f"store: {path} can't be used: {reason}")


def _identity(path: str) -> tuple[int, int] | None:
    """What another file of the same name differs in, or None where there is no file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _connect(path: str, busy: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        if path == ":memory:":
            connection.execute("PRAGMA temp_store=MEMORY")  # not files in /var/tmp
    except BaseException:  # the first look at the file: it may be no database
        connection.close()
        raise
    return connection


def _create(path: str) -> None:
    """Make the file whole under another name, then put it in place, unless somebody else did.

    Changing a fresh file to a write-ahead log fails at once, whatever the timeout, while another
    process does the same; so it is done where nobody else is.
    """
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, mode=0o750, exist_ok=True)
    fresh = f"{path}.{os.getpid()}.{time.monotonic_ns()}.new"
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o660))
    try:
        connection = _connect(fresh, BUSY)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            _upgrade(connection, path)
        finally:
            connection.close()
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        os.unlink(fresh)
    _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _upgrade(connection: sqlite3.Connection, path: str) -> None:
    if _version(connection) == len(VERSIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        have = _version(connection)
        if have > len(VERSIONS):
            raise StoreError(
                f"store: {path} was written by a newer grafherald (schema {have}, this one knows"
                f" {len(VERSIONS)}); install that one again"
            )
        for statement in (s for version in VERSIONS[have:] for s in version):
            connection.execute(
                statement.format(id="INTEGER PRIMARY KEY", bytes="BLOB", clustered=" WITHOUT ROWID")
            )
        connection.execute(f"PRAGMA user_version={len(VERSIONS)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
