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

from grafherald.channels import Channel, Follows, Receipt
from grafherald.delivery import render as handler
from grafherald.delivery.grouping import merged
from grafherald.delivery.outbox import DUE, FAILED, Delivery, Outbox, Target
from grafherald.delivery.render import Outcome, Renders
from grafherald.delivery.schedule import RATES, Rate, Retries
from grafherald.errors import (
    ConfigError,
    DeliveryError,
    GraphError,
    PermanentError,
    StoreError,
    TemporaryError,
)
from grafherald.event import Event, Kind
from grafherald.history.record import illustrate, rendered
from grafherald.notification import Graph, Notification
from grafherald.notification.templates import Templates
from grafherald.settings import Config
from grafherald.store import Database

if TYPE_CHECKING:
    from grafherald.images import Picture, Pictures

_log = logging.getLogger(__name__)
_LATE = timedelta(minutes=1)  # after which a graph's window is fixed to the time of the alert
_GATHERED = timedelta(seconds=1)  # within which a quiet group's first message goes
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


def _mistake(error: Exception) -> PermanentError:
    _log.error("a delivery failed by a mistake of ours", exc_info=error)
    return PermanentError(f"internal error ({type(error).__name__})")


def _is_sequel(delivery: Delivery, event: Event, channel: Channel) -> bool:
    """Tell whether a message ends what an earlier one to the same recipient said."""
    ends = event.kind is Kind.RESOLVE and not delivery.group
    return ends and bool(delivery.earlier) and isinstance(channel, Follows)


class _Sequel:
    """A channel whose message follows an *earlier* one. See `Channel`."""

    def __init__(self, channel: Channel, earlier: str) -> None:
        self._channel = channel
        self._earlier = earlier
        self.name, self.type = channel.name, channel.type
        self.recipient, self.wants = channel.recipient, channel.wants

    def payload(self, notification: Notification) -> Mapping[str, Any] | str:
        """See `Channel.payload`."""
        return self._channel.payload(notification)

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        if not isinstance(self._channel, Follows):
            return self._channel.send(notification)
        return self._channel.follow(notification, self._earlier)


def picture_maker(config: Config) -> Callable[[], Pictures]:
    """Return what makes an event's pictures: set up when the first is asked for, then the same."""
    made: list[Pictures] = []

    def pictures() -> Pictures:
        if not made:
            from grafherald.images import open_pictures

            made.append(open_pictures(config))
        return made[0]

    return pictures


def courier(database: Database, config: Config) -> Courier:
    """Return a courier for one process: it asks for pictures itself, when there are any."""
    directory = config.get("templates")
    templates = Templates(Path(directory) if directory else None, _log.warning)
    return Courier(database, config, templates, picture_maker(config))


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
        now = self._clock()
        if lost := self._outbox.abandoned(now, now - self._retries.give_up):
            return self._abandon(lost, now)
        lease = timedelta(seconds=self._wait + self._seconds + _RETURN)
        claimed = self._outbox.claim(now, lease, rate=self._rate, event=event)
        if not claimed:
            return None
        self.in_hand, self.sending = claimed, False
        try:
            return self._deliver(claimed)
        finally:
            self.in_hand = []

    def _deliver(self, claimed: Sequence[Delivery]) -> Sent:
        started = time.monotonic()
        error: DeliveryError
        try:
            outcome, notification, renders = self._send(claimed)
        except StoreError:
            raise
        except Exception as caught:  # noqa: BLE001 - our mistake is for a person, not for ever
            error = caught if isinstance(caught, DeliveryError) else _mistake(caught)
            again = self._failed(claimed, error)
            kind = str(self._settings(claimed[0].channel).get("type", ""))
            return Sent(tuple(claimed), kind, error, again, time.monotonic() - started)
        receipt = outcome.receipt or Receipt("")
        self._outbox.done(claimed, receipt.text, receipt.reference, self._clock())
        self.in_hand = []
        sent = Sent(tuple(claimed), outcome.channel.type, None, None, time.monotonic() - started)
        if renders is not None and handler.is_waiting(notification.graphs):
            graphs = handler.add_late(outcome, notification, renders, self._wait)
            self._record(claimed[0], graphs, renders.began)
        return sent

    def _abandon(self, lost: Delivery, now: datetime) -> Sent:
        """Give up what is too old and whose sender died: it may be what they all die of."""
        error = TemporaryError("too old to try again: whoever was sending it stopped", unknown=True)
        self._give_up([lost], str(error), now)
        return Sent((lost,), str(self._settings(lost.channel).get("type", "")), error, None, 0.0)

    def has_untried(self, event: int) -> bool:
        """Tell whether a delivery of the event only waits for its turn, or for its group."""
        soon = self._clock() + _GATHERED
        waiting = (d for d in self._outbox.of_event(event) if d.state == DUE)
        return any(d.attempts == 0 and d.due <= soon for d in waiting)

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _send(self, claimed: Sequence[Delivery]) -> tuple[Outcome, Notification, Renders | None]:
        """Return what arrived, as it was sent, and its renders where there are any."""
        first = claimed[0]
        event = merged([self._explained(delivery) for delivery in claimed], first.group)
        channel = self._open(first)
        graphs, renders = self._illustrated(first, event, channel)
        repeat = any(d.may_repeat for d in claimed) and channel.type not in _KNOWN_BY_ID
        notification = Notification(self._linked(first, event), tuple(graphs), may_repeat=repeat)
        self.sending = True
        sender = _Sequel(channel, first.earlier) if _is_sequel(first, event, channel) else channel
        (outcome,) = handler.deliver(notification, [sender], self._seconds)
        if outcome.error is not None:
            raise outcome.error
        return replace(outcome, channel=channel), notification, renders

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

    def _linked(self, first: Delivery, event: Event) -> Event:
        """Return the event with a link to the board, when the settings say where people reach it.

        It leads to the alert's own page; a group's to all alerts.
        """
        board = str(self._config.get("public_url", "")).rstrip("/")
        if not board:
            return event
        is_one = first.alert_id is not None and not first.group
        page = f"/alerts/{first.alert_id}" if is_one else "/"
        return replace(event, links=(("Alert", board + page), *event.links))

    def _illustrated(
        self, first: Delivery, event: Event, channel: Channel
    ) -> tuple[Sequence[Graph], Renders | None]:
        """Return the graphs as they go out, and their renders where there are any."""
        graphs: Sequence[Graph] = handler.graphs_of(event, self._config)
        if not graphs:
            return graphs, None
        try:
            pictures = self._pictures()
        except (ConfigError, GraphError) as error:
            return [replace(graph, problem=str(error)) for graph in graphs], None
        began, renders = time.monotonic(), None
        as_bytes = channel.wants != "url"
        made = [pictures.near(g.render_url, first.received, as_bytes=as_bytes) for g in graphs]
        if all(made) or self._clock() - first.received > _LATE:
            graphs = self._as_it_was(first, event, made=made, pictures=pictures, channel=channel)
        else:
            renders = handler.render(graphs, pictures, [channel], self._wait)
            graphs = renders.for_channel(channel, self._wait)
        if not handler.is_waiting(graphs):
            self._record(first, graphs, began)
        return graphs, renders

    def _record(self, first: Delivery, graphs: Sequence[Graph], began: float) -> None:
        """Write into the history how the renders went that *began* then, and the first picture."""
        took = timedelta(seconds=time.monotonic() - began)
        is_missing = any(graph.problem for graph in graphs)
        rendered(self._database, self._clock(), took, failed=is_missing)
        if first.alert_id is not None and not first.group:
            illustrate(self._database, first.alert_id, graphs[0].image_url, graphs[0].link)

    def _as_it_was(
        self,
        first: Delivery,
        event: Event,
        *,
        made: Sequence[Picture | None],
        pictures: Pictures,
        channel: Channel,
    ) -> Sequence[Graph]:
        """Return the graphs with the pictures *made* when the event came; the others with new ones.

        The new ones of a late event are of the window that it came with.
        """
        is_late = self._clock() - first.received > _LATE
        seen_from = first.received if is_late else None
        graphs = handler.graphs_of(event, self._config, seen_from=seen_from)
        missing = [graph for graph, picture in zip(graphs, made, strict=True) if not picture]
        rendered = iter(handler.illustrate(missing, pictures, [channel], self._wait))
        return [
            replace(graph, png=picture.png, image_url=picture.url) if picture else next(rendered)
            for graph, picture in zip(graphs, made, strict=True)
        ]

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
        self._outbox.retry(claimed, again, str(error), now, may_repeat=error.unknown)
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
