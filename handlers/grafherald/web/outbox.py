"""The outbox: what waits and why, what failed, and what was no event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import CLAIMED, DROPPED, DUE, FAILED, Delivery
from grafherald.delivery.rejected import rejected
from grafherald.notification import span
from grafherald.store import Database
from grafherald.web.templates import Page, PageTemplates

_FAILED, _WAITING, _FEW = 100, 100, 20


@dataclass(frozen=True)
class OutboxLine:
    """A delivery, and why it is where it is.

    Attributes:
        why: a sentence, or "".
        can_retry: a retry does not break the order of its alert's messages.
    """

    delivery: Delivery
    why: str
    can_retry: bool


def outbox(
    templates: PageTemplates, database: Database, now: datetime, shared: Mapping[str, Any]
) -> Page:
    """Render what waits, what failed, what was dropped, and what was no event."""
    found = Backlog(database)

    def listed(states: list[str], limit: int) -> list[OutboxLine]:
        return lines(found, found.deliveries(states, limit), now)

    depth = found.depth()
    return templates.render(
        "outbox.html",
        failed=listed([FAILED], _FAILED),
        waiting=listed([DUE, CLAIMED], _WAITING),
        dropped=listed([DROPPED], _FEW),
        refused=rejected(database, _FEW),
        number_failed=depth[FAILED],
        number_waiting=depth[DUE] + depth[CLAIMED],
        **shared,
    )


def lines(backlog: Backlog, listed: Sequence[Delivery], now: datetime) -> list[OutboxLine]:
    """Explain to a person why deliveries are where they are, and which they may retry."""
    overtaken = backlog.overtaken([one.id for one in listed if one.state in (FAILED, DROPPED)])
    behind = backlog.behind([one.id for one in listed if one.state == DUE])
    return [_line(one, overtaken.get(one.id), behind.get(one.id), now) for one in listed]


def _line(one: Delivery, later: int | None, before: int | None, now: datetime) -> OutboxLine:
    if one.finished and one.state not in (FAILED, DROPPED):
        return OutboxLine(one, "", can_retry=False)
    if one.state == CLAIMED:
        return OutboxLine(one, "It is being sent now.", can_retry=False)
    if one.state in (FAILED, DROPPED):
        if later is None:
            return OutboxLine(one, "", can_retry=True)
        why = f"Delivery {later} of the same alert went out since: it would come after that."
        return OutboxLine(one, why, can_retry=False)
    if before is not None:
        why = f"It waits for delivery {before} of the same alert, so that they keep their order."
        return OutboxLine(one, why, can_retry=False)
    return OutboxLine(one, _why_due(one, now), can_retry=True)


def _why_due(one: Delivery, now: datetime) -> str:
    left = span(one.due - now) if one.due > now else ""
    if one.error:
        return f"The last attempt failed; it is tried again {f'in {left}' if left else 'now'}."
    if one.group and left:
        return f"It waits {left} for others of its group ({one.group})."
    if left:
        return f"It goes in {left}."
    return "It goes as soon as the recipient may be told again, or somebody is free to send it."
