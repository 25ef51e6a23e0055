"""What stdin may hold: events in any dress, no events, and rubbish."""

from __future__ import annotations

import codecs
import json
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind
from grafherald.inputs.sensu import document as sensu

ROOT = Path(__file__).resolve().parent.parent.parent
EVENTS = ROOT / "tests" / "events"
NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
CORE = (EVENTS / "core-problem.json").read_bytes()
GO = (EVENTS / "sensu-go.json").read_bytes()


def read(raw: bytes) -> Event:
    (event,) = sensu.read(raw, now=NOW)
    return event


def refusal(raw: bytes) -> str:
    with pytest.raises(InvalidEvent) as caught:
        sensu.read(raw, now=NOW)
    return str(caught.value)


def with_output(output: bytes) -> bytes:
    return (
        b'{"client": {"name": "a"}, "check": {"name": "b", "status": 1, "output": "%s"}}' % output
    )


@pytest.mark.parametrize(
    ("raw", "source"), [(CORE, "sensu-core"), (GO, "sensu-go")], ids=["core", "go"]
)
def test_core_and_go_are_told_apart_by_shape(raw: bytes, source: str) -> None:
    assert read(raw).source == source


@pytest.mark.parametrize(
    "dressed",
    [
        codecs.BOM_UTF8 + GO,
        b"\r\n  " + GO + b"\n\n",
        json.dumps(json.loads(GO), indent=4).encode(),
        (EVENTS / "go-wrapped.json").read_bytes(),
        GO.replace(b'"id":"', b'"id":"first","id":"'),
    ],
    ids=["bom", "blank space", "pretty", "wrapped-json", "duplicate key"],
)
def test_the_same_event_in_another_dress_is_the_same(dressed: bytes) -> None:
    assert read(dressed) == read(GO)


def test_the_last_of_duplicate_keys_wins() -> None:
    raw = CORE.replace(b'"name":"pg_replication"', b'"name":"old","name":"pg_replication"')
    assert read(raw).check == "pg_replication"


def test_escapes_of_go_are_read() -> None:
    assert b"\\u0026panelId=2" in GO
    assert "&panelId=2&" in read(GO).attribute("graph_image")


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (b"Gr\xc3\xb6\xc3\x9fe", "Größe"),
        (b"Gr\xf6\xdfe", "Gr\ufffd\ufffde"),
        (b"half a smile \\ud83d", "half a smile \ufffd"),
        (b"smile \\ud83d\\ude00", "smile \U0001f600"),
        (b"raw\ttab\nand line", "raw\ttab\nand line"),
        (b"a\\u0000b", "ab"),
        (b"  kept in front, not behind \\n", "  kept in front, not behind"),
    ],
)
def test_any_output_becomes_text_that_can_be_sent(output: bytes, text: str) -> None:
    event = read(with_output(output))
    assert event.output == text
    event.output.encode()


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (12.5, "12.5"), (["a", 1], '["a", 1]'), (True, "")]
)
def test_an_output_that_is_no_string_loses_no_alert(value: Any, text: str) -> None:
    document = json.loads(CORE)
    document["check"]["output"] = value
    assert read(json.dumps(document).encode()).output == text


def test_metrics_alone_are_nothing_to_notify() -> None:
    assert sensu.read((EVENTS / "go-metrics.json").read_bytes(), now=NOW) == []


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "input is empty, expected one event as Sensu pipes it into a handler"),
        (b" \n\t", "input is empty, expected one event as Sensu pipes it into a handler"),
        (b"[" + GO + b"]", 'input is \'[{"check":{'),
        (b'"CRITICAL"', "input is '\"CRITICAL\"', expected one event: a JSON object"),
        (b"2", "input is '2', expected one event: a JSON object"),
        (b"null", "input is 'null', expected one event: a JSON object"),
        (b"{}", "input holds nothing, expected client and check (Sensu Core)"),
        (b'{"checks": {"cpu": {}}}', "input holds 'checks', expected client and check"),
        (
            b"/usr/bin/mutator: line 3: jq: not found\n",
            "input is not JSON, it starts with '/usr/bin/mutator: line 3: jq: not found': does a",
        ),
        (b"warning: old jq\n" + GO, "input is not JSON, it starts with 'warning: old jq\\n{"),
        (GO + b"\nTraceback", "input goes on behind the event with 'Traceback'"),
        (GO + GO, "input goes on behind the event with '{"),
        (GO[:300], "input is not valid JSON: "),
        (b'{"check":\n {"name" 1}}', "input is not valid JSON: expecting ':' delimiter (line 2"),
        (b"---\ntype: Event\n", "input is not JSON, it starts with '---\\ntype: Event': does"),
        (GO.decode().encode("utf-16"), "input is UTF-16 or binary, expected JSON in UTF-8"),
        (GO.decode().encode("utf-16-le"), "input is UTF-16 or binary, expected JSON in UTF-8"),
        (b"\x7fELF\x02\x01", "input is not JSON, it starts with '\\x7fELF\\x02\\x01': does"),
        (b"[" * 200_000, "input is nested too deeply for an event"),
        (b'{"check":' * 100_000, "input is nested too deeply for an event"),
        (b'{"id": ' + b"1" * 5000 + b"}", "input holds a number of thousands of digits"),
        (b" " * (sensu.LIMIT + 1), "input is larger than 32 MB, too large an event"),
        (b'{"type": "CheckConfig", "spec": {}}', "type: expected 'Event', got 'CheckConfig'"),
        (b'{"type": "Event", "spec": {"check": {}}}', "entity: missing; timestamp: missing"),
        (b'{"check": {"name": "cpu", "status": 1}}', "client: missing"),
        (b'{"check": {"metadata": {"name": "cpu"}}}', "entity: missing"),
        (b'{"metrics": {}, "timestamp": 1795230725}', "entity: missing"),
        (
            CORE.replace(b'"status":2', b'"status":"two"'),
            "check.status: expected an integer, got 'two'",
        ),
    ],
    ids=lambda value: repr(value[:25]),
)
def test_what_is_no_event_is_refused_with_one_clear_line(raw: bytes, sentence: str) -> None:
    said = refusal(raw)
    assert said.startswith(sentence)
    assert said.isprintable()
    assert len(said) < 250


def test_a_number_that_json_does_not_have_does_no_harm_elsewhere() -> None:
    assert read(CORE.replace(b'"duration":0.213', b'"duration":NaN')) == read(CORE)
    assert refusal(CORE.replace(b'"status":2', b'"status":NaN')).startswith(
        "check.status: expected an integer, got NaN"
    )


def test_an_event_that_a_mutator_mapped_from_go_to_core_is_read_as_go() -> None:
    document = json.loads(GO)
    document["client"] = {**document["entity"], "name": "web01"}
    document["check"].update(name="cpu", history=["0", "0", "1", "2", "2"])
    document["action"] = "create"
    event = read(json.dumps(document).encode())
    assert (event.source, event.namespace, event.kind) == ("sensu-go", "default", Kind.PROBLEM)
    assert event.history == (0, 0, 1, 2, 2)
    assert event.attribute("runbook") == "https://wiki.example.com/runbooks/cpu"


def test_ten_megabytes_are_read_in_no_time_to_speak_of() -> None:
    raw = CORE.replace(b"CheckPostgresReplication CRITICAL", b"rows \\u00e9 \\n" * 1_000_000)
    assert len(raw) > 10_000_000
    start = time.perf_counter()
    assert len(read(raw).output) > 8_000_000
    assert time.perf_counter() - start < 10


def test_a_good_event_needs_no_slow_import() -> None:
    program = (
        "import sys; from datetime import datetime as d, timezone as t;"
        "from grafherald import inputs;"
        "(e,) = inputs.find('sensu').parse(sys.stdin.buffer.read(), now=d.now(t.utc));"
        "sys.exit(bool({'jsonschema', 'yaml', 'requests', 'pathlib'} & set(sys.modules)))"
    )
    subprocess.run(
        [sys.executable, "-S", "-c", program], input=GO, check=True, cwd=ROOT / "handlers"
    )


def answers(raw: bytes) -> None:
    """Any input is events or one refusal."""
    try:
        events, refused = sensu.read(raw, now=NOW), ""
    except InvalidEvent as error:
        events, refused = [], str(error)
    assert refused.isprintable()
    for event in events:
        assert event.occurred_at.tzinfo is not None
        assert event.since is None or event.since <= event.occurred_at
        assert event.occurrences >= 1
        repr(event).encode()


@given(st.binary(max_size=200))
def test_any_bytes_give_events_or_one_refusal(raw: bytes) -> None:
    answers(raw)


NAMES = """
    action address annotations check client command dc executed entity entity_class graph_image
    history hooks hipchat_room id interfaces interval is_silenced issued labels last_ok
    last_state_change metadata metrics name namespace network occurrences occurrences_watermark
    origin output processed_by proxy_entity_name sensu.io.json_attributes silenced silenced_by
    source spec state status subscribers system thresholds timestamp
"""
names = st.sampled_from(NAMES.split())
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, 2, 127, -1, 2**31, 2**63, 10**30, 1795230725, 1795230725000])
    | st.floats()
    | st.text(st.characters(), max_size=6)
    | st.sampled_from(["", "REDACTED", "resolve", "create", "flapping", "2", "[1", '["a"]', "{}"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)


@given(values)
def test_any_json_gives_events_or_one_refusal(document: Any) -> None:
    answers(json.dumps(document).encode())


@given(
    st.sampled_from([CORE, GO, (EVENTS / "go-proxy.json").read_bytes()]),
    st.lists(st.tuples(st.lists(names, min_size=1, max_size=3), values), max_size=3),
)
def test_any_change_to_an_event_gives_an_event_or_one_refusal(
    raw: bytes, changes: list[tuple[list[str], Any]]
) -> None:
    document = json.loads(raw)
    for way, value in changes:
        node = document
        for name in way[:-1]:
            node = node[name] if isinstance(node.get(name), dict) else node
        node[way[-1]] = value
    answers(json.dumps(document).encode())
