"""Slack by token: what a Web API refuses, and pictures that it uploads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from grafherald.channels import slack
from grafherald.channels.slack.head import Head
from grafherald.demo.standins import chat
from grafherald.demo.standins.wire import StandInReply, json_reply
from grafherald.errors import PermanentError, TemporaryError
from grafherald.event import Event, Kind, State
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from ..conftest import PANEL, PNG, PUBLIC, TOKEN

UPLOADED = PANEL._replace(png=PNG)


def bot(server: chat.Chat, event: Event, templates: Templates, **more: Any) -> Any:
    settings = {"token": TOKEN, "url": f"{server.url}/api", "channel": "C0123456789", **more}
    return slack.open_channels("chat", settings, event, templates)[0]


def paths(server: chat.Chat) -> list[str]:
    return [request.path.removeprefix("/api/") for request in server.requests]


def kinds(message: Any) -> list[str]:
    return [block["type"] for block in message.blocks]


def test_a_public_picture_is_shown_from_its_url(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    receipt = bot(chat_server, event, templates, channel="#ops").send(notification)
    [message] = chat_server.slack.messages
    assert receipt.reference.startswith(f"{message.channel}/{message.ts} ")
    assert message.blocks[2]["image_url"] == PUBLIC
    assert paths(chat_server) == ["chat.postMessage"]


def test_a_picture_and_its_text_are_one_message(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    graphs = (UPLOADED, PANEL._replace(problem="Grafana answered 500"), UPLOADED)
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event, graphs))
    [message] = chat_server.slack.messages
    assert kinds(message) == ["header", "section", "section"]
    assert "graph 2: Grafana answered 500" in message.blocks[-1]["text"]["text"]
    files = [chat_server.slack.files[file_id] for file_id in message.files]
    assert [file.title for file in files] == [
        "Panel 2 (1) of web01/cpu",
        "Panel 2 (3) of web01/cpu",
    ]
    assert all(file.content == PNG for file in files)
    assert receipt.reference.startswith(f"C0123456789/{message.ts} ")


def test_a_channel_by_name_gets_the_picture_inside_the_message(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    receipt = bot(chat_server, event, templates, channel="#ops").send(
        Notification(event, (UPLOADED,))
    )
    [message] = chat_server.slack.messages
    assert kinds(message) == ["header", "section", "image", "section"]
    assert message.blocks[2]["slack_file"]["id"] in chat_server.slack.files
    assert receipt.reference.startswith(f"{message.channel}/{message.ts} ")


def test_the_token_is_not_sent_where_the_bytes_go(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    bot(chat_server, event, templates).send(Notification(event, (UPLOADED,)))
    [upload] = [r for r in chat_server.requests if r.path.startswith("/upload/")]
    assert "authorization" not in upload.headers
    assert upload.body == PNG


MISSING = {"ok": False, "error": "missing_scope", "needed": "files:write"}


@pytest.mark.parametrize("to", ["C0123456789", "#ops"])
@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (json_reply(200, MISSING), "the token needs the scope files:write"),
        (StandInReply(500, b"oops"), "answered 500: oops"),
        (StandInReply(429, b"", {"Retry-After": "30"}), "answered 429"),
        (None, "closed the connection"),
        (json_reply(200, {"ok": True}), "gave no address to upload to"),
    ],
)
def test_an_upload_that_fails_costs_the_picture_alone(
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    failure: StandInReply | None,
    words: str,
    to: str,
) -> None:
    chat_server.failures.append(failure)
    bot(chat_server, event, templates, channel=to).send(Notification(event, (UPLOADED,)))
    [message] = chat_server.slack.messages
    more = message.blocks[-1]["text"]["text"]
    assert more.startswith("graph: not uploaded, ")
    assert words in more
    assert "see it live>" in more


def test_a_picture_that_slack_never_finishes_costs_the_picture_alone(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    chat_server.slack.looks = 99
    channel = bot(chat_server, event, templates, channel="#ops", timeout=2)
    channel.send(Notification(event, (UPLOADED,)))
    [message] = chat_server.slack.messages
    assert "Slack did not finish the picture in time" in message.blocks[-1]["text"]["text"]


def test_a_message_that_may_have_arrived_is_not_sent_twice(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    chat_server.broken["/api/files.completeUploadExternal"] = None
    with pytest.raises(TemporaryError) as caught:
        bot(chat_server, event, templates).send(Notification(event, (UPLOADED,)))
    assert caught.value.unknown
    assert paths(chat_server)[-1] == "files.completeUploadExternal"


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ("channel_not_found", PermanentError, "check the channel"),
        ("invalid_auth", PermanentError, "check the token"),
        ("is_archived", PermanentError, "archived"),
        ("not_in_channel", PermanentError, "invite the bot"),
        ("missing_scope", PermanentError, "missing_scope"),
        ("ratelimited", TemporaryError, "ratelimited"),
        ("internal_error", TemporaryError, "internal_error"),
        ("fatal_error", TemporaryError, "fatal_error"),
        (["odd"], TemporaryError, "without saying ok or why not"),
    ],
)
def test_slacks_word_decides(
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    notification: Notification,
    error: Any,
    kind: type[Exception],
    words: str,
) -> None:
    chat_server.failures.append(json_reply(200, {"ok": False, "error": error}))
    with pytest.raises(kind, match=words):
        bot(chat_server, event, templates).send(notification)


def test_what_slack_refuses_whatever_its_form_is_for_a_person(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    refusal = json_reply(200, {"ok": False, "error": f"no {TOKEN}"})
    chat_server.broken["/api/chat.postMessage"] = refusal
    with pytest.raises(PermanentError, match=r"no \*\*\*"):
        bot(chat_server, event, templates).send(notification)


@pytest.mark.parametrize("error", ["msg_too_long", "msg_blocks_too_long", "never_heard_of_it"])
def test_the_last_resort_is_text_without_blocks_and_pictures(
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    notification: Notification,
    error: str,
) -> None:
    chat_server.failures += [json_reply(200, {"ok": False, "error": error})] * 2
    bot(chat_server, event, templates).send(notification)
    [message] = chat_server.slack.messages
    assert message.blocks == ()
    assert message.text.startswith("🔴 web01/cpu is CRITICAL: ")
    assert "97 % used" in message.text
    assert "Runbook" in message.text


def test_a_picture_that_slack_cannot_show_costs_the_picture_alone(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    chat_server.slack.unreachable = PUBLIC
    bot(chat_server, event, templates).send(notification)
    [message] = chat_server.slack.messages
    assert "graph: Slack could not show the picture" in message.blocks[-1]["text"]["text"]


def test_no_channel_no_request(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    with pytest.raises(PermanentError, match="no channel"):
        bot(chat_server, event, templates, channel=[]).send(notification)
    assert not chat_server.requests


def test_a_late_picture_is_added_to_the_message(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    channel = bot(chat_server, event, templates, username="herald")
    receipt = channel.send(Notification(event, (PANEL._replace(problem="still rendering"),)))
    channel.add_pictures(receipt, Notification(event, (UPLOADED,)), receipt.reference)
    [message] = chat_server.slack.messages
    assert message.edited
    assert kinds(message) == ["header", "section", "image", "section"]
    assert chat_server.slack.files[message.blocks[2]["slack_file"]["id"]].content == PNG
    assert "still rendering" not in repr(message.blocks)


def test_a_message_that_cannot_be_updated_is_answered_with_the_picture(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event, (PANEL,)))
    refusal = {"ok": False, "error": "edit_window_closed"}
    chat_server.broken["/api/chat.update"] = json_reply(200, refusal)
    channel.add_pictures(receipt, notification, receipt.reference)
    [message, answer] = chat_server.slack.messages
    assert (answer.channel, answer.thread_ts) == (message.channel, message.ts)
    assert [block["image_url"] for block in answer.blocks] == [PUBLIC]
    with pytest.raises(PermanentError, match="edit_window_closed"):
        bare = Notification(event, (PANEL._replace(problem="no"),))
        channel.add_pictures(receipt, bare, receipt.reference)


def test_a_late_picture_that_slack_cannot_show_is_explained(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event, (PANEL,)))
    chat_server.slack.unreachable = PUBLIC
    channel.add_pictures(receipt, notification, receipt.reference)
    [message] = chat_server.slack.messages
    assert "graph: Slack could not show the picture" in message.blocks[-1]["text"]["text"]


@pytest.fixture
def resolve(event: Event) -> Event:
    since = event.occurred_at
    return event._replace(
        kind=Kind.RESOLVE,
        state=State.OK,
        status=0,
        output="CheckCPU OK: 3 % used",
        since=since,
        occurred_at=since + timedelta(hours=2),
    )


def header(message: Any) -> str:
    return str(message.blocks[0]["text"]["text"])


def test_the_evidence_stays_when_the_problem_ends(
    chat_server: chat.Chat, event: Event, resolve: Event, templates: Templates
) -> None:
    channel = bot(chat_server, event, templates, channel="#ops", username="herald")
    receipt = channel.send(Notification(event, (UPLOADED,)))
    receipt = channel.follow(Notification(resolve, (UPLOADED,)), receipt.reference)
    head, reply = chat_server.slack.messages
    assert header(head).startswith("🟢 web01/cpu is RESOLVED")
    assert head.text.startswith("🟢 web01/cpu is RESOLVED")
    assert kinds(head) == ["header", "context", "section", "image", "section"]
    assert "97 % used" in repr(head.blocks)
    assert "*Lasted* 2 h" in repr(head.blocks[1])
    assert "3 % used" in repr(reply.blocks)
    assert kinds(reply).count("image") == 1
    assert head.blocks[3] != reply.blocks[2], "each has its own picture"
    assert (reply.thread_ts, reply.username) == (head.ts, "herald")
    assert receipt.reference.startswith(f"{head.channel}/{head.ts} ")


def test_an_upload_that_was_shared_stays_when_the_problem_ends(
    chat_server: chat.Chat, event: Event, resolve: Event, templates: Templates
) -> None:
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event, (UPLOADED,)))
    channel.follow(Notification(resolve, ()), receipt.reference)
    head, _ = chat_server.slack.messages
    assert header(head).startswith("🟢")
    assert head.files


def test_an_upload_stays_when_it_cannot_be_shared_as_a_message(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    refusal = json_reply(200, {"ok": False, "error": "invalid_blocks"})
    chat_server.refused_once["/api/files.completeUploadExternal"] = refusal
    bot(chat_server, event, templates).send(Notification(event, (UPLOADED,)))
    [message] = chat_server.slack.messages
    assert chat_server.slack.files[message.blocks[2]["slack_file"]["id"]].content == PNG


def test_an_upload_stays_when_slack_cannot_fetch_another_picture(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    chat_server.slack.unreachable = PUBLIC
    public = PANEL._replace(image_url=PUBLIC)
    channel = bot(chat_server, event, templates, channel="#ops")
    channel.send(Notification(event, (UPLOADED, public)))
    [message] = chat_server.slack.messages
    assert kinds(message).count("image") == 1
    assert "graph 2: Slack could not show the picture" in repr(message.blocks)


def test_an_incident_is_one_message_and_only_its_end_is_green(
    chat_server: chat.Chat, event: Event, resolve: Event, templates: Templates
) -> None:
    warning = event._replace(state=State.WARNING, status=1)
    still = event._replace(occurrences=5, since=event.occurred_at - timedelta(minutes=5))
    mine = event._replace(kind=Kind.ACKNOWLEDGEMENT, author="jane", comment="on it")
    custom = event._replace(kind=Kind.CUSTOM, author="jane", comment="a disk is ordered")
    passing = event._replace(kind=Kind.FLAPPING_END, state=State.OK, status=0)
    channel = bot(chat_server, event, templates)
    reference, seen = channel.send(Notification(warning)).reference, []
    for each in (event, still, mine, custom, passing, resolve):
        reference = channel.follow(Notification(each), reference).reference
        seen.append(header(chat_server.slack.messages[0]))
    assert seen == [
        "🔴 web01/cpu is CRITICAL",
        "🔴 web01/cpu is CRITICAL",
        "🔴 web01/cpu is ACKNOWLEDGED",
        "🔴 web01/cpu is ACKNOWLEDGED",
        "🔵 web01/cpu: FLAPPING ENDED",
        "🟢 web01/cpu is RESOLVED",
    ]
    head, *replies = chat_server.slack.messages
    assert kinds(head).count("context") == 1
    assert [reply.thread_ts for reply in replies] == [head.ts] * 6
    assert "jane: a disk is ordered" in repr(replies[3].blocks)


def test_everybody_is_called_when_it_becomes_critical_and_not_again(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    channel = bot(chat_server, event, templates, alert_on_critical=True)
    warning = event._replace(state=State.WARNING, status=1)
    reference = channel.send(Notification(warning)).reference
    for _ in range(2):
        reference = channel.follow(Notification(event), reference).reference
    called = ["<!channel>" in repr(message.blocks) for message in chat_server.slack.messages]
    assert called == [False, True, False]


@pytest.mark.parametrize("method", ["chat.update", "chat.postMessage"])
@pytest.mark.parametrize(
    "error",
    [
        "message_not_found",
        "edit_window_closed",
        "cant_update_message",
        "invalid_blocks",
        "channel_not_found",
        "is_inactive",
        "update_failed",
        "msg_too_long",
        "cannot_reply_to_message",
    ],
)
def test_a_resolve_is_never_lost(
    chat_server: chat.Chat,
    event: Event,
    resolve: Event,
    templates: Templates,
    error: str,
    method: str,
) -> None:
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event))
    chat_server.refused_once[f"/api/{method}"] = json_reply(200, {"ok": False, "error": error})
    channel.follow(Notification(resolve), receipt.reference)
    assert "web01/cpu is RESOLVED" in chat_server.slack.messages[-1].text
    assert len(chat_server.slack.messages) == 2


def test_a_head_that_can_be_changed_later_is_waited_for(
    chat_server: chat.Chat, event: Event, resolve: Event, templates: Templates
) -> None:
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event))
    chat_server.broken["/api/chat.update"] = None
    with pytest.raises(TemporaryError) as caught:
        channel.follow(Notification(resolve), receipt.reference)
    assert not caught.value.unknown, "a change tells nobody, so it is no repeat"


def test_a_late_picture_does_not_make_a_problem_of_what_is_over(
    chat_server: chat.Chat, event: Event, resolve: Event, templates: Templates
) -> None:
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event, (PANEL._replace(problem="still rendering"),)))
    over = channel.follow(Notification(resolve), receipt.reference)
    changed = channel.add_pictures(receipt, Notification(event, (UPLOADED,)), over.reference)
    head = chat_server.slack.messages[0]
    assert header(head).startswith("🟢")
    assert kinds(head) == ["header", "context", "section", "image", "section"]
    assert Head.parse(changed.reference).blocks == list(head.blocks)


def test_a_reference_that_was_cut_still_leads_to_the_thread(
    chat_server: chat.Chat, event: Event, resolve: Event, templates: Templates
) -> None:
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event))
    channel.follow(Notification(resolve), receipt.reference[:200])
    head, reply = chat_server.slack.messages
    assert not head.edited
    assert reply.thread_ts == head.ts
