"""How each kind of datasource is asked for the values of a query variable.

Each does what the datasource's frontend does (``metricFindQuery``), through Grafana's query API or
the datasource's resources; where only ``/api/datasources/proxy/`` would do, there is no answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from grafherald.draw.frames.names import label_text
from grafherald.draw.frames.numbers import as_javascript
from grafherald.draw.frames.regexes import compiled
from grafherald.panels.variablequery import Found, VariableQuery, alike, texts_of

Finder = Callable[[VariableQuery], Found | None]

_LABEL_VALUES = re.compile(r"label_values\((?:(.+),)?\s*([a-zA-Z_][\w.]*)\s*\)", re.DOTALL)
_LABEL_NAMES = re.compile(r"label_names\((.*)\)", re.DOTALL)
_QUERY_RESULT = re.compile(r"query_result\((.+)\)", re.DOTALL)
_METRICS = re.compile(r"metrics\((.+)\)", re.DOTALL)
_TAG_VALUES = re.compile(r"\s*show\s+tag\s+values\b", re.IGNORECASE)
_MOST = 500  # terms, as Elasticsearch's frontend asks for


def prometheus(asked: VariableQuery) -> Found | None:
    """``label_values``, ``label_names``, ``metrics`` and ``query_result``."""
    if asked.version < (9, 0, 0):
        return None
    if found := _LABEL_VALUES.fullmatch(asked.text):
        return _labels(asked, f"api/v1/label/{quote(found[2], safe='')}/values", found[1])
    if _LABEL_NAMES.fullmatch(asked.text):
        return _labels(asked, "api/v1/labels")
    if found := _METRICS.fullmatch(asked.text):
        return _metrics(asked, found[1].strip())
    if found := _QUERY_RESULT.fullmatch(asked.text):
        return _query_result(asked, found[1])
    return None


def _labels(asked: VariableQuery, path: str, selector: str | None = None) -> Found | None:
    """What is under *path* in the range of the picture."""
    loki = asked.datasource.type == "loki"
    unit = 1_000_000 if loki else 0
    times = (asked.span.start, asked.span.end)
    start, end = (str(each * unit if loki else each // 1000) for each in times)
    parameters = {"start": start, "end": end}
    if selector and selector.strip():
        parameters["query" if loki else "match[]"] = selector.strip()
    answer = asked.resource(path, parameters)
    data = answer.get("data") if isinstance(answer, Mapping) else None
    return (
        alike([each for each in data if isinstance(each, str)]) if isinstance(data, list) else None
    )


def _metrics(asked: VariableQuery, pattern: str) -> Found | None:
    names = _labels(asked, "api/v1/label/__name__/values")
    found = compiled(pattern, whole=False) if len(pattern) <= 500 else None
    return [pair for pair in names if found.search(pair[0])] if names and found else None


def _query_result(asked: VariableQuery, expression: str) -> Found | None:
    """Each series as ``name{label="value"} value time``, for the variable's regex to cut."""
    frames = asked.frames(expr=expression, instant=True, range=False, format="time_series")
    if frames is None:
        return None
    found = []
    for frame in frames:
        time, value = frame.first("time"), frame.first("number")
        if time and value and len(frame):
            labels = {k: v for k, v in value.labels.items() if k != "__name__"}
            name = value.labels.get("__name__", "") + label_text(labels).replace(", ", ",")
            number = value.values[-1]
            shown = as_javascript(number) if isinstance(number, int | float) else "NaN"
            found.append(f"{name} {shown} {as_javascript(time.values[-1] or 0)}")
    return alike(found)


def loki(asked: VariableQuery) -> Found | None:
    """``label_values`` and ``label_names``."""
    if asked.version < (9, 0, 0):
        return None
    if found := _LABEL_VALUES.fullmatch(asked.text):
        return _labels(asked, f"label/{quote(found[2], safe='')}/values", found[1])
    return _labels(asked, "labels") if _LABEL_NAMES.fullmatch(asked.text) else None


def sql(asked: VariableQuery) -> Found | None:
    """All that the query selects, or what it calls ``__value`` and ``__text``."""
    frames = asked.frames(rawSql=asked.text, format="table") if asked.text else None
    if not frames:
        return None
    named = {each.name: each.values for each in frames[0].fields}
    if "__value" in named and "__text" in named:
        pairs = zip(named["__value"], named["__text"], strict=True)
        return [(_word(value), _word(text)) for value, text in pairs]
    return alike([_word(v) for each in frames[0].fields for v in each.values if v is not None])


def _word(value: Any) -> str:
    return as_javascript(value) if isinstance(value, float) else str(value)


def influxdb(asked: VariableQuery) -> Found | None:
    """InfluxQL, as ``SHOW TAG VALUES WITH KEY = "host"``, and Flux; SQL is SQL."""
    if asked.datasource.settings.get("version") == "SQL":
        return sql(asked)
    if not asked.text or asked.version < (8, 0, 0):
        return None
    frames = asked.frames(query=asked.text, rawQuery=True, resultFormat="time_series")
    found: list[Any] = []
    for frame in frames or ():
        texts = [each for each in frame.fields if each.kind == "string"]
        keyed = len(texts) > 1 and _TAG_VALUES.match(asked.text)  # the tag's key comes first
        column = texts[-1] if keyed else texts_of(frame)
        found += column.values if column else ()
    return alike(found) or None


def elasticsearch(asked: VariableQuery) -> Found | None:
    """``{"find": "terms", "field": "host", "query": "..."}``, asked as an aggregation."""
    try:
        wanted = asked.given if isinstance(asked.given, Mapping) else json.loads(asked.text)
        wanted = json.loads(wanted["query"]) if _nested(wanted) else wanted
    except ValueError:
        return None
    if not isinstance(wanted, Mapping) or wanted.get("find") != "terms" or not wanted.get("field"):
        return None
    field, by = str(wanted["field"]), wanted.get("orderBy")
    order = {"size": str(wanted.get("size") or _MOST), "min_doc_count": "1"}
    order["orderBy"] = "_count" if by == "doc_count" else "_term"
    order["order"] = str(wanted.get("order") or ("desc" if by == "doc_count" else "asc"))
    frames = asked.frames(
        query=str(wanted.get("query") or "*"),
        timeField=str(asked.datasource.settings.get("timeField") or "@timestamp"),
        metrics=[{"id": "1", "type": "count"}],
        bucketAggs=[{"id": "2", "type": "terms", "field": field, "settings": order}],
    )
    columns = [each for frame in frames or () for each in frame.fields if each.name == field]
    return alike([_word(v) for each in columns for v in each.values if v is not None]) or None


def _nested(wanted: Any) -> bool:
    """Whether the words that ask are themselves the object's ``query``."""
    return isinstance(wanted, Mapping) and "find" not in wanted and "query" in wanted


def graphite(asked: VariableQuery) -> Found | None:
    """The names that a path finds, which Grafana's backend tells since version 12."""
    if asked.version < (12, 0, 0) or not asked.text or "(" in asked.text:
        return None
    times = {"from": str(asked.span.start // 1000), "until": str(asked.span.end // 1000)}
    answer = asked.resource("metrics/find", body={"query": asked.text, **times})
    if not isinstance(answer, list):
        return None
    return alike([each["text"] for each in answer if isinstance(each, Mapping) and "text" in each])


FINDERS: Mapping[str, Finder] = {
    **dict.fromkeys(("mysql", "postgres", "grafana-postgresql-datasource", "mssql"), sql),
    "prometheus": prometheus,
    "loki": loki,
    "influxdb": influxdb,
    "elasticsearch": elasticsearch,
    "graphite": graphite,
}
