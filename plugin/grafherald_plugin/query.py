"""A query as Grafana asks it, and as a JSON API is asked. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Protocol

from grafherald_plugin.errors import FrameError


@dataclass(frozen=True)
class ApiQuery:
    """One query of a panel or an alert rule.

    Attributes:
        target: what is asked for; its meaning is the API's own.
        type: ``timeserie`` or ``table``, as the API is told.
        payload: more for the API, any JSON.
        start, end: the range, milliseconds since the epoch.
        interval: milliseconds between points that the panel can show.
        filters: the dashboard's ad hoc filters.
        scoped: the panel's scoped variables, with ``__annotation`` for annotations.
        for_alert: an alert rule asks.
        only_series: it is a dashboard's alert of Grafana 10 or before, which knows no numbers
            without a time.
    """

    ref_id: str
    target: str
    start: int
    end: int
    interval: int
    max_data_points: int
    type: str = "timeserie"
    payload: Any = None
    filters: list[Any] = field(default_factory=list)
    scoped: Mapping[str, Any] = field(default_factory=dict)
    for_alert: bool = False
    only_series: bool = False


class SavedQuery(Protocol):
    """A query in the messages of both protocols; *json* is what the editor saved."""

    @property
    def ref_id(self) -> str: ...
    @property
    def json(self) -> str | bytes: ...
    @property
    def interval_ms(self) -> int: ...
    @property
    def max_data_points(self) -> int: ...


class QueryTimeRange(Protocol):
    """A range in the messages of both protocols."""

    @property
    def from_ms(self) -> int: ...
    @property
    def to_ms(self) -> int: ...


def read_query(message: SavedQuery, time_range: QueryTimeRange, *, for_alert: bool) -> ApiQuery:
    """Read the query that Grafana saved in *message*.

    A payload that is a text is read as JSON where it is that: the successor's editor saves texts.

    Raises:
        QueryError: its JSON is no object.
    """
    try:
        saved = json.loads(message.json or b"{}")
    except (ValueError, RecursionError):
        saved = None
    if not isinstance(saved, dict):
        raise FrameError("the saved query is no JSON object; edit it and save again", status=400)
    filters = saved.get("adhocFilters") or saved.get("filters")
    scoped = saved.get("scopedVars")
    # A dashboard's alert says neither (Grafana 7.5.5: conditions/query.go); all others do.
    from_dashboard = not message.interval_ms and not message.max_data_points
    return ApiQuery(
        message.ref_id,
        _text(saved.get("target")),
        time_range.from_ms,
        time_range.to_ms,
        message.interval_ms,
        message.max_data_points,
        _text(saved.get("type")) or "timeserie",
        _payload(saved.get("payload") or saved.get("data")),
        filters if isinstance(filters, list) else [],
        scoped if isinstance(scoped, dict) else {},
        for_alert or from_dashboard,
        from_dashboard,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _payload(saved: Any) -> Any:
    if not isinstance(saved, str):
        return saved
    try:
        return json.loads(saved)
    except (ValueError, RecursionError):
        return saved


def request_body(query: ApiQuery) -> dict[str, Any]:
    """What ``POST /query`` sends, for the classic API and its successor alike.

    https://github.com/grafana/simple-json-datasource#query-api
    https://github.com/simPod/GrafanaJsonDatasource#post-query
    """
    start, end = _iso(query.start), _iso(query.end)
    raw = {"from": start, "to": end}
    target = {"target": query.target, "refId": query.ref_id, "type": query.type}
    return {
        "requestId": query.ref_id,
        "range": {**raw, "raw": raw},
        "rangeRaw": raw,
        "interval": _duration(query.interval),
        "intervalMs": query.interval,
        "maxDataPoints": query.max_data_points,
        "scopedVars": {
            **query.scoped,
            "__interval": _variable(_duration(query.interval)),
            "__interval_ms": _variable(query.interval),
        },
        "targets": [target if query.payload is None else {**target, "payload": query.payload}],
        "adhocFilters": query.filters,
        "filters": query.filters,
        "format": "json",
    }


def _iso(milliseconds: int) -> str:
    """Write a moment as browsers do: ``2016-10-31T06:33:44.866Z``."""
    seconds, rest = divmod(milliseconds, 1000)
    try:
        at = datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise FrameError("the time range is outside of the years 1 to 9999", status=400) from None
    return f"{at:%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def _duration(milliseconds: int) -> str:
    """Write a length of time as Grafana does an interval: ``30s``, ``500ms``, ``5m``."""
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % length == 0:
            return f"{milliseconds // length}{unit}"
    return f"{milliseconds}ms"


def _variable(value: Any) -> dict[str, Any]:
    return {"text": value, "value": value}
