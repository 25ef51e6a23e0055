"""What no route takes is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from grafherald.doctor import coverage
from grafherald.doctor.findings import Finding, Verdict
from grafherald.event import Event
from grafherald.history.record import record
from grafherald.settings import Settings
from grafherald.store import open_database

MakeEvent = Callable[..., Event]
NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)


def _look(event: Event, *routes: dict[str, Any], store: str = "") -> list[Finding]:
    file = {"type": "file", "directory": "out"}
    tree = {"channels": {"ops": file}, "routes": [{"channels": ["ops"], **r} for r in routes]}
    return list(coverage.look(Settings.of({**tree, "store": store}), event))


def test_states_and_kinds_that_no_route_takes_are_named(make_event: MakeEvent) -> None:
    (found,) = _look(make_event(), {"match": {"severity": "critical", "kind": ["pro*", "resolve"]}})
    assert found.verdict is Verdict.WARNING
    for word in ("warning problems", "unknown problems", "acknowledgement", "downtime-start"):
        assert word in found.text
    assert "critical problems" not in found.text
    assert "resolve" not in found.text


def test_a_route_for_all_leaves_nothing_out(make_event: MakeEvent) -> None:
    (found,) = _look(make_event(), {"match": {"severity": "critical"}}, {})
    assert found.verdict is Verdict.OK
    assert _look(make_event()) == []


def test_checks_of_the_history_that_no_route_takes_are_named(
    make_event: MakeEvent, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/store.db"
    database = open_database(store)
    for check in ("cpu", "disk"):
        record(database, make_event()._replace(check=check, labels={"team": check}), NOW)
    database.close()
    (found,) = _look(make_event(), {"match": {"labels": {"team": "cpu"}}}, store=store)
    assert "web01/disk" in found.text
    assert "web01/cpu" not in found.text
