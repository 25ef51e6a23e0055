"""What Grafana sends, read and checked. Pure.

Both plugins send the same routes slightly different objects; what neither sends is refused with a
sentence, what only one of them sends may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from grafherald.datasource.target import Target, target
from grafherald.errors import QueryError, excerpt
from grafherald.history.conditions import Condition, condition
from grafherald.store import milliseconds

_TARGETS = 50  # of one request
_FILTERS = 50  # of one request
_LATEST = 253_370_764_800_000  # milliseconds: the year 9999
_POINTS = 1000  # where a request has no maxDataPoints


@dataclass(frozen=True)
class RequestedTarget:
    """One target of a request.

    Attributes:
        ref_id: what the panel calls it; the answer repeats it.
        is_table: a table is wanted, not series.
        target: what is asked for, or why it can't be answered.
    """

    ref_id: str
    is_table: bool
    target: Target | QueryError


@dataclass(frozen=True)
class PanelRequest:
    """A panel's request.

    Attributes:
        start, end: the range, in milliseconds.
        interval: the least milliseconds between two points.
        points: how many points the panel can show.
        filters: the dashboard's ad hoc filters.
    """

    start: int
    end: int
    interval: int
    points: int
    filters: tuple[Condition, ...]
    asked: tuple[RequestedTarget, ...]


def read_body(body: bytes) -> Mapping[str, Any]:
    """Read a request's *body* as the object it has to be; an empty one counts as an empty object.

    Raises:
        QueryError: it is none.
    """
    if not body.strip():
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise QueryError("the body is no JSON") from None
    if not isinstance(found, dict):
        raise QueryError("the body: expected a JSON object")
    return found


def read_query(body: Mapping[str, Any]) -> PanelRequest:
    """Read what ``POST /query`` asks.

    Raises:
        QueryError: a field is missing or wrong; the text names it.
    """
    start, end = read_range(body)
    asked = body.get("targets")
    if not isinstance(asked, list):
        raise QueryError("targets: expected a list")
    if len(asked) > _TARGETS:
        raise QueryError(f"targets: more than {_TARGETS} in one request")
    scoped = body.get("scopedVars")
    annotated = _annotation(scoped if isinstance(scoped, Mapping) else {})
    return PanelRequest(
        start=start,
        end=end,
        interval=max(1, _whole(body, "intervalMs", 1)),
        points=max(1, _whole(body, "maxDataPoints", _POINTS)),
        filters=read_filters(body.get("adhocFilters") or body.get("filters") or ()),
        asked=tuple(
            _asked(number, one, annotated) for number, one in enumerate(asked) if _shown(one)
        ),
    )


def read_range(body: Mapping[str, Any]) -> tuple[int, int]:
    """Read the request's range in milliseconds."""
    given = body.get("range")
    if not isinstance(given, Mapping):
        raise QueryError("range: expected an object with from and to")
    start, end = (_time(f"range.{name}", given.get(name)) for name in ("from", "to"))
    if start > end:
        raise QueryError("range: from is after to")
    return start, end


def read_annotation(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Read the ``annotation`` of ``POST /annotations``, to be repeated, and its query."""
    annotation = body.get("annotation")
    if not isinstance(annotation, Mapping):
        raise QueryError("annotation: expected an object")
    query = annotation.get("query")
    if query is not None and not isinstance(query, str):
        raise QueryError("annotation.query: expected a text")
    return annotation, query or ""


def read_filters(given: Any) -> tuple[Condition, ...]:
    """Read ad hoc filters as conditions."""
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > _FILTERS:
        raise QueryError(f"adhocFilters: expected a list of at most {_FILTERS}")
    return tuple(_filter(one) for one in given)


def text(body: Mapping[str, Any], name: str) -> str:
    """Read the text at *name*, "" where there is none."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise QueryError(f"{name}: expected a text")
    return value


def _filter(one: Any) -> Condition:
    if not isinstance(one, Mapping):
        raise QueryError("adhocFilters: expected objects with key, operator and value")
    key, operator, value = (text(one, name) for name in ("key", "operator", "value"))
    values = one.get("values")
    if operator in ("=|", "!=|") and isinstance(values, list):
        if not all(isinstance(each, str) for each in values):
            raise QueryError(f"adhocFilters: the values of {excerpt(key)} are no texts")
        return condition(key, operator, values)
    return condition(key, operator, [value])


def _annotation(scoped: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find the annotation that the successor asks for, as ``scopedVars.__annotation``."""
    given = scoped.get("__annotation")
    value = given.get("value") if isinstance(given, Mapping) else None
    return value if isinstance(value, Mapping) else None


def _shown(one: Any) -> bool:
    """Tell whether a target is to be answered: a fresh panel has one without a text."""
    if not isinstance(one, Mapping):
        raise QueryError("targets: expected objects")
    return not one.get("hide") and bool(one.get("target") or one.get("refId") == "Anno")


def _asked(
    number: int, one: Mapping[str, Any], annotated: Mapping[str, Any] | None
) -> RequestedTarget:
    ref_id = text(one, "refId") or chr(ord("A") + number % 26)
    is_table = text(one, "type") == "table"
    is_annotation = ref_id == "Anno" or annotated is not None
    words = text(one, "target")
    if is_annotation and annotated is not None and isinstance(annotated.get("query"), str):
        words = words or str(annotated["query"])
    try:
        read = target(words, one.get("payload") or one.get("data"), is_annotation=is_annotation)
    except QueryError as error:
        return RequestedTarget(ref_id, is_table, error)
    return RequestedTarget(ref_id, is_table or read.is_table, read)


def _whole(body: Mapping[str, Any], name: str, default: int) -> int:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise QueryError(f"{name}: expected a number, 0 or more")
    return int(value)


def _time(name: str, value: Any) -> int:
    """Read a time as milliseconds: it comes as ISO 8601 in UTC, or as milliseconds."""
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 16:
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LATEST:
        return int(value)
    try:
        at = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise QueryError(
            f"{name}: {excerpt(str(value))} is no time such as 2026-11-21T03:00:00.000Z"
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
    try:
        found = milliseconds(at)
    except OverflowError:
        found = -1
    if not 0 <= found <= _LATEST:
        raise QueryError(f"{name}: is not between 1970 and 9999")
    return found
