"""Each target as a table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from grafherald.datasource import groups
from grafherald.datasource.graphs import checks, most_changed
from grafherald.datasource.json_format import STATES, ResultTable, alerts, annotation_table
from grafherald.datasource.target_query import QUANTILES, ROWS, TargetQuery, quantiles, worst_first
from grafherald.delivery.outbox import DROPPED, FAILED, SENT
from grafherald.history import read, series
from grafherald.history.select import Selection, select, subjects_where
from grafherald.store import Database, milliseconds, moment

_CHANGES = 5000  # rows of a table of states


def table(database: Database, asked: TargetQuery) -> ResultTable:
    """Answer a question whose panel is a table.

    Raises:
        QueryError: a condition can't be checked.
    """
    if asked.target.kind == "state":
        return _states(database, asked)
    return _TABLES[asked.target.kind](database, asked, select(database, asked.conditions))


def _alerts(database: Database, asked: TargetQuery, chosen: Selection) -> ResultTable:
    if asked.target.by == "severity":
        return _severities(database, asked, chosen)
    if asked.target.by:
        return _groups(database, asked, chosen)
    start, end = moment(asked.start), moment(asked.end)
    return alerts(read.alerts_between(database, start, end, ROWS, chosen), asked.now)


def _groups(database: Database, asked: TargetQuery, chosen: Selection) -> ResultTable:
    codes = worst_first(chosen)
    columns = [(asked.target.by, "string"), *((STATES[code], "number") for code in codes)]
    rows = [
        [name, *(counted[code] for code in codes), counted.total()]
        for name, counted in groups.by_severity(database, asked, chosen)[:ROWS]
    ]
    return ResultTable([*columns, ("total", "number")], rows)


def _severities(database: Database, asked: TargetQuery, chosen: Selection) -> ResultTable:
    found = series.counts(database, "started", asked.range, chosen)
    rows = [[STATES[code], sum(found[code].values())] for code in worst_first(chosen)]
    return ResultTable([("severity", "string"), ("total", "number")], rows)


def _open(database: Database, asked: TargetQuery, chosen: Selection) -> ResultTable:
    return alerts(read.open_alerts(database, ROWS, chosen), asked.now)


def _annotations(database: Database, asked: TargetQuery, chosen: Selection) -> ResultTable:
    start, end = moment(asked.start), moment(asked.end)
    found = read.alerts_between(database, start, end, ROWS, chosen)
    return annotation_table(found, asked.start, asked.end)


def _states(database: Database, asked: TargetQuery) -> ResultTable:
    found = checks(database, asked)
    rows = [
        [milliseconds(at), subject[3], subject[4], STATES[state]]
        for subject in found
        for at, state in read.timeline(database, subject[0], moment(asked.start), moment(asked.end))
    ]
    rows.sort(key=lambda row: int(row[0]), reverse=True)
    columns = [("Time", "time"), ("Entity", "string"), ("Check", "string"), ("State", "string")]
    return ResultTable(columns, rows[:_CHANGES])


def _mttr(database: Database, asked: TargetQuery, chosen: Selection) -> ResultTable:
    if asked.target.by not in ("", "severity"):
        found = groups.mean_time_of_each(database, asked, chosen)[:ROWS]
        columns = [(asked.target.by, "string"), ("ended", "number"), ("mean", "number")]
        return ResultTable(columns, [list(row) for row in found])
    numbers: Counter[int] = Counter()
    totals: Counter[int] = Counter()
    for _, severity, number, total in series.lasted(database, asked.range, chosen):
        numbers[severity] += number
        totals[severity] += total
    rows = [
        [STATES[code], numbers[code], totals[code] / numbers[code] / 1000]
        for code in worst_first(chosen)
        if numbers[code]
    ]
    return ResultTable([("severity", "string"), ("ended", "number"), ("mean", "number")], rows)


def _notifications(database: Database, asked: TargetQuery, chosen: Selection) -> ResultTable:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    took: dict[str, Counter[int]] = defaultdict(Counter)
    found = series.delivered_by_channel(database, asked.range, chosen)
    for channel, state, latency, number in found:
        counted[channel][state] += number
        if state == SENT:
            took[channel][latency] += number
    states = (SENT, FAILED, DROPPED)
    rows: list[list[Any]] = [
        [channel, *(counted[channel][state] for state in states), *quantiles(took[channel])]
        for channel in sorted(counted)
    ]
    columns = [("channel", "string"), *((state, "number") for state in states)]
    return ResultTable([*columns, *_QUANTILES], rows)


def _renders(database: Database, asked: TargetQuery, _chosen: Selection) -> ResultTable:
    took: Counter[int] = Counter()
    failed = 0
    for _, is_failed, milli, number in series.renders(database, asked.range):
        took[milli] += number
        failed += is_failed * number
    columns = [("renders", "number"), ("failed", "number"), *_QUANTILES]
    return ResultTable(columns, [[took.total(), failed, *quantiles(took)]])


def _flapping(database: Database, asked: TargetQuery, chosen: Selection) -> ResultTable:
    most = most_changed(database, asked.range, chosen)[:ROWS]
    named = {row[0]: row for row in subjects_where(database, ())} if most else {}
    rows = [
        [*(named[subject][place] for place in (3, 4, 1)), number]
        for subject, number in most
        if subject in named
    ]
    columns = [("entity", "string"), ("check", "string"), ("source", "string")]
    return ResultTable([*columns, ("changes", "number")], rows)


_QUANTILES = [(title, "number") for title, _ in QUANTILES]
_TABLES: dict[str, Callable[[Database, TargetQuery, Selection], ResultTable]] = {
    "alerts": _alerts,
    "open": _open,
    "annotations": _annotations,
    "mttr": _mttr,
    "notifications": _notifications,
    "renders": _renders,
    "flapping": _flapping,
}
