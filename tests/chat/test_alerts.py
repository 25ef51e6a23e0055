import json
from typing import Any

import pytest

from grafherald.chat.alerts import GrafanaAlert, alerts, merged, pause
from grafherald.errors import GrafanaError
from grafherald.grafana.api import Grafana, GrafanaServer

RULES = [
    {"uid": "a1", "title": "CPU", "isPaused": False},
    {"uid": "b2", "title": "Disk", "isPaused": True},
    {"uid": "c3", "title": "Load"},
]


def live(uid: str, name: str, since: str, state: str = "active", **labels: str) -> dict[str, Any]:
    return {
        "labels": {"alertname": name, "__alert_rule_uid__": uid, **labels},
        "startsAt": since,
        "status": {"state": state},
    }


def asking(grafana: Any) -> Grafana:
    return Grafana(GrafanaServer(grafana.url), 5)


def test_the_state_of_classic_alerts_is_asked_of_grafana(grafana: Any) -> None:
    classic = {"id": 2, "name": "CPU", "state": "alerting", "executionError": "no data source"}
    grafana.has("/api/alerts", [classic, "junk"], query=[("state", "a&b")])

    found = alerts(asking(grafana), "a&b")

    assert found == (GrafanaAlert("2", "CPU", "alerting", error="no data source"),)


def test_without_classic_alerts_rules_and_their_live_state_are_joined(grafana: Any) -> None:
    grafana.has("/api/v1/provisioning/alert-rules", RULES)
    grafana.has("/api/alertmanager/grafana/api/v2/alerts", [live("a1", "CPU", "2026-01-01")])

    assert alerts(asking(grafana)) == (
        GrafanaAlert("a1", "CPU", "alerting", "2026-01-01"),
        GrafanaAlert("b2", "Disk", "paused"),
        GrafanaAlert("c3", "Load", "ok"),
    )
    assert [alert.id for alert in alerts(asking(grafana), "ok")] == ["c3"]


def test_without_the_right_to_see_rules_what_fires_is_shown(grafana: Any) -> None:
    grafana.has("/api/v1/provisioning/alert-rules", {"message": "no"}, 403)
    grafana.has("/api/alertmanager/grafana/api/v2/alerts", [live("a1", "CPU", "2026-01-01")])

    assert alerts(asking(grafana)) == (GrafanaAlert("a1", "CPU", "alerting", "2026-01-01"),)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (live("a1", "CPU", "2026", "suppressed"), GrafanaAlert("a1", "CPU", "silenced", "2026")),
        (
            live("a1", "DatasourceNoData", "2026", rulename="CPU"),
            GrafanaAlert("a1", "CPU", "no_data", "2026"),
        ),
        (
            live("a1", "DatasourceError", "2026"),
            GrafanaAlert("a1", "DatasourceError", "error", "2026"),
        ),
        (
            {"labels": {"alertname": "Up"}, "fingerprint": "f9"},
            GrafanaAlert("f9", "Up", "alerting"),
        ),
        ({}, GrafanaAlert("", "", "alerting")),
    ],
)
def test_a_live_alert_has_a_state_in_grafanas_words(item: Any, expected: GrafanaAlert) -> None:
    assert merged([], [item]) == [expected]


def test_of_many_instances_of_a_rule_the_latest_counts() -> None:
    active = [live("a1", "CPU", "2026-01-02"), live("a1", "CPU", "2026-01-01")]

    assert merged(RULES[:1], active) == [GrafanaAlert("a1", "CPU", "alerting", "2026-01-02")]


def test_a_rule_is_paused_as_a_whole(grafana: Any) -> None:
    path = "/api/v1/provisioning/alert-rules/b2"
    grafana.has(path, RULES[1])
    grafana.has(path, RULES[1], method="PUT", headers={"x-disable-provenance": "true"})

    assert pause(asking(grafana), "b2", False) == "alert un-paused"
    assert json.loads(grafana.requests[-1].body) == {**RULES[1], "isPaused": False}


def test_a_failure_is_no_sign_of_another_alerting(grafana: Any) -> None:
    grafana.has("/api/alerts", {}, 500)
    grafana.has("/api/alerts/1/pause", {}, 500, method="POST")

    with pytest.raises(GrafanaError, match="500"):
        alerts(asking(grafana))
    with pytest.raises(GrafanaError, match="500"):
        pause(asking(grafana), "1", True)
