"""The sums say what the alerts themselves say."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from grafherald.event import Event, Kind, State
from grafherald.history import series, sums
from grafherald.history.buckets import Buckets
from grafherald.history.record import record
from grafherald.history.select import EVERYTHING, Selection
from grafherald.store import Database, milliseconds

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
OK = Event("sensu-go", Kind.RESOLVE, State.OK, 0, "web01", "cpu", "", NOW)._replace(
    namespace="default"
)
CODES = {State.OK: 0, State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}
DAY = Buckets(milliseconds(NOW), milliseconds(NOW + timedelta(hours=24)), sums.HOUR)


def happen(database: Database, seed: int) -> None:
    """Record two hundred events of a day; teams are given, taken over, and left out."""
    chance = random.Random(seed)
    for minute in sorted(chance.sample(range(1440), 200)):
        state = chance.choice(list(CODES))
        labels = {} if chance.random() < 0.3 else {"team": chance.choice(["db", "web", ""])}
        at = NOW + timedelta(minutes=minute)
        event = OK._replace(
            kind=Kind.PROBLEM if CODES[state] else Kind.RESOLVE,
            state=state,
            status=CODES[state],
            entity=f"web{chance.randrange(4)}",
            check=chance.choice(["cpu", "disk"]),
            occurred_at=at,
            labels=labels,
        )
        record(database, event, at)


def added(rows: list[tuple[Any, ...]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for *key, number in rows:
        total[tuple(key)] += number
    return +total


@pytest.mark.parametrize("key", ["team", "label:team", "check", "source", "namespace"])
@pytest.mark.parametrize("chosen", [EVERYTHING, Selection(severities=frozenset({1, 2}))])
def test_sums_are_what_the_alerts_add_up_to(
    database: Database, key: str, chosen: Selection
) -> None:
    happen(database, 7)
    looked = series._began(database, DAY, ("a.started - a.started % ?", (DAY.step,)), key, chosen)
    assert added(series.began_over_time(database, DAY, key, chosen)) == added(looked)
    odd = Buckets(DAY.begin + 1_234_567, DAY.stop - 2_345_678, 1)
    looked = series._began(database, odd, ("a.severity", ()), key, chosen)
    assert added(series.began_by_severity(database, odd, key, chosen)) == added(looked)


@pytest.mark.parametrize("key", ["team", "check"])
def test_how_long_alerts_lasted_is_what_they_add_up_to(database: Database, key: str) -> None:
    happen(database, 8)
    found = series.lasted_by(database, DAY, key, EVERYTHING)
    minutes = Buckets(DAY.begin, DAY.stop, 60_000)
    looked: dict[tuple[int, str], list[int]] = {}
    for at, value, number, total in series.lasted_by(database, minutes, key, EVERYTHING):
        before = looked.setdefault((at - at % sums.HOUR, value), [0, 0])
        before[0], before[1] = before[0] + number, before[1] + total
    assert {(at, v): [n, t] for at, v, n, t in found if v} == {
        k: v for k, v in looked.items() if k[1]
    }
    assert found


@pytest.mark.parametrize("key", ["team", "check", "source"])
@pytest.mark.parametrize(
    ("begin", "stop"), [(0, 1440), (17, 1423), (30, 90), (35, 100), (70, 110), (60, 120)]
)
def test_sums_of_any_range_are_what_the_alerts_add_up_to(
    database: Database, key: str, begin: int, stop: int
) -> None:
    happen(database, 10)
    when = Buckets(DAY.begin + begin * 60_000, DAY.begin + stop * 60_000, (stop - begin) * 60_000)
    alone = when._replace(step=60_000)  # which there are no sums for
    looked = [row[1:] for row in series.lasted_by(database, alone, key, EVERYTHING) if row[1]]
    found = series.lasted_in_all(database, when, key, EVERYTHING)
    for place in (1, 2):
        wanted = added([(row[0], row[place]) for row in looked])
        assert added([(row[0], row[place]) for row in found if row[0]]) == wanted
    looked = series._began(database, when, ("a.severity", ()), key, EVERYTHING)
    assert added(series.began_by_severity(database, when, key, EVERYTHING)) == added(looked)


def test_an_older_store_is_added_up_when_it_is_opened(database: Database) -> None:
    from grafherald.store.schema import VERSIONS

    happen(database, 9)
    rows = "SELECT * FROM label_counts WHERE started <> 0 OR ended <> 0 OR lasted <> 0"
    before = sorted(database.rows(rows))
    database.run("DELETE FROM label_counts")
    (fill,) = (s for version in VERSIONS for s in version if s.startswith("INSERT INTO label_c"))
    database.run(fill)
    assert sorted((*row[:4], *map(int, row[4:])) for row in database.rows(rows)) == before


def test_what_flaps_is_counted_the_same_in_a_day_and_in_a_quarter(database: Database) -> None:
    happen(database, 11)
    quarter = DAY._replace(begin=DAY.begin - 90 * 24 * sums.HOUR)
    day = sorted(map(tuple, series.changes_by_subject(database, DAY)))
    assert day == sorted(map(tuple, series.changes_by_subject(database, quarter)))
    assert sum(number for _, number in day) > 100
    before = quarter._replace(stop=DAY.begin)
    assert series.changes_by_subject(database, before) == []
