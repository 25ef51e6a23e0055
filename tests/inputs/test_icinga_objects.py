"""What Icinga 2's API says of a host or service, read as its notification."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from grafherald.event import Event, Kind, State
from grafherald.inputs.nagios.captured import parse
from grafherald.inputs.nagios.objects import notification, read

NOW = datetime(2026, 11, 26, 5, 30, tzinfo=timezone.utc)
AT = 1_795_670_232.25
HOST = {
    "name": "web01",
    "display_name": "Web 1",
    "address": "192.0.2.10",
    "groups": ["web", "linux"],
    "state": 0,
    "vars": {"site": "ham", "slack_channel": "#web", "snmp_token": "s3cret", "site_to": "a@b.c"},
}
SERVICE = {
    "name": "latency",
    "display_name": "Latency",
    "host_name": "web01",
    "state": 2,
    "state_type": 1,
    "last_check_result": {"output": "slow\nvery", "performance_data": ["p99=812ms;500"]},
    "last_state_change": AT - 60,
    "last_hard_state_change": AT,
    "previous_state_change": AT - 600,
    "vars": {"runbook": "https://wiki.example.com/r", "login": "pw", "slack_token": "s3cret"},
}


def event(kind: str = "PROBLEM", host: Any = None, **changes: Any) -> Event:
    result = {"attrs": {**SERVICE, **changes}, "joins": {"host": {**HOST, **(host or {})}}}
    (found,) = parse(notification(read(result), kind, "ann", "on it"), now=NOW)
    return found


def test_a_service_is_read_as_from_its_notification_command() -> None:
    found = event()
    assert (found.source, found.kind, found.state) == ("icinga", Kind.PROBLEM, State.CRITICAL)
    assert (found.entity, found.check) == ("web01", "latency")
    assert (found.output, found.long_output) == ("slow", "very")
    assert found.perfdata == "p99=812ms;500"
    assert found.occurred_at.timestamp() == AT
    assert found.since is not None
    assert found.since.timestamp() == AT - 60
    assert found.labels["hostgroups"] == "web;linux"
    assert dict(found.details)["Address"] == "192.0.2.10"
    assert found.attributes["runbook"] == ("https://wiki.example.com/r",)
    assert found.attributes["slack_channel"] == ("#web",)


def test_a_recovery_is_of_the_same_incident() -> None:
    over = event("RECOVERY", state=0, previous_state_change=AT - 60, last_state_change=AT + 60)
    assert over.kind is Kind.RESOLVE
    assert over.incident == event().incident


def test_a_host_is_read_by_itself() -> None:
    attributes = {**HOST, "state": 1, "state_type": 1, "last_check_result": {"output": "gone"}}
    checked = read({"attrs": attributes})
    assert checked.subject == ("web01", "host")
    (found,) = parse(notification(checked, "PROBLEM"), now=NOW)
    assert (found.check, found.state_text, found.output) == ("host", "DOWN", "gone")
    assert found.occurred_at == NOW


def test_other_variables_and_secrets_stay_in_icinga() -> None:
    raw = notification(read({"attrs": SERVICE, "joins": {"host": HOST}}), "PROBLEM").decode()
    assert "s3cret" not in raw
    assert "pw" not in raw
    assert "a@b.c" in raw  # names whom it goes to


@pytest.mark.parametrize(
    ("url", "filled"),
    [
        ("?var-host=$host.name$&var-s=$service.name$", "?var-host=web01&var-s=latency"),
        ("?var-site=$host.vars.site$&var-a=$address$", "?var-site=ham&var-a=192.0.2.10"),
        ("?var-n=$name$", "?var-n=latency"),
        ("?var-host=$host.vars.nothing$", ""),
        ("?var-host=web01&from=$$", "?var-host=web01&from=$$"),
    ],
)
def test_a_graphs_macros_have_values_or_it_is_no_graph(url: str, filled: str) -> None:
    base = "https://grafana.example.com/render/d-solo/api/x"
    found = event(vars={"graph_image": base + url})
    expected = (base + filled,) if filled else ()
    assert found.attributes.get("graph_image", ()) == expected


def test_what_icinga_measured_itself_is_performance_data_too() -> None:
    measured = {"label": "api jobs", "value": 3, "unit": "", "warn": 5, "crit": None, "min": 0}
    result = {"output": "fine", "performance_data": [measured, {"label": "x", "value": 1.5}]}
    assert event(last_check_result=result).perfdata == "'api jobs'=3;5;;0 'x'=1.5"


@pytest.mark.parametrize("state", [None, "2", 7, -1, True])
def test_an_odd_state_is_none_of_ours(state: Any) -> None:
    raw = notification(read({"attrs": {**SERVICE, "state": state}, "joins": {}}), "PROBLEM")
    assert json.loads(raw)["environment"]["ICINGA_SERVICESTATE"] in ("UNKNOWN", "WARNING")
