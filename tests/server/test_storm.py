"""A storm of events, a tenth as long and as many as in `benchmarks/storm.py`, which it runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STORM = Path(__file__).resolve().parents[2] / "benchmarks/storm.py"


@pytest.mark.slow
@pytest.mark.parametrize("grouped", [[], ["--grouped"]], ids=["each alone", "grouped"])
def test_a_storm_is_told_soon_and_whole_with_a_render_per_panel(grouped: list[str]) -> None:
    scaled = ["--events", "100", "--seconds", "1", "--per-minute", "1200", *grouped]
    done = subprocess.run(
        [sys.executable, str(STORM), *scaled],
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
