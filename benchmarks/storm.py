"""A switch dies: 1,000 events within 10 s for 20 panels, at a second per render, four at a time.

    python benchmarks/storm.py [--grouped] [--drawn] [--events 1000] [--seconds 10]
                               [--per-minute 60]

Slack takes one message per second and channel, or as many as it is said. Printed: when the first
notification came, how many renders Grafana was asked for, how many messages were sent, how long
until the outbox was empty, and what of that the rate alone explains. The exit status is 1 when
something was lost, the first notification took more than 2 s, or a panel was rendered twice.

A thousand messages at one per second take a thousand seconds; --per-minute 1200 shows the same
sooner. --seconds says how long the storm lasts; a render takes a tenth of that, and a picture
counts as fresh for three times as long, as it is with 10.

--drawn is a Grafana without a renderer: the panels are drawn here, each of them is asked for once,
and the first notification, with its picture, has one second.
"""

from __future__ import annotations

import argparse
import json
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import CLAIMED, DUE, SENT
from grafherald.demo.standins import chat as chat_standin
from grafherald.demo.standins import panel_data
from grafherald.demo.standins.grafana import GrafanaStandIn
from grafherald.store import open_database

PANELS = 20
NUMBERS = range(1, PANELS + 1)


class Renderer(BaseHTTPRequestHandler):
    """Draws for some time, four at a time; more wait."""

    slots = threading.Semaphore(4)
    grafana = GrafanaStandIn("grafana-token")
    seconds = 1.0
    asked = 0
    questions = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Renderer.questions += 1
        self._send(*self.grafana.query(body, self.headers.get("Authorization", "")))

    def do_GET(self) -> None:
        renders = self.path.startswith("/render/")
        status, headers, body = self.grafana.answer(
            self.path, self.headers.get("Authorization", "")
        )
        if renders:
            Renderer.asked += 1
            with self.slots:
                time.sleep(0 if self.grafana.mode == "missing" else self.seconds)
        self._send(status, headers, body)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def event(number: int, grafana: str) -> bytes:
    panel = f"{grafana}/render/d-solo/node/switch?panelId={number % PANELS + 1}"
    check = {
        "name": f"check{number % PANELS}",
        "status": 2,
        "output": f"event {number}",
        "history": ["0", "2"],
        "graph_image": panel,
    }
    return json.dumps(
        {
            "id": str(number),
            "client": {"name": f"web{number}"},
            "check": check,
            "occurrences": 1,
            "action": "create",
            "timestamp": int(time.time()),
        }
    ).encode()


def draw_only() -> None:
    """Leave the Grafana without a renderer, but with the data of each panel."""
    Renderer.grafana.mode, Renderer.grafana.api.data = "missing", True
    panel_data.DASHBOARD["panels"] = [
        {
            **panel_data.PANEL,
            "id": number,
            "title": f"Panel {number}",
            "targets": [{"refId": "A", "expr": f"up{number}"}],
        }
        for number in NUMBERS
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--grouped", action="store_true")
    parser.add_argument("--drawn", action="store_true")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--per-minute", type=float, default=60)
    args = parser.parse_args()
    Renderer.seconds = args.seconds / 10
    Renderer.grafana.api.panels = [{"id": number, "type": "timeseries"} for number in NUMBERS]
    if args.drawn:
        draw_only()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Renderer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    grafana = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder, chat_standin.running("xoxb-token") as chat:
        webhook = {"type": "slack", "webhook_url": chat.webhook_url}
        settings = {
            "grafana": {"url": grafana, "token": "grafana-token"},
            "store": f"sqlite:///{folder}/store.db",
            "images": {
                "publish": {"directory": f"{folder}/pictures", "url": "http://pictures.example.com"}
            },
            "graph": {"reuse": 3 * args.seconds},
            "channels": {"chat": {**webhook, "per_minute": args.per_minute}},
            "routes": [{"channels": ["chat"]}],
            "listen": {"tcp": "127.0.0.1:0"},
        }
        if args.grouped:
            group = {"group_by": [], "group_wait": 1, "group_interval": 5}
            settings["routes"] = [{"channels": ["chat"], **group}]
        Path(folder, "pictures").mkdir()
        Path(folder, "settings.json").write_text(json.dumps(settings))
        command = [sys.executable, "-m", "grafherald", "serve", "--config"]
        daemon = subprocess.Popen(
            [*command, f"{folder}/settings.json"], stderr=subprocess.PIPE, text=True
        )
        try:
            return measure(daemon, settings["store"], chat, grafana, args)
        finally:
            daemon.terminate()
            daemon.wait()
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            print(f"  {used.ru_utime + used.ru_stime:.0f} s of CPU")
            server.shutdown()


def measure(
    daemon: subprocess.Popen[str], store: str, chat: Any, grafana: str, args: argparse.Namespace
) -> int:
    assert daemon.stderr
    host, _, port = daemon.stderr.readline().split()[-1].rpartition(":")
    threading.Thread(target=daemon.stderr.read, daemon=True).start()
    number, started, first = args.events, time.monotonic(), 0.0
    for n in range(number):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(event(n, grafana))
        if chat.slack.messages and not first:
            first = time.monotonic() - started
        time.sleep(max(0.0, started + args.seconds * n / number - time.monotonic()))
    database = open_database(store)
    kept = 0
    while kept < number or Backlog(database).deliveries([DUE, CLAIMED], 1):
        first = first or (time.monotonic() - started if chat.slack.messages else 0.0)
        kept = database.rows("SELECT COUNT(*) FROM events")[0][0]
        time.sleep(0.05)
    taken = time.monotonic() - started
    sent = len(Backlog(database).deliveries([SENT], number))
    database.close()
    messages = len(chat.slack.messages)
    rate = (messages - 1) * 60 / args.per_minute
    print(f"{number} events, {kept} kept, {sent} sent in {messages} messages")
    print(f"  first notification after {first:.1f} s, outbox empty after {taken:.1f} s")
    print(f"  the rate alone takes {rate:.0f} s; {Renderer.asked} renders")
    panels = min(number, PANELS)
    if args.drawn:
        drawn = len(list((Path(store.removeprefix("sqlite:///")).parent / "pictures").iterdir()))
        bare = sum(all(b["type"] != "image" for b in m.blocks) for m in chat.slack.messages)
        print(f"  {Renderer.questions} questions for data, {drawn} pictures; {bare} without one")
        return 0 if sent == number and first <= 1 and Renderer.questions <= panels else 1
    rendered = Renderer.asked <= panels if args.grouped else Renderer.asked == panels
    return 0 if sent == number and first <= 2 and rendered else 1


if __name__ == "__main__":
    sys.exit(main())
