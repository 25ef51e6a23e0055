"""What each route answers, from a request's body to a JSON value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from grafherald.datasource import answer, catalogue, graphs, tables
from grafherald.datasource.question import ROWS, Question
from grafherald.datasource.request import (
    Query,
    read_annotation,
    read_filters,
    read_query,
    read_range,
    text,
)
from grafherald.datasource.target import payload_of, target
from grafherald.history.buckets import buckets
from grafherald.history.read import alerts_between
from grafherald.history.select import select
from grafherald.store import Database, milliseconds, moment

Body = Mapping[str, Any]


def query(database: Database, asked: Query, now: datetime) -> list[answer.Json]:
    """Return for each target its series, or its table."""
    when = buckets(asked.start, asked.end, asked.interval, asked.points)
    span = (asked.start, asked.end, milliseconds(now))
    found: list[answer.Json] = []
    for one in asked.asked:
        question = Question(one.target, asked.filters, when, *span)
        if one.is_table:
            found.append(answer.table(tables.table(database, question), one.ref_id))
        else:
            drawn = graphs.graph(database, question)
            found += [answer.series(each, when, one.ref_id) for each in drawn]
    return found


def _query(database: Database, body: Body, now: datetime) -> Any:
    return query(database, read_query(body), now)


def _annotations(database: Database, body: Body, _now: datetime) -> Any:
    start, end = read_range(body)
    annotation, words = read_annotation(body)
    conditions = target(words, None, is_annotation=True).conditions
    chosen = select(database, conditions)
    found = alerts_between(database, moment(start), moment(end), ROWS, chosen)
    return [{"annotation": annotation, **answer.annotation(a, start, end)} for a in found]


def _search(database: Database, body: Body, _now: datetime) -> Any:
    return catalogue.search(database, text(body, "target"))


def _variable(database: Database, body: Body, _now: datetime) -> Any:
    given = payload_of(body.get("payload"), is_target=True)
    found = catalogue.search(database, text(given, "target"))
    return [{"__text": value, "__value": value} for value in found]


def _metrics(database: Database, body: Body, _now: datetime) -> Any:
    return catalogue.metrics(database, text(body, "metric"))


def _options(database: Database, body: Body, _now: datetime) -> Any:
    given = payload_of(body.get("payload"))
    return catalogue.options(database, text(body, "name"), given)


def _tag_keys(database: Database, _body: Body, _now: datetime) -> Any:
    return [{"type": "string", "text": key} for key in catalogue.keys(database)]


def _tag_values(database: Database, body: Body, _now: datetime) -> Any:
    filters = read_filters(body.get("filters") or ())
    return [{"text": value} for value in catalogue.values(database, text(body, "key"), filters)]


REPLIES: dict[str, Callable[[Database, Body, datetime], Any]] = {
    "query": _query,
    "annotations": _annotations,
    "search": _search,
    "variable": _variable,
    "metrics": _metrics,
    "metric-payload-options": _options,
    "tag-keys": _tag_keys,
    "tag-values": _tag_values,
}
