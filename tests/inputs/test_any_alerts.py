"""Whatever Alertmanager, Grafana or somebody else posts: events that can be kept, or a sentence."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from grafherald import inputs
from grafherald.errors import InvalidEvent
from grafherald.event import Event
from grafherald.store.codec import from_json, to_json

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [0, -1, 10**400, 1e308, float("inf"), float("nan"), "", "0", " ", "\0", "\ud800"]
    ),
    st.text(max_size=20),
    st.lists(st.text(max_size=5), max_size=2),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
)
NAMES = (" ", "HighLoad", "DatasourceNoData", "DatasourceError", "TestAlert")
TIME = st.one_of(
    ODD,
    st.sampled_from(
        [
            "0001-01-01T00:00:00Z",
            "2026-11-21T03:12:05.123456789Z",
            "2026-11-21T04:12:05+01:00",
            "9999-12-31T23:59:59-23:59",
            "2026-11-21",
            "1970-01-01T00:00:00Z",
        ]
    ),
)
URL = st.one_of(
    ODD,
    st.sampled_from(
        [
            "https://g.example.com/d/abc/x?orgId=1&viewPanel=3",
            "https://g.example.com/d/abc?viewPanel=panel-3",
            "http://p:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
            "http://[::1",
            "javascript:alert(1)",
        ]
    ),
)
LABELS = st.one_of(
    ODD,
    st.fixed_dictionaries(
        {},
        optional={
            "alertname": st.one_of(
                ODD,
                st.sampled_from(NAMES),
            ),
            "instance": st.one_of(ODD, st.sampled_from([" ", "web01:9100", "[::1]:1", "Grafana"])),
            "severity": st.one_of(ODD, st.sampled_from(["critical", "page", "INFO"])),
            "rulename": ODD,
            "grafana_folder": ODD,
            "slack_channel": ODD,
        },
    ),
)
ALERT = st.one_of(
    ODD,
    st.fixed_dictionaries(
        {
            "status": st.one_of(st.sampled_from(["firing", "resolved"]), ODD),
            "labels": LABELS,
        },
        optional={
            "annotations": st.one_of(LABELS, st.just({"summary": "x", "__dashboardUid__": "abc"})),
            "startsAt": TIME,
            "endsAt": TIME,
            "generatorURL": URL,
            "silenceURL": URL,
            "dashboardURL": URL,
            "panelURL": URL,
            "imageURL": URL,
            "fingerprint": ODD,
            "values": st.one_of(ODD, st.dictionaries(st.text(max_size=2), ODD, max_size=3)),
            "valueString": ODD,
            "orgId": ODD,
        },
    ),
)
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from(["4", "1", 4, None]),
        "alerts": st.one_of(ODD, st.lists(ALERT, max_size=4)),
        "groupKey": ODD,
        "truncatedAlerts": ODD,
        "externalURL": URL,
        "orgId": ODD,
        "state": st.one_of(
            ODD, st.sampled_from(["alerting", "ok", "no_data", "paused", "pending", "unknown"])
        ),
        "ruleName": ODD,
        "ruleId": ODD,
        "ruleUrl": URL,
        "imageUrl": URL,
        "title": ODD,
        "message": ODD,
        "tags": st.one_of(ODD, LABELS),
        "evalMatches": st.one_of(
            ODD,
            st.lists(
                st.fixed_dictionaries({}, optional={"metric": ODD, "value": ODD, "tags": LABELS}),
                max_size=3,
            ),
        ),
    },
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["alertmanager", "grafana"]), MESSAGE)
def test_a_message_becomes_events_that_can_be_kept_or_a_sentence(
    name: str, message: dict[str, Any]
) -> None:
    kind = inputs.find(name)
    raw = json.dumps(message).encode()
    try:
        events = kind.read(raw, {}, now=NOW)
    except InvalidEvent as error:
        check_refusal(error)
        return
    parts = kind.kept(raw, len(events))
    assert len(parts) == len(events)
    for event, part in zip(events, parts, strict=True):
        check(event)
        (again,) = kind.read(part, {}, now=NOW)
        assert again.part == event.part


def check_refusal(error: InvalidEvent) -> None:
    """Assert that it is one line that says what was expected."""
    assert str(error).isprintable()
    assert re.search("expected|are needed", str(error))
    assert len(str(error)) < 300


def check(event: Event) -> None:
    assert from_json(to_json(event)) == event
    assert event.entity.strip()
    assert event.check.strip()
    assert event.status in range(4)
    assert event.occurred_at.tzinfo is not None


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["alertmanager", "grafana"]), st.binary(max_size=60))
def test_bytes_that_are_no_message_are_refused_in_a_sentence(name: str, raw: bytes) -> None:
    try:
        assert inputs.find(name).read(raw, {}, now=NOW) == []
    except InvalidEvent as error:
        check_refusal(error)


SAMPLES = {name: json.loads(inputs.find(name).sample) for name in ("zabbix", "healthchecks")}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_a_sample_with_odd_values_becomes_events_or_a_sentence(
    name: str, data: st.DataObject
) -> None:
    message = json.loads(json.dumps(SAMPLES[name]))
    inner = message.get("check", message)
    for one in (message, inner):
        one.update(data.draw(st.dictionaries(st.sampled_from(sorted(one)), ODD, max_size=2)))
    try:
        for event in inputs.find(name).read(json.dumps(message).encode(), {}, now=NOW):
            check(event)
    except InvalidEvent as error:
        check_refusal(error)
