"""A real Prometheus fires, a real Alertmanager posts, and the daemon is killed meanwhile."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from grafherald.demo.standins.chat import Chat
from grafherald.demo.standins.slack import SlackMessage
from grafherald.demo.standins.wire import StandInReply, WireRequest

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
def _running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process: subprocess.Popen[bytes] = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
    try:
        yield process
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


def _rules(panel: str, firing: int) -> dict[str, Any]:
    """Alerts of all hosts, of which the first so many fire."""
    rules = [
        {
            "alert": "HighLoad",
            "expr": f"vector({number + 10 if number < firing else 0}) > 8",
            "labels": {"instance": f"web{number:02}:9100", "severity": "warning"},
            "annotations": {"summary": "load is {{ $value }}", "graph_image": panel},
        }
        for number in range(ALERTS)
    ]
    return {"groups": [{"name": "load", "interval": "1s", "rules": rules}]}


class _Monitoring:
    """Prometheus, half of whose alerts fire, and an Alertmanager that posts them to *events*."""

    def __init__(self, folder: Path, events: str, panel: str) -> None:
        self.prometheus, self.alertmanager = _free_port(), _free_port()
        self._rules, self._panel = folder / "rules.yml", panel
        target = {"static_configs": [{"targets": [f"127.0.0.1:{self.alertmanager}"]}]}
        config = {
            "global": {"evaluation_interval": "1s"},
            "rule_files": [str(self._rules)],
            "alerting": {"alertmanagers": [target]},
        }
        self._rules.write_text(json.dumps(_rules(panel, ALERTS // 2)))
        (folder / "prometheus.yml").write_text(json.dumps(config))
        (folder / "alertmanager.yml").write_text(json.dumps(_alertmanager(folder, events)))
        self._folder = folder

    def __enter__(self) -> _Monitoring:
        with ExitStack() as stack:
            stack.enter_context(
                _running(
                    _program("prometheus-alertmanager"),
                    f"--config.file={self._folder}/alertmanager.yml",
                    f"--storage.path={self._folder}/alertmanager",
                    f"--web.listen-address=127.0.0.1:{self.alertmanager}",
                    "--cluster.listen-address=",
                )
            )
            self._process = stack.enter_context(
                _running(
                    _program("prometheus"),
                    f"--config.file={self._folder}/prometheus.yml",
                    f"--storage.tsdb.path={self._folder}/prometheus",
                    f"--web.listen-address=127.0.0.1:{self.prometheus}",
                    # the first it drops: no Alertmanager is found yet
                    "--rules.alert.resend-delay=2s",
                )
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def refused(self) -> float:
        """How many of its posts Alertmanager could not get rid of."""
        url = f"http://127.0.0.1:{self.alertmanager}/metrics"
        with urlopen(url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        name = 'alertmanager_notification_requests_failed_total{integration="webhook"} '
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))

    def fire(self, number: int) -> None:
        """Let so many alerts fire, and no others."""
        self._rules.write_text(json.dumps(_rules(self._panel, number)))
        self._process.send_signal(signal.SIGHUP)


class _Deadly:
    """Slack that takes a message, and the daemon is killed before it hears of that."""

    def __init__(self, chat: Chat) -> None:
        self._chat, self._answer = chat, chat.answer
        self._victim: subprocess.Popen[str] | None = None
        self._at = 0

    def kill(self, daemon: subprocess.Popen[str], at: int) -> None:
        """Kill *daemon* once there are *at* messages."""
        self._victim, self._at = daemon, at

    def answer(self, request: WireRequest) -> StandInReply | None:
        reply = self._answer(request)
        if self._victim is None or len(self._chat.slack.messages) < self._at:
            return reply
        self._victim.kill()
        self._victim.wait()
        self._victim = None
        return None


@pytest.mark.slow
def test_fifty_alerts_arrive_with_their_graphs_though_the_daemon_is_killed_twice(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = _free_port()
    store = tmp_path / "store.db"
    settings = world.settings | {
        "store": f"sqlite:///{store}",
        "listen": {"http": f"127.0.0.1:{port}", "token": TOKEN},
        "channels": {
            "chat": {"type": "slack", "webhook_url": world.chat.webhook_url, "per_minute": 600}
        },
    }
    messages = world.chat.slack.messages
    slack = _Deadly(world.chat)
    monkeypatch.setattr(world.chat, "answer", slack.answer)
    events = f"http://127.0.0.1:{port}/events/alertmanager"
    panel = f"{world.grafana.url}/render/d-solo/node?panelId=2"
    with _Monitoring(tmp_path, events, panel) as monitoring:
        with serving(settings, tmp_path) as daemon:
            slack.kill(daemon.process, 5)
            eventually(daemon.process.poll, 60)
        missed = monitoring.refused()
        monitoring.fire(ALERTS)
        eventually(lambda: monitoring.refused() > missed, 60)
        with serving(settings, tmp_path) as daemon:
            slack.kill(daemon.process, 20)
            eventually(daemon.process.poll, 60)
        with serving(settings, tmp_path):
            eventually(lambda: len(_by_host(messages)) == ALERTS, 90)
            monitoring.fire(0)
            eventually(lambda: len(_by_host(_ends(messages))) == ALERTS, 90)
    problems = [message for message in messages if message not in _ends(messages)]
    repeats = [text for texts in _by_host(problems).values() for text in texts[1:]]
    assert len(repeats) >= 2, "two were taken, and the daemon killed before it heard of that"
    assert all("may be a repeat" in text for text in repeats)
    assert all(len(texts) == 1 for texts in _by_host(_ends(messages)).values())
    for message in messages:
        (picture,) = [b["image_url"] for b in message.blocks if b["type"] == "image"]
        published = picture.replace("https://public.example.com/i", str(tmp_path / "saved"))
        assert Path(published).read_bytes().startswith(b"\x89PNG")
    with closing(sqlite3.connect(store)) as database:
        states = database.execute("SELECT state, COUNT(*) FROM deliveries GROUP BY state")
        assert dict(states.fetchall()) == {"sent": 2 * ALERTS}
        ended = database.execute("SELECT COUNT(*) FROM alerts WHERE ended IS NOT NULL")
        assert ended.fetchone() == (ALERTS,)


def _ends(messages: Sequence[SlackMessage]) -> list[SlackMessage]:
    return [message for message in messages if "RESOLVED" in message.text]


def _by_host(messages: Sequence[SlackMessage]) -> dict[str, list[str]]:
    """The texts about each host, in order."""
    found: dict[str, list[str]] = {}
    for message in messages:
        host = message.text.split("/HighLoad", maxsplit=1)[0].rsplit(maxsplit=1)[-1]
        found.setdefault(host, []).append(message.text)
    return found


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
