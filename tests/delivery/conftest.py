"""An outbox, what is put in, and who claims it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import count

import pytest

from grafherald.delivery.outbox import Delivery, Outbox, Recipient
from grafherald.event import Event, Kind, State
from grafherald.store import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
OPS, CHAT = Recipient("ops", "room"), Recipient("chat", "#alerts")
Put = Callable[..., int]


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def put(outbox: Outbox) -> Put:
    """Puts a new event each time; returns its id."""
    numbers = count()

    def put(
        *targets: Recipient, at: datetime = NOW, sequence: int = 1, alert: int | None = None
    ) -> int:
        event = new_event(id=f"event {next(numbers)}")
        return outbox.enqueue(event, b"{}", targets or (OPS,), at, sequence=sequence, alert=alert)[
            0
        ]

    return put


def new_event(**changes: object) -> Event:
    event = Event("sensu-go", Kind.PROBLEM, State.CRITICAL, 2, "web01", "cpu", "99 %", NOW)
    return event._replace(**changes)  # type: ignore[arg-type]


def claim(outbox: Outbox, now: datetime = NOW, **more: object) -> list[Delivery]:
    return outbox.claim(now, MINUTE, **more)  # type: ignore[arg-type]


def events(claimed: list[Delivery]) -> list[int]:
    return [delivery.event_id for delivery in claimed]
