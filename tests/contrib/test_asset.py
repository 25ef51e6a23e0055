"""Sensu Go's asset: its command finds a Python that fits, or says so; a build is repeatable."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from grafherald import __version__

ROOT = Path(__file__).parents[2]
ASSET = ROOT / "contrib/asset"


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """An asset's folder with its command, and the package of this checkout."""
    (tmp_path / "asset" / "bin").mkdir(parents=True)
    (tmp_path / "asset" / "lib").mkdir()
    (tmp_path / "asset" / "lib" / "grafherald").symlink_to(ROOT / "handlers")
    found = tmp_path / "asset" / "bin" / "grafherald"
    found.write_text((ASSET / "grafherald").read_text())
    found.chmod(0o755)
    return found


def python(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def run(command: Path, path: Path) -> subprocess.CompletedProcess[str]:
    words = ["/bin/sh", str(command), "--version"]
    environment = {"PATH": str(path)}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A PATH with what the command needs beside Python."""
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "dirname").symlink_to("/usr/bin/dirname")
    return tmp_path / "path"


@pytest.mark.parametrize("version", ["3.6.8", "3.9.2", "3.99.0"])
def test_no_python_that_fits_is_said_in_a_sentence(command: Path, bare: Path, version: str) -> None:
    python(bare, "python3", f'[ "$1" = --version ] && echo Python {version} && exit; exit 1')
    done = run(command, bare)
    assert done.returncode == 1
    assert f"needs Python 3.10 to 3.14; python3 is Python {version}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_right_python_beside_an_old_one_is_taken(command: Path, bare: Path) -> None:
    python(bare, "python3", "exit 1")
    python(bare, "python3.12", f'exec "{sys.executable}" "$@"')
    done = run(command, bare)
    assert (done.returncode, done.stdout) == (0, f"grafherald {__version__}\n")


def build(folder: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["SOURCE_DATE_EPOCH"] = "1767225600"
    done = subprocess.run(
        [ASSET / "build-asset", sys.executable, folder],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    if "No matching distribution" in done.stderr or "ConnectionError" in done.stderr:
        pytest.skip("no package index")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.real
def test_both_assets_are_the_same_bytes_each_time_and_run(tmp_path: Path) -> None:
    definition = yaml.safe_load(build(tmp_path / "one"))
    assert yaml.safe_load(build(tmp_path / "two")) == definition
    for one in definition["spec"]["builds"]:
        file = tmp_path / "two" / one["url"].rpartition("/")[2]
        assert hashlib.sha512(file.read_bytes()).hexdigest() == one["sha512"]
        machine = "x86_64" if file.name.endswith("amd64.tar.gz") else "aarch64"
        with tarfile.open(file) as archive:
            names = archive.getnames()
            # as Python unpacks it by itself from 3.14 on; Debian 12's does not know the argument
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(tmp_path / machine)
        compiled = [name for name in names if name.endswith(".so")]
        assert compiled
        assert all(machine in name for name in compiled)
        assert {f"cpython-3{minor}" for minor in range(10, 15)} <= {
            part for name in compiled for part in (name.split(".")[1].rsplit("-", 3)[0],)
        }
    command = tmp_path / os.uname().machine / "bin/grafherald"
    done = subprocess.run(
        f"'{command}' sample sensu-go | '{command}' preview",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "GRAFHERALD_CONFIG": os.environ["GRAFHERALD_CONFIG"],
        },
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "web01/cpu" in done.stdout
