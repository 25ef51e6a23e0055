"""What is due is illustrated, rendered and sent, and the outbox learns what became of it.

Where an attempt ends without a known outcome (the request went out and no answer came, or whoever
was sending died) the delivery is repeated: better twice than never. An e-mail is repeated as it is,
with the same Message-ID, so that mail readers show it once; everything else says that it may be a
repeat. This module is where that is decided.
"""

from __future__ import annotations

import errno
import logging
import random
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from grafherald import channels
from grafherald.channels import AddsPictures, Channel, Follows, Rate, Receipt
from grafherald.delivery.fallback import OURS, Fallback
from grafherald.delivery.grouping import merged
from grafherald.delivery.illustrate import Illustrator, PendingRenders, TimeLimits
from grafherald.delivery.outbox import Delivery, Outbox
from grafherald.delivery.recipients import open_channel, with_refusals
from grafherald.delivery.schedule import Retries
from grafherald.delivery.seats import Seats
from grafherald.errors import (
    ConfigError,
    DeliveryError,
    PermanentError,
    StoreError,
    TemporaryError,
)
from grafherald.event import Event, Kind
from grafherald.notification import Graph, Notification
from grafherald.settings import Settings
from grafherald.store import Database
from grafherald.threads import side_by_side

if TYPE_CHECKING:
    from grafherald.notification.templates import Templates

_log = logging.getLogger(__name__)
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_BETWEEN_FAILURES = timedelta(seconds=1)  # so that a recipient in trouble is not hammered
_LATE = timedelta(minutes=5)  # a message that waited longer says so
_RETURN = 15.0  # seconds of a lease that remain to write down what became of a delivery


class Sent(NamedTuple):
    """What became of one message.

    Attributes:
        deliveries: those that went as one; at least one.
        type: the channel's type, or "" when it could not be opened.
        receipt: the service's response, "" when the message did not arrive.
        error: why it did not arrive, else None.
        again: when it is tried again; None when it arrived or was given up.
        seconds: how long sending took.
    """

    deliveries: tuple[Delivery, ...]
    type: str
    receipt: str
    error: DeliveryError | None
    again: datetime | None
    seconds: float


class _Message(NamedTuple):
    """What was sent, how, and what became of it."""

    first: Delivery
    channel: Channel
    receipt: Receipt
    shown: Notification


def _clock() -> datetime:
    return datetime.now(timezone.utc)


class Sender:
    """Sends what is due. It uses one connection, so it is for one thread.

    Args:
        illustrator: shared by the senders of a process.
        limits: how long the next message may take.
        seats: shared by the senders of a process, where more may be due than they can send at once.

    Attributes:
        fallback: passes on to others what does not arrive.
        in_hand: what is claimed and not settled; another thread may look at it.
        sending: whether a request for it may be out.
    """

    def __init__(  # noqa: PLR0913 - what an event needs on its way out
        self,
        database: Database,
        config: Settings,
        templates: Templates,
        illustrator: Illustrator,
        limits: Callable[[], TimeLimits],
        *,
        retries: Retries | None = None,
        seats: Seats | None = None,
        clock: Callable[[], datetime] = _clock,
    ) -> None:
        self._outbox = Outbox(database)
        self.fallback = Fallback(self._outbox, config, templates, clock)
        self._config = config
        self._templates = templates
        self._database = database
        self._illustrator = illustrator
        self._limits = limits
        self._retries = retries or Retries()
        self._seats = seats or Seats(sys.maxsize)
        self._clock = clock
        self.in_hand: list[Delivery] = []
        self.sending = False

    def deliver(self, events: Collection[int] | None = None) -> Sent | None:
        """Send the next message that is due; None when nothing is.

        Args:
            events: only these events' deliveries.

        Raises:
            StoreError: nothing could be claimed, or what became of it could not be kept; then it
                is repeated when the lease is over.
        """
        now = self._clock()
        if lost := self._outbox.abandoned(now, now - self._retries.give_up):
            return self._abandon(lost, now)
        limits = self._limits()
        lease = timedelta(seconds=limits.wait + limits.send + _RETURN)
        with self._seats.choosing() as full:
            claimed = self._outbox.claim(now, lease, rate=self._rate, busy=full, events=events)
            if not claimed:
                return None
            self._seats.take(claimed[0].channel)
        try:
            return self._deliver_claimed(claimed, limits, now)
        finally:
            self.in_hand = []
            self._seats.leave(claimed[0].channel)

    def _deliver_claimed(self, claimed: list[Delivery], limits: TimeLimits, now: datetime) -> Sent:
        if broken := tuple(delivery for delivery in claimed if delivery.unreadable):
            self._outbox.release([delivery for delivery in claimed if delivery not in broken])
            self._outbox.fail(broken, broken[0].unreadable, now)
            error = PermanentError(broken[0].unreadable)
            return Sent(broken, self._type(broken[0]), "", error, None, 0.0)
        self.in_hand, self.sending = claimed, False
        return self._deliver(tuple(claimed), limits)

    def _deliver(self, claimed: tuple[Delivery, ...], limits: TimeLimits) -> Sent:
        started, first = time.monotonic(), claimed[0]
        error: DeliveryError
        try:
            channel = self._open(first)
            event = merged([self._explained(delivery) for delivery in claimed], first.group)
            earlier = _earlier(first, event)
            later = isinstance(channel, AddsPictures) and not (
                earlier and isinstance(channel, Follows)
            )
            graphs, renders = self._illustrator.illustrated(
                self._database, first, event, channel, limits, later=later
            )
            repeat = any(d.may_repeat for d in claimed) and not channels.find(channel.type).replaces
            late = _lateness(claimed, self._clock())
            linked = self._linked(first, event)
            shown = Notification(linked, tuple(graphs), may_repeat=repeat, late=late)
            self.sending = True
            receipt = send_once(channel, shown, limits.send, earlier)
        except StoreError:
            raise
        except Exception as caught:  # noqa: BLE001 - our mistake is for a person, not for ever
            error = caught if isinstance(caught, DeliveryError) else _mistake(caught)
            again = self._failed(claimed, error)
            seconds = time.monotonic() - started
            return Sent(claimed, self._type(first), "", error, again, seconds)
        self._outbox.done(claimed, receipt.text, receipt.reference, self._clock())
        self.in_hand = []
        seconds = time.monotonic() - started
        if later:
            message = _Message(first, channel, receipt, shown)
            self._show_late(message, renders, limits.late, limits.late - seconds)
        return Sent(claimed, channel.type, receipt.text, None, None, seconds)

    def _show_late(
        self, message: _Message, renders: PendingRenders | None, late: float, left: float
    ) -> None:
        """Show in a message what came after it was sent, and Grafana's pictures in place of ours.

        Args:
            late: see `TimeLimits`.
            left: of that.
        """
        graphs = message.shown.graphs
        if renders is not None:
            add = self._illustrator.add_late
            graphs = tuple(add(self._database, message.first, graphs, renders, late))
            self._change(message, graphs, "its graph was not added")
        own = self._illustrator.replaced(graphs, message.channel, left)
        if own:
            self._change(message, tuple(own), "Grafana's own picture did not replace ours")

    def _change(self, message: _Message, graphs: tuple[Graph, ...], otherwise: str) -> None:
        """Show *graphs* in a message. A failure goes to the log alone: the alert has arrived."""
        first, channel, receipt, shown = message
        if not isinstance(channel, AddsPictures):
            return
        try:
            latest = self._outbox.latest(first)
            changed = channel.add_pictures(receipt, shown._replace(graphs=graphs), latest)
            self._outbox.refer(first, latest, changed.reference)
        except (DeliveryError, StoreError) as error:
            _log.warning("%s: delivered, %s: %s", channel.name, otherwise, error)
        except Exception as error:  # noqa: BLE001 - our mistake costs the picture, never the alert
            _log.warning("%s: delivered, %s: %s", channel.name, otherwise, type(error))
            _log.debug("channel %s", channel.name, exc_info=True)

    def _abandon(self, lost: Delivery, now: datetime) -> Sent:
        """Give up what is too old and whose sender died: it may be what they all die of."""
        error = TemporaryError("too old to try again: whoever was sending it stopped", unknown=True)
        self._give_up((lost,), str(error), now)
        return Sent((lost,), self._type(lost), "", error, None, 0.0)

    def _open(self, delivery: Delivery) -> Channel:
        try:
            opened = open_channel(delivery.channel, delivery.event, self._config, self._templates)
        except ConfigError as error:
            raise PermanentError(str(error)) from None
        for channel in opened:
            if channel.recipient == delivery.recipient:
                return channel
        raise PermanentError(
            f"channels.{delivery.channel}: {delivery.recipient} is no longer in the settings"
        )

    def _explained(self, delivery: Delivery) -> Event:
        """The event, with whom it named in vain, and why it comes this way after a failure."""
        event = with_refusals(delivery.event, delivery.channel, self._config, self._templates)
        names = self._config.channel_names
        helped = [n for n in names if self._settings(n).get("fallback") == delivery.channel]
        rows = [
            ("Instead of", f"{other.channel} {other.recipient}: {other.error}")
            for other in (self._outbox.of_events((delivery.event_id,)) if helped else ())
            if other.helped and other.channel in helped
        ]
        return event._replace(details=(*event.details, *rows)) if rows else event

    def _linked(self, first: Delivery, event: Event) -> Event:
        """The event with a link to the board, when the settings say where people reach it.

        It leads to the alert's own page; a group's to all alerts.
        """
        board = self._config.public_url.rstrip("/")
        if not board:
            return event
        is_one = first.alert_id is not None and not first.group
        page = f"/alerts/{first.alert_id}" if is_one else "/"
        return event._replace(links=(("Alert", board + page), *event.links))

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
        if self._tries(first.channel) == first.attempts:
            self._give_up(claimed, f"given up after {first.attempts} tries: {error}", now)
            return None
        if again is None:
            self._give_up(claimed, f"too old to try again: {error}", now)
            return None
        self._outbox.retry(claimed, again, str(error), now, may_repeat=error.unknown)
        pause = again - now if error.retry_after else _BETWEEN_FAILURES
        self._outbox.pause(first.channel, first.recipient, now + pause, now)
        return again

    def _give_up(self, claimed: Sequence[Delivery], reason: str, now: datetime) -> None:
        """Keep *claimed* for a person, and tell others."""
        self._outbox.fail(claimed, reason, now)
        for delivery in claimed:
            self.fallback.help(delivery, reason, now)

    def _rate(self, name: str) -> Rate | None:
        """How fast messages may go to a channel: its ``per_minute``, else what its type bears."""
        settings = self._settings(name)
        try:
            usual = channels.find(str(settings.get("type"))).rate
        except ConfigError:  # whoever opens it says so
            usual = None
        if "per_minute" not in settings:
            return usual
        per_minute = float(settings["per_minute"])
        burst = usual.burst if usual else 1
        return Rate(timedelta(minutes=1 / per_minute), burst) if per_minute > 0 else None

    def _tries(self, name: str) -> int:
        """After how many tries a channel's deliveries are given up, 0 for none."""
        try:
            return channels.find(str(self._settings(name).get("type"))).tries
        except ConfigError:
            return 0

    def _type(self, delivery: Delivery) -> str:
        return str(self._settings(delivery.channel).get("type", ""))

    def _settings(self, name: str) -> Mapping[str, Any]:
        return self._config.channel(name)


def _earlier(delivery: Delivery, event: Event) -> str:
    """The reference of the earlier message about the same problem, or "".

    Our own message that another did not arrive is for all to see and not for a thread.
    """
    follows = event.kind is not Kind.OK and event.source != OURS and not delivery.group
    return delivery.earlier if follows else ""


def _lateness(claimed: Sequence[Delivery], now: datetime) -> timedelta | None:
    """How long a message has waited, when that is worth a word.

    Members of a group wait for each other; they are late when that message did not arrive.
    """
    late = now - min(delivery.received for delivery in claimed)
    is_meant = claimed[0].group and all(delivery.attempts <= 1 for delivery in claimed)
    return late if late > _LATE and not is_meant else None


def send_once(
    channel: Channel, notification: Notification, seconds: float, earlier: str = ""
) -> Receipt:
    """Send once, within *seconds*; what does not return is left behind.

    Args:
        earlier: the reference of the message that this one follows, or "".

    Raises:
        DeliveryError: it did not arrive, or nobody knows.
    """

    def send(to: Channel) -> Receipt | Exception:
        try:
            if earlier and isinstance(to, Follows):
                return to.follow(notification, earlier)
            return to.send(notification)
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            return error

    (outcome,) = side_by_side(send, [channel], seconds)
    if outcome is None:
        raise TemporaryError("no answer before the deadline", unknown=True)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _mistake(error: Exception) -> DeliveryError:
    if isinstance(error, MemoryError) or getattr(error, "errno", None) in _EXHAUSTED:
        return TemporaryError(f"this machine has too little left of something ({error})")
    if isinstance(error, RuntimeError) and "new thread" in str(error):
        return TemporaryError("this machine can't start another thread")
    _log.error("a delivery failed by a mistake of ours", exc_info=error)
    return PermanentError(f"internal error ({type(error).__name__})")
