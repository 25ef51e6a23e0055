"""The plugin's folder for Grafana, and what builds it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafherald import __version__, plugin

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "contrib/grafana/build-plugin"
FOLDER = ROOT / "contrib/grafana/plugins/grafherald-json-datasource"
SYSTEM_PYTHON = "/usr/bin/python3"
NOBODY = 65534
SOURCES = {"PYTHONPATH": str(Path(plugin.__file__).parents[2])}


@pytest.fixture(scope="module")
def manifest():
    return json.loads((FOLDER / "plugin.json").read_text())


def test_the_manifest_is_what_grafana_asks_of_a_backend_datasource(manifest):
    assert re.fullmatch(
        r"[0-9a-z]+-([0-9a-z]+-)?(app|panel|datasource)", manifest["id"]
    )  # https://grafana.com/developers/plugin-tools/reference/plugin-json
    assert manifest["id"] == FOLDER.name
    assert manifest["type"] == "datasource"
    assert manifest["backend"] is manifest["alerting"] is manifest["annotations"] is True
    assert f'EXECUTABLE = "{manifest["executable"]}"' in BUILD.read_text()


def test_the_provisioned_datasource_is_of_this_plugin(manifest):
    file = ROOT / "contrib/grafana/provisioning/datasources/grafherald-json.yml"
    (one,) = yaml.safe_load(file.read_text())["datasources"]
    assert one["type"] == manifest["id"]


def test_it_imports_nothing_of_ours_but_the_version():
    code = "import sys, grafherald.plugin.server; print(*sys.modules)"
    names = subprocess.check_output([sys.executable, "-c", code], text=True, env=SOURCES).split()
    ours = [name for name in names if name.startswith("grafherald.")]
    assert [name for name in ours if not name.startswith("grafherald.plugin")] == []


def test_what_the_manifest_names_is_there(manifest):
    assert all((FOLDER / logo).is_file() for logo in manifest["info"]["logos"].values())
    assert (FOLDER / "module.js").is_file()
    assert (FOLDER / "README.md").is_file()


def build(output: Path, *options: str) -> Path:
    run = subprocess.run(
        [sys.executable, BUILD, "--output", output, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if "No matching distribution" in run.stderr or "ConnectionError" in run.stderr:
        pytest.skip("no package index")
    assert run.returncode == 0, run.stderr
    return Path(run.stdout.strip())


def test_over_a_venv_the_executable_is_a_few_lines_of_sh(tmp_path, start):
    folder = build(tmp_path / "dist", "--venv", sys.prefix)
    executable = folder / "gpx_grafherald_json_linux_amd64"
    assert executable.read_bytes() == (folder / "gpx_grafherald_json_linux_arm64").read_bytes()
    assert len(executable.read_text().splitlines()) == 3
    assert start(str(executable)).stdout.readline().startswith("1|2|unix|")
    manifest = json.loads((folder / "plugin.json").read_text())
    assert manifest["info"]["version"] == __version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", manifest["info"]["updated"])
    with zipfile.ZipFile(folder.parent / f"{FOLDER.name}-{__version__}.zip") as pack:
        entry = pack.getinfo(f"{FOLDER.name}/{executable.name}")
        assert entry.external_attr >> 16 & 0o777 == 0o755
        assert f"{FOLDER.name}/module.js" in pack.namelist()


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
    assert "grafherald/plugin/server.py" in names
    assert ".so" not in names


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
