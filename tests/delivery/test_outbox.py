"""The outbox: who gets which delivery, and when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from grafherald.channels import Rate
from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import DUE, FAILED, SENT, Failure, Outbox, Recipient
from grafherald.store import MEMORY, open_database
from grafherald.store.sqlite import SQLite

from .conftest import CHAT, DAY, MINUTE, NOW, OPS, SECOND, Put, claim, events, new_event


def test_a_claim_has_all_that_is_needed_to_send(outbox: Outbox) -> None:
    event = new_event(output="caf\u00e9 \ud800 \0")
    number, added = outbox.enqueue(event, b"\xffraw", (OPS,), NOW, sequence=1)
    (claimed,) = claim(outbox)
    assert (claimed.event, claimed.received, claimed.event_id) == (event, NOW, number)
    assert (claimed.channel, claimed.recipient, claimed.attempts) == ("ops", "room", 1)
    assert (Backlog(outbox._db).raw(number), added) == (b"\xffraw", 1)


def test_what_is_claimed_is_nobody_elses(outbox: Outbox, put: Put) -> None:
    put()
    assert claim(outbox)
    assert not claim(outbox)


def test_each_recipient_has_its_own_delivery(outbox: Outbox, put: Put) -> None:
    put(OPS, CHAT, Recipient("ops", "other room"))
    names = sorted((d.channel, d.recipient) for _ in range(3) for d in claim(outbox))
    assert names == [("chat", "#alerts"), ("ops", "other room"), ("ops", "room")]


def test_what_was_sent_is_over(outbox: Outbox, put: Put) -> None:
    put()
    outbox.done(claim(outbox), "204", "C1/1.2", NOW)
    assert not claim(outbox, NOW + timedelta(days=1))
    (sent,) = Backlog(outbox._db).deliveries([SENT], 10)
    assert (sent.receipt, sent.reference, sent.finished) == ("204", "C1/1.2", NOW)


def test_what_failed_for_now_is_due_later(outbox: Outbox, put: Put) -> None:
    put()
    outbox.retry(claim(outbox), NOW + MINUTE, "answered 503", NOW)
    assert not claim(outbox, NOW + 59 * SECOND)
    (again,) = claim(outbox, NOW + MINUTE)
    assert (again.attempts, again.error, again.may_repeat) == (2, "answered 503", False)


def test_who_lost_the_lease_tells_of_no_failure(outbox: Outbox, put: Put) -> None:
    put()
    lost = claim(outbox)
    (held,) = claim(outbox, NOW + MINUTE)
    outbox.fail(lost, "too late", NOW)
    assert [failure.attempt for failure in Backlog(outbox._db).failures(held.id)] == [1]
    outbox.fail([held], "no such room", NOW + MINUTE)
    assert Backlog(outbox._db).failures(held.id)[1:] == [Failure(2, NOW + MINUTE, "no such room")]


def test_what_may_have_arrived_is_known_at_the_next_try(outbox: Outbox, put: Put) -> None:
    put()
    outbox.retry(claim(outbox), NOW, "no answer", NOW, may_repeat=True)
    outbox.retry(claim(outbox), NOW, "answered 503", NOW)
    assert claim(outbox)[0].may_repeat


def test_what_failed_for_good_is_kept(outbox: Outbox, put: Put) -> None:
    put()
    outbox.fail(claim(outbox), "no such room", NOW)
    assert not claim(outbox, NOW + timedelta(days=1))
    assert [d.error for d in Backlog(outbox._db).deliveries([FAILED], 10)] == ["no such room"]


def test_a_lease_that_is_over_is_taken_over_as_a_possible_repeat(outbox: Outbox, put: Put) -> None:
    put()
    (first,) = claim(outbox)
    assert not claim(outbox, NOW + 59 * SECOND)
    (second,) = claim(outbox, NOW + MINUTE)
    assert (second.id, second.attempts, second.may_repeat) == (first.id, 2, True)


def test_who_lost_the_lease_changes_nothing(outbox: Outbox, put: Put) -> None:
    put()
    lost = claim(outbox)
    (held,) = claim(outbox, NOW + MINUTE)
    outbox.fail(lost, "too late", NOW)
    outbox.done(lost, "late", "", NOW)
    assert Backlog(outbox._db).delivery(held.id) == held


def test_what_was_released_is_due_at_once_and_no_repeat(outbox: Outbox, put: Put) -> None:
    put()
    outbox.release(claim(outbox))
    assert not claim(outbox)[0].may_repeat


def test_a_resolve_waits_for_its_problem(outbox: Outbox, put: Put) -> None:
    problem, resolve = put(), put()
    first = claim(outbox)
    assert events(first) == [problem]
    assert not claim(outbox)
    outbox.retry(first, NOW + MINUTE, "answered 503", NOW)
    assert not claim(outbox, NOW + SECOND)
    outbox.done(claim(outbox, NOW + MINUTE), "", "", NOW)
    assert events(claim(outbox, NOW + MINUTE)) == [resolve]


def test_a_failure_for_good_holds_nobody(outbox: Outbox, put: Put) -> None:
    _, resolve = put(), put()
    outbox.fail(claim(outbox), "no such room", NOW)
    assert events(claim(outbox)) == [resolve]


def test_a_long_queue_behind_one_costs_no_search(outbox: Outbox, put: Put) -> None:
    for sequence in range(3):
        for _ in range(200):
            put(sequence=sequence)
    for _ in range(3):
        outbox.retry(claim(outbox), NOW + MINUTE, "answered 503", NOW)
    assert not claim(outbox)
    assert outbox.next_due(NOW + 2 * MINUTE) == NOW + MINUTE
    assert outbox.next_due(NOW + MINUTE) is None


def test_other_threads_and_recipients_do_not_wait(outbox: Outbox, put: Put) -> None:
    put(OPS, sequence=1)
    claim(outbox)
    other_thread, other_recipient = put(OPS, sequence=2), put(CHAT, sequence=1)
    claimed = [*claim(outbox), *claim(outbox)]
    assert sorted(events(claimed)) == [other_thread, other_recipient]


def test_the_same_event_twice_is_one(outbox: Outbox) -> None:
    event = new_event(id="x")
    first, second = (outbox.enqueue(event, b"", (OPS,), NOW, sequence=1) for _ in range(2))
    assert (first[0], second) == (second[0], (first[0], 0))
    assert claim(outbox)
    assert not claim(outbox)


def test_the_same_event_for_another_contact_is_one_delivery_more(outbox: Outbox) -> None:
    event = new_event(id="x")
    outbox.enqueue(event, b"", (OPS, Recipient("mail", "ana@x")), NOW, sequence=1)
    assert outbox.enqueue(event, b"", (OPS, Recipient("mail", "bo@x")), NOW, sequence=1)[1] == 1
    assert len(Backlog(outbox._db).deliveries([DUE], 10)) == 3


def test_a_pipe_handler_can_claim_its_own_event_alone(outbox: Outbox, put: Put) -> None:
    put(sequence=1)
    own = put(sequence=2)
    assert events(claim(outbox, events=[own])) == [own]
    assert not claim(outbox, events=[own])


def test_a_rate_spaces_what_one_recipient_gets(outbox: Outbox, put: Put) -> None:
    for sequence in range(3):
        put(OPS, CHAT, sequence=sequence)
    paced = {"rate": lambda name: Rate(SECOND) if name == "ops" else None}
    at_once = [d.channel for _ in range(9) for d in claim(outbox, **paced)]
    assert sorted(at_once) == ["chat", "chat", "chat", "ops"]
    assert outbox.next_due(NOW + MINUTE) == NOW + SECOND
    assert outbox.next_due(NOW + SECOND) is None
    assert len(claim(outbox, NOW + SECOND, **paced)) == 1
    assert not claim(outbox, NOW + SECOND, **paced)


def test_a_paused_recipient_gets_nothing(outbox: Outbox, put: Put) -> None:
    put(OPS, CHAT)
    outbox.pause("ops", "room", NOW + MINUTE, NOW)
    outbox.pause("ops", "room", NOW + SECOND, NOW)  # never shortens
    assert [d.channel for _ in range(2) for d in claim(outbox, NOW + 2 * SECOND)] == ["chat"]
    assert claim(outbox, NOW + MINUTE)


def test_one_recipient_that_hangs_does_not_hold_all_workers(outbox: Outbox, put: Put) -> None:
    for sequence in range(9):
        put(OPS, sequence=sequence)
    assert [len(claim(outbox)) for _ in range(6)] == [1, 1, 1, 1, 0, 0]


def test_recipients_take_turns(outbox: Outbox, put: Put) -> None:
    for sequence in range(3):
        put(OPS, sequence=sequence)
    put(CHAT, at=NOW + SECOND)
    channels = [claim(outbox, NOW + MINUTE + n * SECOND)[0].channel for n in range(2)]
    assert sorted(channels) == ["chat", "ops"]


def test_the_earlier_message_about_the_same_alert_is_known(outbox: Outbox, put: Put) -> None:
    put(alert=7)
    outbox.done(claim(outbox), "ok", "C1/1.2", NOW)
    put(alert=7)
    put(alert=8, sequence=2)
    by_alert = {d.alert_id: d.earlier for _ in range(2) for d in claim(outbox)}
    assert by_alert == {7: "C1/1.2", 8: ""}


def test_two_workers_never_get_the_same(store_url: str, put: Put) -> None:
    for sequence in range(60):
        put(OPS, CHAT, sequence=sequence)
    claimed = _claim_side_by_side(store_url, workers=4)
    assert len(claimed) == len(set(claimed)) == 120


def _claim_side_by_side(url: str, workers: int) -> list[int]:
    def work(_: int) -> list[int]:
        database, found = open_database(url), []
        # another worker may hold both recipients for a moment: nothing due is not the end
        while Outbox(database).next_due(NOW + SECOND) is not None:
            claimed = claim(Outbox(database))
            Outbox(database).done(claimed, "", "", NOW)
            found += [d.id for d in claimed]
        database.close()
        return found

    with ThreadPoolExecutor(workers) as pool:
        return [number for found in pool.map(work, range(workers)) for number in found]


def test_a_clock_that_was_ahead_holds_nothing_once_it_is_right(outbox: Outbox, put: Put) -> None:
    ahead = NOW + 30 * DAY
    put(at=ahead)
    (first,) = claim(outbox, ahead, rate=lambda _: Rate(MINUTE))
    outbox.retry([first], ahead + MINUTE, "answered 503", ahead)
    outbox.pause("ops", "room", ahead + DAY, ahead)
    put(sequence=2)
    assert claim(outbox) == []
    outbox.forget_the_future(NOW)
    assert len(claim(outbox)) == 1
    assert len(claim(outbox)) == 1


def test_a_pause_that_was_asked_for_outlives_the_look_at_the_clock(
    outbox: Outbox, put: Put
) -> None:
    put()
    outbox.pause("ops", "room", NOW + DAY, NOW)
    outbox.forget_the_future(NOW + MINUTE)
    assert claim(outbox, NOW + MINUTE) == []


def test_what_was_not_tried_goes_before_what_failed(outbox: Outbox, put: Put) -> None:
    failing = put(sequence=1)
    outbox.retry(claim(outbox), NOW + SECOND, "answered 500", NOW)
    fresh = put(sequence=2, at=NOW + 2 * SECOND)
    assert events(claim(outbox, NOW + 3 * SECOND)) == [fresh]
    assert events(claim(outbox, NOW + 3 * SECOND)) == [failing]


def test_a_channel_that_is_busy_leaves_the_others_their_senders(outbox: Outbox, put: Put) -> None:
    put(OPS, CHAT)
    (claimed,) = claim(outbox, busy=(OPS.channel,))
    assert claimed.channel == CHAT.channel


def test_a_look_for_what_is_overdue_costs_what_waits_and_no_more() -> None:
    database = open_database(MEMORY)
    assert isinstance(database, SQLite)
    outbox, cost = Outbox(database), []
    for number in range(600):
        event = new_event(check=f"check{number}")
        outbox.enqueue(event, b"", [OPS], NOW, sequence=number)
        if number in (149, 599):
            steps: list[int] = []
            database._connection.set_progress_handler(lambda kept=steps: kept.append(1), 100)
            assert outbox.overdue("ops", NOW + MINUTE) == []
            database._connection.set_progress_handler(None, 1)
            cost.append(len(steps))
    assert cost[1] < 6 * cost[0] + 10, "four times as many wait"
    database.close()
