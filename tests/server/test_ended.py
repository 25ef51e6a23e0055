"""Alerts that ended while Alertmanager kept quiet, by a stand-in of its API and by a real one."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from grafherald import inputs
from grafherald.delivery.accept import accept
from grafherald.demo.standins.chat import serving
from grafherald.demo.standins.wire import StandInReply, WireRequest
from grafherald.event import Kind
from grafherald.history.record import open_inputs
from grafherald.notification.templates import Templates
from grafherald.server.ended import AlertmanagerEnds
from grafherald.server.intake import KEPT, Input, Outcome
from grafherald.settings import Settings
from grafherald.settings.served import AlertmanagerSettings
from grafherald.store import Database, open_database

from .conftest import eventually

KIND = inputs.find("alertmanager")


class History:
    """A store with alerts of Alertmanager's, and the ends that were put in."""

    def __init__(self, folder: Path) -> None:
        self.store = f"sqlite:///{folder}/store.db"
        self.config = Settings.of({"channels": {"look": {"type": "file", "directory": "/x"}}})
        self.looks = 0

    def looked(self) -> Database:
        self.looks += 1
        return open_database(self.store)

    def add(self, raw: bytes) -> None:
        now, database = datetime.now(timezone.utc), open_database(self.store)
        for event in KIND.read(raw, {}, now=now):
            accept(
                database,
                event,
                raw,
                config=self.config,
                templates=Templates(None, print),
                now=now,
            )
        database.close()

    def put(self, given: Input) -> Future[Outcome]:
        self.add(given.raw)
        done: Future[Outcome] = Future()
        done.set_result(Outcome(KEPT, "kept"))
        return done

    @property
    def open(self) -> list[str]:
        database = open_database(self.store)
        found = [json.loads(raw) for raw in open_inputs(database, "alertmanager", 9)]
        database.close()
        return [message["alerts"][0]["fingerprint"] for message in found]


class Api:
    """Alertmanager's API."""

    def __init__(self, *there: str) -> None:
        self.url = ""
        self.there: list[str] | None = list(there)
        self.asked = 0

    def answer(self, request: WireRequest) -> StandInReply | None:
        assert (request.method, request.path) == ("GET", "/api/v2/alerts")
        self.asked += 1
        if self.there is None:
            return StandInReply(503)
        return StandInReply(200, json.dumps([{"fingerprint": f} for f in self.there]).encode())


def firing(fingerprint: str, name: str = "HighLoad", by: str = "http://am.example.com") -> bytes:
    message = json.loads(KIND.sample) | {"externalURL": by}
    alert = message["alerts"][0] | {"fingerprint": fingerprint}
    alert["startsAt"] = datetime.now(timezone.utc).isoformat()
    alert["labels"] = alert["labels"] | {"alertname": name}
    return json.dumps({**message, "alerts": [alert]}).encode()


@contextmanager
def asking(history: History, url: str, gone: float = 0.1) -> Iterator[None]:
    ends = AlertmanagerEnds(
        lambda: AlertmanagerSettings(url=url),
        history.looked,
        history.put,
        every=0.02,
        gone=gone,
    )
    ends.start()
    try:
        yield
    finally:
        ends.stop(10)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def test_what_alertmanager_has_no_more_is_over(history: History) -> None:
    history.add(firing("a", "A"))
    history.add(firing("b", "B"))
    with serving(Api("a", "b")) as api, asking(history, api.url):
        asked = api.asked
        eventually(lambda: api.asked > asked + 2)
        api.there = ["b"]
        eventually(lambda: history.open == ["b"])
    (end,) = KIND.parse(json.dumps(_resolved("a")).encode(), now=datetime.now(timezone.utc))
    assert end.kind is Kind.RESOLVE


def _resolved(fingerprint: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(firing(fingerprint))
    message["alerts"][0]["status"] = "resolved"
    return message


def test_what_it_never_had_is_another_ones(history: History) -> None:
    history.add(firing("a"))
    with serving(Api()) as api, asking(history, api.url, gone=0):
        eventually(lambda: api.asked > 5)
    assert history.open == ["a"]


def test_what_it_ended_before_it_was_ever_asked_is_known_by_its_name(history: History) -> None:
    history.add(firing("a", "A"))
    history.add(firing("b", "B"))
    history.add(firing("c", "C", by="http://another.example.com"))
    with serving(Api("b")) as api, asking(history, api.url):
        eventually(lambda: history.open == ["b", "c"])


def test_the_settings_own_url_is_its_name(history: History) -> None:
    with serving(Api()) as api:
        history.add(firing("a", by=f"{api.url}/"))
        with asking(history, api.url):
            eventually(lambda: history.open == [])


def test_one_that_starts_anew_or_is_away_ends_nothing(history: History) -> None:
    """After a start it knows no alert until Prometheus has sent it again."""
    history.add(firing("a"))
    with serving(Api("a")) as api, asking(history, api.url, gone=60):
        for there in (["a"], [], None, [], ["a"], []):
            api.there, asked = there, api.asked
            eventually(lambda n=asked: api.asked > n + 1)
    assert history.open == ["a"]


def test_without_open_alerts_nothing_is_asked(history: History) -> None:
    history.add(firing("a"))
    history.add(json.dumps(_resolved("a")).encode())
    assert history.open == []
    with serving(Api()) as api, asking(history, api.url):
        history.add(firing("b"))
        eventually(lambda: api.asked)


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@pytest.mark.real
@pytest.mark.slow
def test_the_end_of_a_silenced_alert_is_found_at_a_real_alertmanager(
    history: History, tmp_path: Path
) -> None:
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        pytest.skip("prometheus-alertmanager is not installed")
    (tmp_path / "am.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    url = f"http://127.0.0.1:{_free_port()}"
    command = [program, f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/am"]
    command += [f"--web.listen-address={url.removeprefix('http://')}", "--cluster.listen-address="]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _is_up(url))
        now = datetime.now(timezone.utc)
        labels = {"alertname": "HighLoad", "instance": "web01:9100"}
        _post(f"{url}/api/v2/alerts", [_alert(labels, now + timedelta(hours=1))])
        eventually(lambda: _alerts(url))
        history.add(firing(_alerts(url)[0]["fingerprint"]))
        matcher = {"name": "alertname", "value": "HighLoad", "isRegex": False, "isEqual": True}
        silence = {"matchers": [matcher], "createdBy": "jane", "comment": "on it"}
        silence |= {"startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=1)).isoformat()}
        _post(f"{url}/api/v2/silences", silence)
        with asking(history, url, gone=1):
            eventually(lambda: _alerts(url)[0]["status"]["state"] == "suppressed")
            eventually(lambda n=history.looks: history.looks > n + 2)
            assert history.open
            _post(f"{url}/api/v2/alerts", [_alert(labels, datetime.now(timezone.utc))])
            eventually(lambda: history.open == [], 60)
    finally:
        process.kill()
        process.wait()


def _alert(labels: dict[str, str], ends: datetime) -> dict[str, Any]:
    return {"labels": labels, "endsAt": ends.isoformat()}


def _post(url: str, document: Any) -> None:
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(document).encode(), head)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def _alerts(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/api/v2/alerts", timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def _is_up(url: str) -> bool:
    try:
        return _alerts(url) == []
    except OSError:
        return False
