"""Each target as series over time, every bucket present."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from grafherald.datasource import groups
from grafherald.datasource.json_format import STATES, GraphSeries, Number, running, worst
from grafherald.datasource.target_query import QUANTILES, TargetQuery, quantiles, worst_first
from grafherald.delivery.outbox import FAILED, SENT
from grafherald.errors import QueryError
from grafherald.history import read, series, worse
from grafherald.history.buckets import Buckets
from grafherald.history.conditions import severities
from grafherald.history.select import Selection, select, subjects_where, values_of
from grafherald.store import Database, Row, milliseconds, moment

_CHECKS = 50  # whose states are drawn at once
_FLAPPING = 10  # checks of a graph of what flaps


def graph(database: Database, asked: TargetQuery) -> list[GraphSeries]:
    """Answer a question whose panel is a graph.

    Raises:
        QueryError: a condition can't be checked, or there is no graph of this.
    """
    if asked.target.kind == "state":
        return _states(database, asked)
    draw = _DRAWN.get(asked.target.kind)
    if draw is None:
        raise QueryError(f"{asked.target.kind}: there is no graph of it; ask for a table")
    return draw(database, asked, select(database, asked.conditions))


def _alerts(database: Database, asked: TargetQuery, chosen: Selection) -> list[GraphSeries]:
    by = asked.target.by
    if by in ("", "severity"):
        began = series.counts(database, "started", asked.when, chosen)
        return [_of_severity(code, asked.dense(began[code])) for code in worst_first(chosen)]
    found = groups.over_time(database, asked, chosen)
    return [GraphSeries(name, asked.dense(counted), {by: name}) for name, counted in found]


def _open(database: Database, asked: TargetQuery, chosen: Selection) -> list[GraphSeries]:
    before = read.open_at(database, moment(asked.when.begin), chosen)
    began = series.counts(database, "started", asked.when, chosen)
    ended = series.counts(database, "ended", asked.when, chosen)
    drawn = []
    for code in worst_first(chosen):
        change = Counter(began[code])
        change.subtract(ended[code])
        values = running(before.get(code, 0), change, asked.when, asked.now)
        drawn.append(_of_severity(code, values))
    return drawn


def _mttr(database: Database, asked: TargetQuery, chosen: Selection) -> list[GraphSeries]:
    by = asked.target.by
    if by not in ("", "severity"):
        found = groups.mean_times(database, asked, asked.when, chosen)
        return [
            GraphSeries(name, asked.dense(values, None), {by: name}, "s") for name, values in found
        ]
    means: dict[int, dict[int, Number]] = defaultdict(dict)
    for at, severity, number, total in series.lasted(database, asked.when, chosen):
        means[severity][at] = total / number / 1000
    return [_of_severity(code, asked.dense(means[code], None), "s") for code in worst_first(chosen)]


def _of_severity(code: int, values: list[Number], unit: str = "short") -> GraphSeries:
    return GraphSeries(STATES[code], values, {"severity": STATES[code]}, unit)


def _states(database: Database, asked: TargetQuery) -> list[GraphSeries]:
    found = checks(database, asked)
    shared = Counter(_name(row) for row in found)
    start, stop = moment(asked.when.begin), moment(asked.when.stop)
    drawn = []
    for row in found:
        changes = read.timeline(database, row[0], start, stop)
        changed = [(milliseconds(at), state) for at, state in changes]
        name = _name(row) + (f" ({row[1]} {row[2]})".rstrip() if shared[_name(row)] > 1 else "")
        labels = {"entity": row[3], "check": row[4], "source": row[1]}
        drawn.append(GraphSeries(name, worst(changed, asked.when, asked.now, worse), labels))
    return drawn


def checks(database: Database, asked: TargetQuery) -> list[Row]:
    """Choose the checks whose states a graph shows; of too many those that changed most."""
    severities(asked.conditions)  # refuses unknown ones; a check passes through them all
    about = [one for one in asked.conditions if one.key not in ("severity", "channel")]
    found = subjects_where(database, about)
    if len(found) <= _CHECKS:
        return found
    changed = {row[0]: row[1] for row in series.changes_by_subject(database, asked.range)}
    return sorted(found, key=lambda row: -changed.get(row[0], 0))[:_CHECKS]


def _name(subject: Row) -> str:
    return f"{subject[3]}/{subject[4]}"


def _notifications(database: Database, asked: TargetQuery, chosen: Selection) -> list[GraphSeries]:
    counted: dict[str, Counter[int]] = defaultdict(Counter)
    took: dict[int, Counter[int]] = defaultdict(Counter)
    for at, state, latency, number in series.delivered(database, asked.when, chosen):
        counted[state][at] += number
        if state == SENT:
            took[at][latency] += number
    return [
        GraphSeries("sent", asked.dense(counted[SENT])),
        GraphSeries("failed", asked.dense(counted[FAILED])),
        *_quantiles("latency", asked, took),
    ]


def _renders(database: Database, asked: TargetQuery, _chosen: Selection) -> list[GraphSeries]:
    failed: Counter[int] = Counter()
    took: dict[int, Counter[int]] = defaultdict(Counter)
    for at, is_failed, milli, number in series.renders(database, asked.when):
        failed[at] += is_failed * number
        took[at][milli] += number
    return [*_quantiles("seconds", asked, took), GraphSeries("failed", asked.dense(failed))]


def _quantiles(
    name: str, asked: TargetQuery, took: Mapping[int, Counter[int]]
) -> list[GraphSeries]:
    found = {at: quantiles(counted) for at, counted in took.items()}
    return [
        GraphSeries(
            f"{name} {title}",
            asked.dense({at: values[place] for at, values in found.items()}, None),
            {"quantile": str(share)},
            "s",
        )
        for place, (title, share) in enumerate(QUANTILES)
    ]


def _flapping(database: Database, asked: TargetQuery, chosen: Selection) -> list[GraphSeries]:
    most = most_changed(database, asked.when, chosen)[:_FLAPPING]
    names = values_of(database, "name", [subject for subject, _ in most])
    return [
        GraphSeries(
            names.get(subject, "?"),
            asked.dense(dict(series.changes(database, asked.when, subject))),
        )
        for subject, _ in most
    ]


def most_changed(database: Database, when: Buckets, chosen: Selection) -> list[Row]:
    """Find what flaps: (subject, changes of its state), most first; it does from 4 changes on."""
    found = [
        row
        for row in series.changes_by_subject(database, when)
        if row[1] >= 4 and (chosen.subjects is None or row[0] in chosen.subjects)
    ]
    return sorted(found, key=lambda row: (-row[1], row[0]))


_DRAWN: dict[str, Callable[[Database, TargetQuery, Selection], list[GraphSeries]]] = {
    "alerts": _alerts,
    "open": _open,
    "mttr": _mttr,
    "notifications": _notifications,
    "renders": _renders,
    "flapping": _flapping,
}
