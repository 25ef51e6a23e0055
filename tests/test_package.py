"""What is shipped: the wheel and the sdist hold everything that the installed command needs."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import tarfile
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from grafherald import __version__

ROOT = Path(__file__).resolve().parent.parent
PACKAGE, CONTRIB = ROOT / "handlers" / "grafherald", ROOT / "contrib"
COPIED = (
    "alertmanager",
    "checkmk",
    "chef",
    "grafana/dashboards",
    "grafana/provisioning",
    "healthchecks",
    "icinga2",
    "nagios",
    "nginx",
    "sensu",
    "systemd",
    "zabbix",
)  # what is for whoever runs it; the rest is for who builds it


def data_files() -> set[str]:
    """Templates and schemas as they are named inside the package."""
    folders = (ROOT / "templates", ROOT / "schemas")
    return {str(p.relative_to(ROOT)) for folder in folders for p in folder.rglob("*.*")}


def test_what_is_released_has_the_packages_version() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert f"\n## [{__version__}]" in changes


@pytest.mark.slow
def test_the_wheel_holds_every_template_and_schema(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"grafherald/{name}" for name in data_files()} <= names
    assert "grafherald/py.typed" in names
    assert {f"grafherald/samples/{p.name}" for p in (PACKAGE / "samples").iterdir()} <= names
    fonts = (PACKAGE / "draw/page/fonts").iterdir()
    assert {f"grafherald/draw/page/fonts/{p.name}" for p in fonts} <= names


def test_the_wheel_holds_no_other_distributions_package(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if "." not in top} == {"grafherald"}


def test_the_wheel_brings_the_definitions_that_an_operator_copies(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = {name.partition(".data/data/")[2] for name in zipfile.ZipFile(wheel).namelist()}
    copied = [path for folder in COPIED for path in (CONTRIB / folder).rglob("*") if path.is_file()]
    assert {f"share/grafherald/{path.relative_to(CONTRIB)}" for path in copied} <= names


def test_the_index_knows_what_it_is_and_where_it_lives(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("/METADATA"))
        about = Parser().parsestr(archive.read(name).decode())
    assert about["Version"] == __version__
    assert about["Author"]
    assert "sensu" in about["Keywords"]
    links = {link.partition(",")[0] for link in about.get_all("Project-URL")}
    assert {"Documentation", "Changelog", "Source", "Issues"} <= links


@pytest.mark.slow
def test_the_sdist_holds_what_a_wheel_is_built_from(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"handlers/grafherald/{name}" for name in data_files()} <= names
    assert {"setup.cfg", "pyproject.toml", "LICENSE", "README.md", "Makefile"} <= names
    assert {"contrib/asset/build-asset", "docs/operations.md", "tests/conftest.py"} <= names
    assert {"plugin/setup.cfg", "plugin/grafherald_plugin/version.py"} <= names


@pytest.mark.slow
def test_the_installed_command_runs(dist: Path, tmp_path: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    venv.create(tmp_path / "env", with_pip=True, symlinks=True)
    bin_ = tmp_path / "env" / "bin"
    subprocess.run(
        [bin_ / "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True
    )
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    done = subprocess.run(
        "grafherald sample sensu-go | grafherald preview",
        shell=True,
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": f"{bin_}:/usr/bin:/bin", "GRAFHERALD_CONFIG": os.environ["GRAFHERALD_CONFIG"]},
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"web01/cpu" in done.stdout
    assert (tmp_path / "env/share/grafherald/sensu/go-handler.yml").is_file()
    version = subprocess.run([bin_ / "grafherald", "--version"], capture_output=True, check=True)
    assert version.stdout.decode().strip() == f"grafherald {__version__}"
