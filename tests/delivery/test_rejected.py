"""What was no event."""

from __future__ import annotations

from grafherald.delivery.rejected import make_room, reject, rejected, rejected_input
from grafherald.store import Database

from .conftest import NOW


def test_rejected_input_is_kept_as_it_came(database: Database) -> None:
    reject(database, b"\0\xff{", "sensu", "is not JSON", NOW)
    (kept,) = rejected(database, 10)
    assert (kept.raw, kept.source, kept.reason) == (b"\0\xff{", "sensu", "is not JSON")


def test_a_list_of_rejected_input_never_holds_it_whole(database: Database) -> None:
    number = reject(database, b"[" * 30_000_000, "sensu", "is not JSON", NOW)
    (kept,) = rejected(database, 10)
    assert (len(kept.raw), kept.size) == (4096, 30_000_000)
    whole = rejected_input(database, number)
    assert whole
    assert len(whole.raw) == 30_000_000
    assert rejected_input(database, number + 1) is None


def test_rejected_input_has_a_quota_and_the_oldest_goes(database: Database) -> None:
    for number in range(20):
        reject(database, bytes(1000), "sensu", f"number {number}", NOW)
    assert make_room(database, most=20_000) == 0
    assert make_room(database, most=10_000) > 0
    left = [one.reason for one in rejected(database, 100)]
    assert left == [f"number {number}" for number in range(19, 10, -1)]
    assert make_room(database, most=100) > 0
    assert len(rejected(database, 100)) == 1
    for number in range(20):
        reject(database, b"", "sensu", f"number {number}", NOW)
    make_room(database, number=10)
    assert len(rejected(database, 100)) == 9
