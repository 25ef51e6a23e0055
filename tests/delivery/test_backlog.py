"""What waits and what failed, as a person sees it and decides on it."""

from __future__ import annotations

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import CLAIMED, DROPPED, DUE, Failure, Outbox
from grafherald.store import Database

from .conftest import MINUTE, NOW, SECOND, Put, claim, events


def test_each_attempt_that_failed_is_remembered_also_when_a_later_one_arrived(
    outbox: Outbox, put: Put
) -> None:
    put()
    outbox.retry(claim(outbox), NOW + SECOND, "answered 503", NOW)
    (lost,) = claim(outbox, NOW + SECOND)
    last = claim(outbox, NOW + 2 * MINUTE)
    outbox.done(last, "204", "", NOW + 2 * MINUTE)
    assert Backlog(outbox._db).failures(lost.id) == [
        Failure(1, NOW, "answered 503"),
        Failure(2, NOW + SECOND + MINUTE, "whoever was sending it stopped"),
    ]


def test_dropping_what_others_wait_for_lets_them_go(outbox: Outbox, put: Put) -> None:
    put()
    second = put()
    outbox.retry(claim(outbox), NOW + MINUTE, "answered 503", NOW)
    (first, _) = sorted(Backlog(outbox._db).deliveries([DUE], 9), key=lambda d: d.id)
    Backlog(outbox._db).drop(first.id, NOW)
    assert events(claim(outbox)) == [second]


def test_a_person_can_retry_and_drop(outbox: Outbox, put: Put) -> None:
    put()
    (delivery,) = claim(outbox)
    assert not Backlog(outbox._db).drop(delivery.id, NOW)  # somebody is sending it
    assert not Backlog(outbox._db).retry_now(delivery.id, NOW)
    outbox.fail([delivery], "no such room", NOW)
    assert Backlog(outbox._db).retry_now(delivery.id, NOW)
    outbox.retry(claim(outbox), NOW + MINUTE, "still not", NOW)
    assert Backlog(outbox._db).drop(delivery.id, NOW)
    found = Backlog(outbox._db).delivery(delivery.id)
    assert found
    assert (found.state, found.error) == (DROPPED, "still not")
    assert not claim(outbox, NOW + MINUTE)


def test_what_is_in_hand_is_listed(outbox: Outbox, put: Put) -> None:
    put()
    claim(outbox)
    put(sequence=2)
    assert [d.state for d in Backlog(outbox._db).deliveries([CLAIMED, DUE], 10)] == [DUE, CLAIMED]
    assert len(Backlog(outbox._db).deliveries([CLAIMED, DUE], 1)) == 1


def test_an_event_that_cannot_be_read_costs_itself_alone(
    database: Database, outbox: Outbox, put: Put
) -> None:
    bad, good = put(sequence=1), put(sequence=2)
    database.run("UPDATE events SET event = ? WHERE id = ?", ('{"kind": "odd"', bad))
    (first,), (second,) = claim(outbox), claim(outbox)
    assert first.unreadable.startswith("the stored event can't be read")
    assert (second.event_id, second.unreadable) == (good, "")


def test_a_field_of_a_newer_version_is_passed_over(
    database: Database, outbox: Outbox, put: Put
) -> None:
    number = put()
    ((document,),) = database.rows("SELECT event FROM events WHERE id = ?", (number,))
    newer = document[:-1] + ',"from_the_future":[1]}'
    database.run("UPDATE events SET event = ? WHERE id = ?", (newer, number))
    (claimed,) = claim(outbox)
    assert (claimed.event.entity, claimed.unreadable) == ("web01", "")


def test_a_resolve_that_waits_goes_after_the_problem_that_is_tried_again(
    outbox: Outbox, put: Put
) -> None:
    problem = put()
    outbox.fail(claim(outbox), "answered 403", NOW)
    resolve = put()
    assert Backlog(outbox._db).retry_now(problem, NOW + SECOND)
    later = NOW + 2 * SECOND
    sent = claim(outbox, later)
    assert events(sent) == [problem]
    assert claim(outbox, later) == []
    outbox.done(sent, "204", "", later)
    assert events(claim(outbox, later)) == [resolve]


def test_a_problem_whose_end_was_told_is_left_unless_the_stale_are_wanted(
    database: Database, outbox: Outbox, put: Put
) -> None:
    database.run(
        "INSERT INTO alerts (id, subject_id, incident, severity, state, started, seen,"
        " occurrences, output) VALUES (1, 1, '', 2, 2, 0, 0, 1, '')"
    )
    problem = put(alert=1)
    outbox.fail(claim(outbox), "answered 403", NOW)
    put(alert=1)
    outbox.done(claim(outbox), "204", "", NOW)
    assert Backlog(outbox._db).overtaken_by(problem) is not None
    assert not Backlog(outbox._db).retry_now(problem, NOW)
    assert Backlog(outbox._db).retry_now(problem, NOW, stale=True)
