"""Slack by token: what a Web API refuses, and pictures that it uploads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grafherald.channels import slack
from grafherald.demo.standins import chat
from grafherald.demo.standins.wire import Reply, json_reply
from grafherald.errors import PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from ..conftest import PANEL, PNG, PUBLIC, TOKEN

UPLOADED = replace(PANEL, png=PNG)


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
    assert receipt.reference == f"{message.channel}/{message.ts}"
    assert message.blocks[2]["image_url"] == PUBLIC
    assert paths(chat_server) == ["chat.postMessage"]


def test_a_picture_and_its_text_are_one_message(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    graphs = (UPLOADED, replace(PANEL, problem="Grafana answered 500"), UPLOADED)
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event, graphs))
    [message] = chat_server.slack.messages
    assert kinds(message) == ["header", "section", "section"]
    assert "graph 2: Grafana answered 500" in message.blocks[-1]["text"]["text"]
    files = [chat_server.slack.files[file_id] for file_id in message.files]
    assert [file.title for file in files] == [
        "Graph 1 of 3 of web01/cpu",
        "Graph 3 of 3 of web01/cpu",
    ]
    assert all(file.content == PNG for file in files)
    assert receipt.reference == f"C0123456789/{message.ts}"


def test_a_channel_by_name_gets_the_picture_inside_the_message(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    receipt = bot(chat_server, event, templates, channel="#ops").send(
        Notification(event, (UPLOADED,))
    )
    [message] = chat_server.slack.messages
    assert kinds(message) == ["header", "section", "image", "section"]
    assert message.blocks[2]["slack_file"]["id"] in chat_server.slack.files
    assert receipt.reference == f"{message.channel}/{message.ts}"


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
        (Reply(500, b"oops"), "answered 500: oops"),
        (Reply(429, b"", {"Retry-After": "30"}), "answered 429"),
        (None, "closed the connection"),
        (json_reply(200, {"ok": True}), "gave no address to upload to"),
    ],
)
def test_an_upload_that_fails_costs_the_picture_alone(
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    failure: Reply | None,
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
        ("msg_blocks_too_long", PermanentError, "msg_blocks_too_long"),
        ("ratelimited", TemporaryError, "ratelimited"),
        ("internal_error", TemporaryError, "internal_error"),
        ("fatal_error", TemporaryError, "fatal_error"),
        (f"no {TOKEN}", PermanentError, r"no \*\*\*"),
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
    receipt = channel.send(Notification(event, (replace(PANEL, problem="still rendering"),)))
    channel.add_pictures(receipt, Notification(event, (UPLOADED,)))
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
    channel.add_pictures(receipt, notification)
    [message, answer] = chat_server.slack.messages
    assert (answer.channel, answer.thread_ts) == (message.channel, message.ts)
    assert [block["image_url"] for block in answer.blocks] == [PUBLIC]
    with pytest.raises(PermanentError, match="edit_window_closed"):
        channel.add_pictures(receipt, Notification(event, (replace(PANEL, problem="no"),)))


def test_a_late_picture_that_slack_cannot_show_is_explained(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = bot(chat_server, event, templates)
    receipt = channel.send(Notification(event, (PANEL,)))
    chat_server.slack.unreachable = PUBLIC
    channel.add_pictures(receipt, notification)
    [message] = chat_server.slack.messages
    assert "graph: Slack could not show the picture" in message.blocks[-1]["text"]["text"]
