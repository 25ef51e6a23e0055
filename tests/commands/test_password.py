from __future__ import annotations

import subprocess
import sys

from grafherald.web.people import matches


def run(given: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grafherald", "password"]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_password_becomes_what_the_settings_take() -> None:
    done = run("correct horse\n")
    assert done.returncode == 0
    assert matches("correct horse", done.stdout.strip())
    assert "horse" not in done.stdout


def test_no_password_is_none() -> None:
    done = run("\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "password: is empty" in done.stderr
