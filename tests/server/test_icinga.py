"""Problems by Icinga 2's API: a real Icinga on loopback, and a stand-in for its bad days."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from grafherald.commands.serve import read
from grafherald.server.icinga import IcingaEvents
from grafherald.server.intake import FAILED, KEPT, Input, Outcome
from grafherald.server.service import Daemon, Outside
from grafherald.settings import Settings
from grafherald.settings.served import UserApiSettings
from grafherald.store import open_database

from .. import icinga2
from ..icinga2 import Icinga
from .conftest import eventually

Follows = Callable[[], AbstractContextManager[None]]

SERVICES = ("gap", "restart", "ack", "downtime", "gone", "many1", "many2", "many3")
SOFT = 'object Service "soft" { import "quiet"; max_check_attempts = 3 }\n'


@pytest.fixture(scope="module")
def icinga(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Icinga]:
    with icinga2.running(tmp_path_factory.mktemp("icinga"), SERVICES, SOFT) as running:
        yield running


@pytest.fixture
def said(settings: dict[str, Any], tmp_path: Path) -> Callable[[str], list[dict[str, Any]]]:
    """What readers were told of a subject, in order."""
    settings["channels"] = {"look": {"type": "file", "directory": str(tmp_path / "out")}}

    def find(subject: str) -> list[dict[str, Any]]:
        files = sorted((tmp_path / "out").rglob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        notes = [json.loads(path.read_text()) for path in files]
        return [note for note in notes if note["subject"] == subject]

    return find


@pytest.fixture
def follows(icinga: Icinga, settings: dict[str, Any], caplog: Any) -> Follows:
    """Runs a daemon that hears of problems, as long as a block lasts."""
    settings["icinga"] = {"api": icinga.api, "events": True}
    caplog.set_level("INFO")

    @contextmanager
    def run() -> Iterator[None]:
        caplog.clear()
        load = partial(Settings.of, settings)
        daemon = Daemon(Outside(load=load, environment={}, read=read))
        daemon.start()
        try:
            eventually(lambda: "hears of problems from localhost" in caplog.text)
            yield
        finally:
            daemon.stop()

    return run


def states(notes: list[dict[str, Any]]) -> list[str]:
    return [note["state"] for note in notes]


@pytest.mark.real
def test_a_problem_and_its_end_with_what_the_objects_say(
    icinga: Icinga, follows: Follows, said: Any
) -> None:
    with follows():
        icinga.result("gone", 0)
        icinga.result("gone", 2, "HTTP CRITICAL - p99 > 500ms|p99=812ms a=3")
        eventually(lambda: said("web01/gone"))
        (note,) = said("web01/gone")
        assert (note["state"], note["text"]) == ("CRITICAL", "HTTP CRITICAL - p99 > 500ms")
        assert note["graphs"][0]["link"].startswith(
            "https://grafana.example.com/d/api/x?viewPanel=2&orgId=1&var-host=web01"
        )
        assert note["links"]["Notes"] == "https://wiki.example.com/gone"
        assert note["facts"]["Host groups"] == "web"
        assert "n0t-f0r-us" not in json.dumps(note)
        icinga.result("gone", 1)
        eventually(lambda: states(said("web01/gone")) == ["CRITICAL", "WARNING"])
        icinga.result("gone", 0, "HTTP OK")
        eventually(lambda: states(said("web01/gone")) == ["CRITICAL", "WARNING", "RESOLVED"])
        assert said("web01/gone")[-1]["text"] == "HTTP OK"


@pytest.mark.real
def test_what_changed_while_nobody_was_connected_is_told_once(
    icinga: Icinga, follows: Follows, said: Any
) -> None:
    icinga.result("gap", 2, "before the first start")
    with follows():
        eventually(lambda: said("web01/gap"))
    icinga.result("gap", 0)
    icinga.result("many1", 2)
    with follows():
        eventually(lambda: states(said("web01/gap")) == ["CRITICAL", "RESOLVED"])
        eventually(lambda: said("web01/many1"))
    with follows():
        icinga.result("many2", 2)
        eventually(lambda: said("web01/many2"))
    assert states(said("web01/gap")) == ["CRITICAL", "RESOLVED"]
    assert states(said("web01/many1")) == ["CRITICAL"]


@pytest.mark.real
def test_icingas_restart_is_outlived(
    icinga: Icinga, follows: Follows, said: Any, caplog: Any
) -> None:
    with follows():
        caplog.clear()
        icinga.stop()
        eventually(lambda: "trying again" in caplog.text)
        icinga.start()
        icinga.result("restart", 2)
        eventually(lambda: states(said("web01/restart")) == ["CRITICAL"], 40)
        assert caplog.text.count("hears of problems") == 1


@pytest.mark.real
def test_soft_states_are_not_told_of(icinga: Icinga, follows: Follows, said: Any) -> None:
    with follows():
        for status in (0, 2, 0, 2, 2, 2):
            icinga.result("soft", status)
        eventually(lambda: said("web01/soft"))
        icinga.result("soft", 0)
        eventually(lambda: states(said("web01/soft")) == ["CRITICAL", "RESOLVED"])


@pytest.mark.real
def test_an_acknowledgement_says_whose(icinga: Icinga, follows: Follows, said: Any) -> None:
    with follows():
        icinga.result("ack", 2)
        eventually(lambda: said("web01/ack"))
        icinga.command("ACKNOWLEDGE_SVC_PROBLEM;web01;ack;1;1;0;ann;on it")
        eventually(lambda: len(said("web01/ack")) == 2)
        note = said("web01/ack")[-1]
        assert note["state"] == "ACKNOWLEDGED"
        assert (note["facts"]["By"], note["facts"]["Comment"]) == ("ann", "on it")


@pytest.mark.real
def test_in_a_downtime_it_is_quiet_and_told_at_its_end(
    icinga: Icinga, follows: Follows, said: Any
) -> None:
    with follows():
        now = int(time.time())
        icinga.command(
            f"SCHEDULE_SVC_DOWNTIME;web01;downtime;{now - 5};{now + 600};1;0;600;ann;deploy"
        )
        icinga.result("downtime", 2)
        icinga.result("many3", 2)  # whatever is told of this one, the other came before
        eventually(lambda: said("web01/many3"))
        assert said("web01/downtime") == []
        about = {"type": "Service", "filter": 'service.name == "downtime"'}
        icinga.ask("actions/remove-downtime", about)
        eventually(lambda: states(said("web01/downtime")) == ["CRITICAL"])


@pytest.mark.real
def test_a_host_that_is_down_speaks_for_its_services(
    icinga: Icinga, follows: Follows, said: Any
) -> None:
    with follows():
        icinga.result("web01", 1, "PING CRITICAL")
        eventually(lambda: states(said("web01/host")) == ["DOWN"])
        icinga.result("web01", 0, "PING OK")
        eventually(lambda: states(said("web01/host")) == ["DOWN", "RESOLVED"])


@dataclass
class BadDays:
    """A stand-in for the API, in plain HTTP: what it answers, and how often it was asked."""

    status: int = 200
    lines: list[bytes] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    streams: int = 0
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        days: BadDays = self.server.days
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(days.status)
        self.end_headers()
        if not self.path.endswith("events"):
            found = days.results if self.path.endswith("services") else []
            self.wfile.write(json.dumps({"results": found}).encode())
            return
        days.streams += 1
        for line in days.lines:
            self.wfile.write(line)
        days.over.wait(30)


@pytest.fixture
def days() -> Iterator[BadDays]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        stub = server.days = BadDays()  # type: ignore[attr-defined]
        stub.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield stub
        stub.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def following(days: BadDays, tmp_path: Path) -> Iterator[Callable[..., list[bytes]]]:
    """Follows the stand-in; gives the list that what is told of comes into."""
    started: list[IcingaEvents] = []

    def start(*outcomes: str, silence: float = 60) -> list[bytes]:
        told: list[bytes] = []
        answers = iter(outcomes)

        def put(given: Input) -> Future[Outcome]:
            told.append(given.raw)
            answer: Future[Outcome] = Future()
            answer.set_result(Outcome(next(answers, KEPT), "the disk is full"))
            return answer

        settings = UserApiSettings(days.url, "grafherald", "s3cret-w0rd")
        store = f"sqlite:///{tmp_path}/store.db"
        one = IcingaEvents(lambda: settings, lambda: open_database(store), put, silence=silence)
        one.start()
        started.append(one)
        return told

    yield start
    days.over.set()
    for one in started:
        one.stop(5)


def problem(**changes: Any) -> dict[str, Any]:
    service = {
        "name": "disk",
        "host_name": "db01",
        "state": 2,
        "state_type": 1,
        "last_check_result": {"output": "full", "performance_data": []},
        "last_hard_state_change": 1_795_670_232.5,
        **changes,
    }
    return {"attrs": service, "joins": {"host": {"name": "db01", "state": 0}}}


def test_a_silent_connection_is_given_up_for_a_new_one(days: BadDays, following: Any) -> None:
    following(silence=0)
    eventually(lambda: days.streams >= 2)


def test_a_refusal_is_said_once_and_without_the_password(
    days: BadDays, following: Any, caplog: Any
) -> None:
    days.status = 401
    following()
    eventually(lambda: days.streams >= 2)
    (said,) = {record.getMessage() for record in caplog.records}
    assert said.startswith("icinga.api: 127.0.0.1:")
    assert "answered 401 to /v1/events; has the user its permission?" in said
    assert "s3cret" not in said


def test_an_endless_line_is_not_read_to_its_end(days: BadDays, following: Any, caplog: Any) -> None:
    days.lines = [b"x" * (1 << 21)]
    following()
    eventually(lambda: "sent an endless line" in caplog.text)
    eventually(lambda: days.streams >= 2)


def test_what_is_no_event_is_passed_over(days: BadDays, following: Any) -> None:
    odd = (b"{", b"[]", b"7", b"{}", b'{"type": "X", "host": null}', b"[" * 10_000)
    days.lines = [*(line + b"\n" for line in odd), b'{"type": "StateChange", "host": "a"}\n']
    told = following()
    days.results = [problem()]
    eventually(lambda: told)
    assert days.streams == 1


def test_what_could_not_be_kept_is_told_again(days: BadDays, following: Any, caplog: Any) -> None:
    days.results = [problem()]
    told = following(FAILED, KEPT)
    eventually(lambda: len(told) == 2)
    assert told[0] == told[1]
    assert "the disk is full" in caplog.text


@pytest.mark.parametrize(
    "changes",
    [
        {"state_type": 0},
        {"acknowledgement": 1},
        {"downtime_depth": 2},
        {"flapping": True},
        {"last_reachable": False},
        {"enable_notifications": False},
        {"last_check_result": None},
        {"state": 0},
    ],
)
def test_icinga_would_not_notify_of_this(days: BadDays, following: Any, changes: Any) -> None:
    days.results = [problem(**changes), problem(name="other")]
    told = following()
    eventually(lambda: told)
    assert [b"other" in raw for raw in told] == [True]
