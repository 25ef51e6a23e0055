"""A switch dies: 1,000 events within 10 s for 20 panels, at a second per render, four at a time.

    python benchmarks/storm.py [--grouped] [--events 1000]

Slack takes one message per second and channel. Printed: when the first notification came, how many
renders Grafana was asked for, how many messages were sent, how long until the outbox was empty,
and what of that the rate alone explains. Without --grouped a thousand messages take a thousand
seconds; --events 100 shows the same sooner.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from grafherald.demo.standins import chat as chat_standin
from grafherald.demo.standins.grafana import Grafana
from grafherald.outbox import CLAIMED, DUE, FAILED, Outbox
from grafherald.store import open_database

PANELS = 20


class Renderer(BaseHTTPRequestHandler):
    """Draws for a second, four at a time; more wait."""

    slots = threading.Semaphore(4)
    grafana = Grafana("grafana-token")
    asked = 0

    def do_GET(self) -> None:
        renders = self.path.startswith("/render/")
        status, headers, body = self.grafana.answer(
            self.path, self.headers.get("Authorization", "")
        )
        if renders:
            Renderer.asked += 1
            with self.slots:
                time.sleep(1)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def event(number: int, grafana: str) -> bytes:
    panel = f"{grafana}/render/d-solo/storm/switch?panelId={number % PANELS}"
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--grouped", action="store_true")
    args = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Renderer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    grafana = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder, chat_standin.running("xoxb-token") as chat:
        settings = {
            "grafana": {"url": grafana, "token": "grafana-token"},
            "store": f"sqlite:///{folder}/store.db",
            "images": {
                "publish": {"directory": f"{folder}/pictures", "url": "http://pictures.example.com"}
            },
            "channels": {"chat": {"type": "slack", "webhook_url": chat.webhook_url}},
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
            measure(daemon, settings, chat, grafana, args.events)
        finally:
            daemon.terminate()
            daemon.wait()
            server.shutdown()


def measure(
    daemon: subprocess.Popen[str], settings: dict[str, Any], chat: Any, grafana: str, number: int
) -> None:
    assert daemon.stderr
    host, _, port = daemon.stderr.readline().split()[-1].rpartition(":")
    threading.Thread(target=daemon.stderr.read, daemon=True).start()
    started, first = time.monotonic(), 0.0
    for n in range(number):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(event(n, grafana))
        if chat.slack.messages and not first:
            first = time.monotonic() - started
        time.sleep(max(0.0, started + 10 * n / number - time.monotonic()))
    database = open_database(settings["store"])
    kept = 0
    while kept < number or Outbox(database).deliveries([DUE, CLAIMED], 1):
        first = first or (time.monotonic() - started if chat.slack.messages else 0.0)
        kept = database.rows("SELECT COUNT(*) FROM events")[0][0]
        time.sleep(0.05)
    taken = time.monotonic() - started
    failed = len(Outbox(database).deliveries([FAILED], number))
    messages = len(chat.slack.messages)
    print(f"{number} events, {kept} kept, {messages} messages, {failed} failed")
    print(f"  first notification after {first:.1f} s, outbox empty after {taken:.1f} s")
    print(f"  the rate alone takes {messages - 1} s; {Renderer.asked} renders")
    database.close()


if __name__ == "__main__":
    main()
