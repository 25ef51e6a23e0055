"""Every page over each kind of store."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask

from grafherald.history import acts
from grafherald.settings import Settings
from grafherald.store import open_database
from grafherald.store.pool import Pool
from grafherald.web.composition import open_board

from .conftest import fill


def test_every_page_is_there_whatever_the_store(store_url: str) -> None:
    database = open_database(store_url)
    fill(database, 30)
    now = datetime.now(timezone.utc)
    acts.acknowledge(database, 2, "jane", "on it", now)
    acts.silence(database, (("label:team", "db"),), timedelta(hours=1), "jane", "", now)
    pool = Pool(lambda: open_database(store_url))
    app = Flask("grafherald", static_folder=None)
    app.register_blueprint(open_board(Settings.of({}), pool, is_local=True))
    client = app.test_client()
    for path in (
        "/",
        "/?q=team%3Ddb+check%3Dcheck-1&group=team&view=cards",
        "/?show=silenced&severity=warning",
        "/alerts/1",
        "/alerts/2/act",
        "/outbox",
        "/wall",
        "/changes",
        "/numbers",
        "/numbers?by=team&last=90d",
        "/numbers?by=name",
        "/numbers?by=channel",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
    assert "19 of 30 shown" in client.get("/").text
    pool.close()
    database.close()


@pytest.mark.parametrize("page", ["/", "/numbers", "/wall", "/outbox"])
def test_every_page_is_there_when_nothing_is(store_url: str, page: str) -> None:
    pool = Pool(lambda: open_database(store_url))
    app = Flask("grafherald", static_folder=None)
    app.register_blueprint(open_board(Settings.of({}), pool, is_local=True))
    assert app.test_client().get(page).status_code == 200
    pool.close()
