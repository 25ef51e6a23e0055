from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from grafherald.errors import StoreError
from grafherald.store import Database, Overdue, open_database
from grafherald.store.pool import Pool

LONG = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
    SELECT COUNT(*) FROM n"""
INSERT = "INSERT INTO lanes (channel, recipient) VALUES (?, ?)"


@pytest.fixture
def pool(store_url: str) -> Iterator[Pool]:
    opened = Pool(lambda: open_database(store_url))
    yield opened
    opened.close()


def test_a_question_ends_at_its_limit(database: Database) -> None:
    database.limit(0.05)
    with pytest.raises(Overdue, match="shorter range"):
        database.rows(LONG)
    with pytest.raises(Overdue):
        for _ in range(10**6):
            database.rows("SELECT COUNT(*) FROM lanes")
    database.limit(10)
    assert database.rows("SELECT COUNT(*) FROM lanes") == [(0,)]


def test_a_connection_is_used_again(pool: Pool) -> None:
    with pool.connection(10) as first, pool.connection(10) as second:
        assert first is not second
    with pool.connection(10) as third:
        assert third in (first, second)


def test_what_failed_is_not_used_again(pool: Pool) -> None:
    with pytest.raises(StoreError), pool.connection(10) as broken:
        broken.rows("SELECT nothing FROM nowhere")
    with pool.connection(10) as other:
        assert other is not broken


def test_the_version_is_another_after_every_commit_of_others(pool: Pool) -> None:
    versions = [pool.version(), pool.version()]
    for number in range(3):
        with pool.connection(10) as database:
            database.insert(INSERT, ("ops", str(number)))
        versions.append(pool.version())
    assert len(set(versions)) == 4


def test_who_asks_after_a_commit_gets_another_version_however_many_ask(pool: Pool) -> None:
    def commits_and_asks(recipient: str) -> int:
        changed = 0
        for number in range(20):
            before = pool.version()
            with pool.connection(10) as database:
                database.insert(INSERT, (recipient, str(number)))
            changed += pool.version() != before
        return changed

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(commits_and_asks, "abcdef")) == [20] * 6
