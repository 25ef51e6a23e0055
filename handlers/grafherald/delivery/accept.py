"""An event becomes deliveries: the history learns of it, the routes say who hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from grafherald.delivery import render as handler
from grafherald.delivery.outbox import Outbox, Target
from grafherald.delivery.routing import routes_for
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.history.record import record
from grafherald.settings import Config
from grafherald.store import Database

if TYPE_CHECKING:
    from grafherald.notification.templates import Templates

_WAIT, _INTERVAL = 30, 300  # seconds, of a route with group_by that does not say


@dataclass(frozen=True)
class Accepted:
    """What was kept.

    Attributes:
        event: the event's number.
        deliveries: how many deliveries it got; 0 when no route leads to a channel, or when all
            its recipients were told of the same event before.
    """

    event: int
    deliveries: int


def accept(  # noqa: PLR0913 - an event, its bytes, and all that decides what becomes of it
    database: Database,
    event: Event,
    raw: bytes,
    *,
    config: Config,
    templates: Templates,
    now: datetime,
) -> Accepted:
    """Keep *event* with its deliveries, as a whole; *raw* is the input that it came as.

    Raises:
        StoreError: nothing was kept.
    """
    targets = targets_of(event, config, templates)
    with database.transaction(alone=True):
        place = record(database, event, now)
        put = Outbox(database).put(
            event, raw, targets, now, thread=place.subject, alert=place.alert
        )
    return Accepted(*put)


def targets_of(event: Event, config: Config, templates: Templates) -> list[Target]:
    """Return where *event* goes.

    A channel that can't be opened stands there without a recipient: its delivery will fail with
    the reason and be kept for a person, and does not cost the other channels theirs.
    """
    targets = []
    for name, route in routes_for(event, config.get("routes", ()), list(config.channels)):
        try:
            opened = handler.open_channel(name, event, config, templates)
        except ConfigError:
            targets.append(Target(name, ""))
            continue
        targets += [_target(name, channel.recipient, event, route) for channel in opened]
    return targets


def _target(name: str, recipient: str, event: Event, route: Mapping[str, Any]) -> Target:
    if "group_by" not in route:
        return Target(name, recipient)
    return Target(
        name,
        recipient,
        group=group_of(event, route["group_by"]),
        wait=timedelta(seconds=route.get("group_wait", _WAIT)),
        interval=timedelta(seconds=route.get("group_interval", _INTERVAL)),
    )


def group_of(event: Event, keys: list[str]) -> str:
    """Return the text that events have in common which go as one: ``check=disk team=db``.

    A key is ``entity``, ``check``, ``severity``, ``source``, ``namespace`` or a label's name.
    """
    values = {
        "entity": event.entity,
        "check": event.check,
        "severity": event.state.value,
        "source": event.source,
        "namespace": event.namespace,
    }
    return " ".join(f"{key}={values.get(key, event.labels.get(key, ''))}" for key in keys) or "all"
