from __future__ import annotations

import json
from dataclasses import replace

import pytest

from grafherald_plugin.errors import FrameError
from grafherald_plugin.query import ApiQuery, read_query, request_body
from grafherald_plugin.wire import models_pb2, pluginv2_pb2

QUERY = ApiQuery("A", "upper_50", 1477895624866, 1477917224866, 30000, 550)


def read(model, **more):
    text = model if isinstance(model, bytes) else json.dumps(model).encode()
    message = pluginv2_pb2.DataQuery(ref_id="A", json=text, interval_ms=30000, max_data_points=550)
    message.time_range.from_ms, message.time_range.to_ms = QUERY.start, QUERY.end
    return read_query(message, message.time_range, **{"for_alert": False, **more})


def test_a_saved_query_is_read():
    assert read({"target": "upper_50", "refId": "A", "type": "timeserie"}) == QUERY


def test_a_query_of_the_old_protocol_is_read():
    message = models_pb2.DataQuery(ref_id="A", json='{"target": "upper_50"}', interval_ms=30000)
    time_range = models_pb2.TimeRange(from_ms=QUERY.start, to_ms=QUERY.end)
    assert read_query(message, time_range, for_alert=False) == replace(QUERY, max_data_points=0)


@pytest.mark.parametrize(
    ("saved", "payload"),
    [
        ({"payload": {"a": 1}}, {"a": 1}),
        ({"payload": '{"a": 1}'}, {"a": 1}),
        ({"payload": "no json"}, "no json"),
        ({"data": '{"old": 1}'}, {"old": 1}),
        ({"payload": ""}, None),
        ({}, None),
    ],
)
def test_the_payload_is_json_or_a_text_of_it(saved, payload):
    assert read(saved).payload == payload


@pytest.mark.parametrize("target", [7, {"text": "a"}, None])
def test_any_target_is_a_text(target):
    assert isinstance(read({"target": target}).target, str)


@pytest.mark.parametrize("model", [b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_query_that_is_no_object_is_refused(model):
    with pytest.raises(FrameError, match="saved query") as raised:
        read(model)
    assert raised.value.status == 400


def test_the_request_has_all_that_the_classic_plugin_sends(shared):
    sample = json.loads(
        (shared / "samples/datasource/classic-readme-query.request.json").read_text()
    )
    body = request_body(replace(QUERY, filters=sample["adhocFilters"]))
    assert set(sample) - set(body) == {"panelId"}  # Grafana's backend does not know it
    assert body["range"]["from"] == sample["range"]["from"]
    assert body["range"]["to"] == sample["range"]["to"]
    for same in ("interval", "intervalMs", "maxDataPoints", "adhocFilters", "format"):
        assert body[same] == sample[same]
    assert body["targets"] == [sample["targets"][0]]


def test_the_payload_goes_with_the_target():
    body = request_body(replace(QUERY, payload={"a": 1}))
    assert body["targets"][0]["payload"] == {"a": 1}


def test_an_annotation_is_named_in_the_scoped_variables():
    scoped = read({"scopedVars": {"__annotation": {"value": {"name": "deploys"}}}}).scoped
    variables = request_body(replace(QUERY, scoped=scoped))["scopedVars"]
    assert variables["__annotation"] == {"value": {"name": "deploys"}}
    assert variables["__interval_ms"] == {"text": 30000, "value": 30000}


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0ms"), (500, "500ms"), (1500, "1500ms"), (30_000, "30s"), (300_000, "5m"),
     (7_200_000, "2h"), (86_400_000, "1d")],
)  # fmt: skip
def test_the_interval_is_written_as_grafana_does(milliseconds, text):
    assert request_body(replace(QUERY, interval=milliseconds))["interval"] == text


def test_a_time_before_1970_is_a_time():
    assert request_body(replace(QUERY, start=-1))["range"]["from"] == "1969-12-31T23:59:59.999Z"


def test_a_time_that_no_calendar_has_is_refused():
    with pytest.raises(FrameError, match="time range"):
        request_body(replace(QUERY, start=2**62))
