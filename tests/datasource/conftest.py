"""A small history behind the routes, asked as Grafana asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grafherald.datasource.routes import DatasourceOptions, blueprint
from grafherald.delivery.outbox import Outbox, Recipient
from grafherald.event import Event, Kind, State
from grafherald.history.record import illustrate, record, rendered
from grafherald.store import Database, milliseconds, open_database
from grafherald.store.pool import Pool

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
CODES = {State.OK: 0, State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}
Ask = Callable[..., Any]

# entity, check, state, minutes before NOW
TOLD = (
    ("db01", "disk", State.WARNING, 600),
    ("web01", "cpu", State.WARNING, 100),
    ("web01", "cpu", State.CRITICAL, 95),
    ("web01", "cpu", State.OK, 90),
    ("web02", "cpu", State.UNKNOWN, 50),
    ("web02", "cpu", State.OK, 40),
    ("web01", "cpu", State.CRITICAL, 20),
)


def at(minutes: float) -> int:
    """Return *minutes* before NOW as Grafana says it."""
    return milliseconds(NOW - minutes * MINUTE)


def tell(database: Database, entity: str, check: str, state: State, when: datetime) -> None:
    """Record an event with a delivery that is sent a second later, and a render of two seconds."""
    kind = Kind.PROBLEM if CODES[state] else Kind.RESOLVE
    said = f"<b>{entity}</b> \x1b[31mred\u202e"
    event = Event("sensu-go", kind, state, CODES[state], entity, check, said, when)
    event = event._replace(labels={"team": "db" if entity == "db01" else "web"})
    place = record(database, event, when)
    outbox = Outbox(database)
    outbox.enqueue(
        event, b"{}", [Recipient("ops", "room")], when, sequence=place.subject, alert=place.alert
    )
    claimed = outbox.claim(when, 60 * MINUTE)
    outbox.done(claimed, "204", "", when + timedelta(seconds=1))
    rendered(database, when, timedelta(seconds=2), failed=entity == "db01")
    if place.alert:
        illustrate(database, place.alert, "https://g.example/1.png", "javascript:alert(1)")


@pytest.fixture
def filled(database: Database) -> Database:
    for entity, check, state, minutes in TOLD:
        tell(database, entity, check, state, NOW - minutes * MINUTE)
    return database


@pytest.fixture
def make_client(store_url: str) -> Iterator[Callable[..., FlaskClient]]:
    """Makes clients of an application with other options."""
    pools: list[Pool] = []

    def make(**options: Any) -> FlaskClient:
        pools.append(Pool(lambda: open_database(store_url)))
        app = Flask("grafherald", static_folder=None)
        app.register_blueprint(
            blueprint(pools[-1], DatasourceOptions(**{"clock": lambda: NOW, **options}))
        )
        return app.test_client()

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def client(make_client: Callable[..., FlaskClient], filled: Database) -> FlaskClient:
    return make_client()


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    """Posts to a route, and returns what a 200 has."""

    def post(route: str, **body: Any) -> Any:
        answer = client.post(f"/datasource/{route}", json=body)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.data)

    return post


@pytest.fixture
def query(ask: Ask) -> Ask:
    """Asks one target of the last two hours, in minutes."""

    def one(target: str, *, minutes: float = 120, table: bool = False, **more: Any) -> Any:
        asked: dict[str, Any] = {"target": target, "refId": "A", "type": "timeserie"}
        asked |= {"type": "table"} if table else {}
        asked |= {"payload": more.pop("payload")} if "payload" in more else {}
        body = {
            "range": {"from": at(minutes), "to": at(0)},
            "intervalMs": 60_000,
            "maxDataPoints": 1000,
            "targets": [asked],
        }
        return ask("query", **{**body, **more})

    return one


def points(series: Any) -> dict[int, float]:
    """Return the values that are neither 0 nor null, by how many minutes before NOW they are."""
    return {round((at(0) - when) / 60_000): value for value, when in series["datapoints"] if value}
