"""The provisioning files and the dashboard, asked as Grafana would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient

from grafherald.datasource.composition import open_datasource
from grafherald.event import Event, Kind, State
from grafherald.history.record import record
from grafherald.settings import Settings
from grafherald.store import open_database
from grafherald.store.pool import Pool

FOLDER = Path(__file__).resolve().parent.parent.parent / "contrib" / "grafana"
HERE = Path(__file__).parent
# The file, and the Grafana that it needs.
FILES = {"alerts-7.json": "7", "alerts.json": "10"}
DASHBOARDS: dict[str, dict[str, Any]] = {
    name: json.loads((FOLDER / "dashboards" / name).read_text()) for name in FILES
}
TARGETS = [
    pytest.param(target, id=f"{name}-{panel['id']}")
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    for target in panel["targets"]
]
every_dashboard = pytest.mark.parametrize("name", FILES)


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
    app.register_blueprint(open_datasource(Settings.of({}), pool, is_local=True))
    yield app.test_client()
    pool.close()


def interpolated(words: str) -> str:
    """Return *words* with variables as Grafana's ``regex`` format fills them in."""
    return words.replace("$entity", r"(web01\.example\.com|db01)").replace("$check", ".*")


@pytest.mark.parametrize("target", TARGETS)
def test_every_panel_is_answered(client: FlaskClient, target: dict[str, Any]) -> None:
    now = int(datetime.now(timezone.utc).timestamp() * 1000)
    asked = {**target, "target": interpolated(target["target"])}
    body = {"range": {"from": now - 86_400_000, "to": now + 60_000}, "targets": [asked]}
    answer = client.post("/datasource/query", json=body)
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.data)
    assert found
    assert ("columns" in found[0]) is (target["type"] == "table")


@every_dashboard
def test_the_variables_have_values(client: FlaskClient, name: str) -> None:
    for variable in DASHBOARDS[name]["templating"]["list"]:
        if variable["type"] == "query":
            answer = client.post("/datasource/variable", json={"payload": variable["query"]})
            assert json.loads(answer.data)


@every_dashboard
def test_the_annotations_are_answered(client: FlaskClient, name: str) -> None:
    now = int(datetime.now(timezone.utc).timestamp() * 1000)
    (annotation,) = DASHBOARDS[name]["annotations"]["list"]
    body = {"range": {"from": now - 1000, "to": now + 60_000}, "targets": [annotation["target"]]}
    (table,) = json.loads(client.post("/datasource/query", json=body).data)
    assert len(table["rows"]) == 1


@every_dashboard
def test_a_dashboard_keeps_to_the_schema_of_its_grafana(name: str) -> None:
    version = FILES[name]
    schema = json.loads((HERE / f"dashboard-{version}.schema.json").read_text())
    jsonschema.validate(DASHBOARDS[name], schema)
    other = next(one for one in FILES if one != name)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(DASHBOARDS[other], schema)


@every_dashboard
def test_a_dashboard_says_what_it_needs(name: str) -> None:
    dashboard = DASHBOARDS[name]
    needed = {(one["type"], one["id"]): one["version"] for one in dashboard["__requires"]}
    assert needed["grafana", "grafana"] == f"{FILES[name]}.0.0"
    used = {panel["type"] for panel in dashboard["panels"]}
    assert {plugin for kind, plugin in needed if kind == "panel"} == used
    assert f"Needs Grafana {FILES[name]}" in dashboard["description"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_both_dashboards_ask_the_same() -> None:
    asked = [
        [target["target"] for panel in dashboard["panels"] for target in panel["targets"]]
        for dashboard in DASHBOARDS.values()
    ]
    assert asked[0] == asked[1]


def test_the_dashboards_ask_the_provisioned_datasource() -> None:
    file = FOLDER / "provisioning" / "datasources" / "grafherald.yml"
    (source,) = yaml.safe_load(file.read_text())["datasources"]
    modern = DASHBOARDS["alerts.json"]
    named = set(re.findall(r'"uid": "([^"]+)"', json.dumps(modern)))
    assert named == {source["uid"], modern["uid"]}
    old = json.dumps(DASHBOARDS["alerts-7.json"])
    assert set(re.findall(r'"datasource": "([^"]+)"', old)) == {source["name"]}
    assert source["url"].endswith("/datasource")


def test_the_provisioning_names_both_dashboards() -> None:
    text = (FOLDER / "provisioning" / "dashboards" / "grafherald.yml").read_text()
    assert all(name in text for name in FILES)
    assert yaml.safe_load(text)["providers"][0]["type"] == "file"


def test_each_generation_of_alerting_sends_to_the_same_place_with_a_secret() -> None:
    folder = FOLDER / "provisioning"
    (point,) = yaml.safe_load((folder / "alerting/grafherald.yml").read_text())["contactPoints"]
    (channel,) = yaml.safe_load((folder / "notifiers/grafherald.yml").read_text())["notifiers"]
    (receiver,) = point["receivers"]
    assert receiver["type"] == channel["type"] == "webhook"
    assert receiver["settings"]["url"] == channel["settings"]["url"]
    assert receiver["settings"]["authorization_credentials"] == "$GRAFHERALD_TOKEN"
    assert channel["secure_settings"] == {"password": "$GRAFHERALD_TOKEN"}
