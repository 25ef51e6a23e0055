"""The man pages: one for each command, as man itself takes them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grafherald import cli

BUILD = Path(__file__).resolve().parents[2] / "contrib/man/build-man"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("man")
    subprocess.run([sys.executable, BUILD, folder], check=True, stdout=subprocess.DEVNULL)
    return {path.stem: path for path in folder.iterdir()}


def test_every_command_has_a_page_that_says_what_help_says(pages: dict[str, Path]) -> None:
    assert set(pages) == {"grafherald", *(f"grafherald-{name}" for name in cli._names())}
    page = pages["grafherald-outbox"].read_text()
    assert "\\-\\-all\\-failed" in page
    assert ".SH EXAMPLES" in page
    assert ".SH EXIT STATUS" in pages["grafherald"].read_text()


def test_roff_has_nothing_to_say_about_them(pages: dict[str, Path]) -> None:
    groff = shutil.which("groff")
    if not groff:
        pytest.skip("groff is not installed")
    for page in pages.values():
        words = [groff, "-man", "-Tutf8", "-ww", "-z", page]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        bad = [line for line in done.stderr.splitlines() if "break" not in line]  # a long line
        assert bad == [], page
