"""What Alertmanager and Grafana are answered: 200 when it is kept, 400 with a sentence, no 500."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grafherald.server.service import Daemon

from .conftest import address

Start = Callable[..., Daemon]
ALERT = {
    "status": "firing",
    "labels": {"alertname": "HighLoad", "instance": "web01:9100", "severity": "warning"},
    "annotations": {"summary": "load is 12"},
    "startsAt": "2026-11-21T03:12:05.123Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://p:9090/graph?g0.expr=node_load1+%3E+8&g0.tab=1",
    "fingerprint": "d9f1",
}
RULE = {
    "ruleId": 3,
    "ruleName": "Load",
    "title": "[Alerting] Load",
    "orgId": 1,
    "evalMatches": None,
}


def post(daemon: Daemon, name: str, message: Any, method: str = "POST") -> tuple[int, str]:
    host, port = address(daemon.listeners.names(), "http")
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    headers = {"Content-Type": "application/json"}
    url = f"http://{host}:{port}/events/{name}"
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)["text"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["text"]


def alertmanager(*alerts: Any, **more: Any) -> dict[str, Any]:
    return {"version": "4", "groupKey": "g", "truncatedAlerts": 0, "alerts": list(alerts), **more}


def grafana(**more: Any) -> dict[str, Any]:
    return {"version": "1", "orgId": 1, "groupKey": "g", "alerts": [{**ALERT, **more}]}


@pytest.mark.parametrize(
    ("name", "message", "status", "said"),
    [
        ("alertmanager", alertmanager(ALERT), 200, "kept, 1 to deliver"),
        ("alertmanager", alertmanager(), 200, "nothing to notify"),
        ("alertmanager", alertmanager(ALERT, receiver=None, routeLabels={}), 200, "kept"),
        ("alertmanager", grafana(), 400, "version: expected 4"),
        ("alertmanager", b"alert!", 400, "expected a message of Alertmanager's webhook in JSON"),
        ("alertmanager", alertmanager({}), 400, "alerts[0].status: expected firing or resolved"),
        ("grafana", grafana(panelURL="", dashboardURL="", values=None), 200, "kept, 1 to deliver"),
        ("grafana", grafana(values={"B": None, "C": 10**400}), 200, "kept, 1 to deliver"),
        ("grafana", grafana(labels={"alertname": "DatasourceError", "rulename": "x"}), 200, "kept"),
        ("grafana", {**RULE, "state": "alerting", "tags": None}, 200, "kept, 1 to deliver"),
        ("grafana", {**RULE, "state": "ok"}, 200, "kept"),
        ("grafana", {**RULE, "state": "no_data", "message": ""}, 200, "kept, 1 to deliver"),
        ("grafana", {**RULE, "state": "paused"}, 200, "nothing to notify"),
        ("grafana", {**RULE, "state": "pending"}, 200, "nothing to notify"),
        ("grafana", {**RULE, "state": "on fire"}, 400, "state: expected alerting, ok, no_data"),
        ("grafana", {"text": "a template of one's own"}, 400, "alerts: is missing"),
    ],
)
def test_the_status_says_whether_it_is_kept(
    daemon: Start, name: str, message: Any, status: int, said: str
) -> None:
    answer = post(daemon(), name, message)
    assert answer[0] == status, answer
    assert said in answer[1]


def test_grafana_may_put(daemon: Start) -> None:
    """Its contact point has a choice of POST and PUT."""
    assert post(daemon(), "grafana", grafana(), "PUT")[0] == 200


@pytest.mark.slow
def test_a_group_of_thousands_is_kept_in_no_more_room_than_it_has(
    daemon: Start, tmp_path: Path
) -> None:
    """The whole message with each of its alerts was 2 GB, and took longer than anybody waits."""
    count = 2000
    labels, more = ALERT["labels"], {"description": "x" * 500}
    assert isinstance(labels, dict)
    alerts = [
        {
            **ALERT,
            "labels": {**labels, "instance": f"web{number}"},
            "annotations": more,
            "fingerprint": f"{number:x}",
        }
        for number in range(count)
    ]
    running = daemon()
    answer = post(running, "alertmanager", alertmanager(*alerts, truncatedAlerts=7))
    assert answer == (200, f"web0/HighLoad: kept, {count} to deliver")
    again = post(running, "alertmanager", alertmanager(*alerts, truncatedAlerts=7))
    assert again == (200, "web0/HighLoad: kept, nothing new to deliver")
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        ((size, rows),) = database.execute("SELECT SUM(LENGTH(raw)), COUNT(*) FROM events")
    assert rows == count
    assert size < 2 * len(json.dumps(alertmanager(*alerts)))
    too_many = post(running, "alertmanager", alertmanager(*[ALERT] * 10_001))
    assert too_many == (400, "alerts: there are 10001, expected at most 10000")
