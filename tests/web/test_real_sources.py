"""Acts on the board as the real Icinga 2 and the real Alertmanager take them.

The daemon hears of the problem from them, as it does in life.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from email.message import Message
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from grafherald.commands.serve import mount, read
from grafherald.net.client import Client
from grafherald.server.service import Daemon, Outside
from grafherald.settings import Settings

from .. import icinga2
from ..icinga2 import Icinga
from ..server.conftest import address, eventually
from .conftest import PASSWORD

pytestmark = pytest.mark.real
SERVICES = ("known", "taken", "theirs", "quiet", "elsewhere")
TOKEN = "t0ken"
LABELS = {"alertname": "HighLoad", "instance": "web01:9100", "team": "db", "severity": "critical"}
OTHERS = (
    {**LABELS, "instance": "web01:9256", "alertname": "ProcessGone"},
    {**LABELS, "instance": "web011:9100"},
)


class Board:
    """The board of a daemon, and somebody of the shift who is logged in to it."""

    def __init__(self, where: tuple[str, int], out: Path) -> None:
        self.url = "http://{}:{}".format(*where)
        self._where, self._out, self._cookie = where, out, ""
        form = {"user": "oncall", "password": PASSWORD, "then": "/"}
        status, headers, text = self._ask("POST", "/login", form)
        assert status == 303, text
        self._cookie = headers["Set-Cookie"].partition(";")[0]

    def _ask(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, Message, str]:
        headers = {"Cookie": self._cookie, "Sec-Fetch-Site": "same-origin"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(*self._where, timeout=30)
        with closing(connection):
            connection.request(method, path, urlencode(form or {}), headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

    def html(self, path: str) -> str:
        return self._ask("GET", path)[2]

    def number(self, title: str) -> int | None:
        """The open alert with this title."""
        found = re.search(rf'href="/alerts/(\d+)"[^>]*title="{re.escape(title)}"', self.html("/"))
        return int(found[1]) if found else None

    def do(self, path: str, **form: str) -> str:
        """Send a form; what the page says that it leads to."""
        token = re.search(r'name="token" value="(\w+)"', self.html("/outbox"))
        assert token
        given = {"token": token[1], "then": "/", **form}
        status, headers, text = self._ask("POST", path, given)
        assert status == 303, text
        return self.html(headers["Location"])

    def told(self, subject: str) -> list[str]:
        """The states that readers were told of."""
        files = sorted(self._out.rglob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        notes = [json.loads(path.read_text()) for path in files]
        return [note["state"] for note in notes if note["subject"] == subject]


@contextmanager
def board(folder: Path, **settings: Any) -> Iterator[Board]:
    """Run a daemon with its board until the block ends."""
    everything = {
        "store": f"sqlite:///{folder}/store.db",
        "listen": {"http": "127.0.0.1:0", "token": TOKEN},
        "board": {"password": PASSWORD},
        "channels": {"look": {"type": "file", "directory": f"{folder}/out"}},
        **settings,
    }
    load = partial(Settings.of, everything)
    outside = Outside(load=load, environment={}, read=read, mount=mount)
    daemon = Daemon(outside)
    daemon.start()
    try:
        yield Board(address(daemon.listeners.names(), "http"), folder / "out")
    finally:
        daemon.stop()


@pytest.fixture(scope="module")
def icinga(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Icinga]:
    with icinga2.running(tmp_path_factory.mktemp("icinga"), SERVICES) as running:
        yield running


def service(icinga: Icinga, name: str) -> dict[str, Any]:
    """What Icinga has of a service."""
    attributes = ["acknowledgement", "downtime_depth", "last_check_result"]
    filtered = {"filter": f'service.name == "{name}"', "attrs": attributes}
    (found,) = icinga.ask("objects/services", filtered, method="GET")
    attrs: dict[str, Any] = found["attrs"]
    return attrs


def comments(icinga: Icinga, name: str) -> list[tuple[str, str]]:
    """Who said what about a service there."""
    asked = {"filter": f'comment.service_name == "{name}"', "attrs": ["author", "text"]}
    found = icinga.ask("objects/comments", asked, method="GET")
    return [(one["attrs"]["author"], one["attrs"]["text"]) for one in found]


@pytest.mark.parametrize(
    ("name", "act", "word", "said"),
    [
        ("known", "acknowledge", "on <it>", "on <it>"),
        ("taken", "take", "", "taken on grafherald's board"),
    ],
)
def test_icinga_takes_an_acknowledgement_and_its_undoing(
    icinga: Icinga, tmp_path: Path, name: str, act: str, word: str, said: str
) -> None:
    with board(tmp_path, icinga={"api": icinga.api, "events": True}) as page:
        icinga.result(name, 2, "97 % used")
        eventually(lambda: page.number(f"web01/{name}"))
        number = page.number(f"web01/{name}")
        html = page.do(f"/alerts/{number}/{act}", name="jane", comment=word)
        assert "acknowledged in Icinga" in html
        assert service(icinga, name)["acknowledgement"] == 1
        assert comments(icinga, name) == [("jane", said)]
        page.do("/acts/1/undo", name="jane")
        assert service(icinga, name)["acknowledgement"] == 0
        assert "no longer acknowledged in Icinga" in page.html(f"/alerts/{number}")
        icinga.result("elsewhere", 2)  # what is told of it comes after what Icinga said of the act
        eventually(lambda: page.told("web01/elsewhere"))
        assert page.told(f"web01/{name}") == ["CRITICAL", "ACKNOWLEDGED"], "we alone tell of it"
        icinga.result("elsewhere", 0)


def test_icinga_says_that_it_was_acknowledged_there_already(icinga: Icinga, tmp_path: Path) -> None:
    with board(tmp_path, icinga={"api": icinga.api, "events": True}) as page:
        icinga.result("theirs", 2)
        eventually(lambda: page.number("web01/theirs"))
        icinga.command("ACKNOWLEDGE_SVC_PROBLEM;web01;theirs;1;0;0;ann;mine")
        eventually(lambda: service(icinga, "theirs")["acknowledgement"])
        html = page.do(f"/alerts/{page.number('web01/theirs')}/acknowledge")
        assert "not given on: Icinga answered" in html
        assert "already acknowledged" in html


@pytest.mark.parametrize(
    ("scope", "silent"), [("here", 1), ("entity", len(SERVICES)), ("check", 1)]
)
def test_icinga_takes_a_silence_as_downtimes_and_its_undoing(
    icinga: Icinga, tmp_path: Path, scope: str, silent: int
) -> None:
    def in_downtime() -> int:
        return sum(service(icinga, name)["downtime_depth"] > 0 for name in SERVICES)

    with board(tmp_path, icinga={"api": icinga.api, "events": True}) as page:
        icinga.result("quiet", 2)
        eventually(lambda: page.number("web01/quiet"))
        number = page.number("web01/quiet")
        html = page.do(f"/alerts/{number}/silence", scope=scope, hours="4", comment="new disk")
        assert "downtime in Icinga" in html
        eventually(lambda: in_downtime() == silent)
        asked = {"attrs": ["author", "comment", "start_time", "end_time", "fixed"]}
        for found in icinga.ask("objects/downtimes", asked, method="GET"):
            attrs = found["attrs"]
            assert (attrs["author"], attrs["comment"]) == ("oncall", "new disk")
            assert attrs["end_time"] - attrs["start_time"] == 4 * 3600
        page.do("/acts/1/undo")
        eventually(lambda: in_downtime() == 0)
        assert icinga.ask("objects/downtimes", {}, method="GET") == []
        assert "no downtime in Icinga any more" in page.html(f"/alerts/{number}")


class Alertmanager:
    """A real one, whose alerts are what a test posts."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, document: Any = None) -> Any:
        with Client(timeout=20) as client:
            answer = client.request(method, f"{self.url}/api/v2/{path}", json=document)
        assert answer.status == 200, answer.body
        return json.loads(answer.body or b"null")

    def fire(self, *alerts: dict[str, str]) -> None:
        self.ask("POST", "alerts", [{"labels": labels} for labels in alerts])

    def silenced(self) -> set[tuple[str, str]]:
        """Which alerts it keeps quiet: host with port, and name."""
        found = self.ask("GET", "alerts?silenced=true&active=false")
        return {(one["labels"]["instance"], one["labels"]["alertname"]) for one in found}


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Callable[[str], Alertmanager]]:
    """Starts one that posts its alerts to an address at once."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        pytest.skip("needs prometheus-alertmanager")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started: list[subprocess.Popen[bytes]] = []

    def start(hook: str) -> Alertmanager:
        token = {"authorization": {"credentials": TOKEN}}
        receiver = {"name": "us", "webhook_configs": [{"url": hook, "http_config": token}]}
        route = {"receiver": "us", "group_by": ["..."], "group_wait": "0s"}
        (tmp_path / "am.yml").write_text(json.dumps({"route": route, "receivers": [receiver]}))
        command = [
            program,
            f"--config.file={tmp_path}/am.yml",
            f"--storage.path={tmp_path}/am",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen(command, **quiet))  # type: ignore[call-overload]  # a dict
        eventually(lambda: _is_open(port))
        return Alertmanager(f"http://127.0.0.1:{port}")

    start.port = port  # type: ignore[attr-defined]  # the board has to know it first
    yield start
    for process in started:
        process.kill()
        process.wait()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("path", "form", "silenced"),
    [
        ("acknowledge", {"comment": 'a "word" <b>'}, {("web01:9100", "HighLoad")}),
        ("take", {}, {("web01:9100", "HighLoad")}),
        ("silence", {"scope": "here", "hours": "4"}, {("web01:9100", "HighLoad")}),
        (
            "silence",
            {"scope": "entity", "hours": "1", "comment": "new disk"},
            {("web01:9100", "HighLoad"), ("web01:9256", "ProcessGone")},
        ),
        (
            "silence",
            {"scope": "check", "hours": "24"},
            {("web01:9100", "HighLoad"), ("web011:9100", "HighLoad")},
        ),
        (
            "silence",
            {"scope": '["team", "db"]', "hours": "1"},
            {(one["instance"], one["alertname"]) for one in (LABELS, *OTHERS)},
        ),
    ],
)
def test_alertmanager_takes_an_act_and_its_undoing(
    alertmanager: Any, tmp_path: Path, path: str, form: dict[str, str], silenced: set[Any]
) -> None:
    url = f"http://127.0.0.1:{alertmanager.port}"
    with board(tmp_path, alertmanager={"url": url}) as page:
        real = alertmanager(f"{page.url}/events/alertmanager")
        real.fire(LABELS, *OTHERS)
        eventually(lambda: page.number("web01/HighLoad"))
        number = page.number("web01/HighLoad")
        html = page.do(f"/alerts/{number}/{path}", name="jane", **form)
        assert "silenced in Alertmanager" in html
        eventually(lambda: real.silenced() == silenced)
        (kept,) = real.ask("GET", "silences")
        assert kept["createdBy"] == "jane"
        assert kept["comment"]
        lasts = datetime.fromisoformat(kept["endsAt"].replace("Z", "+00:00"))
        hours = (lasts - datetime.now(timezone.utc)).total_seconds() / 3600
        assert round(hours) == int(form.get("hours", 24))
        page.do("/acts/1/undo")
        eventually(lambda: real.silenced() == set())
        assert "no longer silenced in Alertmanager" in page.html(f"/alerts/{number}")
        assert "not given on" not in page.html("/numbers")


def test_an_alertmanager_that_ended_is_said_and_the_act_counts_here(
    alertmanager: Any, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{alertmanager.port}"
    with board(tmp_path, alertmanager={"url": url}) as page:
        with Client(timeout=20) as client:
            alert = {"status": "firing", "labels": LABELS}
            client.request(
                "POST",
                f"{page.url}/events/alertmanager",
                json={"version": "4", "alerts": [alert]},
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
        eventually(lambda: page.number("web01/HighLoad"))
        html = page.do(f"/alerts/{page.number('web01/HighLoad')}/acknowledge", name="jane")
        assert "jane acknowledged" in html
        assert "not given on: 127.0.0.1" in html
        assert urlsplit(url).netloc in html
