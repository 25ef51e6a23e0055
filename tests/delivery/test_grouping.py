"""Several events as one."""

from __future__ import annotations

from collections.abc import Callable

from grafherald.channels import identity
from grafherald.channels.email.message import message_ids
from grafherald.delivery.grouping import merged
from grafherald.event import LEFT_OUT, Event

MakeEvent = Callable[..., Event]


def test_a_group_is_known_by_its_members(make_event: MakeEvent) -> None:
    """A service drops a message that has another's id, as Matrix and receivers of webhooks do."""
    a, b, c, d = (make_event(entity=name, id=name) for name in "abcd")
    first, again, next_ = (merged(pair, "g") for pair in ([a, b], [a, b], [c, d]))
    assert first.entity == next_.entity == "2 entities"
    assert identity(first) == identity(again) != identity(next_)
    mails = [message_ids(event, "example.com") for event in (first, again, next_)]
    assert mails[0] == mails[1]
    assert mails[0][0] != mails[2][0], "mail programs drop what has another's Message-ID"
    assert mails[0][1] == mails[2][1], "they are one thread"


def test_what_the_sender_left_out_is_said_of_the_group(make_event: MakeEvent) -> None:
    row = (LEFT_OUT, "12 more alerts of this group")
    events = [make_event(entity="a", details=(row, ("Labels", "x=1"))), make_event(entity="b")]
    assert merged(events, "g").details == (row,)
