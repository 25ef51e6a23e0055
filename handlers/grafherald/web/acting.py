"""What people do about alerts: kept first, then told to the channels and to the alert's source."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime

from grafherald.errors import DeliveryError
from grafherald.event import Event, Kind
from grafherald.history import acts
from grafherald.history.acts import Act, What
from grafherald.history.events import events_of
from grafherald.store import Database, milliseconds
from grafherald.web.options import BoardOptions
from grafherald.web.sources import AlertSource
from grafherald.web.view import act_text

_log = logging.getLogger(__name__)
_AT_ONCE = threading.BoundedSemaphore(2)  # sources that are asked: the others' pages go on
_BUSY = "not given on: others are being given on; do it there"
_LATE = "not given on: there was no time for all of them; do it there"
_TOGETHER = 15.0  # seconds for the sources of all that is done at once


def acted(database: Database, act: Act, options: BoardOptions, now: datetime) -> Act:
    """Spread one act to the channels and its source; it comes back with the source's reply."""
    return all_acted(database, [act], options, now)[0]


def all_acted(
    database: Database, done: Sequence[Act], options: BoardOptions, now: datetime
) -> list[Act]:
    """Spread what was done at once: all channels first, then the sources, which are slower.

    An act from before *now* was sent twice, and is spread already.
    """
    events = [
        _event(database, act.alert) if milliseconds(act.at) == milliseconds(now) else None
        for act in done
    ]
    for act, event in zip(done, events, strict=True):
        if event:
            _announce(database, act, event, options, now)
    until = time.monotonic() + _TOGETHER
    return [
        _told(database, act, event, options, until) if event else act
        for act, event in zip(done, events, strict=True)
    ]


def _announce(
    database: Database, act: Act, event: Event, options: BoardOptions, now: datetime
) -> None:
    if act.what is not What.SILENCE:
        options.announce(database, acknowledgement(event, act, now), now)
    elif acts.was_told(database, event):
        options.announce(database, silence(event, act, now), now)


def _told(database: Database, act: Act, event: Event, options: BoardOptions, until: float) -> Act:
    source = options.sources.get(event.source)
    if source is None:
        return act
    is_late = time.monotonic() > until
    text, reference = (_LATE, "") if is_late else _given_on(source, event, act)
    acts.given_on(database, act.id, text, reference)
    return act._replace(upstream=text, reference=reference)


def undone(database: Database, act: Act, options: BoardOptions, now: datetime) -> None:
    """Take an act back at its source too; those who heard of a silence hear that it is over."""
    event = _event(database, act.alert)
    if event and act.what is What.SILENCE and acts.was_told(database, event):
        options.announce(database, silence(event, act, now), now)
    source = options.sources.get(event.source) if event else None
    if event is None or source is None or not act.reference:
        return
    if not _AT_ONCE.acquire(timeout=1):
        acts.given_on(database, act.id, f"{act.upstream}; undone here alone", act.reference)
        return
    try:
        text = source.undo(event, act)
    except DeliveryError as error:
        text = f"{act.upstream}; not undone there: {error}"
        _log.warning("act %d: %s", act.id, text)
    finally:
        _AT_ONCE.release()
    acts.given_on(database, act.id, text, act.reference)


def acknowledgement(event: Event, act: Act, now: datetime) -> Event:
    """Make the event by which the channels learn that somebody knows of *event*'s problem."""
    said = act.comment or ("takes it" if act.what is What.TAKE else "knows of it")
    return event._replace(
        kind=Kind.ACKNOWLEDGEMENT,
        id=f"board-act-{act.id}",
        author=act.author,
        comment=said,
        occurred_at=now,
    )


def silence(event: Event, act: Act, now: datetime) -> Event:
    """Make the event by which those who know of *event* learn that it is quiet now, or no more."""
    said = f"{act_text(act)}: {act.comment}" if act.comment else act_text(act)
    return event._replace(
        kind=Kind.DOWNTIME_CANCELLED if act.undone else Kind.DOWNTIME_START,
        id=f"board-act-{act.id}{'-undone' if act.undone else ''}",
        author=act.undone_by if act.undone else act.author,
        comment=said,
        occurred_at=now,
    )


def _given_on(source: AlertSource, event: Event, act: Act) -> tuple[str, str]:
    if not _AT_ONCE.acquire(timeout=1):
        return _BUSY, ""
    try:
        give = source.silence if act.what is What.SILENCE else source.acknowledge
        given = give(event, act)
    except DeliveryError as error:
        _log.warning("act %d is not given on: %s", act.id, error)
        return f"not given on: {error}", ""
    finally:
        _AT_ONCE.release()
    return given.text, given.reference


def _event(database: Database, alert: int | None) -> Event | None:
    kept = events_of(database, alert, 1) if alert is not None else []
    return kept[0].event if kept else None
