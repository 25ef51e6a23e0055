"""`grafherald routes test`: which route takes an event, and why the others don't."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from grafherald import cli

EVENTS = Path(__file__).parent.parent / "events"
ROUTES = [
    {"match": {"check": "disk*"}, "channels": ["ops"]},
    {"match": {"severity": "critical"}, "channels": ["oncall"], "continue": True},
    {"match": {"severity": "warning"}, "channels": ["ops"]},
    {"channels": ["ops"], "match": {"labels": {"team": "=~db|mail"}}},
    {"channels": ["ops"]},
]


def _run(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    event: str,
    routes: list[object],
    **annotations: str,
) -> int:
    file = {"type": "file", "directory": str(tmp_path)}
    settings = tmp_path / "grafherald.json"
    settings.write_text(json.dumps({"channels": {"ops": file, "oncall": file}, "routes": routes}))
    document = json.loads((EVENTS / f"{event}.json").read_text())
    if annotations:
        prefix = "sensu.io/plugins/grafherald/config/"
        said = {prefix + name: text for name, text in annotations.items()}
        document["check"]["metadata"]["annotations"] = said
    raw = json.dumps(document).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    return cli.main(["routes", "test", "--config", str(settings)])


def test_each_route_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _run(monkeypatch, tmp_path, "sensu-go", list(ROUTES))
    out = capsys.readouterr().out.splitlines()
    assert status == 0
    assert out[0].startswith("web01/cpu: problem, critical")
    assert out[1:] == [
        "  route 1: no, check is cpu, not disk*",
        "  route 2: yes, it matches -> oncall",
        "  route 3: no, severity is critical, not warning",
        "  route 4: no, label team is web, not =~db|mail",
        "  route 5: yes, it matches -> ops",
        "  goes to oncall, ops",
    ]


def test_an_end_goes_where_the_problem_went(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(monkeypatch, tmp_path, "core-resolve", list(ROUTES[1:3]))
    out = capsys.readouterr().out
    assert "it was" in out
    assert "goes to nobody" not in out


def test_nobody_is_exit_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _run(monkeypatch, tmp_path, "sensu-go", list(ROUTES[:1]))
    assert status == 1
    assert "goes to nobody" in capsys.readouterr().out


def test_what_is_no_news_goes_to_nobody_whatever_the_routes_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _run(monkeypatch, tmp_path, "sensu-go", list(ROUTES), min_occurrences="9")
    out = capsys.readouterr().out
    assert status == 1
    assert "told to nobody, whatever the routes say: occurrence 2 of 9" in out
    assert "goes to nobody" in out


def test_a_channel_that_the_event_names_and_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _run(monkeypatch, tmp_path, "sensu-go", list(ROUTES), channels="opps, oncall")
    out = capsys.readouterr().out.splitlines()
    assert status == 0
    assert out[1:] == [
        "  the event itself names 'opps', which is not in the settings",
        "  the event itself names oncall",
        "  goes to oncall",
    ]
