"""One line for what became of a delivery: a handler's run and the daemon say the same."""

from __future__ import annotations

from datetime import datetime

from grafherald.delivery.model import DUE, FAILED, SENT, Delivery


def line(delivery: Delivery, kind: str, *, durable: bool = True) -> str:
    """Say what became of *delivery*: ``web01/cpu: ops (hipchat o): delivered, 204``.

    Args:
        kind: the channel's type, or "".
        durable: what is not sent stays in the store; else it is lost with the process.
    """
    event = delivery.event
    return f"{event.entity}/{event.check}: {address(delivery, kind)}: " + _outcome(
        delivery, durable=durable
    )


def address(delivery: Delivery, kind: str) -> str:
    """Name a delivery's recipient for people: ``ops (hipchat o)``."""
    words = " ".join(filter(None, (kind, delivery.recipient)))
    return f"{delivery.channel} ({words})"


def _outcome(delivery: Delivery, *, durable: bool) -> str:
    if delivery.state == SENT:
        return f"delivered, {delivery.receipt}" if delivery.receipt else "delivered"
    if delivery.state == FAILED:
        return f"{delivery.error}; kept as delivery {delivery.id}" if durable else delivery.error
    if not durable:
        why = delivery.error or "no time was left"
        return f"{why}; not delivered, and lost: without a store nothing is tried again later"
    if delivery.state == DUE and not delivery.error:
        return f"queued as delivery {delivery.id}"
    return f"{delivery.error or 'others come first'}; queued as delivery {delivery.id}"


def again(at: datetime) -> str:
    """Say when a delivery that failed for now is tried again."""
    return f"again at {at:%H:%M:%S} UTC"
