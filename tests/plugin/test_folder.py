"""The plugin's folder for Grafana, and what builds it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

import grafherald
from grafherald_plugin import folder
from grafherald_plugin.version import __version__

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGIN = ROOT / "plugin"
BUILD = PLUGIN / "build-plugin"
FRONTEND = PLUGIN / "grafherald_plugin/frontend"
NAME = "grafherald-json-datasource"
SYSTEM_PYTHON = "/usr/bin/python3"
NOBODY = 65534


@pytest.fixture(scope="module")
def manifest():
    return json.loads((FRONTEND / "plugin.json").read_text())


def test_the_manifest_is_what_grafana_asks_of_a_backend_datasource(manifest):
    assert re.fullmatch(
        r"[0-9a-z]+-([0-9a-z]+-)?(app|panel|datasource)", manifest["id"]
    )  # https://grafana.com/developers/plugin-tools/reference/plugin-json
    assert manifest["id"] == NAME
    assert manifest["type"] == "datasource"
    assert manifest["backend"] is manifest["alerting"] is manifest["annotations"] is True


def test_the_provisioned_datasource_is_of_this_plugin(manifest):
    file = ROOT / "contrib/grafana/provisioning/datasources/grafherald-json.yml"
    (one,) = yaml.safe_load(file.read_text())["datasources"]
    assert one["type"] == manifest["id"]


def test_its_version_is_the_cores():
    assert __version__ == grafherald.__version__


def test_what_the_manifest_names_is_there(manifest):
    assert all((FRONTEND / logo).is_file() for logo in manifest["info"]["logos"].values())
    assert (FRONTEND / "module.js").is_file()
    assert (FRONTEND / "README.md").is_file()


def with_an_index(*command: str | Path) -> str:
    """What *command* prints, which asks the package index; skips where there is none."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No matching distribution" in run.stderr or "ConnectionError" in run.stderr:
        pytest.skip("no package index")
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def build(output: Path, *options: str) -> Path:
    return Path(with_an_index(sys.executable, BUILD, "--output", output, *options))


def test_the_folder_starts_the_installation_that_wrote_it(tmp_path, start):
    written = folder.write(tmp_path / "plugins", folder.launcher("/opt/a b/bin/python"))
    executable = written / "gpx_grafherald_json_linux_amd64"
    assert executable.read_bytes() == (written / "gpx_grafherald_json_linux_arm64").read_bytes()
    assert executable.read_text().splitlines()[2:] == [
        "exec '/opt/a b/bin/python' -I -m grafherald_plugin"
    ]
    manifest = json.loads((written / "plugin.json").read_text())
    assert manifest["info"]["version"] == __version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", manifest["info"]["updated"])


def test_an_older_folder_gives_way(tmp_path):
    (tmp_path / NAME / "img").mkdir(parents=True)
    (tmp_path / NAME / "gone.js").touch()
    written = folder.write(tmp_path, b"")
    assert not (written / "gone.js").exists()
    assert (written / "img/logo.svg").is_file()


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution's wheel and sdist, built of a copy: a build leaves its traces."""
    source, out = tmp_path_factory.mktemp("source") / "plugin", tmp_path_factory.mktemp("dist")
    shutil.copytree(PLUGIN, source, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


@pytest.mark.slow
def test_the_wheel_holds_the_whole_frontend(dist):
    (wheel,) = dist.glob("grafherald_plugin-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {path for path in FRONTEND.rglob("*") if path.is_file()}
    assert {str(path.relative_to(PLUGIN)) for path in files} <= names
    assert [name for name in names if name.startswith("grafherald/")] == []
    with tarfile.open(*dist.glob("*.tar.gz")) as sdist:
        assert all(member.isfile() or member.isdir() for member in sdist)


@pytest.mark.real
def test_installed_alone_it_shakes_hands(dist, tmp_path, start):
    venv.create(tmp_path / "env", with_pip=True, symlinks=True)
    bin_ = tmp_path / "env" / "bin"
    with_an_index(bin_ / "pip", "install", "--quiet", *dist.glob("*.whl"))
    packages = subprocess.check_output([bin_ / "pip", "list", "--format=freeze"], text=True)
    assert f"grafherald-plugin=={__version__}" in packages.replace("_", "-")
    assert "\ngrafherald==" not in f"\n{packages}"
    written = subprocess.check_output(
        [bin_ / "grafherald-plugin", tmp_path / "plugins"], text=True, cwd="/"
    )
    executable = Path(written.strip()) / "gpx_grafherald_json_linux_amd64"
    process = start(str(executable), PYTHONPATH="")
    assert process.stdout.readline().startswith(f"1|2|unix|{tmp_path}/plugin")


@pytest.fixture(scope="module")
def zipapp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if subprocess.run([SYSTEM_PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 10))"],
                      check=False).returncode:  # fmt: skip
        pytest.skip("no system Python from 3.10 on")
    output = tmp_path_factory.mktemp("dist")
    return build(output, "--python", SYSTEM_PYTHON) / "gpx_grafherald_json_linux_amd64"


@pytest.mark.real
def test_the_zipapp_has_nothing_compiled_for_one_machine(zipapp):
    assert zipapp.read_bytes() == zipapp.with_name("gpx_grafherald_json_linux_arm64").read_bytes()
    names = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", zipapp], capture_output=True, text=True, check=True
    ).stdout
    assert "grafherald_plugin/server.py" in names
    assert ".so" not in names
    archive = zipapp.parents[1] / f"{NAME}-{__version__}.zip"
    with zipfile.ZipFile(archive) as pack:
        entry = pack.getinfo(f"{NAME}/{zipapp.name}")
        assert entry.external_attr >> 16 & 0o777 == 0o755
        assert {f"{NAME}/module.js", f"{NAME}/LICENSE"} <= set(pack.namelist())


@pytest.mark.real
def test_the_zipapp_is_the_same_bytes_each_time(zipapp, tmp_path):
    again = build(tmp_path, "--python", SYSTEM_PYTHON) / zipapp.name
    assert again.read_bytes() == zipapp.read_bytes()


@pytest.mark.real
def test_the_zipapp_starts_for_a_user_who_may_write_nothing_but_the_socket(zipapp):
    with tempfile.TemporaryDirectory() as folder:  # tmp_path is not for other users
        os.chmod(folder, 0o755)
        executable = shutil.copy(zipapp, folder)
        sockets = Path(folder) / "sockets"
        sockets.mkdir()
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        if user:
            os.chown(sockets, NOBODY, NOBODY)
        start_and_end(executable, sockets, user)
        assert list(sockets.iterdir()) == []


def start_and_end(executable: str, sockets: Path, user: dict[str, Any]) -> None:
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'ulimit -f 0 && exec "$0"', executable],
        env={
            "grafana_plugin_type": "datasource",
            "PLUGIN_PROTOCOL_VERSIONS": "2",
            "PLUGIN_UNIX_SOCKET_DIR": str(sockets),
        },
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
        **user,
    )
    with process:
        assert process.stdout.readline().startswith(f"1|2|unix|{sockets}/plugin")
        process.terminate()
        assert process.wait(5) == 0
