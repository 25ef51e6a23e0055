"""What drawing a panel costs: its layout, its picture, and whole processes beside bare Python.

    python benchmarks/draw.py [rounds]

Six series of 500 points, a table below them and an alert's marks, 1000 x 500 pixels. Then an alert
from standard input to a delivered Slack message with its drawn picture, by a Grafana on loopback
that has no renderer: at most 0.5 s at the median and 60 MB are the goal. The processes of one round
run in turn, so that they share the machine's mood: the ratio of medians is what counts.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "handlers"))

START, STEP = 1_795_610_400_000, 43_200
PANEL = {
    "type": "timeseries",
    "fieldConfig": {
        "defaults": {
            "unit": "percent",
            "color": {"mode": "palette-classic"},
            "custom": {"fillOpacity": 10},
        },
        "overrides": [],
    },
    "options": {"legend": {"displayMode": "table", "calcs": ["mean", "max", "lastNotNull"]}},
}
DRAW = f"""
import resource, sys
sys.path[:0] = [{str(ROOT / "handlers")!r}, {str(ROOT / "benchmarks")!r}]
import draw as benchmark
from grafherald.draw import png
png(benchmark.drawing().svg, 1000, 500)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
BARE = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


@cache
def frames() -> list[Any]:
    """The answer that is drawn: six series of 500 points."""
    from grafherald.draw import Field, Frame

    def value(place: int, host: int) -> float:
        return 50 + 30 * math.sin(place / 40 + host) + 5 * math.sin(place * 1.7 * host)

    time = Field("Time", "time", [START + place * STEP for place in range(500)])
    return [
        Frame((time, Field("Value", "number", values, {"instance": f"web0{host}:9100"})))
        for host in range(6)
        if (values := [value(place, host) for place in range(500)])
    ]


def drawing() -> Any:
    """Draw the panel once."""
    from grafherald.draw import Line, Look, Marks, TimeRange, draw

    marks = Marks(
        alert=START + 400 * STEP,
        alert_label="CRITICAL web03",
        since=START + 330 * STEP,
        lines=(Line(90, "critical 90 %", "red"),),
        strong={"instance": "web03"},
    )
    span = TimeRange(START, START + 500 * STEP)
    return draw(PANEL, frames(), span, Look(title="CPU busy by host"), marks)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def process(code: str) -> tuple[float, float]:
    """Milliseconds and peak megabytes of a process that runs *code*."""
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    return (time.perf_counter() - begin) * 1000, int(done.stdout) / 1024


def handled(folder: Path, policy: str, grafana: str, webhook: str) -> tuple[float, float]:
    """Milliseconds and peak megabytes of one `grafherald sensu`, which must send a picture."""
    from grafherald.demo.event import sensu_go_event

    published = {"directory": f"{folder}/saved", "url": "http://pictures.example.com"}
    settings = {
        "grafana": {"url": grafana, "token": "t"},
        "images": {"publish": published},
        "graph": {"draw": policy, "reuse": 0},
        "channels": {"chat": {"type": "slack", "webhook_url": webhook}},
    }
    (folder / "saved").mkdir(exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(settings))
    event = json.dumps(sensu_go_event(grafana, datetime.now(timezone.utc))).encode()
    command = [sys.executable, "-m", "grafherald", "sensu", "--config", f"{folder}/settings.json"]
    begin = time.perf_counter()
    running = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "handlers")},
    )
    assert running.stdin
    running.stdin.write(event)
    running.stdin.close()
    _, status, used = os.wait4(running.pid, 0)
    took = (time.perf_counter() - begin) * 1000
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0, "it was not delivered"
    assert list((folder / "saved").glob("*.png")), "there is no picture"
    for picture in (folder / "saved").glob("*.png"):
        picture.unlink()
    return took, used.ru_maxrss / 1024


def alerts(rounds: int) -> None:
    """Print what an alert with a drawn picture takes, by ``graph.draw``."""
    from grafherald.demo.standins import chat, grafana

    with (
        tempfile.TemporaryDirectory() as name,
        grafana.running("t") as panels,
        chat.running("xoxb") as rooms,
    ):
        panels.api.data, panels.mode = True, "missing"
        runs = [
            [
                handled(Path(name), policy, panels.url, rooms.webhook_url)
                for policy in ("fallback", "first")
            ]
            + [process(BARE)]
            for _ in range(rounds)
        ]
        assert all(message.blocks for message in rooms.slack.messages)
    bare = statistics.median(run[2][0] for run in runs)
    for place, policy in enumerate(("fallback", "first")):
        whole = statistics.median(run[place][0] for run in runs)
        memory = max(run[place][1] for run in runs)
        print(
            f"alert, {policy:8} {whole:7.1f} ms   {whole / bare:.1f} x bare Python's {bare:.1f} ms,"
            f" {memory:.0f} MB at its peak"
        )


def main(rounds: int) -> None:
    """Print one line a figure."""
    from grafherald.draw import png

    svg = drawing().svg
    layout = [timed(drawing) for _ in range(rounds * 5)]
    picture = [timed(lambda: png(svg, 1000, 500)) for _ in range(rounds)]
    runs = [(process(DRAW), process(BARE)) for _ in range(rounds)]
    whole, bare = (statistics.median(run[side][0] for run in runs) for side in (0, 1))
    memory = max(run[0][1] for run in runs)
    print(f"layout   {statistics.median(layout):7.1f} ms   (best {min(layout):.1f})")
    print(f"PNG      {statistics.median(picture):7.1f} ms   {len(svg) // 1000} kB of SVG")
    print(f"process  {whole:7.1f} ms   {whole / bare:.1f} x bare Python's {bare:.1f} ms")
    print(f"memory   {memory:7.1f} MB at its peak")
    alerts(rounds)
    print(f"on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
