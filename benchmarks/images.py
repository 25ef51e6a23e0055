"""How the picture service bears load: requests per second, one render for many, memory.

    .venv/bin/python benchmarks/images.py [seconds per run]

wrk asks with 16 connections; the service and a stand-in for Grafana, which sends panels of 110 kB,
share the machine with it. Everything is on loopback, and the pictures are in memory where there is
room: ext4 leaves inodes free for a minute and more and looks through all of them for a new file, so
that each run would be slower for the thousands of files that the one before has deleted.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLIENTS = 16
MEMORY = Path("/dev/shm")
SCRIPT = """
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer glsa_benchmark"
wrk.headers["Content-Type"] = "application/json"
local number, threads = 0, 0
function setup(t) t:set("thread", threads); threads = threads + 1 end
function request()
  number = number + 1
  local panel = %s
  local url = "%s/render/d-solo/abc/x?panelId=2&from=now-6h&to=now&var-host=" .. panel
  return wrk.format(nil, nil, nil, '{"imageUrl": "' .. url .. '"}')
end
"""
UNIQUE, SAME = 'thread .. "-" .. number', '"same"'


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def panel() -> tuple[bytes, bytes]:
    """Return a dark panel of 1000 x 500 pixels with noisy lines, up to and from its pixels' end."""
    noise = random.Random(1)  # a picture, not a secret
    rows = [bytearray(b"\x18\x1b\x1f" * 1000) for _ in range(500)]
    for line in range(8):
        y = 50.0 + 50 * line
        for x in range(1000):
            y = min(490, max(8, y + noise.uniform(-4, 4)))
            for thick in range(noise.randrange(2, 6)):
                rows[int(y) + thick][x * 3 : x * 3 + 3] = noise.randbytes(2) + b"\xf0"
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    header = struct.pack(">IIBBBBB", 1000, 500, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)
    return start, chunk(b"IEND", b"")


class Grafana:
    """Answers every render after *seconds* with a panel that no other URL has."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.renders = 0
        self.port = 0
        self._start, self._end = panel()
        self.size = len(self._start + self._end)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1]
        body = b""
        if target.startswith(b"/render/"):
            self.renders += 1
            await asyncio.sleep(self.seconds)
            body = self._start + chunk(b"tEXt", b"Comment\0" + target) + self._end
        status = b"200 OK" if body else b"404 Not Found"
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
        await writer.drain()
        writer.close()

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    def start(self) -> None:
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()


def service(grafana: Grafana, folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the service and return it with its URL."""
    (folder / "saved").mkdir()
    command = [str(Path(sys.executable).parent / "grafherald"), "images", "--listen=127.0.0.1:0"]
    command += [f"--grafana-url=http://127.0.0.1:{grafana.port}", f"--image-dir={folder}/saved"]
    command += ["--image-host=https://grafana.example.com/saved-images"]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(command, stderr=log, text=True)
    while not (found := re.search(r"listening on (\S+)", (folder / "log").read_text())):
        assert process.poll() is None, (folder / "log").read_text()
        time.sleep(0.05)
    return process, f"http://{found[1]}/grafana-images"


def wrk(url: str, script: str, folder: Path, seconds: int) -> tuple[int, float, str]:
    """Return the number of answers, how many a second, and the latencies."""
    (folder / "wrk.lua").write_text(script)
    command = ["wrk", "-t2", f"-c{CLIENTS}", f"-d{seconds}s", "--latency", "-s"]
    command += [f"{folder}/wrk.lua", url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert not re.search("Non-2xx|errors", told), told
    latency = " ".join(re.findall(r"(?:50|99)%\s+\d\S*", told))
    number, rate = re.search(r"(\d+) requests in .*Requests/sec:\s+(\S+)", told, re.DOTALL).groups()  # type: ignore[union-attr]
    return int(number), float(rate), latency


def ask(url: str, render: str) -> float:
    began = time.perf_counter()
    headers = {"Authorization": "Bearer glsa_benchmark"}
    body = json.dumps({"imageUrl": render}).encode()
    request = urllib.request.Request(url, body, headers)
    urllib.request.urlopen(request).read()
    return time.perf_counter() - began


def peak(process: subprocess.Popen[str]) -> float:
    """Return the most memory that the service ever held, in MB; it is one process."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def main() -> None:
    """Print the figures beside the goals."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    assert shutil.which("wrk"), "apt-get install wrk"
    grafana = Grafana()
    grafana.start()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        folder = Path(name)
        process, url = service(grafana, folder)
        base = f"http://127.0.0.1:{grafana.port}"
        print(f"panels of {grafana.size / 1000:.0f} kB, {CLIENTS} clients")
        for what, number, goal in (("unique pictures", UNIQUE, 600), ("one picture", SAME, 2500)):
            before = grafana.renders
            answers, rate, latency = wrk(url, SCRIPT % (number, base), folder, seconds)
            assert number == SAME or grafana.renders - before >= answers, "two asked for one"
            print(f"{what:24} {rate:7.0f} requests/s   goal: {goal}   {latency}")
        grafana.seconds, before = 0.5, grafana.renders
        with ThreadPoolExecutor(CLIENTS) as clients:
            times = list(clients.map(lambda _: ask(url, f"{base}/render/slow"), range(CLIENTS)))
        print(f"one render of 500 ms     {grafana.renders - before:7} render(s)    goal: 1")
        print(f"slowest answer           {max(times) * 1000:7.0f} ms           goal: 600")
        print(f"most memory              {peak(process):7.0f} MB           goal: 150")
        process.terminate()
        assert process.wait(10) == 0


if __name__ == "__main__":
    main()
