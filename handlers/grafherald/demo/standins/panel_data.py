"""What a Grafana 12 says of one panel: its dashboard, its datasource, and its data as frames.

https://grafana.com/docs/grafana/latest/developers/http_api/data_source/#query-a-data-source
"""

from __future__ import annotations

import math
import random
from typing import Any

UID = "node"
_SERIES = (("user", 78), ("system", 14), ("iowait", 9))
_STEPS = 180

PANEL: dict[str, Any] = {
    "id": 2,
    "type": "timeseries",
    "title": "CPU of $host",
    "datasource": {"type": "prometheus", "uid": "prom"},
    "targets": [
        {"refId": "A", "expr": 'rate(cpu_seconds{host="$host"}[5m])', "legendFormat": "{{mode}}"}
    ],
    "fieldConfig": {
        "defaults": {
            "unit": "percent",
            "min": 0,
            "max": 100,
            "color": {"mode": "palette-classic"},
            "custom": {"fillOpacity": 10, "lineWidth": 2, "showPoints": "never"},
        },
        "overrides": [],
    },
    "options": {"legend": {"displayMode": "list", "placement": "bottom", "calcs": []}},
}

DASHBOARD: dict[str, Any] = {
    "uid": UID,
    "title": "Nodes",
    "timezone": "browser",
    "time": {"from": "now-6h", "to": "now"},
    "templating": {
        "list": [
            {
                "name": "host",
                "type": "query",
                "datasource": {"type": "prometheus", "uid": "prom"},
                "query": "label_values(cpu_seconds, host)",
                "current": {},
                "options": [],
            }
        ]
    },
    "panels": [PANEL],
}

SETTINGS: dict[str, Any] = {
    "buildInfo": {"version": "12.0.1"},
    "defaultDatasource": "Prometheus",
    "datasources": {
        "Prometheus": {
            "id": 1,
            "uid": "prom",
            "type": "prometheus",
            "meta": {"id": "prometheus", "backend": True},
            "jsonData": {},
        }
    },
}


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """Answer ``POST /api/ds/query``: three series of percents that rise near their end."""
    start, end = int(body["from"]), int(body["to"])
    results = {}
    for query in body["queries"]:
        frames = [_frame(query["refId"], name, peak, start, end) for name, peak in _SERIES]
        results[query["refId"]] = {"status": 200, "frames": frames}
    return {"results": results}


def _frame(ref: str, name: str, peak: int, start: int, end: int) -> dict[str, Any]:
    step = max(1, (end - start) // _STEPS)
    times = list(range(start, end + 1, step))
    fields = [
        {"name": "Time", "type": "time", "config": {"interval": step}},
        {
            "name": "Value",
            "type": "number",
            "labels": {"mode": name},
            "config": {"displayNameFromDS": name},
        },
    ]
    values = _curve(name, peak, len(times))
    return {"schema": {"refId": ref, "fields": fields}, "data": {"values": [times, values]}}


def _curve(seed: str, peak: int, count: int) -> list[float]:
    dice = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    values, level = [], 0.16 * peak + 4
    for place in range(count):
        level += dice.uniform(-1, 1) * peak * 0.035 + (0.16 * peak + 4 - level) * 0.08
        rise = 1 / (1 + math.exp(-(place - 0.85 * count) / (0.02 * count)))
        values.append(round(min(98.0, max(0.5, level + rise * peak)), 2))
    return values
