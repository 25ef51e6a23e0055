"""The datasource over a long history, beside the obvious handler.

    python benchmarks/datasource.py [--alerts 1000000] [--store URL] [--seconds 5]

Latency: one client asks each question at six hours and at thirty days, every time another range,
so that no answer is remembered; p50 and p95.
Throughput: sixteen clients (wrk) ask for alerts by severity, as viewers of one dashboard do. The
obvious handler is Flask behind the same server with the same threads over the same file and the
same index: it reads the rows of the range and counts them in Python. A store given by --store is
filled when it is empty.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import history
from grafherald.store import open_database

HOUR = 3_600_000
RANGES = {"6 h": (6 * HOUR, 30_000), "30 d": (720 * HOUR, 1_800_000)}
DAY = {"24 h": (24 * HOUR, 60_000)}
TARGETS = (
    "alerts",
    "open",
    "mttr",
    "state web001.example.com/check-01",
    "alerts entity=web001*",
    "alerts by team",
    "alerts by entity",
    "notifications",
    "flapping",
    "annotations",
)
GOALS = {("alerts", "6 h"): 50, ("alerts", "30 d"): 500}


def question(target: str, now: int, span: str) -> bytes:
    """Return a request's body."""
    length, interval = (RANGES | DAY)[span]
    return json.dumps(
        {
            "range": {"from": now - length, "to": now},
            "intervalMs": interval,
            "maxDataPoints": 1000,
            "targets": [{"target": target, "refId": "A", "type": "timeserie"}],
        }
    ).encode()


def ask(url: str, body: bytes) -> float:
    """Return how many milliseconds an answer took."""
    sent = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    began = time.perf_counter()
    with urllib.request.urlopen(sent) as answer:
        answer.read()
    return (time.perf_counter() - began) * 1000


def latencies(url: str, now: int, rounds: int) -> None:
    """Print p50 and p95 of each question."""
    for span in RANGES:
        for target in TARGETS:
            bodies = [question(target, now - 2 * HOUR * n, span) for n in range(rounds)]
            took = sorted(ask(url, body) for body in bodies)
            p50, p95 = statistics.median(took), took[int(0.95 * (len(took) - 1))]
            goal = GOALS.get((target, span))
            said = f"   goal: {goal} ms" if goal else ""
            print(f"{span:5} {target:34} p50 {p50:7.1f} ms  p95 {p95:7.1f} ms{said}")


def throughput(url: str, body: bytes, seconds: int) -> float:
    """Return how many requests of sixteen clients are answered per second."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        text = body.decode().replace("\\", "\\\\").replace("'", "\\'")
        script.write(
            f"wrk.method='POST'\nwrk.body='{text}'\n"
            "wrk.headers['Content-Type']='application/json'\n"
        )
        script.flush()
        command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", "60s", "-s", script.name]
        told = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise SystemExit(told)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])  # type: ignore[index]


OBVIOUS = """
import sqlite3, sys
from flask import Flask, jsonify, request
from waitress import serve

app = Flask(__name__)

@app.post("/query")
def query():
    body = request.get_json()
    start, end, step = body["range"]["from"], body["range"]["to"], body["intervalMs"]
    connection = sqlite3.connect(sys.argv[1])
    rows = connection.execute(
        "SELECT started, severity FROM alerts WHERE started >= ? AND started < ?", (start, end)
    ).fetchall()
    connection.close()
    answer = []
    for severity, name in ((1, "warning"), (2, "critical"), (3, "unknown")):
        counts = {at: 0 for at in range(start - start % step, end, step)}
        for started, worst in rows:
            if worst == severity:
                counts[started - started % step] += 1
        answer.append({"target": name, "datapoints": [[n, at] for at, n in counts.items()]})
    return jsonify(answer)

serve(app, host="127.0.0.1", port=int(sys.argv[2]), threads=8, _quiet=True)
"""


@contextmanager
def running(command: list[str], url: str, body: bytes) -> Iterator[None]:
    """Run a server until the block ends."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                ask(url, body)
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Fill a store and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=1_000_000)
    parser.add_argument("--store", help="default: a SQLite file that is deleted afterwards")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--port", type=int, default=3997)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        measure(args.store or f"sqlite:///{folder}/history.db", args)
    finally:
        shutil.rmtree(folder)


def measure(store: str, args: argparse.Namespace) -> None:
    """Print the figures of one store."""
    database = open_database(store)
    now = int(time.time() * 1000)
    if not database.rows("SELECT 1 FROM alerts LIMIT 1"):
        history.fill(store, args.alerts, now)
    now, number = database.rows("SELECT MAX(started), COUNT(*) FROM alerts")[0]
    database.close()
    print(f"{store.partition(':')[0]}: {number} alerts of {history.DAYS} days")
    url = f"http://127.0.0.1:{args.port}/datasource/query"
    ours = [str(Path(sys.executable).parent / "grafherald"), "datasource"]
    ours += ["--set", f"store={store}", "--listen", f"127.0.0.1:{args.port}"]
    rates: dict[str, Any] = {}
    with running(ours, url, question("alerts", now, "6 h")):
        latencies(url, now, args.rounds)
        for span in RANGES | DAY:
            rates[span] = throughput(url, question("alerts", now, span), args.seconds)
    if not store.startswith("sqlite"):
        print({span: f"{rate:.0f} requests/s" for span, rate in rates.items()})
        return
    compare(store, now, rates, args)


def compare(store: str, now: int, rates: dict[str, float], args: argparse.Namespace) -> None:
    """Print how many more requests are answered than by the obvious handler."""
    url = f"http://127.0.0.1:{args.port}/query"
    command = [sys.executable, "-c", OBVIOUS, store.removeprefix("sqlite:///"), str(args.port)]
    with running(command, url, question("alerts", now, "6 h")):
        for span, rate in rates.items():
            other = throughput(url, question("alerts", now, span), args.seconds)
            times = f"{rate / other:.1f} times" if other else "more than any number of times"
            print(
                f"{span:5} 16 clients: {rate:.1f} requests/s, the obvious handler {other:.1f}:"
                f" {times}   goal: 10"
            )


if __name__ == "__main__":
    main()
