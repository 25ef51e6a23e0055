"""What is due is illustrated, rendered and sent, and the outbox learns what became of it.

Where an attempt ends without a known outcome (the request went out and no answer came, or whoever
was sending died) the delivery is repeated: better twice than never. An e-mail is repeated as it is,
with the same Message-ID, so that mail readers show it once; everything else says that it may be a
repeat. This module is where that is decided.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grafherald import handler
from grafherald.channels import Channel, Receipt
from grafherald.config import Config
from grafherald.errors import ConfigError, DeliveryError, GraphError, PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.grouping import merged
from grafherald.history.record import illustrate, rendered
from grafherald.notification import Graph, Notification
from grafherald.outbox import FAILED, Delivery, Outbox, Target
from grafherald.rendering import Templates
from grafherald.retry import RATES, Rate, Retries
from grafherald.store import Database

if TYPE_CHECKING:
    from grafherald.images.client import Pictures

_log = logging.getLogger(__name__)
_LATE = timedelta(minutes=1)  # after which a graph's window is fixed to the time of the alert
_RETURN = 15.0  # seconds of a lease that remain to write down what became of a delivery
_KNOWN_BY_ID = ("email", "file")  # types where a repeat replaces what it repeats


@dataclass(frozen=True)
class Sent:
    """What became of one message.

    Attributes:
        deliveries: those that went as one; at least one.
        type: the channel's type, or "" when it could not be opened.
        error: why it did not arrive, else None.
        again: when it is tried again; None when it arrived or was given up.
        seconds: how long sending took.
    """

    deliveries: tuple[Delivery, ...]
    type: str
    error: DeliveryError | None
    again: datetime | None
    seconds: float


def _clock() -> datetime:
    return datetime.now(timezone.utc)


def courier(database: Database, config: Config) -> Courier:
    """Return a courier for one process: it asks for pictures itself, when there are any."""
    directory = config.get("templates")
    templates = Templates(Path(directory) if directory else None, _log.warning)

    def pictures() -> Pictures:
        from grafherald.images import configured

        return configured.pictures(config)

    return Courier(database, config, templates, pictures)


class Courier:
    """Delivers what is due. It uses one connection, so it is for one thread.

    Args:
        seconds: how long one message may take to send, pictures not counted.

    Attributes:
        in_hand: what is claimed and not settled; another thread may look at it.
        sending: whether a request for it may be out.
    """

    def __init__(  # noqa: PLR0913 - what an event needs on its way out
        self,
        database: Database,
        config: Config,
        templates: Templates,
        pictures: Callable[[], Pictures],
        *,
        seconds: float = 25,
        retries: Retries | None = None,
        clock: Callable[[], datetime] = _clock,
    ) -> None:
        self._outbox = Outbox(database)
        self._database = database
        self._config = config
        self._templates = templates
        self._pictures = pictures
        self._seconds = seconds
        self._wait = float(config.get("graph.wait", 10))
        self._retries = retries or Retries()
        self._clock = clock
        self.in_hand: list[Delivery] = []
        self.sending = False

    def deliver(self, event: int | None = None) -> Sent | None:
        """Send the next message that is due; None when nothing is.

        Args:
            event: only this event's deliveries.

        Raises:
            StoreError: nothing could be claimed, or what became of it could not be kept; then it
                is repeated when the lease is over.
        """
        lease = timedelta(seconds=self._wait + self._seconds + _RETURN)
        claimed = self._outbox.claim(self._clock(), lease, rate=self._rate, event=event)
        if not claimed:
            return None
        self.in_hand, self.sending = claimed, False
        try:
            return self._deliver(claimed)
        finally:
            self.in_hand = []

    def _deliver(self, claimed: Sequence[Delivery]) -> Sent:
        started = time.monotonic()
        try:
            channel, receipt = self._send(claimed)
        except DeliveryError as error:
            again = self._failed(claimed, error)
            kind = str(self._settings(claimed[0].channel).get("type", ""))
            return Sent(tuple(claimed), kind, error, again, time.monotonic() - started)
        self._outbox.done(claimed, receipt.text, receipt.reference, self._clock())
        return Sent(tuple(claimed), channel.type, None, None, time.monotonic() - started)

    def _send(self, claimed: Sequence[Delivery]) -> tuple[Channel, Receipt]:
        first = claimed[0]
        event = merged([self._explained(delivery) for delivery in claimed], first.group)
        channel = self._open(first)
        graphs = self._illustrated(first, event, channel)
        repeat = any(d.may_repeat for d in claimed) and channel.type not in _KNOWN_BY_ID
        notification = Notification(event, tuple(graphs), may_repeat=repeat)
        self.sending = True
        (outcome,) = handler.deliver(notification, [channel], self._seconds)
        if outcome.error is not None:
            raise outcome.error
        return channel, outcome.receipt or Receipt("")

    def _open(self, delivery: Delivery) -> Channel:
        try:
            opened = handler.open_channel(
                delivery.channel, delivery.event, self._config, self._templates
            )
        except ConfigError as error:
            raise PermanentError(str(error)) from None
        for channel in opened:
            if channel.recipient == delivery.recipient:
                return channel
        raise PermanentError(
            f"channels.{delivery.channel}: {delivery.recipient} is no longer in the settings"
        )

    def _explained(self, delivery: Delivery) -> Event:
        """Return the event, with why it comes this way when another channel failed before."""
        event, channels = delivery.event, self._config.channels
        helped = [n for n, s in channels.items() if s.get("fallback") == delivery.channel]
        rows = [
            ("Instead of", f"{other.channel} {other.recipient}: {other.error}")
            for other in (self._outbox.of_event(delivery.event_id) if helped else ())
            if other.state == FAILED and other.channel in helped
        ]
        return replace(event, details=(*event.details, *rows)) if rows else event

    def _illustrated(self, first: Delivery, event: Event, channel: Channel) -> Sequence[Graph]:
        late = self._clock() - first.received > _LATE
        graphs: Sequence[Graph] = handler.graphs_of(
            event, self._config, seen_from=first.received if late else None
        )
        if not graphs:
            return graphs
        try:
            pictures = self._pictures()
        except (ConfigError, GraphError) as error:
            return [replace(graph, problem=str(error)) for graph in graphs]
        began = time.monotonic()
        graphs = handler.illustrate(graphs, pictures, [channel], self._wait)
        took = timedelta(seconds=time.monotonic() - began)
        is_missing = any(graph.problem for graph in graphs)
        rendered(self._database, self._clock(), took, failed=is_missing)
        if first.alert_id is not None and not first.group:
            illustrate(self._database, first.alert_id, graphs[0].image_url, graphs[0].link)
        return graphs

    def _failed(self, claimed: Sequence[Delivery], error: DeliveryError) -> datetime | None:
        """Write down a failure; return when it is tried again, None when it is given up."""
        now, first = self._clock(), claimed[0]
        if not isinstance(error, TemporaryError):
            self._give_up(claimed, str(error), now)
            return None
        again = self._retries.retry_at(
            first.attempts,
            now,
            received=first.received,
            jitter=random.random(),  # noqa: S311 - spreads load, guards nothing
            retry_after=error.retry_after,
        )
        if again is None:
            self._give_up(claimed, f"too old to try again: {error}", now)
            return None
        self._outbox.retry(claimed, again, str(error), may_repeat=error.unknown)
        pause = max(self._retries.first, again - now if error.retry_after else timedelta())
        self._outbox.pause(first.channel, first.recipient, now + pause)
        return again

    def _give_up(self, claimed: Sequence[Delivery], reason: str, now: datetime) -> None:
        """Keep *claimed* for a person, and tell the channel's ``fallback`` where it has one."""
        self._outbox.fail(claimed, reason, now)
        fallback = self._settings(claimed[0].channel).get("fallback")
        if not fallback or fallback == claimed[0].channel:
            return
        for delivery in claimed:
            self._outbox.put(
                delivery.event,
                b"",
                self._recipients(str(fallback), delivery.event),
                now,
                thread=delivery.thread,
                alert=delivery.alert_id,
            )

    def _recipients(self, name: str, event: Event) -> list[Target]:
        try:
            opened = handler.open_channel(name, event, self._config, self._templates)
        except ConfigError:
            return [Target(name, "")]
        return [Target(name, channel.recipient) for channel in opened]

    def _rate(self, name: str) -> Rate | None:
        """Return how fast a channel may be told: its ``per_minute``, else what its type bears."""
        settings = self._settings(name)
        usual = RATES.get(str(settings.get("type")))
        if "per_minute" not in settings:
            return usual
        per_minute = float(settings["per_minute"])
        burst = usual.burst if usual else 1
        return Rate(timedelta(minutes=1 / per_minute), burst) if per_minute > 0 else None

    def _settings(self, name: str) -> Mapping[str, Any]:
        return self._config.channels.get(name, {})
