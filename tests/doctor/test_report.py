"""What the report shows of settings and findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grafherald.doctor import report
from grafherald.doctor.findings import failed, ok, skipped, warning
from grafherald.doctor.origins import Setting, settings
from grafherald.settings import Settings, sources

FOUND = [
    ok("a", "Fine."),
    warning("b", "Odd.", "Look."),
    failed("c", "No.", "Mend."),
    skipped("d", "-"),
]


def load(tmp_path: Path, tree: dict[str, Any], *changes: str, **environment: str) -> Settings:
    file = tmp_path / "c.json"
    file.write_text(json.dumps(tree))
    return sources.load(str(file), changes, environment)


def test_each_setting_names_its_origin(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("secret-of-a-certain-length-of-40-letters\n")
    tree = {"grafana": {"url": "https://g.example.com", "token_file": str(tmp_path / "t")}}
    found = settings(load(tmp_path, tree, "graph.to=now-1m", GRAFHERALD_GRAPH__WAIT="5"))
    file = str(tmp_path / "c.json")
    assert found == [
        Setting("grafana.url", "https://g.example.com", file),
        Setting("grafana.token", "set, long", f"{tmp_path / 't'}, named in {file}"),
        Setting("graph.wait", "5", "$GRAFHERALD_GRAPH__WAIT"),
        Setting("graph.to", "now-1m", "--set"),
    ]


def test_a_secret_that_replaced_its_file_has_its_own_origin(tmp_path: Path) -> None:
    tree = {"grafana": {"token_file": "/nowhere"}}
    (found,) = settings(load(tmp_path, tree, GRAFHERALD_GRAFANA__TOKEN="short"))
    assert found == Setting("grafana.token", "set, short", "$GRAFHERALD_GRAFANA__TOKEN")


def test_what_to_do_stands_below_what_was_found() -> None:
    lines = [line for finding in FOUND for line in report.finding_lines(finding)]
    assert [line.split(maxsplit=1)[0] for line in lines] == [
        "ok", "warning", "->", "failed", "->", "skipped"
    ]  # fmt: skip
    assert lines[2].index("->") == lines[1].index("Odd.")


def test_a_sentence_ends_once() -> None:
    error = "127.0.0.1:9 refuses connections; is it running there?"
    assert failed("channel chat", f"#ops: {error}.", "").text == f"#ops: {error}"
    assert skipped("drawing", "It can't be told: why?.").text == "It can't be told: why?"


def test_a_hostile_text_stays_one_line() -> None:
    lines = list(report.finding_lines(failed("a\nb", "c\r\nd\x1b[2J", "e\nf")))
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


def test_the_summary_counts_the_bad_first() -> None:
    assert report.summary(FOUND) == "1 failed, 1 warned about, 1 skipped, 1 ok"


def test_json_holds_the_same() -> None:
    document = json.loads(report.as_json([Setting("a.b", "1", "--set")], FOUND))
    assert document["ok"] is False
    assert document["settings"] == [{"key": "a.b", "value": "1", "origin": "--set"}]
    assert document["findings"][1] == {
        "topic": "b", "verdict": "warning", "text": "Odd.", "advice": "Look."
    }  # fmt: skip
