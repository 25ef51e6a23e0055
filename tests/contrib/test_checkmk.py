"""Checkmk's notification script: what it passes on, and what its exit status means there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "contrib" / "checkmk" / "grafherald"


@pytest.mark.parametrize(("ours", "checkmks"), [(0, 0), (1, 2), (2, 1), (130, 1)])
def test_checkmk_tries_again_what_may_pass_and_no_more(
    tmp_path: Path, ours: int, checkmks: int
) -> None:
    command = tmp_path / "grafherald"
    command.write_text(f'#!/bin/sh\necho "$1 $NOTIFY_HOSTNAME"\nexit {ours}\n')
    command.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "NOTIFY_HOSTNAME": "db01"}
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (checkmks, "nagios db01\n")


def test_a_bulk_is_refused_in_a_sentence() -> None:
    asked = ["/bin/sh", str(SCRIPT), "--bulk"]
    done = subprocess.run(asked, input="", capture_output=True, text=True, check=False)
    assert (done.returncode, "turn it off in the rule" in done.stderr) == (2, True)
    assert "Bulk: yes" not in SCRIPT.read_text()  # by which Checkmk offers it


def test_its_second_line_is_its_title_there() -> None:
    first, second, *_ = SCRIPT.read_text().splitlines()
    assert first == "#!/bin/sh"
    assert second == "# grafherald: alerts with their graph"
    assert SCRIPT.stat().st_mode & 0o111
