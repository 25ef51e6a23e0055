"""A real Prometheus fires, a real Alertmanager posts, and the daemon is killed meanwhile."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..conftest import ROOT
from ..server.conftest import eventually, serving
from ..world import World

SHIPPED = ROOT / "contrib" / "alertmanager"
ALERTS = 50
TOKEN = "t0ken-of-the-events"

pytestmark = pytest.mark.real


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@contextmanager
def _running(*command: str) -> Iterator[None]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _alertmanager(folder: Path, events: str) -> dict[str, Any]:
    """What we ship, for another address, faster, and each alert in a message of its own."""
    config: dict[str, Any] = yaml.safe_load((SHIPPED / "alertmanager.yml").read_text())
    (folder / "token").write_text(TOKEN)
    (hook,) = config["receivers"][0]["webhook_configs"]
    hook["url"] = events
    hook["http_config"]["authorization"]["credentials_file"] = str(folder / "token")
    config["route"] |= {"group_by": ["..."], "group_wait": "1s", "group_interval": "2s"}
    return config


def _rules(panel: str) -> dict[str, Any]:
    rules = [
        {
            "alert": "HighLoad",
            "expr": f"vector({number + 10}) > 8",
            "labels": {"instance": f"web{number:02}:9100", "severity": "warning"},
            "annotations": {"summary": "load is {{ $value }}", "graph_image": panel},
        }
        for number in range(ALERTS)
    ]
    return {"groups": [{"name": "load", "interval": "1s", "rules": rules}]}


@contextmanager
def _monitoring(folder: Path, events: str, panel: str) -> Iterator[None]:
    """Prometheus, whose alerts all fire, and an Alertmanager that posts them to *events*."""
    prometheus, alertmanager = _program("prometheus"), _program("prometheus-alertmanager")
    here, there = _free_port(), _free_port()
    target = {"static_configs": [{"targets": [f"127.0.0.1:{there}"]}]}
    config = {
        "global": {"evaluation_interval": "1s"},
        "rule_files": [str(folder / "rules.yml")],
        "alerting": {"alertmanagers": [target]},
    }
    (folder / "rules.yml").write_text(json.dumps(_rules(panel)))
    (folder / "prometheus.yml").write_text(json.dumps(config))
    (folder / "alertmanager.yml").write_text(json.dumps(_alertmanager(folder, events)))
    with ExitStack() as stack:
        stack.enter_context(
            _running(
                alertmanager,
                f"--config.file={folder}/alertmanager.yml",
                f"--storage.path={folder}/alertmanager",
                f"--web.listen-address=127.0.0.1:{there}",
                "--cluster.listen-address=",
            )
        )
        stack.enter_context(
            _running(
                prometheus,
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/prometheus",
                f"--web.listen-address=127.0.0.1:{here}",
                "--rules.alert.resend-delay=2s",  # the first it drops: no Alertmanager is found yet
            )
        )
        yield


@pytest.mark.slow
def test_fifty_alerts_arrive_with_their_graphs_though_the_daemon_is_killed_twice(
    world: World, tmp_path: Path
) -> None:
    port = _free_port()
    settings = world.settings | {
        "store": f"sqlite:///{tmp_path}/store.db",
        "listen": {"http": f"127.0.0.1:{port}", "token": TOKEN},
        "channels": {
            "chat": {"type": "slack", "webhook_url": world.chat.webhook_url, "per_minute": 600}
        },
    }
    messages = world.chat.slack.messages
    events = f"http://127.0.0.1:{port}/events/alertmanager"
    panel = f"{world.grafana.url}/render/d-solo/node?panelId=2"
    with _monitoring(tmp_path, events, panel):
        for enough in (8, 25):
            with serving(settings, tmp_path) as daemon:
                eventually(lambda n=enough: len(messages) >= n, 60)
                daemon.process.kill()
        with serving(settings, tmp_path):
            eventually(lambda: len({_host(m.text) for m in messages}) == ALERTS, 90)
    told = Counter(_host(message.text) for message in messages)
    marked = [m.text for m in messages if "may be a repeat" in m.text]
    assert len(told) == ALERTS
    assert sum(told.values()) - ALERTS <= len(marked), "a repeat says so"
    pictures = [b["image_url"] for m in messages for b in m.blocks if b["type"] == "image"]
    assert len(pictures) == len(messages)


def _host(text: str) -> str:
    return text.split("/HighLoad", maxsplit=1)[0].rsplit(maxsplit=1)[-1]


@pytest.mark.parametrize(
    "command",
    [
        ("amtool", "check-config", "alertmanager.yml"),
        ("promtool", "check", "rules", "rules.yml"),
    ],
)
def test_what_we_ship_is_taken_by_their_own_tools(command: tuple[str, ...]) -> None:
    program, *arguments, name = command
    done = subprocess.run(
        [_program(program), *arguments, str(SHIPPED / name)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
