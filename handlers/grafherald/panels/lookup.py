"""The values of a query variable, asked of its datasource through Grafana 9 and later.

Before, the only way is ``/api/datasources/proxy/``, which may hand our token on: not taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from grafherald.draw.decode import CannotRead, frames_of
from grafherald.draw.look import TimeRange
from grafherald.draw.names import label_text
from grafherald.draw.numbers import as_javascript
from grafherald.panels.dashboard import Datasource

Ask = Callable[[str, str, Any], tuple[int, Any]]
"""(method, path below Grafana's address, JSON body or None) -> (status, JSON)"""

_LABEL_VALUES = re.compile(r"label_values\((?:(.+),)?\s*([a-zA-Z_][\w.]*)\s*\)", re.DOTALL)
_QUERY_RESULT = re.compile(r"query_result\((.+)\)", re.DOTALL)
_METRICS = re.compile(r"metrics\((.+)\)", re.DOTALL)


class Lookups:
    """Asks for values, for `variables.resolve`."""

    def __init__(self, ask: Ask, span: TimeRange, version: tuple[int, int, int]) -> None:
        self._ask = ask
        self._span = span
        self._version = version

    def __call__(self, datasource: Datasource, query: Any) -> Sequence[str] | None:
        """The values in the order they came; None where this datasource can't be asked."""
        prometheus = "prometheus" in datasource.type
        if self._version < (9, 0, 0) or not (prometheus or datasource.type == "loki"):
            return None
        text = _text(query)
        if found := _LABEL_VALUES.fullmatch(text):
            return self._label_values(datasource, found[2], (found[1] or "").strip())
        if prometheus and (found := _METRICS.fullmatch(text)):
            names = self._label_values(datasource, "__name__", "")
            pattern = re.escape(found[1].strip()) if len(found[1]) > 500 else found[1].strip()
            return _matching(names, pattern)
        if prometheus and (found := _QUERY_RESULT.fullmatch(text)):
            return self._query_result(datasource, found[1])
        return None

    def _label_values(
        self, datasource: Datasource, label: str, selector: str
    ) -> Sequence[str] | None:
        asked = {"start": str(self._span.start // 1000), "end": str(self._span.end // 1000)}
        if datasource.type == "loki":
            asked = {name: f"{value}000000000" for name, value in asked.items()}
            path = f"label/{quote(label, safe='')}/values"
            if selector:
                asked["query"] = selector
        else:
            path = f"api/v1/label/{quote(label, safe='')}/values"
            if selector:
                asked["match[]"] = selector
        address = f"/api/datasources/uid/{quote(datasource.uid, safe='')}/resources/{path}"
        status, answer = self._ask("GET", f"{address}?{urlencode(asked)}", None)
        data = answer.get("data") if isinstance(answer, Mapping) else None
        if status != 200 or not isinstance(data, list):
            return None
        return [each for each in data if isinstance(each, str)]

    def _query_result(self, datasource: Datasource, expression: str) -> Sequence[str] | None:
        """Each series as ``name{label="value"} value time``, for the variable's regex to cut."""
        query = {
            "refId": "A",
            "expr": expression,
            "instant": True,
            "range": False,
            "format": "time_series",
            "intervalMs": 15_000,
            "maxDataPoints": 1,
            **datasource.reference,
        }
        body = {"from": str(self._span.start), "to": str(self._span.end), "queries": [query]}
        status, answer = self._ask("POST", "/api/ds/query", body)
        if status != 200:
            return None
        try:
            frames = frames_of(answer)
        except CannotRead:
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
        return found


def _text(query: Any) -> str:
    """A query as one writes it; later versions keep it as an object."""
    if isinstance(query, Mapping):
        if query.get("label") and not query.get("query"):
            selector = query.get("stream") or query.get("metric")
            return f"label_values({selector}, {query['label']})" if selector else (
                f"label_values({query['label']})"
            )  # fmt: skip
        query = query.get("query") or query.get("expr")
    return str(query or "").strip()


def _matching(names: Sequence[str] | None, pattern: str) -> Sequence[str] | None:
    from grafherald.draw.regexes import compiled

    found = compiled(pattern, whole=False)
    return [name for name in names if found.search(name)] if names and found else None
