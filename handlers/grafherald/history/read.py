"""Questions to the history. Each costs what its answer holds, not what the history holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from grafherald.history import CODES, rank
from grafherald.history.select import EVERYTHING, Selection
from grafherald.store import Database, Row, milliseconds, moment

_BADNESS = " ".join(f"WHEN {code} THEN {rank(code)}" for code in CODES.values())
_WORST_FIRST = f"CASE a.severity {_BADNESS} END DESC"
_LONG = 7 * 86_400_000  # milliseconds; an older alert that ended is not looked for beside another
_REACHES = range(32)  # the longest lasts 2**31 seconds, 68 years


class Alert(NamedTuple):
    """One problem of one entity's check.

    Attributes:
        severity: the worst state it had, as a code (1 warning, 2 critical, 3 unknown).
        state: the present state's code; 0 when it ended.
        ended: None while it is open.
        seen: when the last event about it came.
        picture: the first picture's public URL, or "".
        panel: the live panel's link, or "".
        acknowledged: by whom, and with what comment, or "".
        subject: the number of its source, namespace, entity and check.
    """

    id: int
    source: str
    namespace: str
    entity: str
    check: str
    incident: str
    severity: int
    state: int
    started: datetime
    ended: datetime | None
    seen: datetime
    occurrences: int
    output: str
    picture: str
    panel: str
    acknowledged: str
    subject: int = 0


def alert(database: Database, number: int) -> Alert | None:
    """Find one alert by its id; None where there is none."""
    return next(iter(_alerts(database, "a.id = ?", (number,))), None)


def open_alerts(database: Database, limit: int, chosen: Selection = EVERYTHING) -> list[Alert]:
    """What is wrong now: at most *limit* open alerts, the worst first, then the newest."""
    clause, values = chosen.clause(database)
    where = f"a.ended IS NULL{clause} ORDER BY {_WORST_FIRST}, a.started DESC, a.id DESC LIMIT ?"
    return _alerts(database, where, (*values, limit))


def open_numbers(database: Database, chosen: Selection) -> frozenset[int]:
    """Tell which alerts are open, however many, by their ids alone."""
    clause, values = chosen.clause(database)
    rows = database.rows(f"SELECT a.id FROM alerts a WHERE a.ended IS NULL{clause}", values)
    return frozenset(row[0] for row in rows)


def earlier(database: Database, subject: int, since: datetime, limit: int) -> list[Alert]:
    """A subject's alerts that began after *since*: at most *limit*, the newest first."""
    where = "a.subject_id = ? AND a.started >= ? ORDER BY a.started DESC, a.id DESC LIMIT ?"
    return _alerts(database, where, (subject, milliseconds(since), limit))


def alerts_between(
    database: Database,
    start: datetime,
    end: datetime,
    limit: int,
    chosen: Selection = EVERYTHING,
) -> list[Alert]:
    """Which alerts overlap the time from *start* to *end*: at most *limit*, the newest first."""
    begin, stop = milliseconds(start), milliseconds(end)
    clause, values = chosen.clause(database)
    rows = database.rows(
        f"SELECT a.id, a.started FROM alerts a WHERE a.started >= ? AND a.started < ?{clause}"
        " ORDER BY a.started DESC, a.id DESC LIMIT ?",
        (begin, stop, *values, limit),
    )
    if len(rows) < limit:
        rows += [row[:2] for row in lasting(database, begin, chosen)]
    rows.sort(key=lambda row: (row[1], row[0]), reverse=True)
    ids = [row[0] for row in rows[:limit]]
    found = _by_id(database, ids)
    return [found[number] for number in ids if number in found]


def others(  # noqa: PLR0913, PLR0917 - a name, a range, and how many
    database: Database, key: str, value: str, start: datetime, end: datetime, limit: int
) -> list[Alert]:
    """What else was wrong on a host or under a label at a time: *limit* alerts, the worst first.

    Args:
        key: ``entity``, or ``label:NAME``.
    """
    if key == "entity":
        whose, values = "s.entity = ?", [value]
    else:
        whose = "a.subject_id IN (SELECT subject_id FROM labels WHERE name = ? AND value = ?)"
        values = [key.removeprefix("label:"), value]
    where = (
        f"{whose} AND a.started < ? AND (a.ended IS NULL OR (a.ended >= ? AND a.started >= ?))"
        f" ORDER BY {_WORST_FIRST}, a.started DESC LIMIT ?"
    )
    oldest = milliseconds(start) - _LONG
    times = (milliseconds(end), milliseconds(start), oldest)
    return _alerts(database, where, (*values, *times, limit))


def ended_since(
    database: Database, start: datetime, limit: int, chosen: Selection = EVERYTHING
) -> list[Alert]:
    """What is over: at most *limit* alerts that ended after *start*, the last one first."""
    clause, values = chosen.clause(database)
    where = f"a.ended >= ?{clause} ORDER BY a.ended DESC, a.id DESC LIMIT ?"
    return _alerts(database, where, (milliseconds(start), *values, limit))


def open_at(database: Database, at: datetime, chosen: Selection = EVERYTHING) -> dict[int, int]:
    """Count the alerts that were open at a time, by severity."""
    found: dict[int, int] = {}
    for row in lasting(database, milliseconds(at), chosen):
        found[row[2]] = found.get(row[2], 0) + 1
    return found


def timeline(
    database: Database, subject: int, start: datetime, end: datetime
) -> list[tuple[datetime, int]]:
    """How a subject's state changed: (time, state code), the one in force at *start* first."""
    before = database.rows(
        "SELECT at, state FROM states WHERE subject_id = ? AND at < ?"
        " ORDER BY at DESC, id DESC LIMIT 1",
        (subject, milliseconds(start)),
    )
    within = database.rows(
        "SELECT at, state FROM states WHERE subject_id = ? AND at >= ? AND at < ? ORDER BY at, id",
        (subject, milliseconds(start), milliseconds(end)),
    )
    return [(moment(row[0]), row[1]) for row in before + within]


def subject_of(database: Database, number: int) -> int | None:
    """Find the subject that the alert *number* is about; None where there is no such alert."""
    rows = database.rows("SELECT subject_id FROM alerts WHERE id = ?", (number,))
    return rows[0][0] if rows else None


def subjects(database: Database, entity: str, check: str) -> list[int]:
    """Find the subjects of an entity's check: several sources or namespaces may have one."""
    find = "SELECT id FROM subjects WHERE entity = ? AND check_name = ? ORDER BY id"
    return [row[0] for row in database.rows(find, (entity, check))]


_COLUMNS = """a.id, s.source, s.namespace, s.entity, s.check_name, a.incident, a.severity, a.state,
    a.started, a.ended, a.seen, a.occurrences, a.output, a.picture, a.panel, a.acknowledged,
    a.subject_id"""


def _alerts(database: Database, where: str, parameters: Sequence[Any]) -> list[Alert]:
    select = f"SELECT {_COLUMNS} FROM alerts a JOIN subjects s ON s.id = a.subject_id"
    return [_alert(row) for row in database.rows(f"{select} WHERE {where}", parameters)]


def _by_id(database: Database, numbers: list[int]) -> dict[int, Alert]:
    rows = _alerts(database, f"a.id IN {database.numbers}", (json.dumps(numbers),))
    return {alert.id: alert for alert in rows}


def _alert(row: Row) -> Alert:
    values = list(row)
    for place in (8, 9, 10):
        values[place] = None if row[place] is None else moment(row[place])
    return Alert(*values)


def lasting(database: Database, at: int, chosen: Selection = EVERYTHING) -> list[Row]:
    """Which alerts from before *at* were open then: (id, started, severity, subject).

    Args:
        at: in milliseconds.
    """
    clause, values = chosen.clause(database)
    what = "SELECT a.id, a.started, a.severity, a.subject_id FROM alerts a WHERE"
    still = f"{what} a.ended IS NULL AND a.started < ?{clause}"
    over = (
        f" UNION ALL {what} a.reach = {power} AND a.started > ? AND a.started < ? AND a.ended > ?"
        + clause
        for power in _REACHES
    )
    parameters: list[Any] = [at, *values]
    for power in _REACHES:
        parameters += [at - 1000 * 2**power, at, at, *values]
    return database.rows(still + "".join(over), parameters)
