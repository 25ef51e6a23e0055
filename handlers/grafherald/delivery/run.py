"""One run of a pipe handler: events in, deliveries out, a line for each, an exit status.

What comes in is kept first, then sent. With a ``store`` in the settings nothing is lost when the
process or a chat server dies in between: what is not sent stays there, where the daemon or the next
run finds it. Without one the same tables live in memory, and what is not sent at the deadline is
lost with the process: the run says so and fails.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from grafherald import log
from grafherald.delivery.accept import accept
from grafherald.delivery.backlog import Backlog
from grafherald.delivery.illustrate import Illustrator, TimeLimits, picture_source
from grafherald.delivery.outbox import DUE, SENT, Delivery, Outbox
from grafherald.delivery.rehearse import rehearse
from grafherald.delivery.report import line
from grafherald.delivery.schedule import Retries
from grafherald.delivery.sender import Sender
from grafherald.errors import StoreError
from grafherald.event import Event
from grafherald.notification.templates import open_templates
from grafherald.settings import Settings
from grafherald.store import MEMORY, Database, open_database
from grafherald.store.shared import Shared

_log = logging.getLogger(__name__)
_AT_ONCE = 8  # senders of one run
_OTHERS = 5  # messages of other events that one run sends at most
_OTHERS_NEED = 12.0  # seconds of the deadline that must be left to begin one
_LOOK = 0.1  # seconds between two looks whether a recipient is ready for more
_BUSY = 3.0  # seconds that an alert waits for a locked store, before it is sent without it
_GATHERED = timedelta(seconds=1)  # within which a quiet group's first message goes


def run(
    events: Sequence[tuple[Event, bytes]], config: Settings, *, started: float, dry_run: bool
) -> int:
    """Deliver *events*; return the exit status: 0 all delivered or queued, 2 not.

    Args:
        events: each with the input that it came as.
        dry_run: only print what would be sent.
        started: when the process began, in ``time.monotonic()`` seconds; the deadline counts
            from there.
    """
    if dry_run:
        rehearse([event for event, _ in events], config)
        return 0
    if not events:
        log.tell("nothing to notify")
        return 0
    one = Run(config, started + config.deadline)
    numbers = one.keep(events)
    try:
        status = max(one.send(numbers), int(one.misconfigured))
        if one.durable:
            one.send_others()
        one.close()
    except StoreError as error:
        if not one.durable:
            raise
        _log.error("%s; the event is kept there, `grafherald outbox list` says what of it", error)
        return 0
    return status


class Run:
    """Sends what it keeps until the deadline.

    Args:
        deadline: in ``time.monotonic()`` seconds.

    Attributes:
        durable: what is not sent outlives this process.
    """

    def __init__(self, config: Settings, deadline: float) -> None:
        self._config = config
        self._deadline = deadline
        self._seconds = deadline - time.monotonic()
        self._templates = open_templates(config)
        self._illustrator = Illustrator(config, picture_source(config))
        self._database: Database
        self.durable = bool(config.store)

    def keep(self, events: Sequence[tuple[Event, bytes]]) -> list[int]:
        """Keep *events* and return their numbers; in memory where the store does not take them."""
        if self.durable:
            try:
                return self._kept(self._config.store, events)
            except StoreError as error:
                _log.error("%s; sending without keeping", error)
                self.durable = False
        return self._kept(MEMORY, events)

    def _kept(self, store: str, events: Sequence[tuple[Event, bytes]]) -> list[int]:
        self._database = Shared(open_database(store, busy=_BUSY))
        Outbox(self._database).forget_the_future(_now())
        now, config, templates = _now(), self._config, self._templates
        kept = [  # each in a block of its own, so that none is locked while channels are opened
            accept(self._database, event, raw, config=config, templates=templates, now=now)
            for event, raw in events
        ]
        # what becomes of a message is to be kept, however long others write
        self._database.wait(max(_BUSY, self._deadline - time.monotonic()))
        for (event, _), one in zip(events, kept, strict=True):
            if one.held or not one.routed:
                why = f"not told, {one.held}" if one.held else "no route leads to a channel"
                log.tell(f"{event.entity}/{event.check}: {why}")
        return [one.event for one in kept]

    def send(self, numbers: Sequence[int]) -> int:
        """Send the deliveries of events side by side, say what became of each; 0, or 2."""
        outbox = Outbox(self._database)
        before = outbox.of_events(numbers)
        waiting = [d for d in before if d.finished is None]
        senders = [self._sender() for _ in waiting[:_AT_ONCE]]
        threads = [
            threading.Thread(target=self._work, args=(sender, numbers), daemon=True)
            for sender in senders
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, self._deadline - time.monotonic()))
        for sender in senders:
            if sender.in_hand:
                earlier = sender.in_hand[0].error
                why = f"; before that {earlier}" if earlier else ""
                late, now = f"no answer before the deadline{why}", _now()
                outbox.retry(sender.in_hand, now, late, now, may_repeat=sender.sending)
        over = {d.id for d in before} - {d.id for d in waiting}
        for delivery in before:
            if delivery.id in over:
                log.tell(f"{_subject(delivery)}: the same event was {delivery.state} before")
        after = [d for d in outbox.of_events(numbers) if d.id not in over]
        return max((self._report(delivery) for delivery in after), default=0)

    def send_others(self) -> None:
        """Send a few messages that other runs left behind, while there is time."""
        sender = self._sender()
        sender.fallback.help_overdue()
        for _ in range(_OTHERS if Backlog(self._database).depth()[DUE] else 0):
            if self._deadline - time.monotonic() < _OTHERS_NEED:
                break
            sent = sender.deliver()
            if sent is None:
                break
            for delivery in sent.deliveries:
                event = delivery.event
                outcome = f"failed, {sent.error}" if sent.error else "delivered"
                _log.info("%s/%s from before: %s", event.entity, event.check, outcome)

    def close(self) -> None:
        """Close the store."""
        self._database.close()

    @property
    def misconfigured(self) -> bool:
        """Whether alerts went without pictures because the settings of those are wrong."""
        return self._illustrator.misconfigured

    def _sender(self) -> Sender:
        return Sender(
            self._database,
            self._config,
            self._templates,
            self._illustrator,
            lambda: TimeLimits.within(self._config, self._deadline - time.monotonic()),
            retries=Retries(first=timedelta(seconds=1)),
        )

    def _work(self, sender: Sender, numbers: Sequence[int]) -> None:
        """Send deliveries; wait for those that a rate, an earlier one or a failure holds."""
        outbox = Outbox(self._database)
        try:
            while time.monotonic() < self._deadline:
                if not self.durable and self._deadline - time.monotonic() < self._seconds / 2:
                    sender.fallback.help_overdue(timedelta())  # there will be no later
                if sender.deliver(numbers) is None:
                    end = _now() + timedelta(seconds=self._deadline - time.monotonic())
                    if outbox.waits(numbers, _now() + _GATHERED if self.durable else end, end):
                        time.sleep(_LOOK)
                    elif self.durable or not sender.fallback.help_overdue(timedelta()):
                        return
        except StoreError as error:
            _log.error("%s", error)

    def _report(self, delivery: Delivery) -> int:
        kind = str(self._config.channel(delivery.channel).get("type", ""))
        text = line(delivery, kind, durable=self.durable)
        if delivery.state == SENT or (
            self.durable and delivery.state == DUE and not delivery.error
        ):
            log.tell(text)
            return 0
        _log.error("%s", text)
        return 0 if self.durable and delivery.finished is None else 2


def _subject(delivery: Delivery) -> str:
    event = delivery.event
    return f"{event.entity}/{event.check}: {delivery.channel} ({delivery.recipient})"


def _now() -> datetime:
    return datetime.now(timezone.utc)
