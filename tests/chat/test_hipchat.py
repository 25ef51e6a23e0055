import json
from typing import Any

import pytest

from grafherald.chat.answers import Reply, no_picture, picture
from grafherald.chat.bot import Bot
from grafherald.chat.hipchat import HipChatWebhook, notification
from grafherald.chat.settings import BotSettings
from grafherald.settings import Settings

LINK = "https://grafana.example.com/d/web/?viewPanel=1&from=now-6h"


def webhook(message: str, user: int = 42) -> bytes:
    item = {
        "message": {
            "from": {"id": user, "mention_name": "ann", "name": "Ann"},
            "message": message,
            "type": "message",
        },
        "room": {"id": 1234567, "name": "Ops"},
    }
    return json.dumps({"event": "room_message", "item": item}).encode()


@pytest.fixture
def hipchat(grafana: Any) -> HipChatWebhook:
    """HipChat's side of a bot that may be asked in Ops by user 42."""
    grafana.has("/api/search", [{"uid": "web", "title": "<b>Web</b>"}])
    chat = {"rooms": {"Ops": {}}, "users": ["42"]}
    return HipChatWebhook(
        Bot(BotSettings.of(Settings.of({"chat": chat, "grafana": {"url": grafana.url}})), {}),
        "secret",
    )


def test_the_answer_is_a_notification_for_the_room(hipchat: HipChatWebhook) -> None:
    status, fields, body = hipchat.handle({"token": "secret"}, webhook("/graf list"))

    assert (status, fields) == (200, {"Content-Type": "application/json"})
    assert json.loads(body) == {
        "color": "green",
        "message": "Available dashboards:<br>- web: &lt;b&gt;Web&lt;/b&gt;",
        "message_format": "html",
        "notify": False,
    }


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ({}, webhook("list"), 401),
        ({"token": "other"}, webhook("list"), 401),
        ({"token": "secret"}, b"{}", 400),
        ({"token": "secret"}, b"{", 400),
        ({"token": "secret"}, b'{"item": {"message": "list"}}', 400),
    ],
)
def test_what_is_no_webhook_of_ours_is_refused(
    hipchat: HipChatWebhook, query: dict[str, str], body: bytes, status: int
) -> None:
    assert hipchat.handle(query, body)[0] == status


def test_a_refusal_is_red(hipchat: HipChatWebhook) -> None:
    answer = json.loads(hipchat.handle({"token": "secret"}, webhook("list", user=7))[2])

    assert answer["color"] == "red"
    assert answer["message"].startswith("I do not answer you.")


def test_a_panel_shows_title_link_and_picture() -> None:
    public = picture("a & b", "https://example.com/1.png", LINK, public=True)
    link = LINK.replace("&", "&amp;")

    assert notification([public], failed=False)["message"] == (
        f'<a href="{link}">a &amp; b</a><br>'
        f'<a href="{link}"><img src="https://example.com/1.png"></a>'
    )


def test_a_panel_without_a_public_picture_says_why() -> None:
    message = str(notification([no_picture("", "half a picture", LINK)], failed=False)["message"])

    assert "<img" not in message
    assert "[half a picture]" in message
    assert ">Panel</a>" in message


def test_what_does_not_fit_is_counted() -> None:
    message = str(notification([Reply("x" * 3000)] * 9, failed=False)["message"])

    assert len(message) <= 10_000
    assert message.endswith("<br>(and 6 more)")
