"""The board as many people keep it open, and the first page by how much is wrong.

    python benchmarks/board.py [--boards 100] [--seconds 20] [--history 1000000]

Each board asks every four seconds whether anything changed, as its script does. The figure is the
processor time that the daemon spends on all of them, in percent of one core. The second: how long
the first page of 60 and of 2,000 open alerts takes, uncompressed and whole. With --history, how
long each page takes over so many alerts of 90 days, while 100,000 deliveries wait.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import history
from grafherald.event import Event, Kind, State
from grafherald.history.record import record
from grafherald.store import milliseconds, open_database
from grafherald.store.codec import to_json

EVERY = 4.0  # seconds, as live.js
WAITING = 100_000  # deliveries
PAGES = {  # with the milliseconds that are the goal
    "/": 100,
    "/?q=team%3Ddb&last=30d": 100,
    "/wall": 100,
    "/outbox": 200,
    "/numbers?last=7d": 500,
    "/numbers?last=30d&by=team": 1000,
    "/numbers?last=90d&by=name": 5000,
}


def fill(url: str, alerts: int) -> None:
    """Open *alerts* in a new store."""
    database = open_database(url)
    now = datetime.now(timezone.utc)
    with database.transaction(alone=True):
        for number in range(alerts):
            at = now - timedelta(minutes=number % 900, seconds=5)
            host, said = f"host{number}.example.com", "CheckDisk: /var is 97 % full"
            event = Event("sensu-go", Kind.PROBLEM, State.WARNING, 1, host, "disk", said, at)
            record(database, event, now)
    database.close()


def fill_long(path: Path, alerts: int) -> None:
    """Write a history of so many *alerts*, the last event of each, and deliveries that wait."""
    now = datetime.now(timezone.utc)
    history.fill(f"sqlite:///{path}", alerts, milliseconds(now))
    document = to_json(Event("sensu-go", Kind.PROBLEM, State.WARNING, 1, "web01", "disk", "", now))
    tomorrow = milliseconds(now + timedelta(days=1))  # nothing is sent meanwhile
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(
            "INSERT INTO events SELECT id, 'd' || id, started, 'sensu-go', x'7b7d', ?, id"
            " FROM alerts",
            (document,),
        )
        connection.execute(
            f"INSERT INTO {history.DELIVERIES} SELECT ? + d.id, d.event_id, d.alert_id, d.lane_id %"
            " 3 + 1, d.thread, '', NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.thread = d.thread"
            " AND e.id < d.id AND e.id > ?), 'due', 0, ?, ?, NULL, '' FROM deliveries d"
            " WHERE d.id > ?",
            (alerts, alerts - WAITING, milliseconds(now), tomorrow, alerts - WAITING),
        )
    connection.close()


def measure_long(folder: Path, args: argparse.Namespace) -> None:
    """Print how long pages take over a long history."""
    fill_long(folder / "board.db", args.history)
    with serving(folder, args.port):
        for path, goal in PAGES.items():
            took = [timed(args.port, path) for _ in range(5)]
            print(f"{path:28} {statistics.median(took):6.0f} ms   goal: {goal}")


def timed(port: int, path: str) -> float:
    """Return how many milliseconds a page takes."""
    began = time.perf_counter()
    status, _ = get(port, path, {})
    if status != 200:
        raise SystemExit(f"{path}: expected 200, got {status}")
    return (time.perf_counter() - began) * 1000


def get(port: int, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Return status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def look(port: int, version: str, begin: float, until: float) -> None:
    """Ask as one open board does, on a connection that stays open."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    at = begin
    while at < until:
        time.sleep(max(0.0, at - time.monotonic()))
        connection.request("GET", "/changes", headers={"If-None-Match": f'"{version}"'})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 304:
            raise SystemExit(f"expected 304, got {answer.status}")
        at += EVERY
    connection.close()


def spent(process: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--port", type=int, default=3996)
    parser.add_argument("--history", type=int, default=0)
    args = parser.parse_args()
    for alerts in (60, 2000) if not args.history else ():
        folder = Path(tempfile.mkdtemp())
        try:
            measure(folder, alerts, args)
        finally:
            shutil.rmtree(folder)
    if args.history:
        with tempfile.TemporaryDirectory() as long:
            measure_long(Path(long), args)


@contextmanager
def serving(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the daemon over the store in *folder* until the block ends."""
    settings = {
        "store": f"sqlite:///{folder}/board.db",
        "listen": {"http": f"127.0.0.1:{port}"},
        "channels": {"look": {"type": "file", "directory": f"{folder}/out"}},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "grafherald", "serve", "--config"]
    daemon = subprocess.Popen([*command, f"{folder}/settings.json"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                get(port, "/healthz", {})
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit("the daemon did not start in 10 s")
        yield daemon
    finally:
        daemon.terminate()
        daemon.wait()


def measure(folder: Path, alerts: int, args: argparse.Namespace) -> None:
    """Print the figures with so many open alerts."""
    fill(f"sqlite:///{folder}/board.db", alerts)
    with serving(folder, args.port) as daemon:
        took = [timed(args.port, "/") for _ in range(20)]
        _, body = get(args.port, "/", {})
        print(
            f"{alerts:5} alerts: the first page {statistics.median(took):.0f} ms,"
            f" {len(body) / 1000:.0f} kB"
        )
        version = re.search(rb'data-live="([^"]+)"', body)[1].decode()  # type: ignore[index]
        idle = spent(daemon.pid)
        time.sleep(args.seconds)
        idle = spent(daemon.pid) - idle
        begin = time.monotonic() + 1
        threads = [
            threading.Thread(
                target=look,
                args=(args.port, version, begin + EVERY * n / args.boards, begin + args.seconds),
            )
            for n in range(args.boards)
        ]
        before = spent(daemon.pid)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        used = spent(daemon.pid) - before - idle
        share = 100 * used / args.seconds
        print(f"{args.boards} boards open: {share:.1f} % of one core   goal: 5")


if __name__ == "__main__":
    main()
