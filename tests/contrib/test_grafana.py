"""The provisioning files and the dashboard, asked as Grafana would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient

from grafherald.datasource.configured import configured
from grafherald.event import Event, Kind, State
from grafherald.history.record import record
from grafherald.settings import Config
from grafherald.store import open_database
from grafherald.store.pool import Pool

FOLDER = Path(__file__).resolve().parent.parent.parent / "contrib" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboards" / "alerts.json").read_text())
TARGETS = [target for panel in DASHBOARD["panels"] for target in panel["targets"]]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    url = f"sqlite:///{tmp_path}/store.db"
    database = open_database(url)
    now = datetime.now(timezone.utc)
    event = Event(
        "nagios", Kind.PROBLEM, State.CRITICAL, 2, "web01.example.com", "cpu", "97 %", now
    )
    record(database, event, now)
    database.close()
    pool = Pool(lambda: open_database(url))
    app = Flask("grafherald", static_folder=None)
    app.register_blueprint(configured(Config({}), pool, is_local=True))
    yield app.test_client()
    pool.close()


def interpolated(words: str) -> str:
    """Return *words* with variables as Grafana's ``regex`` format fills them in."""
    return words.replace("$entity", r"(web01\.example\.com|db01)").replace("$check", ".*")


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: str(target["target"]))
def test_every_panel_is_answered(client: FlaskClient, target: dict[str, Any]) -> None:
    now = int(datetime.now(timezone.utc).timestamp() * 1000)
    asked = {**target, "target": interpolated(target["target"])}
    body = {"range": {"from": now - 86_400_000, "to": now + 60_000}, "targets": [asked]}
    answer = client.post("/datasource/query", json=body)
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.data)
    assert found
    assert ("columns" in found[0]) is (target["type"] == "table")


def test_the_variables_have_values(client: FlaskClient) -> None:
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            answer = client.post("/datasource/variable", json={"payload": variable["query"]})
            assert json.loads(answer.data)


def test_the_annotations_are_answered(client: FlaskClient) -> None:
    now = int(datetime.now(timezone.utc).timestamp() * 1000)
    (annotation,) = DASHBOARD["annotations"]["list"]
    body = {"range": {"from": now - 1000, "to": now + 60_000}, "targets": [annotation["target"]]}
    (table,) = json.loads(client.post("/datasource/query", json=body).data)
    assert len(table["rows"]) == 1


def test_the_dashboard_asks_the_provisioned_datasource() -> None:
    file = FOLDER / "provisioning" / "datasources" / "grafherald.yml"
    (source,) = yaml.safe_load(file.read_text())["datasources"]
    named = set(re.findall(r'"uid": "([^"]+)"', json.dumps(DASHBOARD)))
    assert named == {source["uid"], DASHBOARD["uid"]}
    assert source["url"].endswith("/datasource")
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
