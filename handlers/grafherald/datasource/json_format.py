"""What Grafana reads: series, tables and annotations as JSON objects. Pure."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grafherald.history import CODES
from grafherald.history.buckets import Buckets
from grafherald.history.read import Alert
from grafherald.notification import is_web_url
from grafherald.store import milliseconds
from grafherald.text import cut, one_line, plain

Json = dict[str, Any]
Number = int | float | None
STATES = {code: state.value for state, code in CODES.items()}
_TEXT = 1000  # characters of an annotation


@dataclass(frozen=True)
class GraphSeries:
    """One line of a graph.

    Attributes:
        values: one per bucket; None where nothing is known.
        labels: what tells it from the target's other series.
        unit: as Grafana names it: ``short``, ``s``.
    """

    name: str
    values: Sequence[Number]
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: str = "short"


@dataclass(frozen=True)
class ResultTable:
    """Rows under columns.

    Attributes:
        columns: (title, type) with the types ``time``, ``number`` and ``string``.
    """

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]


def series(one: GraphSeries, when: Buckets, ref_id: str) -> Json:
    """Write a series as both plugins read it; without a title Grafana shows a label instead."""
    return {
        "target": one.name,
        "title": one.name,
        "refId": ref_id,
        "datapoints": [[value, at] for value, at in zip(one.values, when.starts(), strict=True)],
        "tags": dict(one.labels),
        "unit": one.unit,
    }


def table(one: ResultTable, ref_id: str) -> Json:
    """Write a table as both plugins read it."""
    columns = [{"text": title, "type": kind} for title, kind in one.columns]
    return {"type": "table", "refId": ref_id, "columns": columns, "rows": list(one.rows)}


def refused(why: str, ref_id: str, *, is_table: bool) -> Json:
    """Write nothing for a target, with the reason: as Grafana's notice and as a legend.

    Neither plugin's answer has a place for the error of one target; a frame has its notices.
    https://grafana.com/developers/plugin-tools/key-concepts/data-frames
    """
    text = cut(f"{ref_id}: {one_line(plain(why))}", _TEXT)
    notices = {"meta": {"notices": [{"severity": "error", "text": text}]}}
    if is_table:
        return {**table(ResultTable((), ()), ref_id), **notices}
    return {"target": text, "title": text, "refId": ref_id, "datapoints": [], **notices}


def dense(found: Mapping[int, Number], when: Buckets, now: int, empty: Number = 0) -> list[Number]:
    """Fill every bucket, as a graph needs: *empty* where none was *found*, None after *now*."""
    return [found.get(at, empty) if at <= now else None for at in when.starts()]


def running(before: int, changes: Mapping[int, int], when: Buckets, now: int) -> list[Number]:
    """Count how many there are at each bucket's start, from how many there were *before*."""
    values: list[Number] = []
    for at in when.starts():
        values.append(before if at <= now else None)
        before += changes.get(at, 0)
    return values


def worst(
    changes: Sequence[tuple[int, int]], when: Buckets, now: int, worse: Callable[[int, int], int]
) -> list[Number]:
    """Find the worst state in force during each bucket, None before the first known one.

    Args:
        changes: (time, state code), oldest first; the one in force at the begin comes first.
    """
    values: list[Number] = []
    place, current = 0, None
    for at in when.starts():
        in_bucket = current
        while place < len(changes) and changes[place][0] < at + when.step:
            moment, current = changes[place]
            in_bucket = current if in_bucket is None or moment <= at else worse(in_bucket, current)
            place += 1
        values.append(in_bucket if at <= now else None)
    return values


def quantile(counted: Mapping[int, int], share: float) -> float | None:
    """Take the quantile of counted milliseconds, in seconds; None where none were counted."""
    total = sum(counted.values())
    left = share * total
    for value in sorted(counted):
        left -= counted[value]
        if left <= 0:
            return max(value, 0) / 1000
    return None


ALERTS = (
    ("Start", "time"),
    ("End", "time"),
    ("Duration", "number"),
    ("Severity", "string"),
    ("State", "string"),
    ("Entity", "string"),
    ("Check", "string"),
    ("Output", "string"),
    ("Acknowledged", "string"),
    ("Source", "string"),
    ("Picture", "string"),
    ("Panel", "string"),
    ("Id", "number"),
)


def alerts(found: Iterable[Alert], now: int) -> ResultTable:
    """Lay out alerts as a table; durations are in seconds, those of open alerts until *now*."""
    return ResultTable(ALERTS, [_row(alert, now) for alert in found])


def _row(alert: Alert, now: int) -> list[Any]:
    start = milliseconds(alert.started)
    end = milliseconds(alert.ended) if alert.ended else None
    return [
        start,
        end,
        ((now if end is None else end) - start) / 1000,
        STATES[alert.severity],
        STATES[alert.state],
        *(plain(text) for text in (alert.entity, alert.check, alert.output, alert.acknowledged)),
        alert.source,
        *(url if is_web_url(url) else "" for url in (alert.picture, alert.panel)),
        alert.id,
    ]


def annotation(alert: Alert, start: int, end: int) -> Json:
    """Mark an alert on a graph, clipped to the range from *start* to *end*.

    Grafana shows title and text as HTML, so they are escaped here.
    """
    began = max(milliseconds(alert.started), start)
    ended = min(milliseconds(alert.ended), end) if alert.ended else end
    severity = STATES[alert.severity]
    return {
        "time": began,
        "timeEnd": max(began, ended),
        "isRegion": ended > began,
        "title": _shown(f"{alert.entity}/{alert.check}: {severity}"),
        "text": _shown(cut(plain(alert.output), _TEXT)),
        "tags": [severity, *(_tag(text) for text in (alert.entity, alert.check))],
        "id": alert.id,
    }


ANNOTATIONS = (
    ("time", "time"),
    ("timeEnd", "time"),
    ("title", "string"),
    ("text", "string"),
    ("tags", "string"),
    ("id", "number"),
)


def annotation_table(found: Iterable[Alert], start: int, end: int) -> ResultTable:
    """Lay out alerts as the table that the successor makes annotations of."""
    rows = []
    for alert in found:
        shown = annotation(alert, start, end)
        shown["tags"] = ",".join(shown["tags"])
        rows.append([shown[name] for name, _ in ANNOTATIONS])
    return ResultTable(ANNOTATIONS, rows)


def _shown(text: str) -> str:
    return html.escape(plain(text), quote=False)


def _tag(text: str) -> str:
    """Make *text* one tag: the successor splits tags at commas."""
    return one_line(plain(text)).replace(",", " ")
