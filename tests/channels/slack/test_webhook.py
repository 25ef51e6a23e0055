"""Slack by webhook: blocks, and an alert that outlives its picture."""

from __future__ import annotations

import re
from typing import Any

import pytest

from grafherald.channels import slack
from grafherald.demo.standins import chat
from grafherald.demo.standins.wire import StandInReply
from grafherald.errors import ConfigError, PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from ..conftest import HOOK, PANEL, PUBLIC


def webhook(server: chat.Chat, event: Event, templates: Templates, **more: Any) -> Any:
    settings = {"webhook_url": server.webhook_url, **more}
    return slack.open_channels("chat", settings, event, templates)[0]


def kinds(message: Any) -> list[str]:
    return [block["type"] for block in message.blocks]


def test_state_and_output_come_first_then_the_picture(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    assert webhook(chat_server, event, templates).send(notification).text == "ok"
    [message] = chat_server.slack.messages
    assert message.text == "🔴 web01/cpu is CRITICAL: CheckCPU CRITICAL: 97 % used"
    assert kinds(message) == ["header", "section", "image", "section"]
    header, output, image, more = message.blocks
    assert header["text"]["text"] == "🔴 web01/cpu is CRITICAL"
    assert output["text"]["text"] == "```\nCheckCPU CRITICAL: 97 % used\n```"
    assert image["image_url"] == PUBLIC
    assert "*Address* 10.1.2.3\n" in more["text"]["text"]
    assert "<https://wiki.example.com/cpu|Runbook>" in more["text"]["text"]


def test_what_a_check_prints_calls_nobody_and_hides_no_address(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    hostile = "<!channel> ```<@U0AAAAAAA> <https://evil.example|Runbook>``` & more"
    loud = event._replace(output=hostile, long_output=hostile)
    webhook(chat_server, event, templates).send(Notification(loud))
    [message] = chat_server.slack.messages
    shown = message.blocks[1]["text"]
    assert shown["verbatim"] is True
    assert shown["text"].count("```") == 2
    assert "&lt;!channel&gt;" in shown["text"]
    assert re.findall("<[^>]*>", shown["text"]) == ["<https://evil.example>"] * 2
    assert "<" not in message.text


def test_a_picture_that_slack_cannot_fetch_costs_the_picture_alone(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    chat_server.slack.unreachable = "https://grafana.example.com/"
    webhook(chat_server, event, templates).send(notification)
    [message] = chat_server.slack.messages
    assert kinds(message) == ["header", "section", "section"]
    more = message.blocks[-1]["text"]["text"]
    assert more.startswith("graph: Slack could not fetch the picture · <https://grafana.example")


def test_a_missing_picture_says_why(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    missing = Notification(event, (PANEL._replace(problem="Grafana answered 401"),))
    webhook(chat_server, event, templates).send(missing)
    more = chat_server.slack.messages[0].blocks[-1]["text"]["text"]
    assert more.startswith("graph: Grafana answered 401 · <https://grafana.example.com/d/cpu")


def test_everybody_is_called_for_a_critical_problem_when_asked_to(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = webhook(chat_server, event, templates, alert_on_critical=True)
    warning = notification._replace(event=event._replace(state=event.state.WARNING, status=1))
    channel.send(notification)
    channel.send(warning)
    called = ["<!channel>" in str(message.blocks) for message in chat_server.slack.messages]
    assert called == [True, False]


def test_older_webhooks_get_channel_and_sender(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    named = event._replace(attributes={"slack_channel": ("#db",)})
    channel = webhook(chat_server, named, templates, channel="#ops", username="herald")
    assert channel.recipient == "#db"
    body = channel.payload(notification)
    assert (body["channel"], body["username"]) == ("#db", "herald")


def test_its_recipient_tells_no_secret(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    assert webhook(chat_server, event, templates).recipient == "127.0.0.1"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (StandInReply(404, b"no_service"), PermanentError),
        (StandInReply(410, b"channel_is_archived"), PermanentError),
        (StandInReply(400, b"no_text"), PermanentError),
        (StandInReply(429, b"rate_limited", {"Retry-After": "1"}), TemporaryError),
        (StandInReply(200, b'{"ok": false}'), TemporaryError),
    ],
)
def test_its_own_words_are_said(
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    notification: Notification,
    reply: StandInReply,
    error: type[Exception],
) -> None:
    chat_server.failures.append(reply)
    words = reply.body.decode().replace("{", r"\{")
    with pytest.raises(error, match=words):
        webhook(chat_server, event, templates).send(notification)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "channels.chat: needs a webhook_url, or a token and a channel"),
        ({"webhook_url": "hooks.slack.com/s3cret"}, "channels.chat.webhook_url: expected an http"),
        ({"token": "xoxb s3cret"}, "channels.chat.token: holds blanks"),
        ({"token": "xoxb", "url": "slack"}, "channels.chat.url: expected an http"),
    ],
)
def test_a_wrong_setting_is_named_not_shown(
    event: Event, templates: Templates, settings: dict[str, str], text: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{text}") as caught:
        slack.open_channels("chat", settings, event, templates)
    assert "s3cret" not in str(caught.value)


MATTERMOST = "/hooks/xen8hr6m3j8p3ypq4srz3bxc3h"
ROCKET_CHAT = "/hooks/5f0c8d2b1a/kq8Zs3cretW3bh00kS3cr3t"


@pytest.mark.parametrize(
    ("path", "style"),
    [
        (MATTERMOST, "attachments"),
        (f"/chat{MATTERMOST}", "attachments"),
        (ROCKET_CHAT, "attachments"),
        (HOOK, "blocks"),
        ("/slack/contacts", "blocks"),
    ],
)
def test_the_webhooks_address_tells_what_the_server_shows(
    event: Event, templates: Templates, notification: Notification, path: str, style: str
) -> None:
    def body(**more: Any) -> dict[str, Any]:
        settings = {"webhook_url": f"https://chat.example.com{path}", **more}
        found = slack.open_channels("chat", settings, event, templates)[0].payload(notification)
        return dict(found)

    assert style in body()
    assert "attachments" in body(style="attachments")
    assert "blocks" in body(style="blocks")


def test_an_attachment_has_colour_fallback_picture_and_links(
    event: Event, templates: Templates
) -> None:
    graphs = (PANEL._replace(image_url=PUBLIC), PANEL._replace(image_url=f"{PUBLIC}?2"))
    settings = {"webhook_url": f"https://chat.example.com{MATTERMOST}", "channel": "ops"}
    [channel] = slack.open_channels("chat", settings, event, templates)
    body = channel.payload(Notification(event, graphs))
    first, second = body["attachments"]
    assert body["channel"] == "ops"
    assert first["color"] == "#b3261e"
    assert first["fallback"].startswith("🔴 web01/cpu is CRITICAL: ")
    assert first["title"] == "web01/cpu is CRITICAL"
    assert first["image_url"] == PUBLIC
    assert "<https://wiki.example.com/cpu|Runbook>" in first["text"]
    assert {"title": "Address", "value": "10.1.2.3", "short": True} in first["fields"]
    assert second["image_url"] == f"{PUBLIC}?2"


def test_a_server_that_refuses_blocks_gets_attachments_then_text(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    refusals = [StandInReply(400, b"invalid_payload")] * 2
    chat_server.failures += refusals
    settings = {"webhook_url": f"{chat_server.url}/integrations/1"}
    with pytest.raises(TemporaryError, match="unknown_method"):
        slack.open_channels("chat", settings, event, templates)[0].send(Notification(event))
    sent = [sorted(request.fields) for request in chat_server.requests]
    assert sent == [["blocks", "text"], ["attachments"], ["text"]]


def test_slack_itself_gets_text_alone_last(
    chat_server: chat.Chat, event: Event, templates: Templates
) -> None:
    chat_server.failures.append(StandInReply(400, b"invalid_blocks"))
    webhook(chat_server, event, templates).send(Notification(event))
    [message] = chat_server.slack.messages
    assert message.blocks == ()
    assert "97 % used" in message.text
