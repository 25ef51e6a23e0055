"""Events of Sensu Go 5 and 6."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State

ReadFile = Callable[..., Event]
NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def past(*statuses: int, first: int = 1795230485, step: int = 60) -> list[dict[str, int]]:
    """A history, one result every *step* seconds; five of them end when the event's check ran."""
    return [
        {"status": status, "executed": first + step * number}
        for number, status in enumerate(statuses)
    ]


def test_a_problem_is_read_whole(read_file: ReadFile) -> None:
    assert read_file("sensu-go") == Event(
        source="sensu-go",
        kind=Kind.PROBLEM,
        state=State.CRITICAL,
        status=2,
        entity="web01",
        check="cpu",
        output="CheckCPU CRITICAL: total=97.2 user=81.4 system=13.1 iowait=2.7",
        occurred_at=at(1795230725),
        id="5f1d1f3e-9d67-4b3c-8f51-3f7f1f0e4c52",
        namespace="default",
        incident="default/web01/cpu@1795230605",
        occurrences=2,
        interval=60,
        since=at(1795230605),
        history=(0, 0, 1, 2, 2),
        attributes={
            "graph_image": (
                "https://grafana.example.com/render/d-solo/node/host?orgId=1&panelId=2&var-host=web01&width=1000&height=500",
            ),
            "runbook": ("https://wiki.example.com/runbooks/cpu",),
        },
        labels={"team": "web"},
        details=(("Command", "check-cpu-usage -w 75 -c 90"), ("Subscriptions", "linux")),
    )


def test_a_resolve_knows_its_incident_and_how_long_it_lasted(read_file: ReadFile) -> None:
    problem, resolve = read_file("sensu-go"), read_file("go-resolve")
    assert (resolve.kind, resolve.state) == (Kind.RESOLVE, State.OK)
    assert resolve.incident == problem.incident
    assert resolve.since == problem.since


def test_a_proxy_with_hooks_annotations_and_labels_is_read_whole(read_file: ReadFile) -> None:
    event = read_file("go-proxy")
    assert (event.entity, event.check, event.namespace) == ("shop.example.com", "http", "web")
    assert (event.state, event.status) == (State.UNKNOWN, 127)
    assert event.attributes == {
        "graph_image": (
            "https://grafana.example.com/render/d-solo/shop/shop?panelId=2#sensu.io.graphic",
        ),
        "playbook": ("https://wiki.example.com/playbooks/shop",),
        "runbook": ("https://wiki.example.com/runbooks/http",),
        "slack_channel": ("#shop", "#oncall"),
    }
    assert event.overrides == {"channels": "oncall, chat", "graph.from": "now-1h", "room": "ops"}
    assert event.labels == {"team": "shop", "region": "eu"}
    assert event.silenced == ("entity:shop.example.com:*",)
    assert event.details == (
        ("Namespace", "web"),
        ("Checked from", "poller-1"),
        (
            "Command",
            "http-check --url https://shop.example.com/login?token=***"
            " --insecure-skip-verify=false",
        ),
        ("Subscriptions", "pollers"),
        ("Hook trace", "HOST: poller-1  Loss%\n  1. gw          0.0%"),
        ("Not used", "annotations sensu.io/plugins/grafherald/config/: there is no token"),
    )
    assert "s3cr3t" not in repr(event)
    assert "stolen" not in repr(event)


@pytest.mark.parametrize(
    ("state", "status", "history", "kind"),
    [
        ("failing", 2, past(0, 2), Kind.PROBLEM),
        (None, 2, past(0, 2), Kind.PROBLEM),
        ("passing", 2, None, Kind.PROBLEM),
        ("passing", 0, past(2, 0), Kind.RESOLVE),
        (None, 0, past(2, 0), Kind.RESOLVE),
        (None, 0, past(2), Kind.RESOLVE),
        ("failing", 0, past(2, 0), Kind.RESOLVE),
        ("passing", 0, past(2, 0, 0), Kind.OK),
        ("passing", 0, None, Kind.OK),
        ("passing", None, past(0), Kind.OK),
        ("passing", ..., past(0), Kind.OK),
        ("flapping", 0, past(2, 0), Kind.FLAPPING),
        ("flapping", 1, past(2, 1), Kind.FLAPPING),
    ],
)
def test_status_and_history_decide_and_flapping_comes_first(
    read_file: ReadFile, state: str | None, status: Any, history: Any, kind: Kind
) -> None:
    changes = {"check.state": state, "check.status": status, "check.history": history}
    assert read_file("sensu-go", changes).kind is kind


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("entity", "entity: missing"),
        ("entity.metadata", "entity.metadata: missing"),
        ("entity.metadata.name", "entity.metadata.name: missing"),
        ("entity.metadata.namespace", "entity.metadata.namespace: missing"),
        ("entity.entity_class", "entity.entity_class: missing"),
        ("check", "check or metrics: missing"),
        ("check.metadata", "check.metadata: missing"),
        ("check.metadata.name", "check.metadata.name: missing"),
        ("timestamp", "timestamp: missing"),
    ],
)
def test_what_the_sdk_refuses_is_refused(read_file: ReadFile, place: str, problem: str) -> None:
    with pytest.raises(InvalidEvent, match=f"^{problem}$"):
        read_file("sensu-go", {place: ...})


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        ("timestamp", 0, "timestamp: expected at least 1, got 0"),
        ("timestamp", -7, "timestamp: expected at least 1, got -7"),
        ("timestamp", None, "timestamp: missing"),
        ("timestamp", "now", "timestamp: expected an integer, got 'now'"),
        ("entity", None, "entity: missing"),
        ("entity", "web01", "entity: expected an object, got 'web01'"),
        ("entity.metadata", None, "entity.metadata: expected an object, got null"),
        ("entity.metadata.name", "", "entity.metadata.name: expected something, got ''"),
        ("check", None, "check or metrics: missing"),
        ("check", [], "check: expected an object, got a list"),
        ("check.status", "two", "check.status: expected an integer, got 'two'"),
    ],
)
def test_a_refusal_names_the_field_and_what_was_found(
    read_file: ReadFile, place: str, value: Any, problem: str
) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_file("sensu-go", {place: value})
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None, "pipelines": None, "sequence": ..., "metadata": None},
        {"entity.metadata.labels": None, "entity.metadata.annotations": None},
        {"entity.metadata.labels": ..., "entity.metadata.annotations": ...},
        {"entity.metadata.labels": [], "entity.metadata.annotations": "x"},
        {"entity.system": ..., "entity.subscriptions": None, "check.subscriptions": None},
        {"entity.system": {"network": {"interfaces": [None, {"addresses": None}]}}},
        {"check.metadata.namespace": ..., "check.pipelines": None, "check.is_silenced": ...},
        {"check.hooks": None, "check.silenced": None},
        {"check.hooks": {"a": 1}, "check.silenced": {}},
        {"check.hooks": ["x", {"output": ""}, {"metadata": None}]},
    ],
    ids=str,
)
def test_what_a_notification_can_do_without_may_be_anything(
    read_file: ReadFile, changes: dict[str, Any]
) -> None:
    event = read_file("sensu-go", changes)
    assert event.details == read_file("sensu-go").details or "check.subscriptions" in changes
    assert (event.kind, event.entity, event.check) == (Kind.PROBLEM, "web01", "cpu")


@pytest.mark.parametrize(
    ("timestamp", "executed", "occurred_at"),
    [
        (1795230736, 1795230725, at(1795230725)),
        (1795230736000, 1795230725000, at(1795230725)),
        (1795230736000, 0, at(1795230736)),
        (1795230736, 1542667666, at(1795230736)),
        (5, 1795230725, at(1795230725)),
        (5, None, NOW),
    ],
)
def test_the_time_is_when_the_check_ran_unless_that_is_days_off(
    read_file: ReadFile, timestamp: int, executed: Any, occurred_at: datetime
) -> None:
    changes = {"timestamp": timestamp, "check.executed": executed}
    assert read_file("sensu-go", changes).occurred_at == occurred_at


LONG = past(*[2] * 21, first=1795230725 - 20 * 60)


@pytest.mark.parametrize(
    ("changes", "began"),
    [
        ({}, 120),
        ({"check.history": past(0, 2, 0, 0, 2)}, 0),
        ({"check.history": past(0, 1, 3, 2, 2), "check.last_ok": 5}, 180),
        ({"check.history": past(1, 1, 3, 2, 2), "check.occurrences_watermark": 2}, 240),
        ({"check.history": LONG, "check.last_ok": 1795230725 - 7200}, 7200),
        ({"check.history": LONG, "check.last_ok": 0, "check.occurrences": 100}, 99 * 60),
        ({"check.history": LONG, "check.last_ok": 0, "check.interval": 0}, None),
        ({"check.history": LONG, "check.last_ok": 0, "check.occurrences": 10**30}, 20 * 60),
        ({"check.history": None, "check.last_ok": 0, "check.occurrences": 1}, 60),
        ({"check.history": None, "check.last_ok": 0, "check.occurrences_watermark": 1}, 60),
        ({"check.history": [{"executed": 1}, {"...": 2}, None], "check.last_ok": 0}, 60),
        ({"check.history": ["0", "2", "2"], "check.last_ok": 0}, 60),
        ({"check.history": past(0, 2, first=1795239000), "check.last_ok": 0}, 0),
    ],
)
def test_since_is_when_the_trouble_began(
    read_file: ReadFile, changes: dict[str, Any], began: int | None
) -> None:
    event = read_file("sensu-go", changes)
    expected = None if began is None else event.occurred_at - timedelta(seconds=began)
    assert event.since == expected


@pytest.mark.parametrize(
    ("changes", "lasted"),
    [
        ({}, 180),
        ({"check.history": past(*[2] * 20, 0, first=1795230785 - 20 * 60)}, 20 * 60),
        (
            {
                "check.history": past(*[2] * 20, 0, first=1795230785 - 20 * 60),
                "check.occurrences_watermark": 90,
            },
            90 * 60,
        ),
    ],
)
def test_on_resolve_last_ok_is_not_the_start(
    read_file: ReadFile, changes: dict[str, Any], lasted: int
) -> None:
    event = read_file("go-resolve", changes)
    assert event.since == event.occurred_at - timedelta(seconds=lasted)


def test_all_events_of_an_incident_share_its_name(read_file: ReadFile) -> None:
    """As eventd makes them: history grows by one, the watermark resets on the first failure."""
    results = past(0, 0, 1, 2, 2, 2, 0)
    incidents = set()
    for count in range(3, len(results) + 1):
        status, executed = results[count - 1]["status"], results[count - 1]["executed"]
        changes = {
            "check.history": results[:count],
            "check.status": status,
            "check.executed": executed,
            "timestamp": executed + 7,
            "check.occurrences": 1 if status < 2 else count - 3,
            "check.occurrences_watermark": max(1, min(count - 3, 3)),
        }
        incidents.add(read_file("sensu-go", changes).incident)
    assert incidents == {f"default/web01/cpu@{results[2]['executed']}"}


def test_a_long_incident_keeps_one_name_for_its_repeats_and_its_resolve(
    read_file: ReadFile,
) -> None:
    repeat = read_file("sensu-go", {"check.history": LONG, "check.occurrences": 50})
    resolve = read_file("go-resolve", {"check.history": past(*[2] * 20, 0)})
    assert repeat.incident == resolve.incident == "default/web01/cpu"


@pytest.mark.parametrize(
    "changes", [{"check.state": "flapping"}, {"check.status": 0, "check.history": past(2, 0, 0)}]
)
def test_flapping_and_passing_are_no_single_incident(
    read_file: ReadFile, changes: dict[str, Any]
) -> None:
    event = read_file("sensu-go", changes)
    assert (event.incident, event.since) == ("default/web01/cpu", None)


def test_the_first_event_of_an_incident_has_a_name_of_its_own(read_file: ReadFile) -> None:
    changes = {"check.history": None, "check.occurrences": 1, "check.occurrences_watermark": 1}
    assert read_file("sensu-go", changes).incident == "default/web01/cpu@1795230725"


def test_the_address_is_one_that_others_can_reach(read_file: ReadFile) -> None:
    interfaces = [
        {"name": "lo", "addresses": ["127.0.0.1/8", "::1/128"]},
        {
            "name": "eth0",
            "mac": "-",
            "addresses": ["fe80::1/64", "169.254.0.9/16", "192.0.2.10/24", "192.0.2.11/24"],
        },
    ]
    event = read_file("sensu-go", {"entity.system": {"network": {"interfaces": interfaces}}})
    assert event.details[0] == ("Address", "192.0.2.10")


def test_a_silenced_event_without_entries_is_still_silenced(read_file: ReadFile) -> None:
    assert read_file("sensu-go", {"check.is_silenced": True}).silenced == ("an entry",)
    assert read_file("sensu-go", {"check.is_silenced": False}).silenced == ()


def test_what_sensu_cut_off_an_output_is_said(read_file: ReadFile) -> None:
    event = read_file("sensu-go", {"check.output_truncated_bytes": 4321})
    assert dict(event.details)["Output"] == "Sensu cut 4,321 bytes off its end"
