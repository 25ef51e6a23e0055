"""Threads that deliver what is due, side by side."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone

from grafherald.delivery.illustrate import TimeLimits
from grafherald.delivery.outbox import DUE, FAILED, SENT, Outbox
from grafherald.delivery.report import again, line
from grafherald.delivery.seats import Seats
from grafherald.delivery.sender import Sender, Sent
from grafherald.errors import StoreError, TemporaryError
from grafherald.server.metrics import Metrics
from grafherald.server.reload import Current, Loaded
from grafherald.store import Database

_log = logging.getLogger(__name__)
_LOOK = 1.0  # seconds after which a worker looks again: other machines put deliveries there too
_BUSY = 0.2
_WOKEN = 4
_STORE_PAUSE = 2.0  # seconds, when the store can't be used
_LAST = 1.0  # seconds to wait for a locked store when all is over
_UPKEEP = 10.0  # seconds between two looks at what is held back or has not arrived


class Workers:
    """A pool of senders.

    Args:
        open_database: opens a connection for one thread; its argument is how many seconds that
            waits for a locked store.
        number: of threads.
    """

    def __init__(
        self,
        open_database: Callable[..., Database],
        current: Current,
        metrics: Metrics,
        *,
        number: int,
    ) -> None:
        self._open = open_database
        self._current = current
        self._metrics = metrics
        self._news = threading.Condition()
        self._stopping = threading.Event()
        self._seats = Seats(number)
        self._upkeep_at = 0.0
        self._upkeep = threading.Lock()
        self._senders: dict[int, Sender] = {}
        self._threads = [
            threading.Thread(target=self._work, args=(n,), name=f"worker {n}", daemon=True)
            for n in range(number)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Tell some workers that something is due; when there is more, they take that too."""
        with self._news:
            self._news.notify(_WOKEN)

    def stop(self, seconds: float) -> None:
        """Finish what is in hand within *seconds*; what is not done then is given back."""
        self._stopping.set()
        with self._news:
            self._news.notify_all()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            self._give_back()

    def _give_back(self) -> None:
        """Make due again what is in hand; where that can't be written, its lease ends by itself."""
        now = datetime.now(timezone.utc)
        try:
            with closing(self._open(_LAST)) as database:
                for sender in list(self._senders.values()):
                    if sender.in_hand:
                        error = "the daemon stopped before an answer came"
                        repeat = sender.sending
                        Outbox(database).retry(sender.in_hand, now, error, now, may_repeat=repeat)
        except StoreError as error:
            _log.error("%s; what was being sent is tried again when its lease is over", error)

    def _work(self, number: int) -> None:
        database: Database | None = None
        while not self._stopping.is_set():
            loaded = self._current.get()
            try:
                database = database or self._open()
                sender = self._sender(database, loaded)
                self._senders[number] = sender
                self._keep_up(database, sender)
                sent = sender.deliver()
                pause = 0.0 if sent else self._until_due(database)
            except StoreError as error:
                _log.error("%s; trying again", error)
                self._stopping.wait(_STORE_PAUSE)
                continue
            except Exception:  # noqa: BLE001 - a worker that ends is missed by the alerts alone
                _log.exception("a delivery")
                pause = _LOOK
                sent = None
            if sent:
                self._count(sent)
            elif pause:
                with self._news:
                    self._news.wait(pause)
        if database:
            database.close()

    def _sender(self, database: Database, loaded: Loaded) -> Sender:
        config = loaded.config
        limits = TimeLimits.within(config, config.deadline)
        return Sender(
            database,
            config,
            loaded.templates,
            loaded.illustrator,
            lambda: limits,
            seats=self._seats,
        )

    def _keep_up(self, database: Database, sender: Sender) -> None:
        """Now and then: let go what is held back for no reason, tell others of what is overdue."""
        with self._upkeep:
            if time.monotonic() < self._upkeep_at:
                return
            self._upkeep_at = time.monotonic() + _UPKEEP
        Outbox(database).forget_the_future(datetime.now(timezone.utc))
        sender.fallback.help_overdue()

    def _until_due(self, database: Database) -> float:
        now = datetime.now(timezone.utc)
        due = Outbox(database).next_due(now + timedelta(seconds=_LOOK))
        if due is None:
            return _LOOK
        left = (due - now).total_seconds()
        # what is due and was not to be had, others are at: they will take the next one too
        return max(left, 0.02) if left > 0 else _BUSY

    def _count(self, sent: Sent) -> None:
        first = sent.deliveries[0]
        if sent.error is None:
            now = datetime.now(timezone.utc)
            for delivery in sent.deliveries:
                latency = (now - delivery.received).total_seconds()
                self._metrics.sent(first.channel, sent.type, latency)
                arrived = delivery._replace(state=SENT, receipt=sent.receipt)
                _log.debug("%s", line(arrived, sent.type))
            return
        reason = _reason(sent)
        self._metrics.failed(first.channel, reason)
        reached = DUE if sent.again else FAILED
        for delivery in sent.deliveries:
            text = line(delivery._replace(state=reached, error=str(sent.error)), sent.type)
            _log.error("%s%s", text, f", {again(sent.again)}" if sent.again else "")


def _reason(sent: Sent) -> str:
    if not isinstance(sent.error, TemporaryError):
        return "permanent"
    if sent.again is None:
        return "too_old"
    return "unknown" if sent.error.unknown else "temporary"
