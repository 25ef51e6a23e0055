"""A host in Go with Grafana's SDK, and a JSON API to ask."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grafherald_plugin import folder

HERE = Path(__file__).parent
PLUGIN = HERE.parent.parent / "plugin"
START = 1_700_000_000_000


class Host:
    """Speaks to the program in ``host/``: one JSON command a line, one answer a line."""

    def __init__(self, program: Path, log: Path, api: str) -> None:
        self._log = log
        self._api = api
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def __call__(self, op: str, **arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        arguments.setdefault("source", self.source())
        self._process.stdin.write(json.dumps({"op": op, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def source(self, **settings: Any) -> dict[str, Any]:
        return {"url": self._api, "jsonData": _bytes(settings)}

    def query(self, *targets: str, alert: bool = False, **more: Any) -> Any:
        """Ask for *targets* as refIds A, B, ...; return the responses by refId."""
        return self.measure(*targets, alert=alert, **more)["responses"]

    def measure(self, *targets: str, alert: bool = False, **more: Any) -> Any:
        """Ask for *targets*; the answer has every call's milliseconds too."""
        queries = [
            {
                "refId": chr(ord("A") + index),
                "json": _bytes({"target": target}),
                "intervalMS": 1000,
                "maxDataPoints": 100,
                "timeRange": {"fromEpochMS": START, "toEpochMS": START + 3_600_000},
            }
            for index, target in enumerate(targets)
        ]
        headers = {"FromAlert": "true"} if alert else {}
        return self("query", queries=queries, headers=headers, **more)

    def log(self) -> list[dict[str, Any]]:
        """Return what the host has logged, the plugin's lines among it."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def close(self) -> None:
        self._process.communicate(timeout=20)


def _bytes(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The host, built from source with the modules of the proxy."""
    if shutil.which("go") is None:
        pytest.skip("no Go toolchain")
    program = tmp_path_factory.mktemp("go") / "host"
    build = subprocess.run(
        ["go", "build", "-o", program, "."],
        cwd=HERE / "host",
        capture_output=True,
        text=True,
        check=False,
    )
    if build.returncode:
        pytest.skip(f"the Go host cannot be built here: {build.stderr[-300:]}")
    return program


@pytest.fixture(scope="session")
def api() -> Iterator[str]:
    """The URL of ``json_api.py``."""
    with subprocess.Popen(
        [sys.executable, HERE / "json_api.py"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@pytest.fixture(scope="session", params=["venv", "zipapp"])
def executable(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The plugin's executable, as each of the two that can be built."""
    output = tmp_path_factory.mktemp(request.param)
    if request.param == "venv":
        folder.write(output, folder.launcher(str(_venv(output / "env"))))
    else:
        command = [sys.executable, PLUGIN / "build-plugin", "--python", sys.executable]
        subprocess.run([*command, "--output", output], capture_output=True, check=True)
    (executable,) = output.glob("*/gpx_grafherald_json_linux_amd64")
    return str(executable)


def _venv(path: Path) -> Path:
    """Make a venv that has the plugin of this checkout; return its interpreter."""
    venv.create(path, symlinks=True)
    (site,) = path.glob("lib/python*/site-packages")
    paths = sysconfig.get_paths()
    (site / "here.pth").write_text("\n".join((str(PLUGIN), paths["purelib"], paths["platlib"])))
    return path / "bin" / "python"


@pytest.fixture
def new_host(program: Path, api: str, tmp_path: Path) -> Iterator[Host]:
    """A host that has started nothing yet."""
    host = Host(program, tmp_path / "host.log", api)
    yield host
    host.close()


@pytest.fixture
def host(new_host: Host, executable: str) -> Host:
    """A host that has started the plugin."""
    new_host("start", executable=[executable], protocols=[2])
    return new_host
