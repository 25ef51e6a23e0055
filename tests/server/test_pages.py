"""What the daemon serves for people and for Grafana, beside events."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from grafherald.commands.serve import blueprints, read
from grafherald.server.service import Daemon, Outside
from grafherald.settings import Config

from .conftest import address, core_event


def fetch(url: str, body: bytes | None = None) -> str:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def test_an_event_is_on_the_board_and_in_the_datasource(
    settings: dict[str, Any],
) -> None:
    outside = Outside(
        load=lambda: Config(settings), environment={}, read=read, blueprints=blueprints
    )
    daemon = Daemon(outside)
    daemon.start()
    try:
        host, port = address(daemon.listeners.names(), "http")
        url = f"http://{host}:{port}"
        fetch(f"{url}/events", core_event("web07"))
        assert "web07" in fetch(f"{url}/")
        found = fetch(f"{url}/datasource/search", json.dumps({"target": "entities"}).encode())
        assert json.loads(found) == ["web07"]
    finally:
        daemon.stop()
