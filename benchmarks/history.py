"""A made-up history of any size, the same every time, written straight into a store's tables."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from grafherald.history import SLOT, reach
from grafherald.history.sums import HOUR
from grafherald.store import open_database

DAYS = 90
ENTITIES, CHECKS = 400, 12
TEAMS = ("db", "web", "infra", "payments")
DELIVERIES = (
    "deliveries (id, event_id, alert_id, lane_id, thread, grouped, turn, state, attempts,"
    " created, due, finished, receipt)"
)
Rows = dict[str, list[tuple[Any, ...]]]  # by table, with its columns where some have a default


def made_up(alerts: int, now: int) -> Rows:
    """Return rows by table: *alerts* in the DAYS before *now*, in milliseconds, some still open.

    Each subject's alerts follow one another; most last some minutes, a few for days.
    """
    chance = random.Random(7)
    begin = now - DAYS * 86_400_000
    subjects = [
        (number * CHECKS + place + 1, f"web{number:03}.example.com", f"check-{place:02}")
        for number in range(ENTITIES)
        for place in range(CHECKS)
    ]
    each = alerts // len(subjects)
    rows: Rows = {
        "subjects": [(i, f"k{i}", "sensu-go", "default", e, c) for i, e, c in subjects],
        "labels": [(i, "team", TEAMS[i % len(TEAMS)]) for i, _, _ in subjects],
        "lanes (id, channel, recipient, ready)": [
            (n, name, "room", 0) for n, name in enumerate(("ops", "chat", "oncall"), 1)
        ],
    }
    lives = [life for i, _, _ in subjects for life in _lives(chance, i, each, begin, now)]
    lives.sort(key=lambda life: life[1])
    rows["alerts"] = [_alert(number, life) for number, life in enumerate(lives, 1)]
    rows["states"] = list(_states(lives))
    rows[DELIVERIES] = list(_deliveries(chance, lives))
    rows["alert_counts"] = list(_counts(lives))
    rows["label_counts"] = list(_label_counts(lives))
    return rows


def _lives(
    chance: random.Random, subject: int, number: int, begin: int, now: int
) -> Iterator[tuple[int, int, int | None, int]]:
    """Yield (subject, started, ended, severity)."""
    starts = sorted(chance.randrange(begin, now) for _ in range(number))
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        length = int(min(chance.lognormvariate(6.2, 1.3), 5 * 86_400) * 1000)
        end: int | None = start + length
        if following is not None:
            end = min(start + length, following - 1)
        elif start + length >= now:
            end = None
        severity = chance.choices((1, 2, 3), (60, 35, 5))[0]
        yield subject, start, end, severity


def _alert(number: int, life: tuple[int, int, int | None, int]) -> tuple[Any, ...]:
    subject, start, end, severity = life
    state = 0 if end is not None else severity
    length = reach(end - start) if end is not None else None
    said = f"CheckSomething: value {number % 997} is above its limit"
    picture = f"https://grafana.example.com/saved-images/{number}.png"
    panel = "https://grafana.example.com/d/node/host?viewPanel=2"
    times = (start, end, length, end or start)
    return number, subject, f"i{number}", severity, state, *times, 3, said, picture, panel, ""


def _states(lives: Iterable[tuple[int, int, int | None, int]]) -> Iterator[tuple[Any, ...]]:
    number = 0
    for alert, (subject, start, end, severity) in enumerate(lives, 1):
        for at, state in ((start, severity), (end, 0)):
            if at is not None:
                number += 1
                yield number, subject, at, state, alert


def _deliveries(
    chance: random.Random, lives: Iterable[tuple[int, int, int | None, int]]
) -> Iterator[tuple[Any, ...]]:
    for number, (subject, start, _, _) in enumerate(lives, 1):
        done = start + int(chance.lognormvariate(7.5, 0.8))
        state = "failed" if number % 50 == 0 else "sent"
        lane = number % 3 + 1
        times = (start, start, done)
        yield number, number, number, lane, subject, "", 0, state, 1, *times, "204"


def _counts(lives: Iterable[tuple[int, int, int | None, int]]) -> Iterator[tuple[int, ...]]:
    began: Counter[tuple[int, int]] = Counter()
    ended: Counter[tuple[int, int]] = Counter()
    lasted: Counter[tuple[int, int]] = Counter()
    for _, start, end, severity in lives:
        began[start - start % SLOT, severity] += 1
        if end is not None:
            ended[end - end % SLOT, severity] += 1
            lasted[end - end % SLOT, severity] += end - start
    for key in began | ended:
        yield *key, began[key], ended[key], lasted[key]


def _label_counts(lives: Iterable[tuple[int, int, int | None, int]]) -> Iterator[tuple[Any, ...]]:
    began: Counter[tuple[str, str, int, int]] = Counter()
    ended: Counter[tuple[str, str, int, int]] = Counter()
    lasted: Counter[tuple[str, str, int, int]] = Counter()
    for subject, start, end, severity in lives:
        fields = (
            ("label:team", TEAMS[subject % len(TEAMS)]),
            ("check", f"check-{(subject - 1) % CHECKS:02}"),
            ("source", "sensu-go"),
        )
        for field in fields:
            began[(*field, start - start % HOUR, severity)] += 1
            if end is not None:
                ended[(*field, end - end % HOUR, severity)] += 1
                lasted[(*field, end - end % HOUR, severity)] += end - start
    for key in began | ended:
        yield *key, began[key], ended[key], lasted[key]


def fill(url: str, alerts: int, now: int) -> None:
    """Write it into the empty store at *url*."""
    open_database(url).close()
    rows = made_up(alerts, now)
    if url.startswith("sqlite:///"):
        _fill_sqlite(url.removeprefix("sqlite:///"), rows)
    else:
        _fill_postgres(url, rows)


def _fill_sqlite(path: str, rows: Rows) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    with connection:
        for table, values in rows.items():
            marks = ", ".join("?" * len(values[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
    connection.close()


def _fill_postgres(url: str, rows: Rows) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        for table, values in rows.items():
            copy = f"COPY grafherald.{table} FROM STDIN".encode()
            with connection.cursor().copy(copy) as into:
                for value in values:
                    into.write_row(value)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
