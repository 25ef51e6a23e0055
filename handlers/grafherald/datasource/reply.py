"""What each route answers, from a request's body to JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from grafherald.datasource import catalogue, graphs, json_format, tables
from grafherald.datasource.cache import ResponseCache
from grafherald.datasource.request import (
    PanelRequest,
    RequestedTarget,
    read_annotation,
    read_filters,
    read_query,
    read_range,
    text,
)
from grafherald.datasource.target import FILTERED, check_names, chosen, payload_of, target
from grafherald.datasource.target_query import ROWS, TargetQuery
from grafherald.errors import QueryError, excerpt
from grafherald.history.buckets import buckets
from grafherald.history.read import alerts_between
from grafherald.history.select import select
from grafherald.net.deadline import Deadline
from grafherald.store import Database, milliseconds, moment
from grafherald.store.pool import Pool

Body = Mapping[str, Any]


@dataclass(frozen=True)
class AnswerSource:
    """Where answers come from, for one request.

    Attributes:
        left: how long the request may still take.
    """

    pool: Pool
    cache: ResponseCache
    now: datetime
    left: Deadline

    def connection(self) -> AbstractContextManager[Database]:
        """Lend a connection for one block, which may take the time that is left."""
        return self.pool.connection(self.left.remaining)


def reply(source: AnswerSource, route: str, body: Body) -> bytes:
    """Answer what a plugin asks at *route*, as JSON.

    Raises:
        QueryError: the body is not what the route takes.
        StoreError: the history can't be read, or not in time.
    """
    if route == "query":
        return _query(source, read_query(body))
    with source.connection() as database:
        return dumps(_REPLIES[route](database, body))


def dumps(value: Any) -> bytes:
    """Write *value* as the shortest JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def _query(source: AnswerSource, asked: PanelRequest) -> bytes:
    """Answer each target: with its series or its table, or of several with why there is none.

    Raises:
        QueryError: none can be answered.
    """
    when = buckets(asked.start, asked.end, asked.interval, asked.points)
    shape = partial(
        TargetQuery,
        filters=asked.filters,
        when=when,
        start=asked.start,
        end=asked.end,
        now=milliseconds(source.now),
    )
    version = source.pool.version()
    found, errors = [], []
    for one in asked.asked:
        try:
            if isinstance(one.target, QueryError):
                raise one.target
            found.append(_answered(source, one, shape(one.target), version))
        except QueryError as error:
            errors.append(QueryError(f"{excerpt(one.ref_id)[1:-1]}: {error}"))
            found.append(dumps(json_format.refused(str(error), one.ref_id, is_table=one.is_table)))
    if errors and len(errors) == len(asked.asked):
        raise errors[0]
    return b"[" + b",".join(part for part in found if part) + b"]"


def _answered(
    source: AnswerSource, one: RequestedTarget, question: TargetQuery, version: str
) -> bytes:
    """Answer one target; a graph is not computed again that is known."""
    if one.is_table:
        with source.connection() as database:
            return dumps(json_format.table(tables.table(database, question), one.ref_id))
    when = question.when
    key = (one, question.filters, when, min(question.now, when.stop) // when.step)
    make = partial(_graph, source, question, one.ref_id)
    return source.cache.get(key, version, make, source.left)


def _graph(source: AnswerSource, question: TargetQuery, ref_id: str) -> bytes:
    """Write the series of a graph as JSON, without the brackets around them."""
    with source.connection() as database:
        drawn = graphs.graph(database, question)
    return dumps([json_format.series(each, question.when, ref_id) for each in drawn])[1:-1]


def _annotations(database: Database, body: Body) -> Any:
    start, end = read_range(body)
    annotation, words = read_annotation(body)
    conditions = target(words, None, is_annotation=True).conditions
    chosen = select(database, conditions)
    found = alerts_between(database, moment(start), moment(end), ROWS, chosen)
    return [{"annotation": annotation, **json_format.annotation(a, start, end)} for a in found]


def _search(database: Database, body: Body) -> Any:
    return catalogue.search(database, text(body, "target"))


def _variable(database: Database, body: Body) -> Any:
    given = payload_of(body.get("payload"), is_target=True)
    check_names(given, ("target", *FILTERED))
    found = catalogue.known_variable(database, text(given, "target"), chosen(given))
    return [{"__text": value, "__value": value} for value in found]


def _metrics(database: Database, body: Body) -> Any:
    return catalogue.metrics(database, text(body, "metric"))


def _options(database: Database, body: Body) -> Any:
    given = payload_of(body.get("payload"))
    return catalogue.options(database, text(body, "name"), given)


def _tag_keys(database: Database, _body: Body) -> Any:
    return [{"type": "string", "text": key} for key in catalogue.keys(database)]


def _tag_values(database: Database, body: Body) -> Any:
    filters = read_filters(body.get("filters") or ())
    return [{"text": value} for value in catalogue.values(database, text(body, "key"), filters)]


_REPLIES: dict[str, Callable[[Database, Body], Any]] = {
    "annotations": _annotations,
    "search": _search,
    "variable": _variable,
    "metrics": _metrics,
    "metric-payload-options": _options,
    "tag-keys": _tag_keys,
    "tag-values": _tag_values,
}
ROUTES = ("query", *_REPLIES)
