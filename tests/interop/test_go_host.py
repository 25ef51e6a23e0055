"""HashiCorp's go-plugin launches the executable, Grafana's SDK calls it and reads the frames."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.real
NULL = None


def columns(shape):
    """Return a frame's values by name: its own field's name."""
    fields = shape["frame"]["schema"]["fields"]
    return dict(zip((f["name"] for f in fields), shape["frame"]["data"]["values"], strict=True))


def labels(frames):
    return [
        field.get("labels")
        for shape in frames
        for field in shape["frame"]["schema"]["fields"]
        if field["type"] == "number"
    ]


@pytest.mark.parametrize("mtls", [False, True])
def test_a_host_launches_pings_and_ends_it(new_host, executable, mtls):
    if mtls and "zipapp" in executable:
        pytest.skip("cryptography is compiled: TLS to the host needs the venv")
    started = new_host("start", executable=[executable], protocols=[2], mtls=mtls)
    assert started["protocol"] == 2
    new_host("ping")
    assert new_host("health") == {"status": "OK", "message": "The JSON API answers."}
    killed = new_host("kill")
    assert killed["exited"]
    assert killed["ms"] < 1000
    assert not [line for line in new_host.log() if line["@level"] in ("warn", "error")]


def test_a_host_from_before_grafana_8_agrees_on_protocol_1(new_host, executable):
    assert new_host("start", executable=[executable], protocols=[1])["protocol"] == 1
    new_host("ping")


def test_the_newer_protocol_is_taken_from_both(new_host, executable):
    assert new_host("start", executable=[executable], protocols=[1, 2])["protocol"] == 2


def test_a_panels_series_are_one_wide_frame(host):
    (frame,) = host.query("gaps")["A"]["frames"]
    assert (frame["series"], frame["kind"]) == ("wide", "timeseries-wide")
    times = [1700000000000, 1700000001000, 1700000002000]
    assert columns(frame) == {"Time": times, "a": [1, 2.5, NULL], "b": [NULL, 7, NULL]}
    assert labels([frame]) == [{"series": "a"}, {"host": "web02"}]


def test_a_panels_table_has_its_types(host):
    (frame,) = host.query("table")["A"]["frames"]
    assert [f["type"] for f in frame["frame"]["schema"]["fields"]] == [
        "time", "string", "boolean", "number",
    ]  # fmt: skip
    assert columns(frame) == {
        "Time": [1700000000000, NULL],
        "Country": ["SE", NULL],
        "Up": [True, NULL],
        "N": [1.5, NULL],
    }


@pytest.mark.parametrize("target", ["points:10", "series:3:10", "gaps", "long", "table"])
def test_an_alert_rule_gets_wide_series_with_distinct_labels(host, target):
    frames = host.query(target, alert=True)["A"]["frames"]
    assert {frame["series"] for frame in frames} == {"wide"}
    for frame in frames:  # []time.Time, which the alert engine's reader asks for, not []*time.Time
        assert frame["frame"]["schema"]["fields"][0]["typeInfo"] == {"frame": "time.Time"}
    found = [tuple(sorted(label.items())) for label in labels(frames)]
    assert len(set(found)) == len(found) > 0


def test_an_alert_rule_gets_numbers_with_labels(host):
    (frame,) = host.query("numbers", alert=True)["A"]["frames"]
    assert (frame["series"], frame["numeric"], frame["kind"]) == ("not", True, "numeric-long")
    assert columns(frame) == {"Country": ["SE", "DE"], "N": [123.5, NULL]}


def test_an_alert_rule_on_texts_is_refused(host):
    response = host.query("text", alert=True)["A"]
    assert (response["status"], response["source"]) == (400, "downstream")
    assert "numbers" in response["error"]


def test_each_ref_id_has_its_own_answer_or_error(host):
    targets = ["points:10", "down", "wrong", "deep", "huge", "slow", "drip", "points:20"]
    begun = time.monotonic()
    responses = host.query(*targets, source=host.source(timeout=5))
    assert time.monotonic() - begun < 10
    assert {ref_id: found["status"] for ref_id, found in responses.items()} == {
        "A": 200, "B": 502, "C": 502, "D": 502, "E": 502, "F": 504, "G": 504, "H": 200,
    }  # fmt: skip
    assert {found["source"] for found in responses.values() if found["error"]} == {"downstream"}
    assert [responses[ref_id]["frames"][0]["rows"] for ref_id in "AH"] == [10, 20]
    host("ping")


def test_an_api_that_is_down_is_unhealthy(host):
    answer = host("health", source={"url": "http://127.0.0.1:1"})
    assert answer["status"] == "ERROR"
    assert "cannot be reached" in answer["message"]


def test_look_ups_and_metrics(host):
    assert host("resource", path="search", body={"target": ""}) == {
        "code": 200,
        "body": ["cpu", "memory"],
    }
    host.query("points:1", "down")
    assert re.search(r'queries_total\{outcome="error"\} 1\n', host("metrics"))


def test_a_thousand_at_once_are_answered(host):
    measured = host.measure("points:1000", repeat=1000, parallel=1000)
    assert (len(measured["ms"]), measured["failed"]) == (1000, 0)


def test_its_log_reaches_the_host_as_structured_lines(host):
    host.query("down")
    (line,) = [line for line in host.log() if line.get("refId") == "A"]
    assert (line["@level"], line["@message"][:13]) == ("warn", "query failed:")


@pytest.mark.slow
def test_memory_stays_small_over_ten_thousand_queries(new_host, executable):
    pid = new_host("start", executable=[executable], protocols=[2])["pid"]
    assert new_host.measure("points:1000", repeat=10_000, parallel=8)["failed"] == 0
    resident = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert int(resident[1]) < 80 * 1024
