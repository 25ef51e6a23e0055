"""Inputs are kept: read side by side, written many at a time, answered when they are on disk.

A write to disk costs the same for one event as for two hundred, so whatever arrived while the last
write ran goes into the next one.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone

from grafherald.delivery.accept import accept
from grafherald.delivery.rejected import make_room, reject
from grafherald.errors import GrafheraldError, InvalidEvent, StoreError
from grafherald.event import Event
from grafherald.server.metrics import Metrics
from grafherald.server.reload import Current
from grafherald.settings import Settings
from grafherald.store import Database

_log = logging.getLogger(__name__)
_BATCH = 200  # inputs that are written at once
_BATCH_BYTES = 16 << 20
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)  # seconds between attempts to write, the last one again
KEPT, NOTHING, REFUSED, FAILED = "kept", "nothing", "refused", "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of an input.

    Attributes:
        outcome: ``kept`` (on disk), ``nothing`` (to notify), ``refused`` (no event; it is kept
            for a person), ``failed`` (nothing could be written).
        text: a sentence for a person.
    """

    outcome: str
    text: str


@dataclass(frozen=True)
class Input:
    """One input as it came.

    Attributes:
        source: the input that reads it, by its name.
        insist: nobody will send it again, as with Sensu's sockets: it is held in memory until it
            could be written. Otherwise the answer is that it failed.
        problem: why it is no event, where that is known already; "" where it is to be read.
        is_awaited: whether its sender still waits for the answer; who does not has done on its own
            what there was to do.
        answer: gets what became of it.
    """

    source: str
    raw: bytes
    insist: bool = False
    problem: str = ""
    is_awaited: Callable[[], bool] = lambda: True
    answer: Future[Outcome] = field(default_factory=Future)


Events = Sequence[tuple[Event, bytes]]  # each with what it is kept with
Reader = Callable[[str, bytes, datetime, Settings], Events]


class Intake:
    """A thread that keeps inputs.

    Args:
        open_database: opens a connection for the thread.
        read: turns bytes of a source into events, or raises InvalidEvent.
        told: called when there is something new to deliver.
        held: how many inputs may wait in memory.
    """

    def __init__(  # noqa: PLR0913 - the parts between a socket and the disk
        self,
        open_database: Callable[[], Database],
        current: Current,
        metrics: Metrics,
        read: Reader,
        told: Callable[[], None],
        *,
        held: int = 10_000,
    ) -> None:
        self._open = open_database
        self._current = current
        self._metrics = metrics
        self._read = read
        self._told = told
        self._waiting: queue.Queue[Input | None] = queue.Queue(held)
        self._in_hand: list[Input] = []
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def put(self, given: Input) -> Future[Outcome]:
        """Take an input; when too many wait already, it is answered as failed at once."""
        try:
            self._waiting.put_nowait(given)
        except queue.Full:
            self._answer(given, Outcome(FAILED, "too many events wait to be written"))
        return given.answer

    @property
    def held(self) -> int:
        """How many inputs wait to be written."""
        waiting = self._waiting.qsize() - self._stopping.is_set()  # there is a mark of the end
        return max(0, waiting) + len(self._in_hand)

    def stop(self, seconds: float) -> list[Input]:
        """Write what waits, take nothing more; return what nobody will send again and is left.

        Some of that may be written yet: it is known then by its fingerprint.
        """
        self._stopping.set()
        with suppress(queue.Full):  # it ends with the process, then
            self._waiting.put_nowait(None)
        self._thread.join(seconds)
        self._over.set()
        with self._waiting.mutex:
            left = [*self._in_hand, *self._waiting.queue]
        return [given for given in left if given and given.insist and not given.answer.done()]

    def _run(self) -> None:
        database: Database | None = None
        while (batch := self._next_batch()) is not None:
            self._in_hand = batch
            now = datetime.now(timezone.utc)
            read = [(given, self._events(given, now)) for given in batch]
            failures = 0
            while True:
                try:
                    database = database or self._open()
                    answers = self._write(database, read, now)
                    break
                except StoreError as error:
                    read = self._give_back(read, error, failures)
                    if not read:
                        answers = []
                        break
                    self._pause(failures)
                    failures += 1
            for (given, _), answer in zip(read, answers, strict=True):
                self._answer(given, answer)
            self._in_hand = []
            if answers:
                self._told()
        if database:
            database.close()

    def _next_batch(self) -> list[Input] | None:
        """Take what waits, and wait for the first; None when it is over."""
        batch: list[Input] = []
        size = 0
        while len(batch) < _BATCH and size < _BATCH_BYTES:
            try:
                given = self._waiting.get(block=not batch)
            except queue.Empty:
                break
            if given is None:
                if not batch:
                    return None
                self._waiting.put(None)
                break
            batch.append(given)
            size += len(given.raw)
        return batch

    def _events(self, given: Input, now: datetime) -> Events | str:
        """Read an input: its events, or why it is none."""
        if given.problem:
            return given.problem
        try:
            return self._read(given.source, given.raw, now, self._current.get().config)
        except InvalidEvent as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - one odd input must not stop all others
            _log.exception("a %s input of %d bytes", given.source, len(given.raw))
            return f"internal error ({type(error).__name__})"

    def _write(
        self,
        database: Database,
        read: Sequence[tuple[Input, Events | str]],
        now: datetime,
    ) -> list[Outcome]:
        with database.transaction(alone=True):
            answers = [self._keep(database, given, events, now) for given, events in read]
            if any(answer.outcome == REFUSED for answer in answers):
                make_room(database)
            return answers

    def _keep(
        self, database: Database, given: Input, events: Events | str, now: datetime
    ) -> Outcome:
        if not given.is_awaited():  # it may have taken a while to get here
            return Outcome(FAILED, "the sender did not wait")
        if isinstance(events, str):
            reject(database, given.raw, given.source, events, now)
            return Outcome(REFUSED, events)
        if not events:
            return Outcome(NOTHING, "nothing to notify")
        loaded = self._current.get()
        try:
            with database.transaction():
                added = sum(
                    accept(
                        database,
                        event,
                        raw,
                        config=loaded.config,
                        templates=loaded.templates,
                        now=now,
                    ).deliveries
                    for event, raw in events
                )
        except Exception as error:  # noqa: BLE001 - one odd event must not cost the whole batch
            # when it is the store that failed, this fails too, and the batch with it
            _log.exception("a %s event", given.source)
            reject(database, given.raw, given.source, f"internal error ({error!r})", now)
            return Outcome(REFUSED, f"internal error ({type(error).__name__})")
        first = events[0][0]
        name = f"{first.entity}/{first.check}"
        said = f"{added} to deliver" if added else "nothing new to deliver"
        return Outcome(KEPT, f"{name}: kept, {said}")

    def _give_back(
        self, read: list[tuple[Input, Events | str]], error: GrafheraldError, failures: int
    ) -> list[tuple[Input, Events | str]]:
        """Answer those whose sender can try again, and return the others."""
        if not failures:
            _log.error("%s; %d events wait in memory", error, self.held)
        for given, _ in read:
            if not given.insist:
                self._answer(given, Outcome(FAILED, str(error)))
        if self._over.is_set():  # they are in other hands
            return []
        read = [pair for pair in read if pair[0].insist]
        self._in_hand = [given for given, _ in read]
        return read

    def _pause(self, failures: int) -> None:
        if self._stopping.wait(_PAUSES[min(failures, len(_PAUSES) - 1)]):
            self._over.wait(_PAUSES[0])

    def _answer(self, given: Input, answer: Outcome) -> None:
        lost = answer.outcome == FAILED and given.insist
        if lost:
            _log.error(
                "a %s event of %d bytes is lost: %s", given.source, len(given.raw), answer.text
            )
        self._metrics.event(given.source, "lost" if lost else answer.outcome)
        given.answer.set_result(answer)
