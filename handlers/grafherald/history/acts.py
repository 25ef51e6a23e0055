"""What people did about alerts: acknowledged, took, silenced and undid, who and when.

An acknowledgement lasts as long as its alert, unless that gets worse; a silence until its time is
up. `holds` is what stops a notification because of either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from grafherald.event import Event, Kind
from grafherald.history import CODES, rank
from grafherald.history.record import subject_key
from grafherald.store import Database, Row, milliseconds, moment, text

Scope = tuple[tuple[str, str], ...]
_NAMES = ("entity", "check", "source", "namespace")
_REPEATS = (Kind.PROBLEM, Kind.FLAPPING)
_ENDS = (Kind.RESOLVE, Kind.OK, Kind.FLAPPING_END)
_WORD = 1000  # characters of a comment
_TWICE = 10_000  # milliseconds within which the same act again is a second click


class What(str, Enum):
    """What was done."""

    ACKNOWLEDGE = "acknowledge"
    TAKE = "take"
    SILENCE = "silence"


class Act(NamedTuple):
    """One thing that somebody did.

    Attributes:
        alert: the alert that it is about, for a silence the one that it was made from.
        state: the alert's state code then: a worse one is not covered by an acknowledgement.
        scope: what a silence covers: all of these hold, as ``("entity", "web01")``; a label is
            ``("label:team", "db")``.
        until: when a silence ends; None for as long as the alert lasts.
        upstream: the monitoring system's answer when it was passed on there, or "".
        reference: what the monitoring system needs to undo it, or "".
    """

    id: int
    at: datetime
    what: What
    author: str
    comment: str
    alert: int | None
    state: int
    scope: Scope
    until: datetime | None
    undone: datetime | None
    undone_by: str
    upstream: str
    reference: str

    def covers(self, event: Event) -> bool:
        """Tell whether a silence is about *event*."""
        named = {name: str(getattr(event, name)) for name in _NAMES}
        named |= {f"label:{name}": value for name, value in event.labels.items()}
        return self.covers_names({_kept(key): _kept(value) for key, value in named.items()})

    def covers_names(self, names: dict[str, str]) -> bool:
        """Tell whether a silence is about what has these *names*, labels as ``label:NAME``."""
        return bool(self.scope) and all(names.get(key) == value for key, value in self.scope)

    def covers_state(self, code: int) -> bool:
        """Tell whether an alert in this state is no worse than the one acknowledged."""
        return rank(code) <= rank(self.state)


def acknowledge(  # noqa: PLR0913, PLR0917 - who says what about which alert, and when
    database: Database,
    alert: int,
    author: str,
    comment: str,
    now: datetime,
    what: What = What.ACKNOWLEDGE,
) -> Act | None:
    """Keep that somebody knows of an alert, or takes it; None when it is not open."""
    return next(iter(acknowledge_all(database, [alert], author, comment, now, what)), None)


def acknowledge_all(  # noqa: PLR0913, PLR0917 - as `acknowledge`
    database: Database,
    alerts: Sequence[int],
    author: str,
    comment: str,
    now: datetime,
    what: What = What.ACKNOWLEDGE,
) -> list[Act]:
    """Keep that somebody knows of *alerts*, or takes them; those that are not open are left out.

    What was done a moment ago is not done again: it comes back as it was made then.
    """
    numbers = []
    with database.transaction(alone=True):
        for alert in alerts:
            find = "SELECT state FROM alerts WHERE id = ? AND ended IS NULL"
            for (state,) in database.rows(find, (alert,)):
                numbers.append(
                    _insert(database, now, what, author, comment, alert=alert, state=state)
                )
    return [found for found in (act(database, number) for number in numbers) if found]


def silence(  # noqa: PLR0913, PLR0917 - who wants what to be quiet, how long and why
    database: Database,
    scope: Scope,
    length: timedelta,
    author: str,
    comment: str,
    now: datetime,
    alert: int | None = None,
) -> Act:
    """Silence what *scope* covers for *length*; `holds` says what still goes out.

    As `acknowledge_all` it does nothing twice.
    """
    until = now + length
    with database.transaction(alone=True):
        number = _insert(
            database, now, What.SILENCE, author, comment, alert=alert, scope=scope, until=until
        )
    found = act(database, number)
    assert found  # noqa: S101 - it has just been written
    return found


def _insert(  # noqa: PLR0913 - a row's columns
    database: Database,
    now: datetime,
    what: What,
    author: str,
    comment: str,
    *,
    alert: int | None,
    state: int = 0,
    scope: Scope = (),
    until: datetime | None = None,
) -> int:
    """Keep an act, unless it was kept a moment ago; its number."""
    places = json.dumps([[_kept(part) for part in pair] for pair in scope]) if scope else ""
    said = (what.value, text(author, 100), text(comment, _WORD), state, places)
    at, end = milliseconds(now), milliseconds(until) if until else 0
    same = database.rows(
        "SELECT id, alert_id, until FROM acts WHERE at > ? AND at <= ? AND undone IS NULL"
        " AND kind = ? AND author = ? AND comment = ? AND state = ? AND scope = ? ORDER BY id",
        (at - _TWICE, at, *said),
    )
    for number, about, ends in same:
        if about == alert and abs(end - (ends or 0)) <= _TWICE:
            return int(number)
    return database.insert(
        "INSERT INTO acts (kind, author, comment, state, scope, at, alert_id, until)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*said, at, alert, end or None),
    )


def undo(database: Database, number: int, author: str, now: datetime) -> Act | None:
    """Take an act back; None when there is none in force with this *number*."""
    with database.transaction(alone=True):
        changed = database.run(
            "UPDATE acts SET undone = ?, undone_by = ? WHERE id = ? AND undone IS NULL"
            " AND (until IS NULL OR until > ?)",
            (milliseconds(now), text(author, 100), number, milliseconds(now)),
        )
        found = act(database, number) if changed else None
        if found and found.what is not What.SILENCE and not _known(database, found.alert):
            database.run("UPDATE alerts SET acknowledged = '' WHERE id = ?", (found.alert,))
    return found


def _known(database: Database, alert: int | None) -> bool:
    return bool(_acts(database, _ACKNOWLEDGED + " AND c.alert_id = ?", (alert,)))


def given_on(database: Database, number: int, upstream: str, reference: str) -> None:
    """Keep the monitoring system's answer to an act."""
    database.run(
        "UPDATE acts SET upstream = ?, reference = ? WHERE id = ?",
        (text(upstream, 500), text(reference, 1000), number),
    )


def act(database: Database, number: int) -> Act | None:
    """Find one act by its id; None where there is none."""
    return next(iter(_acts(database, "c.id = ?", (number,))), None)


def of_alert(database: Database, alert: int) -> list[Act]:
    """What was done about an alert, or from its page, the first one first: 200 at most."""
    return _acts(database, "c.alert_id = ? ORDER BY c.id LIMIT 200", (alert,))


def latest(database: Database, limit: int) -> list[Act]:
    """What was done last, whatever it was about, the newest first."""
    return _acts(database, "c.at >= 0 ORDER BY c.at DESC, c.id DESC LIMIT ?", (limit,))


def acknowledgements(database: Database) -> dict[int, Act]:
    """Who acknowledged which open alert: the last act of that kind in force, by alert."""
    where = f"{_ACKNOWLEDGED} AND c.alert_id IN (SELECT id FROM alerts WHERE ended IS NULL)"
    return {a.alert: a for a in _acts(database, f"{where} ORDER BY c.id") if a.alert is not None}


def silences(database: Database, now: datetime) -> list[Act]:
    """What is silenced at the time *now*, the silence that ends last first."""
    at = milliseconds(now)
    return _acts(database, f"{_IN_FORCE} ORDER BY c.until DESC, c.id DESC", (at, at))


def holds(database: Database, event: Event, now: datetime) -> Act | None:
    """Decide whether *event* is kept quiet: the act that does it, or None when it goes out.

    A repeat of an acknowledged alert is held unless it is worse than what was acknowledged. A
    silence holds what it covers; who heard of a problem always hears of its end.
    """
    if event.kind in _REPEATS:
        at = milliseconds(now)
        found = _acts(database, _OF_SUBJECT, (subject_key(event), at, at), more=_IN_FORCE)
        held = (one for one in found if one.until or one.covers_state(CODES[event.state]))
        return next((one for one in held if not one.until or one.covers(event)), None)
    if event.kind in _ENDS and not was_told(database, event):
        return next((one for one in silences(database, now) if one.covers(event)), None)
    return None


def was_told(database: Database, event: Event) -> bool:
    """Tell whether the subject's last alert has deliveries: whether anybody hears of it."""
    return bool(
        database.rows(
            "SELECT 1 FROM deliveries d WHERE d.alert_id = (SELECT a.id FROM alerts a"
            " JOIN subjects s ON s.id = a.subject_id WHERE s.key = ?"
            " ORDER BY a.started DESC, a.id DESC LIMIT 1) LIMIT 1",
            (subject_key(event),),
        )
    )


def _kept(name: str) -> str:
    return text(name, 300)


_ACKNOWLEDGED = "c.kind IN ('acknowledge', 'take') AND c.undone IS NULL"
_COLUMNS = """c.id, c.at, c.kind, c.author, c.comment, c.alert_id, c.state, c.scope, c.until,
    c.undone, c.undone_by, c.upstream, c.reference"""


_IN_FORCE = "c.undone IS NULL AND c.until IS NOT NULL AND c.until > ? AND c.at <= ?"
_OF_SUBJECT = f"""{_ACKNOWLEDGED} AND c.alert_id IN (SELECT a.id FROM alerts a JOIN subjects s
    ON s.id = a.subject_id WHERE s.key = ? AND a.ended IS NULL)"""


def _acts(
    database: Database, where: str, parameters: Sequence[Any] = (), more: str = ""
) -> list[Act]:
    """Read the acts that the condition is true of, then those that are *more*."""
    select = f"SELECT {_COLUMNS} FROM acts c WHERE"
    also = f" UNION ALL {select} {more}" if more else ""
    return [_act(row) for row in database.rows(f"{select} {where}{also}", parameters)]


def _act(row: Row) -> Act:
    number, at, kind, author, comment, alert, state, scope, until, undone, *rest = row
    pairs = tuple((str(key), str(value)) for key, value in json.loads(scope or "[]"))
    return Act(
        number,
        moment(at),
        What(kind),
        author,
        comment,
        alert,
        state,
        pairs,
        None if until is None else moment(until),
        None if undone is None else moment(undone),
        *rest,
    )
