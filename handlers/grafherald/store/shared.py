"""One connection for several threads: they take turns, a block at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from grafherald.store import Database, Row


class Shared:
    """See `Database`, each method of which waits for its turn."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.RLock()
        self.locked = database.locked
        self.if_free = database.if_free
        self.numbers = database.numbers

    @contextmanager
    def transaction(self, *, alone: bool = False) -> Iterator[None]:
        """See `Database.transaction`."""
        with self._turn, self._database.transaction(alone=alone):
            yield

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """See `Database.run`."""
        with self._turn:
            return self._database.run(sql, parameters)

    def insert(self, sql: str, parameters: Sequence[Any]) -> int:
        """See `Database.insert`."""
        with self._turn:
            return self._database.insert(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """See `Database.rows`."""
        with self._turn:
            return self._database.rows(sql, parameters)

    def wait(self, seconds: float) -> None:
        """See `Database.wait`."""
        with self._turn:
            self._database.wait(seconds)

    def limit(self, seconds: float) -> None:
        """See `Database.limit`."""
        with self._turn:
            self._database.limit(seconds)

    def version(self) -> str:
        """See `Database.version`."""
        with self._turn:
            return self._database.version()

    def close(self) -> None:
        """See `Database.close`."""
        with self._turn:
            self._database.close()
