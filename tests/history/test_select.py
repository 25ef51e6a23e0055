from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from grafherald.delivery.outbox import Outbox, Recipient
from grafherald.event import Event, Kind, State
from grafherald.history import read, series
from grafherald.history.buckets import Buckets
from grafherald.history.grammar import parse
from grafherald.history.record import record
from grafherald.history.select import select
from grafherald.store import Database, milliseconds

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
SEVERITY = {State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}
PROBLEMS = (
    ("web01", "cpu", State.CRITICAL, {"team": "web"}, "ops"),
    ("web02", "cpu", State.WARNING, {"team": "web"}, "chat"),
    ("web02", "disk", State.UNKNOWN, {}, ""),
    ("db01", "disk", State.WARNING, {"team": "db", "entity": "odd"}, "ops"),
)


@pytest.fixture
def filled(database: Database) -> Database:
    for entity, check, state, labels, channel in PROBLEMS:
        event = Event(
            "sensu-go", Kind.PROBLEM, state, SEVERITY[state], entity, check, "", NOW, labels=labels
        )
        place = record(database, event, NOW)
        told = [Recipient(channel, "a"), Recipient(channel, "b")] if channel else []
        Outbox(database).enqueue(event, b"", told, NOW, sequence=place.subject, alert=place.alert)
    return database


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "web01/cpu web02/cpu web02/disk db01/disk"),
        ("entity=*", "web01/cpu web02/cpu web02/disk db01/disk"),
        ("entity=web*", "web01/cpu web02/cpu web02/disk"),
        ("entity=web02 check=disk", "web02/disk"),
        ("severity>=unknown", "web01/cpu web02/disk"),
        ("team=web", "web01/cpu web02/cpu"),
        ("team!=web", "web02/disk db01/disk"),
        ('team=""', "web02/disk"),
        ("label:entity=odd", "db01/disk"),
        ("channel=ops", "web01/cpu db01/disk"),
        ("channel!=ops", "web02/cpu web02/disk"),
        ("channel=* check=cpu", "web01/cpu web02/cpu"),
        ("channel=nobody", ""),
        ("source=nagios", ""),
        ("name=web02/disk", "web02/disk"),
        ("b01", "web01/cpu db01/disk"),
        ("x='; DROP TABLE alerts; --", ""),
    ],
)
def test_what_is_chosen_is_the_same_in_every_question(
    filled: Database, words: str, expected: str
) -> None:
    chosen = select(filled, parse(words))
    names = sorted(expected.split())
    within = read.alerts_between(filled, NOW - HOUR, NOW + HOUR, 10, chosen)
    after = read.alerts_between(filled, NOW + HOUR, NOW + 2 * HOUR, 10, chosen)
    still = read.open_alerts(filled, 10, chosen)
    for found in (within, after, still):
        assert sorted(f"{a.entity}/{a.check}" for a in found) == names
    when = Buckets(milliseconds(NOW), milliseconds(NOW + HOUR), 60_000)
    began = series.counts(filled, "started", when, chosen)
    assert sum(sum(each.values()) for each in began.values()) == len(names)
    assert sum(read.open_at(filled, NOW + HOUR, chosen).values()) == len(names)
    grouped = series.began_over_time(filled, when, "name", chosen)
    assert sorted(row[1] for row in grouped) == names


def test_an_alert_told_to_two_recipients_of_a_channel_is_counted_once(filled: Database) -> None:
    when = Buckets(milliseconds(NOW), milliseconds(NOW + HOUR), 3_600_000)
    rows = series.began_over_time(filled, when, "channel", select(filled, ()))
    assert sorted(row[1:] for row in rows) == [("chat", 1), ("ops", 2)]


def test_many_subjects_are_found_as_few_are(database: Database) -> None:
    for number in range(300):
        event = Event("nagios", Kind.PROBLEM, State.WARNING, 1, f"web{number}", "cpu", "", NOW)
        record(database, event, NOW)
    when = Buckets(milliseconds(NOW), milliseconds(NOW + HOUR), 60_000)
    for words, expected in (("entity!=web7", 299), ("entity=web7", 1), ("entity=*", 300)):
        began = series.counts(database, "started", when, select(database, parse(words)))
        assert sum(began[1].values()) == expected
