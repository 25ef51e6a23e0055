"""How the store is, looked at by a thread: whoever asks gets an answer at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from grafherald.errors import StoreError
from grafherald.store import Database, Replaced

_log = logging.getLogger(__name__)
_LOOK = 1.0  # seconds between two looks
_LONG = 4.0  # seconds that a look may take, waiting for a lock included


class Health:
    """Tries every second whether the store can be written.

    Args:
        open_database: opens a connection for the thread.
        waiting: how many events are held in memory.
        lost: is called, once, when the store is no longer the one that was opened.
    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        waiting: Callable[[], int],
        lost: Callable[[], None],
    ) -> None:
        self._open = open_database
        self._waiting = waiting
        self._lost = lost
        self._problem = ""
        self._began: float | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End with the look that is under way, and don't wait for it."""
        self._stopping.set()

    def check(self) -> str:
        """Say that all is well.

        Raises:
            StoreError: it is not; how many events wait for that is in the message.
        """
        problem, began = self._problem, self._began
        if not problem and began and time.monotonic() - began > _LONG:
            problem = f"store: no answer for {time.monotonic() - began:.0f} s"
        if not problem:
            return "the store can be written"
        waiting = self._waiting()
        wait = "event waits" if waiting == 1 else "events wait"
        raise StoreError(f"{problem}; {waiting} {wait} in memory")

    def _run(self) -> None:
        database: Database | None = None
        while not self._stopping.is_set():
            self._began = time.monotonic()
            try:
                database = database or self._open()
                with database.transaction():
                    database.rows("SELECT 1")
                self._problem = ""
            except Replaced as error:
                self._problem = str(error)
                _log.error("%s", error)
                self._lost()
                break
            except StoreError as error:
                self._problem = str(error)
            self._began = None
            self._stopping.wait(_LOOK)
        if database:
            database.close()
