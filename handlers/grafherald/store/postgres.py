"""PostgreSQL, for several machines; needs the extra ``postgres`` (psycopg 3).

The tables live in a schema of their own, ``grafherald``. A connection that was lost is opened
anew at the next statement outside a block.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from grafherald.errors import ConfigError, StoreError
from grafherald.store import Overdue, Row
from grafherald.store.schema import VERSIONS

try:
    import psycopg
except ImportError:
    raise ConfigError("store: PostgreSQL needs psycopg; install grafherald[postgres]") from None

_ALONE = 0x67726166  # the advisory lock of blocks that run alone, "graf"
_TIMEOUT = 30.0
_SETTINGS = (
    "SET search_path TO grafherald",
    f"SET statement_timeout TO '{_TIMEOUT:.0f}s'",
    # a machine that dies within a block must not hold its locks for the hours of TCP
    "SET idle_in_transaction_session_timeout TO '20s'",
)


def open_postgres(url: str, busy: float) -> Postgres:
    """Open the database at *url*."""
    database = Postgres(url, busy)
    try:
        _upgrade(database)
    except BaseException:
        database.close()
        raise
    return database


class Postgres:
    """See `Database`."""

    locked = " FOR UPDATE"
    if_free = " FOR UPDATE SKIP LOCKED"
    numbers = "(SELECT value::bigint FROM json_array_elements_text(?::json))"

    def __init__(self, url: str, busy: float) -> None:
        try:
            psycopg.conninfo.conninfo_to_dict(url)
        except psycopg.ProgrammingError:  # its text holds the URL, and so the password
            text = "store: the URL can't be read; expected postgresql://user:password@host/database"
            raise ConfigError(f"{text}, what is special in it percent-encoded") from None
        self._url = url
        self._busy = busy
        self._depth = 0
        self._end = 0.0  # of the clock, when there is a limit
        self._timeout = _TIMEOUT  # the ``statement_timeout`` that the server has
        self.place = "PostgreSQL"
        with _explained(self.place):
            self._connection = self._connect()
        info = self._connection.info
        self.place = f"PostgreSQL at {info.host}:{info.port}"

    def _connect(self) -> psycopg.Connection[Row]:
        connection = psycopg.connect(
            self._url, autocommit=True, connect_timeout=5, application_name="grafherald"
        )
        for setting in _SETTINGS:
            connection.execute(setting.encode())
        connection.execute(f"SET lock_timeout TO {round(self._busy * 1000)}".encode())
        self._timeout = _TIMEOUT
        return connection

    def _open(self) -> psycopg.Connection[Row]:
        if self._connection.closed and not self._depth:
            self._connection = self._connect()
        return self._connection

    @contextmanager
    def transaction(self, *, alone: bool = False) -> Iterator[None]:
        """See `Database.transaction`."""
        with _explained(self.place), self._open().transaction():
            self._depth += 1
            try:
                if alone:
                    self.rows("SELECT pg_advisory_xact_lock(?)", (_ALONE,))
                yield
            finally:
                self._depth -= 1

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """See `Database.run`."""
        with _explained(self.place):
            return self._execute(sql, parameters).rowcount

    def insert(self, sql: str, parameters: Sequence[Any]) -> int:
        """See `Database.insert`."""
        return int(self.rows(sql + " RETURNING id", parameters)[0][0])

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """See `Database.rows`."""
        with _explained(self.place):
            return self._execute(sql, parameters).fetchall()

    def _execute(self, sql: str, parameters: Sequence[Any]) -> psycopg.Cursor[Row]:
        connection = self._open()
        if self._end:
            self._keep_limit(connection)
        # PostgreSQL's text holds no NUL.
        given = [
            each.replace("\0", "\ufffd") if isinstance(each, str) else each for each in parameters
        ]
        return connection.execute(sql.replace("%", "%%").replace("?", "%s").encode(), given)

    def wait(self, seconds: float) -> None:
        """See `Database.wait`."""
        self._busy = seconds
        self.run(f"SET lock_timeout TO {round(seconds * 1000)}")

    def limit(self, seconds: float) -> None:
        """See `Database.limit`."""
        self._end = time.monotonic() + seconds

    def _keep_limit(self, connection: psycopg.Connection[Row]) -> None:
        """Tell the server how much time is left, unless it is about what it knows."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Overdue
        if not 0.9 * self._timeout <= left <= 1.1 * self._timeout:
            connection.execute(f"SET statement_timeout TO {max(1, round(left * 1000))}".encode())
            self._timeout = left

    def version(self) -> str:
        """See `Database.version`: the same snapshot sees the same rows."""
        return str(self.rows("SELECT txid_current_snapshot()::text")[0][0])

    def close(self) -> None:
        """See `Database.close`."""
        self._connection.close()


@contextmanager
def _explained(place: str) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.QueryCanceled:
        raise Overdue from None
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise StoreError(f"store: {place} can't be used: {reason}") from None


def _upgrade(database: Postgres) -> None:
    if _version(database) == len(VERSIONS):
        return
    with database.transaction(alone=True):
        database.run("CREATE SCHEMA IF NOT EXISTS grafherald")
        database.run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
        have = _version(database)
        if have > len(VERSIONS):
            raise StoreError(
                f"store: {database.place} was written by a newer grafherald (schema {have}, this"
                f" one knows {len(VERSIONS)}); install that one again"
            )
        for statement in (s for version in VERSIONS[have:] for s in version):
            database.run(statement.format(id=_ID, bytes="BYTEA", clustered=""))
        database.run("DELETE FROM schema_version")
        database.run("INSERT INTO schema_version VALUES (?)", (len(VERSIONS),))


_ID = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"


def _version(database: Postgres) -> int:
    known = database.rows("SELECT to_regclass('grafherald.schema_version') IS NOT NULL")
    if not known[0][0]:
        return 0
    rows = database.rows("SELECT version FROM grafherald.schema_version")
    return cast(int, rows[0][0]) if rows else 0
