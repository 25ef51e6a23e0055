"""Connections for threads that come and go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from grafherald.errors import StoreError
from grafherald.store import Database


class Pool:
    """Opened when none is free, kept open, closed together."""

    def __init__(self, opened: Callable[[], Database]) -> None:
        self._open = opened
        self._free: list[Database] = []
        self._lock = threading.Lock()
        self._closed = False
        self._watch: Database | None = None
        self._watch_lock = threading.Lock()
        self._begun = 0  # readings of the version
        self._read = (0, "")  # the last one that ended, and what it found

    @contextmanager
    def connection(self, limit: float) -> Iterator[Database]:
        """Lend a connection for one block, which may take *limit* seconds."""
        database = self._taken() or self._open()
        try:
            database.limit(limit)
            yield database
        except StoreError:
            with suppress(StoreError):
                database.close()
            raise
        except BaseException:
            self._give_back(database)
            raise
        self._give_back(database)

    def version(self) -> str:
        """Notice what anybody commits: this text is another as soon as somebody has.

        Threads that ask while it is read share the next reading, which begins after they asked.

        Raises:
            StoreError: the store can't be read; the next call opens it anew.
        """
        enough = self._begun + 1
        with self._watch_lock:
            if self._read[0] < enough:
                self._begun += 1
                watch = self._watch or self._open()
                self._watch = None
                self._read = (self._begun, watch.version())
                self._watch = watch
            return self._read[1]

    def _taken(self) -> Database | None:
        with self._lock:
            return self._free.pop() if self._free else None

    def _give_back(self, database: Database) -> None:
        with self._lock:
            if not self._closed:
                self._free.append(database)
                return
        database.close()

    def close(self) -> None:
        """Close all that are free now, and the others when they are given back."""
        with self._lock:
            free, self._free, self._closed = self._free, [], True
        with self._watch_lock:
            free += [self._watch] if self._watch else []
            self._watch = None
        for database in free:
            database.close()
