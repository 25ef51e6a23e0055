"""The command of Sensu Go's asset: it finds the Python it was built with, or says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grafherald import __version__

ROOT = Path(__file__).parents[2]
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """An asset's folder with its command, and the package of this checkout."""
    text = (ROOT / "contrib" / "asset" / "grafherald.in").read_text().replace("@MINOR@", MINOR)
    (tmp_path / "asset" / "bin").mkdir(parents=True)
    (tmp_path / "asset" / "lib").mkdir()
    (tmp_path / "asset" / "lib" / "grafherald").symlink_to(ROOT / "handlers")
    found = tmp_path / "asset" / "bin" / "grafherald"
    found.write_text(text)
    found.chmod(0o755)
    return found


def python(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def run(command: Path, path: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{path}:/usr/bin:/bin"}
    words = ["/bin/sh", str(command), "--version"]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.99"])
def test_another_python_is_said_in_a_sentence(command: Path, tmp_path: Path, version: str) -> None:
    bare = tmp_path / "path"
    for name in ("python3", f"python{MINOR}"):
        python(bare, name, f"echo {version}")
    done = run(command, bare)
    assert done.returncode == 1
    assert f"this asset needs Python {MINOR}" in done.stderr
    assert f"python3 here is {version}: install" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_right_python_beside_an_old_one_is_taken(command: Path, tmp_path: Path) -> None:
    path = tmp_path / "path"
    python(path, "python3", "echo 3.9")
    python(path, f"python{MINOR}", f'exec "{sys.executable}" "$@"')
    done = run(command, path)
    assert (done.returncode, done.stdout) == (0, f"grafherald {__version__}\n")
