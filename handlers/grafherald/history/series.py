"""What happened when: rows for graphs, added up in the database.

A bucket is named by its start. All times are in milliseconds. Each question is a range of one
index; what is not in the range costs nothing. PostgreSQL's sums are decimals, until they are read.
"""

from __future__ import annotations

import json
from typing import Literal

from grafherald.history import SLOT, sums
from grafherald.history.buckets import Buckets
from grafherald.history.select import Selection, label_name
from grafherald.store import Database, Row


def _two_digits(column: str) -> str:
    """Round *column* down to two digits in SQL, so that rows of about the same length are one."""
    cases = "".join(
        f" WHEN {column} < {100 * size} THEN {column} / {size} * {size}"
        for size in (1, 10, 100, 1000, 10_000, 100_000)
    )
    return f"CASE{cases} ELSE {column} / 1000000 * 1000000 END"


_LONG = 7 * 86_400_000  # a range in which most subjects were heard of
_LATENCY = _two_digits("(d.finished - d.created)")


def counts(
    database: Database, column: Literal["started", "ended"], when: Buckets, chosen: Selection
) -> dict[int, dict[int, int]]:
    """How many alerts started or ended, for a graph: {severity: {bucket: number}}."""
    span = (when.step, when.begin, when.stop)
    if chosen.is_by_severity and not when.step % SLOT:
        rows = database.rows(
            f"SELECT severity, slot - slot % ?, SUM({column}) FROM alert_counts"
            " WHERE slot >= ? AND slot < ? GROUP BY 1, 2",
            span,
        )
    else:
        clause, values = chosen.clause(database)
        rows = database.rows(
            f"SELECT a.severity, a.{column} - a.{column} % ?, COUNT(*) FROM alerts a"
            f" WHERE a.{column} >= ? AND a.{column} < ?{clause} GROUP BY 1, 2",
            (*span, *values),
        )
    found: dict[int, dict[int, int]] = {code: {} for code in chosen.severities}
    for severity, at, number in rows:
        if number and severity in found:
            found[severity][at] = int(number)
    return found


def began_over_time(database: Database, when: Buckets, key: str, chosen: Selection) -> list[Row]:
    """What broke when: (bucket, value of *key*, how many alerts began)."""
    if sums.is_added_up(key) and chosen.is_by_severity and not when.step % sums.HOUR:
        rows = sums.began(database, when, key, chosen.severities)
        return [(at, value, number) for at, _, value, number in rows]
    return _began(database, when, ("a.started - a.started % ?", (when.step,)), key, chosen)


def began_by_severity(database: Database, when: Buckets, key: str, chosen: Selection) -> list[Row]:
    """What broke, and how badly: (severity, value of *key*, how many alerts began)."""
    by = ("a.severity", ())
    if not (sums.is_added_up(key) and chosen.is_by_severity):
        return _began(database, when, by, key, chosen)
    rows: list[Row] = []
    for piece in _pieces(when):
        if piece.step % sums.HOUR:
            rows += _began(database, piece, by, key, chosen)
        else:
            summed = sums.began(database, piece, key, chosen.severities)
            rows += [(severity, value, number) for _, severity, value, number in summed]
    return rows


def _pieces(when: Buckets) -> list[Buckets]:
    """Cut a range into its full hours, as one bucket for the sums, and what is beside them."""
    begin = -(-when.begin // sums.HOUR) * sums.HOUR
    stop = when.stop // sums.HOUR * sums.HOUR
    beside = [(when.begin, begin), (stop, when.stop)] if begin <= stop else [when[:2]]
    edges = [Buckets(first, last, last - first) for first, last in beside if first < last]
    return [*edges, *([Buckets(begin, stop, stop)] if begin < stop else [])]


def _began(
    database: Database,
    when: Buckets,
    first: tuple[str, tuple[int, ...]],
    key: str,
    chosen: Selection,
) -> list[Row]:
    """Count alerts one by one, where no sums do: (first, value of *key*, alerts).

    A label that is not there is "".
    """
    clause, values = chosen.clause(database)
    where = f"WHERE a.started >= ? AND a.started < ?{clause}"
    span = (when.begin, when.stop, *values)
    if key == "channel":  # several recipients are one channel
        return database.rows(
            f"SELECT {first[0]}, n.channel, COUNT(DISTINCT a.id) FROM alerts a {_CHANNEL} {where}"
            " GROUP BY 1, 2",
            (*first[1], *span),
        )
    join, value = _VALUES.get(key, _LABEL)
    labels = () if key in _VALUES else (label_name(key),)
    rows = database.rows(  # by subject first: to put a number in order is half of a text's work
        f"SELECT a.bucket, {value}, SUM(a.number) FROM (SELECT {first[0]} AS bucket, a.subject_id,"
        f" COUNT(*) AS number FROM alerts a {where} GROUP BY 1, 2) a {join} GROUP BY 1, 2",
        (*first[1], *span, *labels),
    )
    return [(at, name, int(number)) for at, name, number in rows]


_SUBJECT = "JOIN subjects s ON s.id = a.subject_id"
_CHANNEL = "JOIN deliveries t ON t.alert_id = a.id JOIN lanes n ON n.id = t.lane_id"
_LABEL = (
    "LEFT JOIN labels l ON l.subject_id = a.subject_id AND l.name = ?",
    "COALESCE(l.value, '')",
)
_VALUES = {
    "entity": (_SUBJECT, "s.entity"),
    "check": (_SUBJECT, "s.check_name"),
    "name": (_SUBJECT, "s.entity || '/' || s.check_name"),
    "source": (_SUBJECT, "s.source"),
    "namespace": (_SUBJECT, "s.namespace"),
    "channel": (_CHANNEL, "n.channel"),
}


def lasted(database: Database, when: Buckets, chosen: Selection) -> list[Row]:
    """How long alerts lasted that ended: (bucket, severity, how many ended, their time in all)."""
    span = (when.step, when.begin, when.stop)
    if chosen.is_by_severity and not when.step % SLOT:
        rows = database.rows(
            "SELECT slot - slot % ?, severity, SUM(ended), SUM(lasted) FROM alert_counts"
            " WHERE slot >= ? AND slot < ? GROUP BY 1, 2",
            span,
        )
    else:
        clause, values = chosen.clause(database)
        rows = database.rows(
            "SELECT a.ended - a.ended % ?, a.severity, COUNT(*), SUM(a.ended - a.started)"
            f" FROM alerts a WHERE a.ended >= ? AND a.ended < ?{clause} GROUP BY 1, 2",
            (*span, *values),
        )
    return [
        (at, severity, int(number), int(total))
        for at, severity, number, total in rows
        if number and severity in chosen.severities
    ]


def lasted_by(database: Database, when: Buckets, key: str, chosen: Selection) -> list[Row]:
    """How long alerts lasted, by *key*: (bucket, its value, how many ended, their time in all)."""
    if sums.is_added_up(key) and chosen.is_by_severity and not when.step % sums.HOUR:
        return sums.lasted(database, when, key, chosen.severities)
    join, value = _VALUES.get(key, _LABEL)
    labels = () if key in _VALUES else (label_name(key),)
    clause, values = chosen.clause(database)
    rows = database.rows(
        f"SELECT a.ended - a.ended % ?, {value}, COUNT(*), SUM(a.ended - a.started)"
        f" FROM alerts a {join} WHERE a.ended >= ? AND a.ended < ?{clause} GROUP BY 1, 2",
        (when.step, *labels, when.begin, when.stop, *values),
    )
    return [(at, name, int(number), int(total)) for at, name, number, total in rows]


def lasted_in_all(database: Database, when: Buckets, key: str, chosen: Selection) -> list[Row]:
    """How long alerts lasted in a range, by *key*: (its value, how many ended, their time in all).

    A value may be in several rows.
    """
    found = [lasted_by(database, piece, key, chosen) for piece in _pieces(when)]
    return [row[1:] for rows in found for row in rows]


def changes_by_subject(database: Database, when: Buckets) -> list[Row]:
    """Find what flaps: (subject, how often its state changed)."""
    if when.stop - when.begin > _LONG:  # one subject after the other: nothing is put in order
        find = (
            "SELECT id, (SELECT COUNT(*) FROM states WHERE subject_id = subjects.id AND at >= ?"
            " AND at < ?) FROM subjects"
        )
    else:
        find = "SELECT subject_id, COUNT(*) FROM states WHERE at >= ? AND at < ? GROUP BY 1"
    return [row for row in database.rows(find, (when.begin, when.stop)) if row[1]]


def changes(database: Database, when: Buckets, subject: int) -> list[Row]:
    """When one subject flapped: (bucket, how often its state changed)."""
    return database.rows(
        "SELECT at - at % ?, COUNT(*) FROM states WHERE subject_id = ? AND at >= ? AND at < ?"
        " GROUP BY 1",
        (when.step, subject, when.begin, when.stop),
    )


def delivered(database: Database, when: Buckets, chosen: Selection) -> list[Row]:
    """How fast and how well deliveries went: (bucket, state, latency, how many finished).

    The latency is from when the event was kept to when the delivery was sent or given up, to two
    digits.
    """
    only, values = _finished(database, chosen)
    return database.rows(
        f"SELECT d.finished - d.finished % ?, d.state, {_LATENCY}, COUNT(*) FROM deliveries d"
        f" WHERE d.finished >= ? AND d.finished < ?{only} GROUP BY 1, 2, 3",
        (when.step, when.begin, when.stop, *values),
    )


def delivered_by_channel(database: Database, when: Buckets, chosen: Selection) -> list[Row]:
    """How fast and how well each channel works: (channel, state, latency, how many finished).

    See `delivered`.
    """
    only, values = _finished(database, chosen)
    rows = database.rows(
        "SELECT l.channel, f.state, f.latency, SUM(f.number) FROM (SELECT d.lane_id, d.state,"
        f" {_LATENCY} AS latency, COUNT(*) AS number FROM deliveries d"
        f" WHERE d.finished >= ? AND d.finished < ?{only} GROUP BY 1, 2, 3) f"
        " JOIN lanes l ON l.id = f.lane_id GROUP BY 1, 2, 3",
        (when.begin, when.stop, *values),
    )
    return [(channel, state, took, int(number)) for channel, state, took, number in rows]


def _finished(database: Database, chosen: Selection) -> tuple[str, tuple[str, ...]]:
    """Choose deliveries in SQL: by their recipient, and by the alert that they are about."""
    sql = ""
    values: list[str] = []
    for is_told, lanes in chosen.told:
        sql += f" AND d.lane_id {'' if is_told else 'NOT '}IN {database.numbers}"
        values.append(json.dumps(lanes))
    clause, of_alert = chosen._replace(told=()).clause(database)
    if clause:
        sql += f" AND EXISTS (SELECT 1 FROM alerts a WHERE a.id = d.alert_id{clause})"
    return sql, (*values, *of_alert)


def renders(database: Database, when: Buckets) -> list[Row]:
    """How long renders took: (bucket, 1 for those that failed, time to two digits, how many)."""
    return database.rows(
        f"SELECT at - at % ?, failed, {_two_digits('took')}, COUNT(*) FROM renders"
        " WHERE at >= ? AND at < ? GROUP BY 1, 2, 3",
        (when.step, when.begin, when.stop),
    )
