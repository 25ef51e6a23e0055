"""What the daemon takes: events per second through its TCP socket, each on disk before it counts.

    python benchmarks/daemon.py [--events 5000] [--store postgresql://...]

A sender of this process opens one connection per event, as Sensu does. The clock stops when the
last event is in the store. The only channel refuses: what is measured is taking and keeping. Also
printed: the daemon's memory before and after, and the time of a hand-over as a whole process beside
a bare interpreter's.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HANDOVER = ROOT / "handlers/grafherald/server/handover.py"
EVENT = json.loads((ROOT / "tests/events/sensu-go.json").read_text())


def event(number: int) -> bytes:
    EVENT["id"] = f"00000000-0000-4000-8000-{number:012}"
    EVENT["entity"]["metadata"]["name"] = f"web{number % 500}"
    return json.dumps(EVENT).encode()


def memory(pid: int) -> float:
    """Return the resident memory in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def timed(command: list[str], given: bytes, times: int) -> float:
    """Return the median milliseconds of a process."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        subprocess.run(command, input=given, check=True, stdout=subprocess.DEVNULL)
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--store")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/daemon.sock"
        closed = {"type": "hipchat", "url": "http://127.0.0.1:1", "token": "t", "room": "ops"}
        settings = {
            "channels": {"ops": closed},
            "store": args.store or f"sqlite:///{folder}/store.db",
            "listen": {"tcp": "127.0.0.1:0", "http": "127.0.0.1:0", "unix": path},
        }
        Path(folder, "settings.json").write_text(json.dumps(settings))
        command = [sys.executable, "-m", "grafherald", "serve", "--config"]
        daemon = subprocess.Popen(
            [*command, f"{folder}/settings.json"], stderr=subprocess.PIPE, text=True
        )
        try:
            measure(daemon, path, args.events)
        finally:
            daemon.terminate()
            daemon.wait()


def measure(daemon: subprocess.Popen[str], path: str, number: int) -> None:
    assert daemon.stderr
    where = {}
    while len(where) < 3:
        kind, _, name = daemon.stderr.readline().partition("listens on ")[2].strip().partition(" ")
        where[kind] = name
    host, _, port = where["tcp"].rpartition(":")
    threading.Thread(target=daemon.stderr.read, daemon=True).start()
    before = memory(daemon.pid)

    def send(n: int) -> None:
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(event(n))

    def kept() -> int:
        url = f"http://{where['http']}/metrics"
        text = subprocess.check_output(["curl", "-s", url], text=True)
        found = re.search(r'events_total\{outcome="kept",source="sensu"\} (\d+)', text)
        return int(found[1]) if found else 0

    started, cpu = time.perf_counter(), _cpu(daemon.pid)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(number)))
    sent = time.perf_counter() - started
    while kept() < number:
        time.sleep(0.05)
    taken = time.perf_counter() - started
    used = _cpu(daemon.pid) - cpu
    print(f"{number} events of {len(event(0))} bytes: {number / taken:.0f}/s kept")
    print(f"  sent within {sent:.1f} s, kept within {taken:.1f} s")
    print(f"  CPU {used / number * 1e3:.2f} ms each")
    print(f"  memory {before:.0f} MB before, {memory(daemon.pid):.0f} MB after")
    bare = timed([sys.executable, "-I", "-S", "-c", "pass"], b"", 30)
    script = [sys.executable, "-I", "-S", str(HANDOVER), path, "sensu"]
    handed = timed(script, event(10**9), 30)
    print(f"bare python -I -S -c pass {bare:.1f} ms")
    print(f"hand-over by the script {handed:.1f} ms, {handed / bare:.2f} x bare")
    program = [str(Path(sys.executable).parent / "grafherald"), "sensu", "--socket", path]
    if os.access(program[0], os.X_OK):
        whole = timed(program, event(10**9 + 1), 20)
        print(f"hand-over by grafherald sensu {whole:.1f} ms, {whole / bare:.2f} x bare")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
