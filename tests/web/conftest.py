"""A board over a small history: as a test client, and served for a real browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grafherald.delivery.outbox import Outbox, Recipient
from grafherald.delivery.rejected import reject
from grafherald.event import Event, Kind, State
from grafherald.history.record import illustrate, record
from grafherald.server.http import Server
from grafherald.settings import Config
from grafherald.store import Database, open_database
from grafherald.store.pool import Pool
from grafherald.web.configured import configured

PNG = (Path(__file__).parent.parent.parent / "docs" / "demo.png").read_bytes()
PASSWORD = "correct horse"
HOSTILE = "<script>window.hurt=1</script><img src=x onerror=window.hurt=2>\x1b[31mred\u202eevil\x00"
MINUTE = timedelta(minutes=1)
CODES = {State.OK: 0, State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}


@dataclass
class Told:
    """Writes events as the daemon would."""

    database: Database
    pictures: str

    def tell(
        self,
        entity: str,
        check: str,
        state: State,
        minutes: int,
        *,
        output: str = "97 % used",
        failed: bool = False,
        **changes: Any,
    ) -> int:
        """Record an event *minutes* ago, told to one room; return its alert's number."""
        when = datetime.now(timezone.utc) - minutes * MINUTE
        kind = Kind.PROBLEM if CODES[state] else Kind.RESOLVE
        panel = f"{self.pictures}/render/d-solo/node/host?panelId=2"
        runbook = ("https://wiki.example/disk",)
        attributes = {"graph_image": (panel,), "runbook": runbook}
        event = Event("sensu-go", kind, state, CODES[state], entity, check, output, when)
        event = replace(event, **{"attributes": attributes, **changes})
        place = record(self.database, event, when)
        assert place.alert
        outbox = Outbox(self.database)
        raw = b'{"check": "' + output.encode("utf-8", "replace") + b'"}'
        room = [Recipient("ops", "#room")]
        outbox.enqueue(event, raw, room, when, sequence=place.subject, alert=place.alert)
        claimed = outbox.claim(when, MINUTE)
        if failed:
            outbox.fail(claimed, "the room is gone", when)
        else:
            outbox.done(claimed, "204", "", when)
        illustrate(self.database, place.alert, f"{self.pictures}/1.png", f"{self.pictures}/d/1")
        return place.alert


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
    told = Told(database, grafana)
    told.tell("web01", "cpu", State.WARNING, 200)
    told.tell("web01", "cpu", State.CRITICAL, 150, failed=True)
    told.tell("db01", "disk", State.WARNING, 42)
    told.tell("evil", "xss", State.UNKNOWN, 5, output=HOSTILE + "A" * 3000)
    told.tell("web02", "load", State.WARNING, 90)
    told.tell("web02", "load", State.OK, 80)
    reject(database, b'{"check": 1}<b>', "sensu", "check: <b>", datetime.now(timezone.utc))
    yield told
    database.close()


Make = Callable[..., Flask]


@pytest.fixture
def make_app(told: Told, tmp_path: Path, grafana: str) -> Iterator[Make]:
    """Makes applications with other settings of the board."""
    pools: list[Pool] = []

    def make(*, is_local: bool = True, **board: Any) -> Flask:
        pools.append(Pool(lambda: open_database(f"sqlite:///{tmp_path}/store.db")))
        asked = {"url": board.pop("grafana", grafana), "token": "t"}
        settings = {"board": board, "grafana": asked if asked["url"] else {}}
        app = Flask("grafherald", static_folder=None)
        app.register_blueprint(configured(Config(settings), pools[-1], is_local=is_local))
        return app

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def client(make_app: Make) -> FlaskClient:
    """A board that anybody may look at and that one may log in to."""
    return make_app(password=PASSWORD, open=True).test_client()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve *app* until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(app, [listener])
    server.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.stop()
