"""What pages cost: as many questions to the store for much as for little."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import DUE, FAILED, Outbox
from grafherald.event import State
from grafherald.history import acts
from grafherald.settings import Settings
from grafherald.store import Row, open_database
from grafherald.store.pool import Pool
from grafherald.web.composition import open_board

from .conftest import Told

Make = Callable[..., Flask]
PAGES = (
    "/",
    "/?view=cards&group=team",
    "/?q=team%3Ddb&show=all",
    "/?show=silenced",
    "/alerts/1",
    "/alerts/1/act",
    "/several",
    "/outbox",
    "/wall",
    "/numbers",
    "/numbers?by=team",
    "/numbers?by=name",
)


class Counting:
    """A database that counts what it is asked."""

    asked = 0

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        Counting.asked += 1
        return self._database.rows(sql, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@contextmanager
def counted(told: Told) -> Iterator[Callable[[str], int]]:
    """Tell how many questions a page asks."""
    url = f"sqlite:///{told.folder}/store.db"
    pool = Pool(lambda: Counting(url))  # type: ignore[arg-type, return-value]  # by its delegate
    app = Flask("grafherald", static_folder=None)
    app.register_blueprint(open_board(Settings.of({}), pool, is_local=True))
    client = app.test_client()

    def ask(path: str) -> int:
        Counting.asked = 0
        assert client.get(path).status_code == 200
        return Counting.asked

    yield ask
    pool.close()


def busy_day(told: Told, number: int) -> None:
    """Alerts that flap, each with deliveries that failed and others that wait, and acts."""
    for place in range(number):
        labels = {"team": f"team{place % 5}" if place % 2 else "db"}
        for minute, state in enumerate((State.WARNING, State.OK, State.CRITICAL, State.WARNING)):
            told.tell(
                f"host{place}",
                "disk",
                state,
                90 - minute,
                failed=True,
                labels=labels,
                id=f"{minute}",
            )
        told.tell(f"host{place}", "disk", State.CRITICAL, 3, send=False, labels=labels)
        told.tell(f"host{place}", "disk", State.CRITICAL, 2, send=False, labels=labels)
        told.tell("web01", "cpu", State.CRITICAL, 1, id=f"again{place}", send=False)
        at = datetime.now(timezone.utc)
        acts.acknowledge(told.database, 2 * place + 3, "jane", f"{place}", at)
        scope = (("entity", f"host{place}"),)
        acts.silence(told.database, scope, timedelta(hours=1), "jane", "", at, 1)


def test_a_page_asks_as_often_for_many_as_for_few(told: Told) -> None:
    busy_day(told, 3)
    with counted(told) as ask:
        few = {path: ask(path) for path in PAGES}
        busy_day(told, 30)
        many = {path: ask(path) for path in PAGES}
    assert {path: asked for path, asked in many.items() if asked > few[path]} == {}
    assert max(many.values()) <= 25


def test_what_takes_too_long_is_said_with_what_to_do(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grafherald.store.sqlite._STEPS", 1)
    monkeypatch.setattr("grafherald.web.routes.SECONDS", -1.0)
    answer = client.get("/numbers?last=90d")
    assert answer.status_code == 503
    assert "Choose a shorter time" in answer.text


def test_who_waits_for_whom_and_what_was_overtaken_is_found_for_many(told: Told) -> None:
    backlog, outbox = Backlog(told.database), Outbox(told.database)
    at = datetime.now(timezone.utc)
    (first,) = backlog.deliveries([FAILED], 9)
    told.tell("web01", "cpu", State.CRITICAL, 3, send=False, id="a")
    told.tell("web01", "cpu", State.OK, 2, send=False, id="b")
    told.tell("web01", "cpu", State.CRITICAL, 1, send=False, id="c")
    a, b, c = sorted(one.id for one in backlog.deliveries([DUE], 9))
    assert backlog.behind([c, a, b, 999]) == {b: a, c: b}
    assert backlog.overtaken([first.id, a]) == {}
    outbox.done(outbox.claim(at + timedelta(minutes=1), timedelta(minutes=1)), "204", "", at)
    assert backlog.overtaken([first.id, a, 999]) == {first.id: a}
    assert backlog.behind([b, c]) == {c: b}
    assert backlog.behind([]) == backlog.overtaken([]) == {}


def test_the_newest_are_listed_of_all_states(told: Told) -> None:
    numbers = []
    for place in range(4):
        told.tell(
            f"host{place}", "disk", State.CRITICAL, 3, failed=bool(place % 2), send=place != 2
        )
        numbers.append(max(row[0] for row in told.database.rows("SELECT id FROM deliveries")))
    listed = Backlog(told.database).deliveries([FAILED, DUE], 2)
    assert [one.id for one in listed] == [numbers[3], numbers[2]]


def test_the_page_says_how_many_more_wait(client: FlaskClient, told: Told) -> None:
    for place in range(120):
        told.tell(f"host{place}", "disk", State.CRITICAL, 3, send=False)
    html = client.get("/outbox").text
    assert "the newest 100 of 120" in html
    assert len(re.findall('<li class="delivery">', html.partition(">Dropped")[0])) == 101
