"""The outbox: what goes as one message."""

from __future__ import annotations

from grafherald.delivery.outbox import Outbox, Recipient

from .conftest import MINUTE, NOW, SECOND, Put, claim, events

GROUP = Recipient("ops", "room", group="disk", wait=30 * SECOND, interval=5 * MINUTE)


def test_a_group_goes_at_once_and_what_follows_as_one(outbox: Outbox, put: Put) -> None:
    together = [put(GROUP, at=NOW + n * SECOND / 10, sequence=n) for n in range(3)]
    assert not claim(outbox, NOW + SECOND / 4)
    first = claim(outbox, NOW + SECOND / 2)
    assert events(first) == together
    outbox.done(first, "", "", NOW)
    following = [put(GROUP, at=NOW + n * SECOND, sequence=n) for n in range(3, 30)]
    assert not claim(outbox, NOW + 30 * SECOND)
    assert events(claim(outbox, NOW + 31 * SECOND)) == following


def test_a_groups_next_message_waits_for_the_interval(outbox: Outbox, put: Put) -> None:
    put(GROUP)
    outbox.done(claim(outbox, NOW + SECOND), "", "", NOW)
    later = [put(GROUP, at=NOW + MINUTE), put(GROUP, at=NOW + 2 * MINUTE, sequence=2)]
    due = NOW + SECOND / 2 + 5 * MINUTE
    assert not claim(outbox, due - SECOND)
    assert events(claim(outbox, due)) == later


def test_a_group_has_one_message_in_flight(outbox: Outbox, put: Put) -> None:
    put(GROUP, sequence=1)
    sending = outbox.claim(NOW + MINUTE, 60 * MINUTE)
    second = put(GROUP, at=NOW + MINUTE, sequence=2)
    assert not claim(outbox, NOW + 7 * MINUTE)
    outbox.done(sending, "", "", NOW)
    assert events(claim(outbox, NOW + 7 * MINUTE)) == [second]


def test_a_group_that_failed_for_now_is_joined_in_order(outbox: Outbox, put: Put) -> None:
    first = put(GROUP)
    outbox.retry(claim(outbox, NOW + 30 * SECOND), NOW + 10 * MINUTE, "answered 503", NOW)
    second = put(GROUP, at=NOW + MINUTE)
    assert not claim(outbox, NOW + 6 * MINUTE)
    assert events(claim(outbox, NOW + 10 * MINUTE)) == [first, second]
