"""Sensu Go's agent and backend in one: an event that is posted goes through its handlers.

https://docs.sensu.io/sensu-go/latest/observability-pipeline/observe-schedule/agent/#create-monitoring-events-using-the-agent-api
https://docs.sensu.io/sensu-go/latest/observability-pipeline/observe-events/events/
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any


def event(posted: dict[str, Any]) -> dict[str, Any]:
    """Make the event that the backend's handlers get of one that is posted to the agent."""
    now = int(time.time())
    check = dict(posted["check"])
    status = int(check.get("status", 0))
    check["metadata"] = {"namespace": "default", **check["metadata"]}
    check |= {
        "state": "failing" if status else "passing",
        "occurrences": 1,
        "occurrences_watermark": 1,
        "issued": now,
        "executed": now,
        "last_ok": now - 60,
        "history": [{"status": 0, "executed": now - 60}, {"status": status, "executed": now}],
        "is_silenced": False,
    }
    entity = {"entity_class": "agent", "metadata": {"name": "backend01", "namespace": "default"}}
    return {"id": str(uuid.uuid4()), "timestamp": now, "entity": entity, "check": check}


class Agent(BaseHTTPRequestHandler):
    """The agent's door."""

    def do_GET(self) -> None:
        self._answer(200)

    def do_POST(self) -> None:
        posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(201)
        for name in posted["check"].get("handlers", ()):
            handler = json.loads(Path(f"/run/handler-{name}.json").read_text())["spec"]
            print(f"handler {name}", flush=True)
            subprocess.run(
                ["runuser", "-u", "sensu", "--", "sh", "-c", handler["command"]],
                input=json.dumps(event(posted)).encode(),
                stdout=sys.stdout,
                stderr=sys.stderr,
                timeout=handler["timeout"],
                check=False,
            )

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 3031), Agent).serve_forever()
