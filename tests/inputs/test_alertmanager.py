"""Alertmanager's webhook, as events."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from grafherald import inputs
from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State
from grafherald.inputs.alertmanager.webhook import expression, parse
from grafherald.store.codec import fingerprint, from_json, to_json

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
STARTED = datetime(2026, 11, 21, 3, 12, 5, 123000, tzinfo=timezone.utc)
EXPRESSION = "http://prometheus:9090/graph?g0.expr=node_load1%7Bjob%3D%22node%22%7D+%3E+8&g0.tab=1"


def alert(**changes: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "HighLoad", "instance": "web01:9100", "severity": "warning"},
        "annotations": {"summary": "load is 12"},
        "startsAt": "2026-11-21T03:12:05.123Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": EXPRESSION,
        "fingerprint": "d9f1",
        **changes,
    }


def message(*alerts: dict[str, Any], **changes: Any) -> bytes:
    whole = {
        "version": "4",
        "groupKey": '{}:{alertname="HighLoad"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "externalURL": "http://alertmanager:9093",
        "alerts": alerts or [alert()],
    }
    return json.dumps({**whole, **changes}).encode()


def one(now: datetime = NOW, **changes: Any) -> Event:
    (found,) = parse(message(alert(**changes)), now=now)
    return found


def labelled(**labels: str) -> Event:
    return one(labels={"alertname": "HighLoad", **labels})


def test_a_firing_alert_is_a_problem_since_it_began() -> None:
    found = one()
    assert (found.source, found.kind, found.state, found.status) == (
        "alertmanager",
        Kind.PROBLEM,
        State.WARNING,
        1,
    )
    assert (found.entity, found.check, found.output) == ("web01", "HighLoad", "load is 12")
    assert (found.occurred_at, found.since) == (STARTED, STARTED)
    assert found.labels["instance"] == "web01:9100"


def test_a_resolved_alert_ends_the_incident_that_it_began() -> None:
    end = one(status="resolved", endsAt="2026-11-21T03:14:00Z")
    assert (end.kind, end.state, end.status) == (Kind.RESOLVE, State.OK, 0)
    assert end.occurred_at == datetime(2026, 11, 21, 3, 14, tzinfo=timezone.utc)
    assert end.incident == one().incident
    assert end.seen == (State.WARNING,)


def test_an_end_in_the_future_has_not_been() -> None:
    """Prometheus sends endsAt ahead of time with each firing alert."""
    assert one(status="resolved", endsAt="2026-11-21T09:00:00Z").occurred_at == NOW


def test_the_same_alert_is_the_same_event_for_an_hour() -> None:
    """A group is sent whole whenever one of its alerts changes."""
    first, again, later = (one(NOW + timedelta(minutes=m)) for m in (0, 50, 240))
    assert fingerprint(first) == fingerprint(again)
    assert fingerprint(first) != fingerprint(later)
    assert later.incident == first.incident


@pytest.mark.parametrize(
    ("labels", "entity"),
    [
        ({"instance": "web01:9100", "pod": "shop-1"}, "web01"),
        ({"instance": "[2001:db8::1]:9100"}, "2001:db8::1"),
        ({"instance": "https://shop.example.com/health"}, "https://shop.example.com/health"),
        ({"node": "node7"}, "node7"),
        ({"pod": "shop-1", "job": "kubelet"}, "shop-1"),
        ({"job": "node"}, "node"),
        ({}, "-"),
    ],
)
def test_the_entity_is_the_first_label_that_names_one(labels: dict[str, str], entity: str) -> None:
    assert labelled(**labels).entity == entity


def test_the_settings_say_which_label_is_the_entity() -> None:
    raw = message(alert(labels={"alertname": "A", "instance": "exporter:1", "device": "router7"}))
    kind = inputs.find("alertmanager")
    (found,) = kind.read(raw, {"alerts": {"entity": ["device", "instance"]}}, now=NOW)
    assert found.entity == "router7"
    (found,) = kind.read(message(), {"alerts": {"entity": ["device"]}}, now=NOW)
    assert found.entity == "web01", "a label that it does not have changes nothing"


@pytest.mark.parametrize(
    ("severity", "state", "word"),
    [
        ("critical", State.CRITICAL, ""),
        ("Page", State.CRITICAL, "PAGE"),
        ("warning", State.WARNING, ""),
        ("info", State.WARNING, "INFO"),
        ("P7", State.CRITICAL, "P7"),
    ],
)
def test_severity_is_the_label(severity: str, state: State, word: str) -> None:
    found = labelled(severity=severity)
    assert (found.state, found.state_text) == (state, word)
    assert labelled().state is State.CRITICAL, "without the label it may be anything"


def test_alerts_of_one_rule_are_different_problems() -> None:
    full = {"alertname": "DiskFull", "instance": "db01:9100"}
    first, second = parse(
        message(
            alert(labels={**full, "mountpoint": "/"}, fingerprint="a"),
            alert(labels={**full, "mountpoint": "/srv"}, fingerprint="b"),
        ),
        now=NOW,
    )
    assert (first.entity, first.check) == (second.entity, second.check)
    assert first.part != second.part
    assert ("Labels", "mountpoint=/srv") in second.details


def test_a_group_is_kept_and_what_was_left_out_is_said() -> None:
    alone = one()
    several = parse(
        message(alert(), alert(fingerprint="e"), truncatedAlerts=12, groupKey="g"), now=NOW
    )
    assert alone.group == ""
    assert [each.group for each in several] == ["g", "g"]
    assert ("Left out", "12 more alerts of this group (max_alerts of the receiver)") in several[
        0
    ].details


def test_groups_are_told_apart_however_long_their_keys() -> None:
    """A groupKey has the matchers of all routes first, its labels last."""
    matchers = "/".join(f'{{team=~"^(?:a{n}|b{n})$"}}' for n in range(40))
    keys = [f'{{}}/{matchers}:{{alertname="{name}"}}' for name in ("A", "B")]
    groups = {
        parse(message(alert(), alert(fingerprint="e"), groupKey=key), now=NOW)[0].group
        for key in keys
    }
    assert len(groups) == 2
    assert all(len(group) <= 300 for group in groups), "deliveries have room for no more"


def test_each_alert_of_a_message_is_kept_with_its_own_part() -> None:
    raw = message(alert(), alert(fingerprint="e"), commonAnnotations={"a": "x" * 9000})
    kind = inputs.find("alertmanager")
    events = kind.parse(raw, now=NOW)
    kept = kind.kept(raw, len(events))
    assert max(map(len, kept)) < 1000
    again = [kind.parse(part, now=NOW)[0] for part in kept]
    assert again == [event._replace(group="") for event in events]
    assert list(kind.kept(message(), 1)) == [message()], "one alone is kept as it came"


def test_annotations_name_graph_runbook_and_recipients() -> None:
    found = one(
        annotations={
            "summary": "load",
            "description": "the load is 12",
            "runbook_url": "https://wiki.example.com/load",
            "graph_image": "/render/d-solo/a?panelId=1 /render/d-solo/b?panelId=2",
            "slack_channel": "#web, #ops",
            "grafherald_graph_from": "now-1h",
            "__dashboardUid__": "node",
            "__panelId__": "2",
        }
    )
    assert (found.output, found.long_output) == ("load", "the load is 12")
    assert found.attributes["runbook"] == ("https://wiki.example.com/load",)
    assert len(found.attributes["graph_image"]) == 2
    assert found.attributes["slack_channel"] == ("#web", "#ops")
    assert found.attributes["panel"] == ("node", "2", "")
    assert found.overrides == {"graph.from": "now-1h"}


def test_links_lead_to_prometheus_and_to_a_silence_of_these_labels() -> None:
    links = dict(one().links)
    assert links["Prometheus"] == EXPRESSION
    assert links["Silence"].startswith("http://alertmanager:9093/#/silences/new?filter=%7B")
    assert "instance%3D%22web01%3A9100%22" in links["Silence"]
    assert "Silence" not in dict(one(status="resolved").links)


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("up == 0", ""),
        ("node_load1 > 8", "8"),
        ("a / b >= bool 0.95", "0.95"),
        ("a < -1e3 ", "-1e3"),
        ("a > 1 and b", ""),
    ],
)
def test_the_expression_and_its_limit_come_from_the_generator(query: str, limit: str) -> None:
    from urllib.parse import urlencode

    url = "http://prometheus:9090/graph?" + urlencode({"g0.expr": query, "g0.tab": "1"})
    assert expression(url) == (query, limit)


def test_the_expression_is_kept_with_the_event() -> None:
    assert one().attributes["query"] == ('node_load1{job="node"} > 8',)
    assert one().attributes["threshold"] == ("8",)
    assert "query" not in one(generatorURL="http://[::broken").attributes


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (message(version="3"), "version: expected 4"),
        (message(alerts={}), "alerts: expected a list"),
        (message(alerts=[7]), r"alerts\[0\]: expected an object"),
        (message(alert(), alert(status="odd")), r"alerts\[1\]\.status: expected firing"),
        (message(alert(labels=[])), r"alerts\[0\]\.labels: expected an object"),
    ],
)
def test_what_is_none_names_the_field(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidEvent, match=said):
        parse(raw, now=NOW)


def test_unknown_keys_and_odd_values_are_passed_over() -> None:
    found = one(
        labels={"alertname": 7, "instance": None, "\u0000": "x", "severity": "warning"},
        annotations=None,
        startsAt="yesterday",
        generatorURL=5,
        fingerprint=None,
        extra={"a": [1]},
    )
    assert (found.check, found.entity, found.since) == ("7", "-", NOW)
    assert found.part


def test_no_alert_is_nothing_to_notify() -> None:
    assert parse(message(alerts=[]), now=NOW) == []


def test_it_comes_back_from_the_store_as_it_was() -> None:
    end = one(status="resolved")
    assert from_json(to_json(end)) == end
