"""What the Grafana plugin costs: to start, for a query, in memory; beside what cannot be less.

    .venv/bin/python benchmarks/plugin.py [rounds]      (needs a Go toolchain)

The host is tests/interop/host: go-plugin and Grafana's SDK, in Go, as Grafana is one. The JSON API
is tests/interop/json_api.py. What is compared runs in turn within one round, so that it shares the
machine's mood. Both executables are measured: sh over a venv, and the zipapp.
"""

from __future__ import annotations

import http.client
import json
import re
import runpy
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
INTEROP = ROOT / "tests" / "interop"
BUILD = ROOT / "plugin" / "build-plugin"
PYTHON = "/usr/bin/python3"
HANDSHAKE = {"grafana_plugin_type": "datasource", "PLUGIN_PROTOCOL_VERSIONS": "2"}
Host: Any = runpy.run_path(str(INTEROP / "conftest.py"))["Host"]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder, _api() as process:
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        program = Path(folder) / "host"
        subprocess.run(["go", "build", "-o", program, "."], cwd=INTEROP / "host", check=True)
        for name, build in {
            "venv": [str(Path(sys.prefix) / "bin" / "grafherald-plugin")],
            "zipapp": [sys.executable, str(BUILD), "--python", PYTHON, "--output"],
        }.items():
            output = Path(folder) / name
            subprocess.run([*build, str(output)], check=True, capture_output=True)
            (executable,) = output.glob("*/gpx_*_linux_amd64")
            print(f"\n{name}: {executable.stat().st_size / 1024:.0f} kB")
            start(str(executable), rounds)
            host = Host(program, output / "log", url)
            pid = host("start", executable=[str(executable)], protocols=[2])["pid"]
            queries(host, url, rounds)
            endurance(host, pid)
            host.close()
        process.kill()


def _api() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, INTEROP / "json_api.py"], stdout=subprocess.PIPE, text=True
    )


def start(executable: str, rounds: int) -> None:
    """From exec to the handshake line, beside a Python that does nothing."""

    def handshake() -> None:
        with subprocess.Popen(
            [executable], env=HANDSHAKE, cwd="/", stdout=subprocess.PIPE
        ) as process:
            process.stdout.readline()
            ends.append(time.perf_counter())
            process.kill()

    ends: list[float] = []
    bare, shaken = [], []
    for _ in range(rounds):
        bare.append(timed(lambda: subprocess.run([PYTHON, "-c", "pass"], check=True)))
        begun = time.perf_counter()
        handshake()
        shaken.append((ends[-1] - begun) * 1000)
    limit = 3 * statistics.median(bare) + 150
    report(f"exec to handshake (bare: {statistics.median(bare):.1f} ms)", shaken, limit)


def queries(host: Any, url: str, rounds: int) -> None:
    """One query after the other: 1k and 100k points."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    host.measure("points:1000", repeat=200)
    own, ours = [], []
    for _ in range(rounds):
        own += [timed(lambda: post(connection, "points:1000")) for _ in range(50)]
        ours += host.measure("points:1000", repeat=50)["ms"]
    api = statistics.median(own)
    report(f"1k points (the API itself: {api:.2f} ms)", ours, api + 2)

    body = post(connection, "points:100000")
    loads, ours = [], []
    for _ in range(rounds):
        loads.append(timed(lambda: json.loads(body)))
        ours += host.measure("points:100000")["ms"]
    alone = statistics.median(loads)
    report(f"100k points (json.loads alone: {alone:.1f} ms)", ours, 1.5 * alone + 30)


def endurance(host: Any, pid: int) -> None:
    """A thousand queries at once, then ten thousand."""
    measured = host.measure("points:1000", repeat=1000, parallel=1000)
    answered = len(measured["ms"]) - measured["failed"]
    print(f"  {answered} of 1000 at once answered, the last after {max(measured['ms']):.0f} ms")
    host.measure("points:1000", repeat=10_000, parallel=8)
    status = Path(f"/proc/{pid}/status").read_text()
    resident, peak = (
        int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024 for name in ("VmRSS", "VmHWM")
    )
    verdict = "ok" if resident < 80 else "TOO MUCH"
    print(f"  {resident:.0f} MB after 10,000 queries, peak {peak:.0f} MB, limit 80: {verdict}")


def post(connection: http.client.HTTPConnection, target: str) -> bytes:
    connection.request("POST", "/query", json.dumps({"targets": [{"target": target}]}))
    return connection.getresponse().read()


def timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def report(what: str, measured: list[float], limit: float) -> None:
    median = statistics.median(measured)
    verdict = "ok" if median <= limit else "TOO SLOW"
    print(f"  {what}: p50 {median:.2f} ms, best {min(measured):.2f}, limit {limit:.1f}: {verdict}")


if __name__ == "__main__":
    main()
