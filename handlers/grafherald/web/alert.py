"""An alert's own page: what happened, what was done, and how it was before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from grafherald.delivery import graphs
from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import SENT, Delivery, Outbox
from grafherald.event import Event
from grafherald.history import acts, read
from grafherald.history.events import StoredEvent, events_of
from grafherald.history.measured import measured
from grafherald.history.standing import OPEN, standing
from grafherald.inputs.sensu.command import masked_input
from grafherald.notification import Notification
from grafherald.notification.presentation import cleaned
from grafherald.settings import Settings
from grafherald.store import Database
from grafherald.text import cut, one_line, shorten
from grafherald.web.deploys import Deploy, Deploys
from grafherald.web.deploys import DeploysFound as Deployed
from grafherald.web.outbox import lines
from grafherald.web.templates import Page, PageTemplates
from grafherald.web.view import (
    Row,
    act_text,
    gist,
    incidents,
    labelled,
    origins,
    row,
    sparkline,
    timeline,
    typical,
    value,
)

_EVENTS, _RAW = 20, 20_000
_AROUND = timedelta(hours=1)
_PAST, _EARLIER = timedelta(days=30), 500
_OTHERS = 12
LENGTHS = (1, 4, 24)  # hours of a silence


@dataclass(frozen=True)
class Happened:
    """One line of an incident's history.

    Attributes:
        kind: what the line is marked as: a state, ``sent``, ``failed``, ``act``, ``deploy``.
    """

    at: datetime
    kind: str
    text: str
    more: str = ""


@dataclass(frozen=True)
class Before:
    """How often it happened, and how it went.

    Attributes:
        usually: the median of how long those that ended lasted, in words, or "".
    """

    number: int
    usually: str
    days: int = _PAST.days


def alert(  # noqa: PLR0913, PLR0917 - the page's parts, and what they are read from
    templates: PageTemplates,
    database: Database,
    number: int,
    config: Settings,
    now: datetime,
    shared: Mapping[str, Any],
    live: Callable[[read.Alert], str],
    deploys: Deploys | None = None,
) -> Page | None:
    """Render an alert's own page; None when there is no such alert."""
    found = read.alert(database, number)
    if found is None:
        return None
    start, end = found.started - _AROUND, min(now, (found.ended or now) + _AROUND)
    changes = read.timeline(database, found.subject, start, end)
    events = events_of(database, number, _EVENTS)
    outbox, backlog = Outbox(database), Backlog(database)
    deliveries = sorted(
        outbox.of_events([kept.id for kept in events]),
        key=lambda one: (-one.event_id, one.id),
    )
    done = acts.of_alert(database, number)
    past = read.earlier(database, found.subject, now - _PAST, _EARLIER)
    others = _others(database, found, events, now)
    shown = _row(database, found, now, live)
    deployed = deploys.between(start, end) if deploys else Deployed()
    return templates.render(
        "alert.html",
        origins([shown]),
        row=shown,
        note=_note(events, config),
        event=events[0].event if events else None,
        labels=labelled(events[0].event.labels) if events else [],
        spans=timeline(changes, start, end),
        start=start,
        end=end,
        happened=_happened(found, events, deliveries, done, deployed.deploys),
        deploys_problem=deployed.problem,
        acts=done,
        past=incidents(past, now - _PAST, now),
        past_start=now - _PAST,
        before=_before(past),
        others=others,
        deliveries=lines(backlog, deliveries, now),
        failures=backlog.failures_of([one.id for one in deliveries if one.attempts > 1]),
        raw=_raw(backlog, events),
        now=now,
        **_choices(found, events[0].event if events else None),
        **shared,
    )


def act_page(
    templates: PageTemplates,
    database: Database,
    number: int,
    now: datetime,
    shared: Mapping[str, Any],
) -> Page | None:
    """Render an alert's forms alone, for lists to open; None when there is no such alert."""
    found = read.alert(database, number)
    if found is None:
        return None
    events = events_of(database, number, 1)
    return templates.render(
        "act.html",
        row=_row(database, found, now, lambda _: ""),
        acts=acts.of_alert(database, number),
        now=now,
        **_choices(found, events[0].event if events else None),
        **shared,
    )


def scopes(found: read.Alert, event: Event | None) -> dict[str, acts.Scope]:
    """What a person may silence from an alert, by what the form sends for it.

    A form that sends anything else is refused, so nobody can silence more than the page offers.
    """
    here: acts.Scope = (("entity", found.entity), ("check", found.check))
    by_label = {
        json.dumps([name, text]): ((f"label:{name}", text),)
        for name, text in labelled(event.labels if event else {})
    }
    return {
        "here": here,
        "entity": (("entity", found.entity),),
        "check": (("check", found.check),),
        **by_label,
    }


def _choices(found: read.Alert, event: Event | None) -> dict[str, Any]:
    words = {"here": "this check on this host", "entity": "the host", "check": "the check"}
    choices = [
        (key, words.get(key) or f"{scope[0][0].removeprefix('label:')} = {scope[0][1]}")
        for key, scope in scopes(found, event).items()
    ]
    return {"choices": choices, "lengths": LENGTHS}


def _row(
    database: Database, found: read.Alert, now: datetime, live: Callable[[read.Alert], str]
) -> Row:
    values = measured(database, [found.id]).get(found.id)
    shown = replace(
        row(found, now),
        value=value(values),
        spark=sparkline(values.values) if values else "",
        live=live(found) if not found.ended else "",
    )
    if found.ended:
        return replace(shown, kind=OPEN)
    stands = standing(database, found, now)
    return replace(shown, kind=stands.kind, act=stands.act, owner=stands.owner)


def _happened(
    found: read.Alert,
    events: Sequence[StoredEvent],
    deliveries: Sequence[Delivery],
    done: Sequence[acts.Act],
    deploys: Sequence[Deploy],
) -> list[Happened]:
    """Merge all that an incident left in the store, and the deploys, the last first."""
    lines = []
    for kept in events:
        event = kept.event
        said = f"{event.author}: {event.comment}" if event.author else event.output
        kind = event.state.value
        lines.append(Happened(kept.received, kind, Notification(event).word, gist(_line(said))))
    if not events:
        lines.append(Happened(found.started, "info", "began"))
    for one in deliveries:
        if one.finished:
            word = "told" if one.state == SENT else f"{one.state}: not told"
            kind = "sent" if one.state == SENT else "failed"
            text = f"{word} {one.channel} {one.recipient}"
            lines.append(Happened(one.finished, kind, text, _line(one.error)))
    for act in done:
        more = "; ".join(filter(None, (act.comment, act.upstream)))
        lines.append(Happened(act.at, "act", f"{act.author} {act_text(act)}", _line(more)))
        if act.undone:
            text = f"{act.undone_by} took that back: {act_text(act)}"
            lines.append(Happened(act.undone, "act", text))
    lines += [Happened(one.at, "deploy", "deployed", _line(one.text)) for one in deploys]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _line(text: str) -> str:
    return shorten(one_line(text[:2000]), 300)


def _before(past: Sequence[read.Alert]) -> Before:
    ended = [(one.ended - one.started).total_seconds() for one in past if one.ended]
    usually = typical(timedelta(seconds=median(ended))) if ended else ""
    return Before(len(past), usually)


def _others(
    database: Database, found: read.Alert, events: Sequence[StoredEvent], now: datetime
) -> list[tuple[str, list[Row]]]:
    """Find other alerts at the same time: of the host, then of the first label that has some."""
    start, end = found.started - _AROUND, found.ended or now
    groups = []
    near = read.others(database, "entity", found.entity, start, end, _OTHERS + 1)
    on_host = [one for one in near if one.subject != found.subject][:_OTHERS]
    if on_host:
        groups.append((f"host {found.entity}", [row(one, now) for one in on_host]))
    for name, text in labelled(events[0].event.labels if events else {}, 5):
        near = read.others(database, f"label:{name}", text, start, end, _OTHERS + 1)
        listed = {one.id for one in on_host}
        more = [one for one in near if one.id not in listed and one.subject != found.subject]
        if more:
            groups.append((f"{name} {text}", [row(one, now) for one in more[:_OTHERS]]))
            break
    return groups


def _note(events: list[StoredEvent], config: Settings) -> Notification | None:
    """The last event as a notification, for its links, facts and graphs; None when none is kept."""
    if not events:
        return None
    event = events[0].event
    return cleaned(Notification(event, tuple(graphs.graphs_of(event, config))))


def _raw(backlog: Backlog, events: list[StoredEvent]) -> str:
    raw = backlog.raw(events[0].id) if events else b""
    return cut(masked_input(raw.decode("utf-8", "replace")), _RAW)
