"""`grafherald lint` from the outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from grafherald import cli

ROOT = Path(__file__).resolve().parent.parent.parent


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grafherald", "lint", *words],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(cli.__file__).parent.parent)},
    )


def test_good_definitions_are_status_0() -> None:
    ours = sorted(path for path in (ROOT / "contrib" / "sensu").iterdir() if path.is_file())
    done = run(*ours)
    said = f"{len(ours)} files: nothing is wrong\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")


def test_bad_ones_are_a_line_each_and_status_1(tmp_path: Path) -> None:
    file = tmp_path / "cpu.json"
    file.write_text('{"checks": {"cpu": {"handler": "x"}}}')
    done = run(file, tmp_path / "none.json")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{file}:1: check cpu: graph_image: missing, its notifications come without a graph",
        f"{tmp_path}/none.json: cannot be read: No such file or directory",
    ]


def test_json_is_for_programs(tmp_path: Path) -> None:
    file = tmp_path / "cpu.cfg"
    file.write_bytes(b"\xff")
    assert json.loads(run("--json", file).stdout) == [
        {"message": "is not UTF-8 text", "line": None, "check": "", "file": str(file)}
    ]
