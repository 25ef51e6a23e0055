"""One run of a pipe handler that keeps what it gets: kept, then sent, then an exit status.

Nothing is lost when the process or a chat server dies in between: what is not sent stays in the
store, where the daemon or the next run finds it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from grafherald import log
from grafherald.delivery.accept import accept
from grafherald.delivery.outbox import DUE, FAILED, SENT, Delivery, Outbox
from grafherald.delivery.sender import Courier
from grafherald.errors import StoreError
from grafherald.event import Event
from grafherald.settings import Config
from grafherald.store import Database, open_database

if TYPE_CHECKING:
    from grafherald.images import Pictures
    from grafherald.notification.templates import Templates

_log = logging.getLogger(__name__)
_AT_ONCE = 4  # couriers of one run
_OTHERS = 5  # messages of other events that one run sends at most
_OTHERS_NEED = 12.0  # seconds of the deadline that must be left to begin one
_LOOK = 0.1  # seconds between two looks whether a recipient may be told by now


def keep(
    events: Sequence[Event], raw: bytes, config: Config, templates: Templates
) -> tuple[Database, list[int]]:
    """Put *events* into the store of the settings; return it, and their numbers.

    Raises:
        StoreError: they could not be kept.
    """
    now = datetime.now(timezone.utc)
    database = open_database(config.get("store"))
    with database.transaction(alone=True):
        numbers = [
            accept(database, event, raw, config=config, templates=templates, now=now).event
            for event in events
        ]
    return database, numbers


class Run:
    """Sends what was kept until the deadline.

    Args:
        deadline: in ``time.monotonic()`` seconds.
    """

    def __init__(
        self,
        database: Database,
        config: Config,
        templates: Templates,
        pictures: Callable[[], Pictures],
        deadline: float,
    ) -> None:
        self._database = database
        self._outbox = Outbox(database)
        self._config = config
        self._templates = templates
        self._pictures = pictures
        self._deadline = deadline

    def send(self, event: int) -> int:
        """Send an event's deliveries side by side, say what became of each; 0, or 2."""
        before = self._outbox.of_event(event)
        waiting = [d for d in before if d.finished is None]
        couriers = [self._courier() for _ in waiting[:_AT_ONCE]]
        threads = [
            threading.Thread(target=self._work, args=(courier, event), daemon=True)
            for courier in couriers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, self._deadline - time.monotonic()))
        self._give_back(couriers)
        if not waiting:
            _say_why_nothing(before)
        over = {d.id for d in before} - {d.id for d in waiting}
        told = [d for d in self._outbox.of_event(event) if d.id not in over]
        return max((_report(delivery) for delivery in told), default=0)

    def send_others(self) -> None:
        """Send a few messages that other runs left behind, while there is time."""
        courier = self._courier()
        for _ in range(_OTHERS if self._outbox.depth()[DUE] else 0):
            if self._deadline - time.monotonic() < _OTHERS_NEED:
                break
            sent = courier.deliver()
            if sent is None:
                break
            for delivery in sent.deliveries:
                event = delivery.event
                outcome = f"failed, {sent.error}" if sent.error else "delivered"
                _log.info("%s/%s from before: %s", event.entity, event.check, outcome)
        courier.close()

    def _courier(self) -> Courier:
        return Courier(
            open_database(self._config.get("store")),
            self._config,
            self._templates,
            self._pictures,
            seconds=max(1.0, self._deadline - time.monotonic()),
        )

    def _work(self, courier: Courier, event: int) -> None:
        """Send the event's deliveries; wait for those that a rate or an earlier one holds."""
        try:
            while time.monotonic() < self._deadline:
                if courier.deliver(event) is None:
                    if not courier.has_untried(event):
                        return
                    time.sleep(_LOOK)
        except StoreError as error:
            _log.error("%s", error)
        finally:
            courier.close()

    def _give_back(self, couriers: Sequence[Courier]) -> None:
        now = datetime.now(timezone.utc)
        for courier in couriers:
            if courier.in_hand:
                late = "no answer before the deadline"
                self._outbox.retry(courier.in_hand, now, late, now, may_repeat=courier.sending)


def _report(delivery: Delivery) -> int:
    name = f"{delivery.channel} ({delivery.recipient})"
    if delivery.state == SENT:
        receipt = f", {delivery.receipt}" if delivery.receipt else ""
        log.tell(f"{name}: delivered{receipt}")
        return 0
    if delivery.state == FAILED:
        _log.error("%s: %s; kept as delivery %d", name, delivery.error, delivery.id)
        return 2
    why = delivery.error or "others come first"
    if delivery.state == DUE and not delivery.error:
        log.tell(f"{name}: queued as delivery {delivery.id}")
    else:
        _log.error("%s: %s; queued as delivery %d", name, why, delivery.id)
    return 0


def _say_why_nothing(deliveries: Sequence[Delivery]) -> None:
    if not deliveries:
        log.tell("no route leads to a channel")
    for delivery in deliveries:
        event = delivery.event
        said = f"{event.entity}/{event.check}: {delivery.channel} ({delivery.recipient})"
        log.tell(f"{said}: the same event was {delivery.state} before")
