"""Events of Sensu Core 0.x to 1.9."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from grafherald.event import Event, Kind, State

ReadFile = Callable[..., Event]
NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def test_a_problem_is_read_whole(read_file: ReadFile) -> None:
    event = read_file("core-problem")
    graph = "https://grafana.example.com/render/d-solo/pg/postgres?orgId=1&panelId={}&var-host=db-03&width=1000&height=500"
    assert event == Event(
        source="sensu-core",
        kind=Kind.PROBLEM,
        state=State.CRITICAL,
        status=2,
        entity="db-03",
        check="pg_replication",
        output="CheckPostgresReplication CRITICAL: db-03 is 412 s behind db-02",
        occurred_at=at(1795230725),
        id="0b5b58f2-8f3c-4d3b-9d8c-0ef0c1f3a5d1",
        incident="0b5b58f2-8f3c-4d3b-9d8c-0ef0c1f3a5d1",
        occurrences=3,
        since=at(1795230605),
        interval=60,
        overrides={"min_occurrences": "3", "repeat_every": "1800"},
        history=(0, 0, 2, 2, 2),
        attributes={
            "graph_image": (graph.format(4), graph.format(7)),
            "playbook": ("https://wiki.example.com/playbooks/replication",),
            "hipchat_room": ("dba",),
        },
        details=(
            ("Address", "192.0.2.31"),
            (
                "Command",
                "check-postgres-replication.rb -m db-02 -s db-03 --user sensu --password ***"
                " -w 60 -c 300",
            ),
            ("Subscriptions", "postgres"),
        ),
    )


def test_a_resolve_knows_how_long_the_problem_lasted(read_file: ReadFile) -> None:
    problem, resolve = read_file("core-problem"), read_file("core-resolve")
    assert (resolve.kind, resolve.state, resolve.status) == (Kind.RESOLVE, State.OK, 0)
    assert resolve.since == problem.since
    assert resolve.occurred_at - resolve.since == timedelta(minutes=3)
    assert resolve.incident == problem.incident


@pytest.mark.parametrize(
    ("action", "status", "history", "kind"),
    [
        ("create", 2, ["0", "2"], Kind.PROBLEM),
        ("create", 0, ["2", "0"], Kind.OK),
        ("resolve", 0, ["2", "0"], Kind.RESOLVE),
        ("resolve", 0, None, Kind.RESOLVE),
        ("flapping", 0, ["2", "0"], Kind.FLAPPING),
        ("flapping", 1, ["0", "1"], Kind.FLAPPING),
        (None, 1, ["1"], Kind.PROBLEM),
        (None, 0, ["2", "0"], Kind.RESOLVE),
        (None, 0, ["2"], Kind.RESOLVE),
        (None, 0, ["0", "0"], Kind.OK),
        (None, 0, None, Kind.OK),
        ("new word", 2, ["2"], Kind.PROBLEM),
    ],
)
def test_the_action_decides_and_without_one_the_statuses(
    read_file: ReadFile, action: str | None, status: int, history: Any, kind: Kind
) -> None:
    changes = {"action": action, "check.status": status, "check.history": history}
    assert read_file("core-problem", changes).kind is kind


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0, State.OK),
        (1, State.WARNING),
        (2, State.CRITICAL),
        (2.0, State.CRITICAL),
        (3, State.UNKNOWN),
        (127, State.UNKNOWN),
        (-1073741510, State.UNKNOWN),
        (4294967295, State.UNKNOWN),
    ],
)
def test_an_odd_status_is_unknown_and_stays_as_it_is(
    read_file: ReadFile, status: int, state: State
) -> None:
    event = read_file("core-problem", {"check.status": status, "check.history": []})
    assert (event.status, event.state, event.history) == (status, state, (status,))


@pytest.mark.parametrize(
    ("history", "seen"),
    [
        (["0", "1", "2"], (0, 1, 2)),
        ([0, 1, 2], (0, 1, 2)),
        (["0", None, "x", 1.5, [], True, "2"], (0, 2)),
        (["0", "0"], (0, 0, 2)),
        ([{"status": 0}, {"status": 2}], (0, 2)),
        ([], (2,)),
        (None, (2,)),
        ("0,2", (2,)),
        (["1"] * 500 + ["2"], (1,) * 99 + (2,)),
    ],
)
def test_any_history_becomes_statuses_with_the_present_one_last(
    read_file: ReadFile, history: Any, seen: tuple[int, ...]
) -> None:
    assert read_file("core-problem", {"check.history": history}).history == seen


@pytest.mark.parametrize(
    ("timestamp", "executed", "issued", "occurred_at"),
    [
        (1795230725, 1795230000, 1795230001, at(1795230725)),
        (1795230725.5, 1795230000, 1795230001, at(1795230725.5)),
        (1795230725000, None, None, at(1795230725)),
        (1795230725000000, None, None, at(1795230725)),
        (1795230725000000000, None, None, at(1795230725)),
        ("1795230725", None, None, at(1795230725)),
        (None, 1795230000, 1795230001, at(1795230000)),
        (None, None, 1795230001, at(1795230001)),
        (12345, 1795230000, None, at(1795230000)),
        (0, 0, -5, NOW),
        (None, "yesterday", True, NOW),
        (10**40, None, None, NOW),
    ],
)
def test_the_time_comes_from_the_first_sane_clock(
    read_file: ReadFile, timestamp: Any, executed: Any, issued: Any, occurred_at: datetime
) -> None:
    changes = {"timestamp": timestamp, "check.executed": executed, "check.issued": issued}
    assert read_file("core-problem", changes).occurred_at == occurred_at


@pytest.mark.parametrize(
    ("changes", "began"),
    [
        ({}, 120),
        ({"last_state_change": None, "last_ok": 1795230545}, 180),
        ({"last_state_change": ..., "last_ok": ...}, 120),
        ({"last_state_change": ..., "last_ok": ..., "check.interval": ...}, None),
        # from warning to critical: the state changed later than the trouble began
        ({"check.history": ["0", "1", "2", "2"]}, 180),
        ({"check.history": ["0", "1", "2", "2"], "last_ok": None}, 120),
        # a first result began now, whatever else is missing
        ({"check.history": ["0", "2"], "occurrences": 1, "occurrences_watermark": 1}, 0),
        ({"check.history": ..., "last_state_change": ..., "last_ok": None}, 120),
        # clocks and counts that can't be
        ({"last_state_change": 1795239999, "last_ok": 1795239998}, 120),
        ({"last_state_change": ..., "last_ok": ..., "check.interval": 10**18}, None),
        ({"last_state_change": 5, "last_ok": 0}, 120),
    ],
)
def test_since_is_when_the_trouble_began(
    read_file: ReadFile, changes: dict[str, Any], began: int | None
) -> None:
    event = read_file("core-problem", changes)
    expected = None if began is None else event.occurred_at - timedelta(seconds=began)
    assert event.since == expected


@pytest.mark.parametrize(
    ("changes", "lasted"),
    [
        ({}, 180),
        ({"check.history": None}, 180),
        ({"check.history": ["2"] * 20 + ["0"], "occurrences": 45}, 45 * 60),
        ({"check.interval": ...}, None),
    ],
)
def test_on_resolve_last_ok_and_state_change_are_not_the_start(
    read_file: ReadFile, changes: dict[str, Any], lasted: int | None
) -> None:
    event = read_file("core-resolve", changes)
    expected = None if lasted is None else event.occurred_at - timedelta(seconds=lasted)
    assert event.since == expected


def test_flapping_has_no_start(read_file: ReadFile) -> None:
    assert read_file("core-problem", {"action": "flapping"}).since is None


def test_a_keepalive_shows_its_thresholds_and_has_no_command(read_file: ReadFile) -> None:
    event = read_file("core-keepalive")
    assert event.details == (
        ("Address", "192.0.2.31"),
        ("Thresholds", "warning 120 s, critical 180 s"),
    )
    assert event.since == at(1795230605)


def test_a_proxy_is_the_host_and_says_who_checked_it(read_file: ReadFile) -> None:
    event = read_file("core-proxy")
    assert event.entity == "switch-7"
    assert event.details == (
        ("Checked from", "poller-1"),
        ("Hook critical", "1  gw  0.4 ms\n2  * * *"),
    )


def test_a_source_beats_the_client_that_ran_the_check(read_file: ReadFile) -> None:
    event = read_file("core-problem", {"check.source": "vip-1"})
    assert event.entity == "vip-1"
    assert ("Checked from", "db-03") in event.details


def test_a_resolve_is_ok_whatever_its_status(read_file: ReadFile) -> None:
    event = read_file("core-problem", {"action": "resolve"})
    assert (event.kind, event.state, event.status) == (Kind.RESOLVE, State.OK, 2)


def test_a_check_may_have_an_attribute_that_go_has_too(read_file: ReadFile) -> None:
    event = read_file("core-problem", {"check.metadata": {"owner": "dba"}})
    assert event == read_file("core-problem")


def test_a_metric_of_an_old_version_is_ok(read_file: ReadFile) -> None:
    event = read_file("core-metric-0.12")
    assert (event.kind, event.since, event.id) == (Kind.OK, None, "")


@pytest.mark.parametrize(
    ("silenced", "by", "entries"),
    [
        (True, ["client:db-03:*", "all:cpu"], ("client:db-03:*", "all:cpu")),
        (True, "client:db-03:*", ("client:db-03:*",)),
        (True, None, ("an entry",)),
        (True, [], ("an entry",)),
        (False, None, ()),
        (None, [], ()),
    ],
)
def test_silencing_entries_are_named(
    read_file: ReadFile, silenced: Any, by: Any, entries: tuple[str, ...]
) -> None:
    event = read_file("core-problem", {"silenced": silenced, "silenced_by": by})
    assert event.silenced == entries


def test_the_clients_rooms_beat_the_checks_and_else_the_check_wins(read_file: ReadFile) -> None:
    changes = {
        "client.hipchat_room": "client room",
        "client.playbook": "https://wiki.example.com/client",
        "client.runbook": "https://wiki.example.com/runbook",
        "check.mail_to": "a@example.com, b@example.com",
        "check.slack_channel": "#db",
        "client.slack_channel": "",
    }
    event = read_file("core-problem", changes)
    assert event.attributes["hipchat_room"] == ("client room",)
    assert event.attribute("playbook") == "https://wiki.example.com/playbooks/replication"
    assert event.attribute("runbook") == "https://wiki.example.com/runbook"
    assert event.attributes["mail_to"] == ("a@example.com", "b@example.com")
    assert event.attribute("slack_channel") == "#db"


def test_an_event_without_id_has_an_incident_of_its_names(read_file: ReadFile) -> None:
    first = {"check.history": ["0", "2"], "occurrences": 1, "occurrences_watermark": 1, "id": ...}
    assert read_file("core-problem", first).incident == "db-03/pg_replication@1795230725"
    assert read_file("core-problem", {"id": None}).incident == "db-03/pg_replication"
    flapping = {**first, "action": "flapping"}
    assert read_file("core-problem", flapping).incident == "db-03/pg_replication"


def test_labels_of_check_and_client_are_read(read_file: ReadFile) -> None:
    changes = {"client.labels": {"team": "dba", "n": 1}, "check.labels": {"team": "web", "x": None}}
    assert read_file("core-problem", changes).labels == {"team": "web", "n": "1"}


def test_a_redacted_value_is_no_value(read_file: ReadFile) -> None:
    changes = {"check.playbook": "REDACTED", "client.address": "REDACTED"}
    event = read_file("core-problem", changes)
    assert "playbook" not in event.attributes
    assert "REDACTED" not in repr(event)


@pytest.mark.parametrize(
    ("output", "said", "perfdata"),
    [
        ("DISK CRITICAL | /=95%;80;90", "DISK CRITICAL", "/=95%;80;90"),
        ("OK | a=1 'b c'=2;3\nmore\nrest | d=4", "OK\nmore\nrest", "a=1 'b c'=2;3 d=4"),
        ("name | value\nx | y=1 and more", "name | value\nx | y=1 and more", ""),
        ("took 3 s | time=3s", "took 3 s | time=3s", ""),
        ("a | b | c=1 d=2", "a | b | c=1 d=2", ""),
    ],
)
def test_performance_data_in_an_output_are_read(
    read_file: ReadFile, output: str, said: str, perfdata: str
) -> None:
    event = read_file("core-problem", {"check.output": output})
    assert (event.output, event.perfdata) == (said, perfdata)
