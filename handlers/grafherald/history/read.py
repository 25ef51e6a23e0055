"""Questions to the history. Each costs what its answer holds, not what the history holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from grafherald.history import SLOT
from grafherald.store import Database, Row, milliseconds, moment

_LONGEST_REACH = 40  # 2**40 seconds


@dataclass(frozen=True)
class Alert:
    """One problem of one entity's check.

    Attributes:
        severity: the worst state it had, as a code (1 warning, 2 critical, 3 unknown).
        state: the present state's code; 0 when it ended.
        ended: None while it is open.
        seen: when the last event about it came.
        picture: the first picture's public URL, or "".
        panel: the live panel's link, or "".
        acknowledged: who said what, or "".
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


def alert(database: Database, number: int) -> Alert | None:
    """Return the alert with the id *number*, or None."""
    return next(iter(_alerts(database, "a.id = ?", (number,))), None)


def open_alerts(database: Database, limit: int) -> list[Alert]:
    """Return at most *limit* alerts that have not ended, the newest first."""
    return _alerts(database, "a.ended IS NULL ORDER BY a.started DESC LIMIT ?", (limit,))


def alerts_between(database: Database, start: datetime, end: datetime, limit: int) -> list[Alert]:
    """Return at most *limit* alerts that overlap the time from *start* to *end*, newest first."""
    begin, stop = milliseconds(start), milliseconds(end)
    rows = database.rows(
        "SELECT id, started FROM alerts WHERE started >= ? AND started < ?"
        " ORDER BY started DESC LIMIT ?",
        (begin, stop, limit),
    )
    rows += _lasting(database, begin, limit - len(rows))
    chosen = [row[0] for row in sorted(rows, key=lambda row: row[1], reverse=True)[:limit]]
    found = _by_id(database, chosen)
    return [found[number] for number in chosen]


def counts(
    database: Database, start: datetime, end: datetime, step: int
) -> dict[tuple[int, int], tuple[int, int]]:
    """Return how many alerts began and ended, by (bucket's start, severity).

    Buckets are whole and lie at multiples of *step* since 1970, all in milliseconds, so that a
    graph does not change as its range moves. Those with nothing in them are left out.
    """
    begin = milliseconds(start) // step * step
    stop = -(-milliseconds(end) // step) * step
    if step % SLOT:
        return _count_alerts(database, begin, stop, step)
    rows = database.rows(
        "SELECT slot - slot % ?, severity, SUM(started), SUM(ended) FROM alert_counts"
        " WHERE slot >= ? AND slot < ? GROUP BY 1, 2",
        (step, begin, stop),
    )
    return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in rows if row[2] or row[3]}


def open_at(database: Database, at: datetime) -> dict[int, int]:
    """Return how many alerts were open at a time, by severity."""
    found: dict[int, int] = {}
    for row in _lasting(database, milliseconds(at), -1):
        found[row[2]] = found.get(row[2], 0) + 1
    return found


def timeline(
    database: Database, subject: int, start: datetime, end: datetime
) -> list[tuple[datetime, int]]:
    """Return a subject's changes as (time, state code), the one in force at *start* first."""
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


def subjects(database: Database, entity: str, check: str) -> list[int]:
    """Return the numbers of an entity's check, one per source and namespace."""
    find = "SELECT id FROM subjects WHERE entity = ? AND check_name = ? ORDER BY id"
    return [row[0] for row in database.rows(find, (entity, check))]


_COLUMNS = """a.id, s.source, s.namespace, s.entity, s.check_name, a.incident, a.severity, a.state,
    a.started, a.ended, a.seen, a.occurrences, a.output, a.picture, a.panel, a.acknowledged"""


def _alerts(database: Database, where: str, parameters: Sequence[int]) -> list[Alert]:
    select = f"SELECT {_COLUMNS} FROM alerts a JOIN subjects s ON s.id = a.subject_id"
    return [_alert(row) for row in database.rows(f"{select} WHERE {where}", parameters)]


def _by_id(database: Database, numbers: Sequence[int]) -> dict[int, Alert]:
    found: dict[int, Alert] = {}
    for first in range(0, len(numbers), 500):  # SQLite before 3.32 takes 999 parameters
        some = numbers[first : first + 500]
        marks = ", ".join("?" * len(some))
        found.update({a.id: a for a in _alerts(database, f"a.id IN ({marks})", some)})
    return found


def _alert(row: Row) -> Alert:
    values = list(row)
    for place in (8, 9, 10):
        values[place] = None if row[place] is None else moment(row[place])
    return Alert(*values)


def _lasting(database: Database, at: int, limit: int) -> list[Row]:
    """Return (id, started, severity) of the alerts that began before *at* and were open then.

    Args:
        limit: at most so many, the newest; -1 for all.
    """
    found: list[Row] = database.rows(
        "SELECT id, started, severity FROM alerts WHERE ended IS NULL AND started < ?", (at,)
    )
    for power in range(_LONGEST_REACH + 1):
        found += database.rows(
            "SELECT id, started, severity FROM alerts WHERE reach = ? AND started > ?"
            " AND started < ? AND ended > ?",
            (power, at - 1000 * 2**power, at, at),
        )
    found.sort(key=lambda row: int(row[1]), reverse=True)
    return found if limit < 0 else found[:limit]


def _count_alerts(
    database: Database, begin: int, stop: int, step: int
) -> dict[tuple[int, int], tuple[int, int]]:
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for place, column in enumerate(("started", "ended")):
        rows = database.rows(
            f"SELECT {column} - {column} % ?, severity, COUNT(*) FROM alerts"
            f" WHERE {column} >= ? AND {column} < ? GROUP BY 1, 2",
            (step, begin, stop),
        )
        for bucket, severity, number in rows:
            pair = list(found.get((bucket, severity), (0, 0)))
            pair[place] = number
            found[bucket, severity] = (pair[0], pair[1])
    return found
