"""What people do about alerts: kept and told to the channels as one, then to the alert's source.

A source is asked while no connection to the store is held: it may take seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from grafherald.errors import DeliveryError
from grafherald.event import Event, Kind
from grafherald.history import acts
from grafherald.history.acts import Act, What
from grafherald.history.events import events_of
from grafherald.store import Database, milliseconds
from grafherald.store.pool import Pool
from grafherald.web.forms import SECONDS
from grafherald.web.options import BoardOptions
from grafherald.web.sources import AlertSource
from grafherald.web.view import act_text

_log = logging.getLogger(__name__)
_AT_ONCE = threading.BoundedSemaphore(2)  # sources that are asked: the others' pages go on
_BUSY = "not given on: others are being given on; do it there"
_LATE = "not given on: there was no time for all of them; do it there"
_WAITS = "not given on yet"  # for good where the process ends before the source has answered
_TOGETHER = 15.0  # seconds for the sources of all that is done at once


class _Spread(NamedTuple):
    """An act that was kept and told to the channels.

    Attributes:
        event: the last one of its alert, which the source knows it by; None when none is kept.
        source: who is to hear of it; None for nobody.
    """

    act: Act
    event: Event | None
    source: AlertSource | None


def perform(
    pool: Pool, do: Callable[[Database], Iterable[Act]], options: BoardOptions, now: datetime
) -> list[Act]:
    """Keep what *do* does, tell the channels, and give it on; acts come back with what that gave.

    An act and what the channels hear of it are in the store as a whole, or not at all: whenever
    the process ends, nobody is quiet about what nobody was told. An act from before *now* was sent
    twice, and is spread already.
    """
    with pool.connection(SECONDS) as database, database.transaction(alone=True):
        spread = [_spread(database, act, options, now) for act in do(database)]
    until = time.monotonic() + _TOGETHER
    return [_given_on(pool, one, until) for one in spread]


def take_back(
    pool: Pool, numbers: Sequence[int], author: str, options: BoardOptions, now: datetime
) -> list[Act]:
    """Undo acts, at their sources too; those who heard of a silence hear that it is over.

    Those that are not in force are left out. One that is just being given on is taken back at its
    source by who gives it on.
    """
    with pool.connection(SECONDS) as database, database.transaction(alone=True):
        found = [acts.undo(database, number, author, now) for number in numbers]
        spread = [_undone(database, act, options, now) for act in found if act]
    until = time.monotonic() + _TOGETHER
    for one in spread:
        _taken_back(pool, one, until)
    return [one.act for one in spread]


def _spread(database: Database, act: Act, options: BoardOptions, now: datetime) -> _Spread:
    is_new = milliseconds(act.at) == milliseconds(now)
    event = _event(database, act.alert) if is_new else None
    if event is None:
        return _Spread(act, None, None)
    if act.what is not What.SILENCE:
        options.announce(database, acknowledgement(event, act, now), now)
    elif acts.was_told(database, event):
        options.announce(database, silence(event, act, now), now)
    source = options.sources.get(event.source)
    if source:
        acts.given_on(database, act.id, _WAITS, "")
    return _Spread(act, event, source)


def _undone(database: Database, act: Act, options: BoardOptions, now: datetime) -> _Spread:
    event = _event(database, act.alert)
    if event and act.what is What.SILENCE and acts.was_told(database, event):
        options.announce(database, silence(event, act, now), now)
    if act.upstream == _WAITS:
        acts.given_on(database, act.id, f"{_WAITS}; undone here alone", "")
    return _Spread(act, event, options.sources.get(event.source) if event else None)


def _given_on(pool: Pool, spread: _Spread, until: float) -> Act:
    act, event, source = spread
    if event is None or source is None:
        return act
    is_late = time.monotonic() > until
    text, reference = (_LATE, "") if is_late else _asked(source, event, act)
    kept = _kept(pool, act, text, reference)
    if kept.undone:  # meanwhile: there was nothing yet that could be taken back there
        kept = _taken_back(pool, spread._replace(act=kept), until)
    return kept


def _taken_back(pool: Pool, spread: _Spread, until: float) -> Act:
    act, event, source = spread
    if event is None or source is None or not act.reference:
        return act
    if time.monotonic() > until or not _AT_ONCE.acquire(timeout=1):
        return _kept(pool, act, f"{act.upstream}; undone here alone", act.reference)
    try:
        text = source.undo(event, act)
    except DeliveryError as error:
        text = f"{act.upstream}; not undone there: {error}"
        _log.warning("act %d: %s", act.id, text)
    finally:
        _AT_ONCE.release()
    return _kept(pool, act, text, act.reference)


def _kept(pool: Pool, act: Act, text: str, reference: str) -> Act:
    """Keep a source's answer; the act comes back as it stands then."""
    with pool.connection(SECONDS) as database, database.transaction(alone=True):
        acts.given_on(database, act.id, text, reference)
        return acts.act(database, act.id) or act


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


def _asked(source: AlertSource, event: Event, act: Act) -> tuple[str, str]:
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
