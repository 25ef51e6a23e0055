"""A Grafana to ask: answers by path, and a record of what was asked."""

from __future__ import annotations

import copy
from typing import Any

NOW = 1_795_632_000_000
SPAN = "from=1795610400000&to=1795632000000&width=1000&height=500&tz=UTC"

PROM = {"id": 2, "uid": "prom", "type": "prometheus", "jsonData": {"timeInterval": "15s"}}
SETTINGS: dict[str, Any] = {
    "defaultDatasource": "Prom",
    "datasources": {
        "Prom": PROM,
        "Prom 2": {**PROM, "id": 3, "uid": "prom2"},
        "Carbon": {"id": 4, "uid": "carbon", "type": "graphite", "jsonData": {}},
        "Influx": {"id": 5, "uid": "influx", "type": "influxdb", "jsonData": {}},
        "Loki": {"id": 6, "uid": "loki", "type": "loki", "jsonData": {}},
        "SQL": {"id": 7, "uid": "sql", "type": "postgres", "jsonData": {}},
        "Simple": {"id": 8, "uid": "simple", "type": "grafana-simple-json-datasource"},
    },
}


def query_variable(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": "query",
        "datasource": "Prom",
        "query": f"label_values(up, {name})",
        "multi": True,
        "includeAll": True,
        "current": {},
        "options": [],
        **more,
    }


class Grafana:
    """Answers as Grafana does; see `asked` for what it was asked."""

    def __init__(
        self,
        *panels: dict[str, Any],
        variables: list[dict[str, Any]] | None = None,
        version: str = "7.5.5",
        labels: dict[str, list[str]] | None = None,
        series: list[dict[str, Any]] | None = None,
        **dashboard: Any,
    ) -> None:
        self.settings = copy.deepcopy(SETTINGS)
        self.settings["buildInfo"] = {"version": version}
        listed = [
            {"id": n, "type": "timeseries", "title": "T", **p} for n, p in enumerate(panels, 1)
        ]
        self.dashboard = {
            "uid": "web",
            "title": "Web",
            "panels": listed,
            "templating": {"list": variables or []},
            **dashboard,
        }
        self.labels = labels or {}
        self.series = [{"name": "a", "points": [[1, NOW]]}] if series is None else series
        self.asked: list[tuple[str, str, Any]] = []
        self.answers: dict[str, tuple[int, Any]] = {}

    def ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        self.asked.append((method, path, body))
        for start, answer in self.answers.items():
            if path.startswith(start):
                return answer
        if path == "/api/frontend/settings":
            return 200, self.settings
        if path.startswith("/api/dashboards/"):
            return 200, {"dashboard": self.dashboard, "meta": {}}
        if "/resources/" in path:
            label = path.partition("/label/")[2].partition("/")[0]
            return 200, {"status": "success", "data": self.labels.get(label, [])}
        if method == "POST":
            refs = [query["refId"] for query in body["queries"]]
            return 200, {"results": {ref: {"refId": ref, "series": self.series} for ref in refs}}
        return 404, {"message": "Not found"}

    @property
    def bodies(self) -> list[Any]:
        return [body for method, _, body in self.asked if method == "POST"]

    @property
    def queries(self) -> list[dict[str, Any]]:
        return [query for body in self.bodies for query in body["queries"]]


def url(panel: int = 1, more: str = "") -> str:
    return f"https://grafana.example.com/render/d-solo/web/web?panelId={panel}&{SPAN}{more}"


def target(expr: str, **more: Any) -> dict[str, Any]:
    return {"refId": "A", "expr": expr, **more}
