"""Rows on disk: SQLite by default, PostgreSQL by URL, one schema and one SQL for both.

SQL is written with ``?`` for parameters and without RETURNING, which the SQLite of Debian 11 and
RHEL 9 (3.34) lacks. Times are epoch milliseconds in UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from grafherald.errors import ConfigError, StoreError

Row = tuple[Any, ...]
MEMORY = "sqlite:///:memory:"
BUSY = 20.0  # seconds: two hundred handlers that write at once take about two
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


class Overdue(StoreError):
    """A question took longer than its limit."""

    def __init__(self) -> None:
        super().__init__("store: the question takes too long; ask for a shorter range or for less")


class Replaced(StoreError):
    """The file is another one than was opened, or none: what is written to it is lost."""


class Database(Protocol):
    """One connection, for one thread at a time. Everything raises StoreError when it fails."""

    def transaction(self, *, alone: bool = False) -> AbstractContextManager[None]:
        """Open a block that is on disk as a whole when it ends, or not at all.

        A block within a block is a savepoint: it can fail without the outer one.

        Args:
            alone: no other such block runs at the same time, on any machine: for what is read
                and then written by what was read. With SQLite that is so for every block.
        """
        ...

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement and return how many rows it changed."""
        ...

    def insert(self, sql: str, parameters: Sequence[Any]) -> int:
        """Run one INSERT of one row and return the new row's id."""
        ...

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Read all rows of one SELECT, into memory at once."""
        ...

    def wait(self, seconds: float) -> None:
        """Let each statement from now on wait *seconds* for what others have locked."""
        ...

    def limit(self, seconds: float) -> None:
        """Let what runs from now on take *seconds* in all at most; then it raises Overdue."""
        ...

    def version(self) -> str:
        """Notice what others commit: this text is another as soon as they have.

        It can be compared with what the same connection returned before, and with nothing else.
        """
        ...

    @property
    def locked(self) -> str:
        """What follows a SELECT that waits for its rows, and has them to itself in the block."""
        ...

    @property
    def if_free(self) -> str:
        """What follows a SELECT that passes over rows which another block has `locked`."""
        ...

    @property
    def numbers(self) -> str:
        """What follows IN for the numbers of a parameter that is a JSON array, of any length."""
        ...

    def close(self) -> None:
        """Close the connection; a block that is open is undone."""
        ...


def open_database(url: str, *, busy: float = BUSY) -> Database:
    """Open ``sqlite:////absolute/path``, ``sqlite:///relative`` or ``postgresql://...``.

    The schema is created or brought up to date first.

    Args:
        busy: seconds that a statement waits for what others have locked.

    Raises:
        ConfigError: the URL is of neither form.
        StoreError: it can't be opened.
    """
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        from grafherald.store.sqlite import open_sqlite

        return open_sqlite(url[len("sqlite:///") :], busy)
    if url.startswith(("postgresql://", "postgres://")):
        from grafherald.store.postgres import open_postgres

        return open_postgres(url, busy)
    raise ConfigError("store: expected sqlite:////path/to/file or postgresql://user@host/database")


def milliseconds(at: datetime) -> int:
    """Write a time as the database has it: epoch milliseconds."""
    return (at - _EPOCH) // _MILLISECOND


def moment(at: int) -> datetime:
    """Read a time of the database's, epoch milliseconds, as one in UTC."""
    return _EPOCH + at * _MILLISECOND


def text(value: str, length: int) -> str:
    """Make *value* fit for a column: *length* characters, and none that a database refuses.

    That is NUL (PostgreSQL) and halves of surrogate pairs (both), which JSON can carry.
    """
    kept = value[:length].replace("\0", "\ufffd")
    return kept.encode("utf-8", "replace").decode()
