"""A board over a small history: as a test client, and served for a real browser."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grafherald.delivery.outbox import Outbox, Recipient
from grafherald.delivery.rejected import reject
from grafherald.event import Event, Kind, State
from grafherald.history.record import illustrate, record
from grafherald.server.http import Server
from grafherald.settings import Settings
from grafherald.store import Database, open_database
from grafherald.store.pool import Pool
from grafherald.web.composition import open_board

PNG = (Path(__file__).parent.parent.parent / "docs" / "demo.png").read_bytes()
PASSWORD = "correct horse"
CHROMIUM = shutil.which("chromium")
# board.example is a name that is no secure context, as 127.0.0.1 is
RESOLVED = "--host-resolver-rules=MAP board.example 127.0.0.1"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", RESOLVED]
HOSTILE = "<script>window.hurt=1</script><img src=x onerror=window.hurt=2>\x1b[31mred\u202eevil\x00"
MINUTE = timedelta(minutes=1)
CODES = {State.OK: 0, State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}


@dataclass
class Told:
    """Writes events as the daemon would."""

    database: Database
    pictures: str
    folder: Path

    def tell(
        self,
        entity: str,
        check: str,
        state: State,
        minutes: int,
        *,
        output: str = "97 % used",
        failed: bool = False,
        send: bool = True,
        **changes: Any,
    ) -> int:
        """Record an event *minutes* ago, told to one room; return its alert's number."""
        when = datetime.now(timezone.utc) - minutes * MINUTE
        kind = Kind.PROBLEM if CODES[state] else Kind.RESOLVE
        panel = f"{self.pictures}/render/d-solo/node/host?panelId=2"
        runbook = ("https://wiki.example/disk",)
        attributes = {"graph_image": (panel,), "runbook": runbook}
        event = Event("sensu-go", kind, state, CODES[state], entity, check, output, when)
        event = event._replace(**{"attributes": attributes, **changes})
        place = record(self.database, event, when)
        assert place.alert
        outbox = Outbox(self.database)
        raw = b'{"check": "' + output.encode("utf-8", "replace") + b'"}'
        room = [Recipient("ops", "#room")]
        kept = outbox.enqueue(event, raw, room, when, sequence=place.subject, alert=place.alert)
        self.database.run("UPDATE lanes SET ready = 0")  # events are not told in order of time
        claimed = outbox.claim(when, MINUTE, events=[kept[0]]) if send else []
        if not claimed:
            pass
        elif failed:
            outbox.fail(claimed, "the room is gone", when)
        else:
            outbox.done(claimed, "204", "", when)
        illustrate(self.database, place.alert, f"{self.pictures}/1.png", f"{self.pictures}/d/1")
        return place.alert


def fill(database: Database, number: int) -> None:
    """Open *number* alerts, of which none was there."""
    now = datetime.now(timezone.utc)
    with database.transaction(alone=True):
        for place in range(number):
            status = place % 3 + 1
            state = State.from_status(status)
            labels = {"team": ("db", "web", "infra")[place % 3]}
            event = Event(
                "sensu-go",
                Kind.PROBLEM,
                state,
                status,
                f"host{place:04}.example.com",
                f"check-{place % 7}",
                f"it is {state.value}: 97 % used",
                now - timedelta(minutes=place % 900, seconds=20),
                perfdata="used=97%;90;95",
                labels=labels,
            )
            record(database, event, now)


class Grafana(BaseHTTPRequestHandler):
    """Answers every question with the same picture."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(PNG)))
        self.end_headers()
        self.wfile.write(PNG)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def grafana() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Grafana)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def told(tmp_path: Path, grafana: str) -> Iterator[Told]:
    """One alert of each severity that is open, one that ended, one delivery that failed."""
    database = open_database(f"sqlite:///{tmp_path}/store.db")
    told = Told(database, grafana, tmp_path)
    told.tell("web01", "cpu", State.WARNING, 200)
    told.tell("web01", "cpu", State.CRITICAL, 150, failed=True)
    told.tell("db01", "disk", State.WARNING, 42)
    told.tell("evil", "xss", State.UNKNOWN, 5, output=HOSTILE + "A" * 3000)
    told.tell("web02", "load", State.WARNING, 90)
    told.tell("web02", "load", State.OK, 80)
    reject(database, b'{"check": 1}<b>', "sensu", "check: <b>", datetime.now(timezone.utc))
    yield told
    database.close()


@pytest.fixture
def empty(told: Told) -> Told:
    """Nothing is open and nothing was."""
    with told.database.transaction():
        for table in ("alerts", "alert_counts", "label_counts", "deliveries", "failures"):
            told.database.run(f"DELETE FROM {table}")
    return told


Make = Callable[..., Flask]


@pytest.fixture
def make_app(told: Told, tmp_path: Path, grafana: str) -> Iterator[Make]:
    """Makes applications with other settings of the board."""
    pools: list[Pool] = []

    def make(*, is_local: bool = True, **board: Any) -> Flask:
        pools.append(Pool(lambda: open_database(f"sqlite:///{tmp_path}/store.db")))
        asked = {"url": board.pop("grafana", grafana), "token": "t"}
        settings = {**board.pop("settings", {}), "board": board}
        settings["grafana"] = asked if asked["url"] else {}
        app = Flask("grafherald", static_folder=None)
        app.register_blueprint(open_board(Settings.of(settings), pools[-1], is_local=is_local))
        return app

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def client(make_app: Make) -> FlaskClient:
    """A board that anybody may look at and that one may log in to."""
    return make_app(password=PASSWORD, open=True).test_client()


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve *app* until the block ends."""
    listener = socket.create_server(("127.0.0.1", port))
    server = Server(app, [listener])
    server.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def board(make_app: Make) -> Iterator[str]:
    with served(make_app(password=PASSWORD, open=True)) as url:
        yield url


@pytest.fixture
def opened(browser: Any, board: str) -> Iterator[Callable[..., Any]]:
    """Opens pages; fails when one of them said something on its console."""
    contexts: list[Any] = []
    said: list[str] = []

    def open_page(
        path: str = "/",
        *,
        ignore_console: bool = False,
        is_logged_in: bool = False,
        is_hurried: bool = False,
        **options: Any,
    ) -> Any:
        """Open a page in a browser of its own.

        Args:
            is_hurried: its time can be moved: see `hurry`.
            options: of the browser's context.
        """
        contexts.append(browser.new_context(**{"reduced_motion": "reduce", **options}))
        if is_hurried:
            contexts[-1].clock.install()
        if is_logged_in:
            log_in(contexts[-1], board)
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        if not ignore_console:
            page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(board + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def log_in(context: Any, board: str) -> None:
    """Give all pages of a browser's context a session."""
    form = {"user": "oncall", "password": PASSWORD, "then": "/outbox"}
    own = {"Origin": board}
    answer = context.request.post(f"{board}/login", form=form, headers=own, max_redirects=0)
    assert answer.status == 303


def hurry(page: Any) -> None:
    """Let the time pass in which a page asks whether anything changed."""
    page.clock.fast_forward(5000)


@dataclass
class Api:
    """A server that notes what it is asked, and answers what a test gave it."""

    url: str = ""
    asked: list[tuple[str, str, str, Any]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    """What happens before the next answers are sent, one each."""


@pytest.fixture
def api() -> Iterator[Api]:
    found = Api()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            login = self.headers.get("Authorization", "")
            document = json.loads(body) if body else None
            found.asked.append((self.command, unquote(self.path), login, document))
            if found.meanwhile:
                found.meanwhile.pop(0)()
            status, answer = found.answers.pop(0)
            sent = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
