"""grafherald check from the outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grafherald import cli


def check(folder: Path, settings: dict[str, Any], *words: str) -> subprocess.CompletedProcess[str]:
    file = folder / "c.json"
    file.write_text(json.dumps(settings))
    return subprocess.run(
        [sys.executable, "-m", "grafherald", "check", "--config", str(file), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PYTHONPATH": str(Path(cli.__file__).parent.parent)},
    )


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {"channels": {"look": {"type": "file", "directory": str(tmp_path / "out")}}}


def test_all_is_well_is_0_and_a_table(tmp_path: Path, settings: dict[str, Any]) -> None:
    done = check(tmp_path, settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert "channels.look.type" in done.stdout
    assert "  ok       channel look" in done.stdout


def test_a_failure_is_1(tmp_path: Path, settings: dict[str, Any]) -> None:
    settings["channels"]["look"]["directory"] = "/dev/null/out"
    done = check(tmp_path, settings)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("1 failed, ")


def test_send_sends(tmp_path: Path, settings: dict[str, Any]) -> None:
    assert check(tmp_path, settings, "--send").returncode == 0
    (file,) = (tmp_path / "out").glob("*.json")
    assert "Nothing is wrong" in json.loads(file.read_text())["text"]


def test_json_is_one_object(tmp_path: Path, settings: dict[str, Any]) -> None:
    document = json.loads(check(tmp_path, settings, "--json", "--dry-run").stdout)
    assert document["ok"] is True
    assert {finding["verdict"] for finding in document["findings"]} <= {"ok", "warning", "skipped"}


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_wrong_settings_are_a_finding(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = check(tmp_path, {"graph": {"wait": "soon"}}, *words)
    assert (done.returncode, done.stderr) == (1, "")
    assert "graph.wait: expected a number, got 'soon'" in done.stdout


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path, settings: dict[str, Any]) -> None:
    settings["channels"] |= {"a": {"type": "pigeon"}, "b": {"type": "email"}}
    settings["grafana"] = {"url": "http://127.0.0.1:9", "token_file": "/nowhere/token"}
    done = check(tmp_path, settings, "--dry-run")
    assert done.returncode == 1
    for said in ("channel type 'pigeon'", "channels.b.smtp: missing", "/nowhere/token cannot be"):
        assert said in done.stdout
    done = check(tmp_path, {"graph": {"wait": "soon", "reuse": "often"}}, "--dry-run")
    assert "graph.wait: expected a number" in done.stdout
    assert "graph.reuse: expected a number" in done.stdout
