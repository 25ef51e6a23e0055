"""One query of a variable, and the ways in which Grafana can be asked for its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from grafherald.draw.frames.decode import CannotRead, frames_of
from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.page.look import TimeRange
from grafherald.panels.dashboard import Datasource

Ask = Callable[[str, str, Any], tuple[int, Any]]
"""(method, path below Grafana's address, JSON body or None) -> (status, JSON)"""

Found = Sequence[tuple[str, str]]
"""(value, text) of each option, in the order they came"""

Version = tuple[int, int, int]


@dataclass(frozen=True)
class VariableQuery:
    """A query with its variables filled in.

    Attributes:
        given: as the dashboard has it: text, or since 8 for many datasources an object.
    """

    datasource: Datasource
    given: Any
    ask: Ask
    span: TimeRange
    version: Version

    @property
    def text(self) -> str:
        """The query as one writes it; later versions keep it as an object."""
        given = self.given
        if isinstance(given, Mapping):
            if given.get("label") and not given.get("query"):
                selector = given.get("stream") or given.get("metric")
                before = f"{selector}, " if selector else ""
                return f"label_values({before}{given['label']})"
            given = next((given[key] for key in _WORDS if given.get(key)), "")
        return str(given or "").strip()

    def resource(self, path: str, asked: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """What the datasource's backend answers under *path* (Grafana 9 and later); None for no.

        A body makes it a POST. It is never Grafana's proxy, which may hand our token on.
        """
        uid = quote(self.datasource.uid, safe="")
        address = f"/api/datasources/uid/{uid}/resources/{path}"
        address += f"?{urlencode(asked)}" if asked else ""
        status, answer = self.ask("GET" if body is None else "POST", address, body)
        return answer if status == 200 else None

    def frames(self, **query: Any) -> Sequence[Frame] | None:
        """What a query of this datasource answers; None where it fails."""
        whole = {
            "refId": "A",
            "intervalMs": 15_000,
            "maxDataPoints": 1,
            **query,
            **self.datasource.reference,
        }
        body = {"from": str(self.span.start), "to": str(self.span.end), "queries": [whole]}
        path = "/api/tsdb/query" if self.version < (7, 0, 0) else "/api/ds/query"
        status, answer = self.ask("POST", path, body)
        if status != 200:
            return None
        try:
            return frames_of(answer)
        except CannotRead:
            return None


_WORDS = ("query", "expr", "rawSql", "target")


def alike(values: Sequence[Any] | None) -> Found | None:
    """Options whose text is their value, each once."""
    if values is None:
        return None
    return [(each, each) for each in dict.fromkeys(str(v) for v in values if v is not None)]


def texts_of(frame: Frame) -> Field | None:
    """The column that holds the options: the first of texts, else the first that is no time.

    So does ``frameToMetricFindValue`` of @grafana/runtime.
    """
    return frame.first("string") or next((f for f in frame.fields if f.kind != "time"), None)
