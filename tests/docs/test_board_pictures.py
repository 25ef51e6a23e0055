"""The command that takes the documentation's pictures of the board still does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import ROOT


@pytest.mark.real
@pytest.mark.slow
def test_the_boards_pictures_can_be_taken_anew(tmp_path: Path) -> None:
    pytest.importorskip("playwright")
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    command = [sys.executable, str(ROOT / "docs" / "site" / "board_pictures.py")]
    subprocess.run(
        [*command, "--to", str(tmp_path), "--alerts", "12"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "handlers")},
        check=True,
        timeout=120,
    )
    taken = {picture.name for picture in tmp_path.iterdir()}
    in_docs = {picture.name for picture in (ROOT / "docs").glob("board*.png")}
    assert taken == in_docs
    sizes = [picture.stat().st_size for picture in (ROOT / "docs").glob("board*.png")]
    assert max(sizes) < 200_000
