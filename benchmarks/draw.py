"""What drawing a panel costs: its layout, its picture, and a whole process beside bare Python.

    python benchmarks/draw.py [rounds]

Six series of 500 points, a table below them and an alert's marks, 1000 x 500 pixels. The processes
of one round run in turn, so that they share the machine's mood: the ratio of medians is what
counts.
"""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
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
    print(f"on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
