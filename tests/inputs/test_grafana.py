"""The webhook of Grafana's alerting, unified and legacy, as events."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State
from grafherald.inputs.grafana.webhook import parse

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
UNIFIED = {
    "status": "firing",
    "labels": {
        "alertname": "High CPU",
        "instance": "web01",
        "grafana_folder": "hosts",
        "severity": "critical",
    },
    "annotations": {"summary": "CPU is high"},
    "startsAt": "2026-11-21T04:12:00+01:00",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "https://grafana.example.com/alerting/grafana/abc/view?orgId=2",
    "fingerprint": "c6ea",
    "silenceURL": "https://grafana.example.com/alerting/silence/new?matcher=alertname%3DHigh",
    "dashboardURL": "https://grafana.example.com/d/node?orgId=2",
    "panelURL": "https://grafana.example.com/d/node?orgId=2&viewPanel=7",
    "imageURL": "https://images.example.com/shot.png",
    "values": {"B": 97.21, "C": 1, "D": None},
    "valueString": "[ var='B' value=97.21 ]",
    "orgId": 2,
}
LEGACY = {
    "title": "[Alerting] Load",
    "ruleId": 12,
    "ruleName": "Load",
    "state": "alerting",
    "evalMatches": [{"value": 12.5, "metric": "load", "tags": {"host": "web01"}}],
    "orgId": 1,
    "dashboardId": 4,
    "panelId": 2,
    "tags": {"team": "shop"},
    "ruleUrl": "https://grafana.example.com/d/nodeuid/hosts?tab=alert&viewPanel=2&orgId=1",
    "message": "too much",
}


def unified(**changes: Any) -> Event:
    raw = {"version": "1", "orgId": 2, "groupKey": "g", "alerts": [{**UNIFIED, **changes}]}
    (found,) = parse(json.dumps(raw).encode(), now=NOW)
    return found


def legacy(**changes: Any) -> list[Event]:
    return parse(json.dumps({**LEGACY, **changes}).encode(), now=NOW)


def test_an_alert_brings_its_panel_values_and_links() -> None:
    found = unified()
    assert (found.source, found.kind, found.state) == ("grafana", Kind.PROBLEM, State.CRITICAL)
    assert (found.entity, found.check) == ("web01", "High CPU")
    assert found.since == datetime(2026, 11, 21, 3, 12, tzinfo=timezone.utc)
    assert found.attributes["panel"] == ("node", "7", "2")
    assert found.attributes["image_url"] == ("https://images.example.com/shot.png",)
    assert dict(found.details)["Value"] == "B = 97.21, C = 1"
    assert set(dict(found.links)) == {"Silence", "Rule"}


def test_the_end_has_the_same_incident_and_no_silence() -> None:
    end = unified(status="resolved", endsAt="2026-11-21T03:14:00Z")
    assert (end.kind, end.incident) == (Kind.RESOLVE, unified().incident)
    assert "Silence" not in dict(end.links)


@pytest.mark.parametrize(
    ("url", "panel"),
    [
        ("https://g.example.com/grafana/d/abc/title?viewPanel=panel-3", ("abc", "3", "")),
        ("https://g.example.com/d/abc?orgId=x&viewPanel=3", ("abc", "3", "")),
        ("https://g.example.com/d/abc?viewPanel=3/../4", None),
        ("https://g.example.com/elsewhere?viewPanel=3", None),
    ],
)
def test_the_panel_is_what_its_url_says(url: str, panel: tuple[str, ...] | None) -> None:
    assert unified(panelURL=url).attributes.get("panel") == panel


def test_without_a_host_the_folder_is_the_entity() -> None:
    assert unified(labels={"alertname": "Errors", "grafana_folder": "shop"}).entity == "shop"


def test_no_data_is_unknown_and_named_by_its_rule() -> None:
    found = unified(labels={"alertname": "DatasourceNoData", "rulename": "High CPU"})
    assert (found.check, found.state, found.status) == ("High CPU", State.UNKNOWN, 3)
    assert found.state_text == "NO DATA"


@pytest.mark.parametrize("values", [None, {}, {"B": None}, {"B": 10**400}, {"B": "x"}, [1]])
def test_values_that_are_none_are_left_out(values: Any) -> None:
    details = dict(unified(values=values).details)
    assert details.get("Value") == "[ var='B' value=97.21 ]"


def test_a_test_of_the_contact_point_opens_no_alert() -> None:
    """It fires and never ends. What Grafana's button "Test" posts, with a label of one's own."""
    found = unified(
        labels={"alertname": "TestAlert", "instance": "Grafana", "team": "shop"},
        annotations={"summary": "Notification test"},
        dashboardURL="",
        panelURL="",
        values=None,
        valueString="[ metric='foo' labels={instance=bar} value=10 ]",
    )
    assert (found.kind, found.output) == (Kind.CUSTOM, "Notification test")
    assert "panel" not in found.attributes
    (legacy_test,) = legacy(ruleId=0, ruleName="Test notification", tags={}, ruleUrl="")
    assert legacy_test.kind is Kind.CUSTOM
    assert legacy(ruleId=0, state="ok")[0].kind is Kind.RESOLVE


def test_a_legacy_alert_is_an_event_of_its_rule() -> None:
    (found,) = legacy()
    assert (found.kind, found.state) == (Kind.PROBLEM, State.CRITICAL)
    assert (found.entity, found.check, found.output) == ("grafana", "Load", "too much")
    assert found.attributes["panel"] == ("nodeuid", "2", "1")
    assert ("Values", "load (host=web01): 12.5") in found.details


def test_a_legacy_end_belongs_to_the_same_entity() -> None:
    (problem,), (end,) = legacy(), legacy(state="ok", evalMatches=[])
    assert end.kind is Kind.RESOLVE
    assert (end.entity, end.check, end.part) == (problem.entity, problem.check, problem.part)
    assert end.incident == problem.incident


@pytest.mark.parametrize(("state", "count"), [("no_data", 1), ("pending", 0), ("paused", 0)])
def test_legacy_states(state: str, count: int) -> None:
    assert len(legacy(state=state)) == count


def test_an_unknown_legacy_state_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="state: expected alerting"):
        legacy(state="burning")


def test_neither_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="alerts: is missing"):
        parse(b'{"message": "hello"}', now=NOW)
