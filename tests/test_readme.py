"""README's three steps, word for word, but for where they put things."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

from grafherald import cli

ROOT = Path(__file__).resolve().parents[1]


def test_the_three_steps_work_as_they_stand_there(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text()
    steps = text[text.index("## A handler in three steps") :]
    steps = steps[: steps.index("\n## ", 10)]
    blocks = re.findall(r"^( *)```sh\n(.*?)^\1```", steps, re.DOTALL | re.MULTILINE)
    script = "\n".join(textwrap.dedent(block) for _, block in blocks)
    assert "/etc/grafherald" in script
    for folder in ("/etc/grafherald", "/opt/saved-images"):
        script = script.replace(folder, f"{tmp_path}{folder}")
    command = tmp_path / "bin" / "grafherald"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m grafherald \"$@\"\n")
    command.chmod(0o755)
    done = subprocess.run(
        ["sh", "-e"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(cli.__file__).parent.parent),
            "GRAFHERALD_CONFIG": f"{tmp_path}/etc/grafherald/grafherald.yml",
        },
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--- chat (slack" in done.stdout
    assert "--- oncall (email oncall@example.com)" in done.stdout
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]
    assert {line["channel"] for line in lines} == {"chat", "oncall"}
    assert (tmp_path / "etc/grafherald/token").stat().st_mode & 0o777 == 0o640
