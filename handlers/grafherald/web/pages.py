"""Asks the store for what a page shows, and renders it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from grafherald.delivery.graphs import graphs_of
from grafherald.delivery.outbox import CLAIMED, DROPPED, DUE, FAILED, Outbox
from grafherald.delivery.rejected import rejected
from grafherald.errors import QueryError
from grafherald.history import read
from grafherald.history.conditions import Condition, parse
from grafherald.history.events import Kept, events_of
from grafherald.history.select import select
from grafherald.notification import Notification, clock, span
from grafherald.notification.presentation import cleaned
from grafherald.settings import Config
from grafherald.store import Database
from grafherald.text import cut, plain
from grafherald.web.shown import STATES, Card, card, origin, timeline

FOLDER = Path(__file__).parent.parent / "templates" / "web"
RANGES = {"1h": "1 hour", "6h": "6 hours", "24h": "24 hours", "7d": "7 days", "30d": "30 days"}
_HOURS = {"1h": 1, "6h": 6, "24h": 24, "7d": 168, "30d": 720}
_OPEN, _RECENT = 50, 50
_EVENTS, _RAW = 20, 20_000
_AROUND = timedelta(hours=1)


@dataclass(frozen=True)
class Page:
    """A rendered page.

    Attributes:
        origins: where its pictures come from.
    """

    html: str
    origins: frozenset[str] = frozenset()


class Pages:
    """Renders pages with the package's own templates."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            finalize=_finalized,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["assets"] = {name: _tagged(name) for name in ASSETS}
        self._templates.filters |= {"clock": clock, "span": span, "cut": cut}

    def render(self, name: str, origins: frozenset[str] = frozenset(), **values: Any) -> Page:
        """Return the page of template *name*."""
        return Page(self._templates.get_template(name).render(**values), origins)


ASSETS = {"board.css": "text/css", "board.js": "text/javascript", "icon.svg": "image/svg+xml"}


def _tagged(name: str) -> str:
    """Return an asset's address, another one as soon as its content is."""
    digest = sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/assets/{digest}/{name}"


def _finalized(value: object) -> object:
    """Clean what is printed, whatever it is; what the templates themselves made is left alone."""
    return value if isinstance(value, Markup) else plain(str(value))


def board(
    pages: Pages, database: Database, asked: Mapping[str, str], now: datetime, shared: Any
) -> Page:
    """Return the first page: open alerts, then those that ended, as far as *asked* matches."""
    words, last = asked.get("q", "")[:2000], asked.get("last", "24h")
    last = last if last in RANGES else "24h"
    severity = asked.get("severity", "")
    problem, still, ended = "", [], []
    try:
        conditions = (*parse(words), *_severity(severity))
        chosen = select(database, conditions)
        still = read.open_alerts(database, _OPEN + 1, chosen)
        begin = now - timedelta(hours=_HOURS[last])
        found = read.alerts_between(database, begin, now, _OPEN + _RECENT + 1, chosen)
        ended = [alert for alert in found if alert.ended]
    except QueryError as error:
        problem = str(error)
    cards = [card(alert, now) for alert in still[:_OPEN]]
    return pages.render(
        "board.html",
        _origins(cards),
        still=cards,
        more_open=len(still) > _OPEN,
        recent=[card(alert, now) for alert in ended[:_RECENT]],
        more_recent=len(ended) > _RECENT,
        problem=problem,
        words=words,
        last=last,
        severity=severity if severity in STATES.values() else "",
        ranges=RANGES,
        failed=Outbox(database).depth()[FAILED],
        now=now,
        **shared,
    )


def _severity(severity: str) -> tuple[Condition, ...]:
    if severity not in STATES.values():
        return ()
    return (Condition("severity", "=", (severity,)),)


def alert(  # noqa: PLR0913, PLR0917 - the page's parts, and what they are read from
    pages: Pages, database: Database, number: int, config: Config, now: datetime, shared: Any
) -> Page | None:
    """Return an alert's own page, None when there is none."""
    found = read.alert(database, number)
    if found is None:
        return None
    start, end = found.started - _AROUND, min(now, (found.ended or now) + _AROUND)
    subject = read.subject_of(database, number) or 0
    changes = read.timeline(database, subject, start, end)
    events = events_of(database, number, _EVENTS)
    outbox = Outbox(database)
    deliveries = [one for kept in events for one in outbox.of_events((kept.id,))]
    shown = card(found, now)
    return pages.render(
        "alert.html",
        _origins([shown]),
        card=shown,
        note=_note(events, config),
        spans=timeline(changes, start, end),
        start=start,
        end=end,
        deliveries=deliveries,
        failures={one.id: outbox.failures(one.id) for one in deliveries if one.attempts > 1},
        raw=_raw(outbox, events),
        now=now,
        **shared,
    )


def _note(events: list[Kept], config: Config) -> Notification | None:
    """Return the last event with its graphs, for links and facts."""
    if not events:
        return None
    event = events[0].event
    return cleaned(Notification(event, tuple(graphs_of(event, config))))


def _raw(outbox: Outbox, events: list[Kept]) -> str:
    raw = outbox.raw(events[0].id) if events else b""
    return cut(raw.decode("utf-8", "replace"), _RAW)


def outbox(pages: Pages, database: Database, shared: Any) -> Page:
    """Return the page of what waits and what failed."""
    found = Outbox(database)
    return pages.render(
        "outbox.html",
        failed=found.deliveries([FAILED], 100),
        waiting=found.deliveries([DUE, CLAIMED], 100),
        dropped=found.deliveries([DROPPED], 20),
        refused=rejected(database, 20),
        **shared,
    )


def _origins(cards: list[Card]) -> frozenset[str]:
    return frozenset(origin(each.picture) for each in cards if each.picture)
