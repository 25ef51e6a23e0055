from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.event import Event, Kind, State
from grafherald.store.codec import fingerprint, from_json, to_json

AT = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
EVENT = Event(
    source="sensu-core",
    kind=Kind.PROBLEM,
    state=State.CRITICAL,
    status=2,
    entity="web01",
    check="cpu",
    output="CPU at 99 %",
    occurred_at=AT,
    id="4f1c",
    incident="4f1c",
    occurrences=3,
    history=(0, 2, 2, 2),
)


def test_every_field_comes_back() -> None:
    full = EVENT._replace(
        namespace="ops",
        since=AT - timedelta(hours=1),
        state_text="DOWN",
        long_output="more",
        perfdata="a=1",
        author="ana",
        comment="on it",
        attributes={"graph_image": ("https://g/render/1", "https://g/render/2")},
        overrides={"graph.from": "now-1h"},
        labels={"team": "db"},
        silenced=("entity:web01:*",),
        details=(("Address", "10.0.0.1"),),
        links=(("Acknowledge", "https://n/"),),
        addresses=("ana@example.com",),
        peak=7,
        interval=60,
        quiet="silenced",
        seen=(State.WARNING, State.CRITICAL),
        part="d9f1",
        group="{}",
    )
    defaults = EVENT._asdict() | full._asdict()
    assert all(defaults[name] for name in defaults), "a field of Event is missing in this test"
    assert from_json(to_json(full)) == full


@given(st.text(), st.text(), st.integers(-(2**70), 2**70), st.dictionaries(st.text(), st.text()))
def test_any_text_and_number_comes_back(
    entity: str, output: str, status: int, labels: dict[str, str]
) -> None:
    event = EVENT._replace(entity=entity, output=output, status=status, labels=labels)
    assert from_json(to_json(event)) == event


@pytest.mark.parametrize(
    "change",
    [
        {"id": "other"},
        {"occurrences": 4},
        {"kind": Kind.RESOLVE},
        {"status": 1},
        {"entity": "web02"},
        {"check": "disk"},
        {"namespace": "dev"},
        {"source": "sensu-go"},
        {"history": (1, 2, 1, 2)},
        {"occurred_at": AT + timedelta(days=1)},
    ],
)
def test_another_event_has_another_fingerprint(change: dict[str, object]) -> None:
    assert fingerprint(EVENT._replace(**change)) != fingerprint(EVENT)  # type: ignore[arg-type]


def test_a_second_delivery_has_the_same_fingerprint() -> None:
    again = EVENT._replace(output="CPU at 98 %", occurred_at=AT + timedelta(seconds=2))
    assert fingerprint(again) == fingerprint(EVENT)


def test_without_an_id_the_time_tells_events_apart() -> None:
    event = EVENT._replace(id="")
    later = event._replace(occurred_at=AT + timedelta(seconds=1))
    assert fingerprint(later) != fingerprint(event)
