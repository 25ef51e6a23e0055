"""HipChat: rooms, colours, both APIs, and a message that always fits."""

from __future__ import annotations

from typing import Any

import pytest

from grafherald.channels import hipchat
from grafherald.demo.standins import chat
from grafherald.demo.standins.wire import StandInReply
from grafherald.errors import ConfigError, PermanentError, TemporaryError
from grafherald.event import Event, Kind, State
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from .conftest import PANEL, PUBLIC, TOKEN


def room(event: Event, templates: Templates, **settings: Any) -> hipchat.HipChat:
    given = {"token": TOKEN, "room": "ops", **settings}
    return hipchat.TYPE.open("ops", given, event, templates)[0]


@pytest.mark.parametrize(
    ("changes", "colour", "notify"),
    [
        ({}, "red", True),
        ({"state": State.WARNING, "status": 1}, "yellow", True),
        ({"state": State.UNKNOWN, "status": 127}, "red", True),
        ({"kind": Kind.RESOLVE, "state": State.OK, "status": 0}, "green", False),
        ({"kind": Kind.FLAPPING}, "yellow", True),
        ({"kind": Kind.ACKNOWLEDGEMENT}, "gray", False),
    ],
)
def test_the_colour_follows_the_state(
    event: Event, templates: Templates, changes: dict[str, Any], colour: str, notify: bool
) -> None:
    body = room(event, templates).payload(Notification(event._replace(**changes)))
    assert (body["color"], body["notify"]) == (colour, notify)


def test_colours_and_calls_can_be_set(
    event: Event, templates: Templates, notification: Notification
) -> None:
    channel = room(event, templates, colors={"critical": "purple"}, notify=False)
    body = channel.payload(notification)
    assert (body["color"], body["notify"]) == ("purple", False)


def test_rooms_of_annotation_then_event_then_settings(event: Event, templates: Templates) -> None:
    settings = {"token": TOKEN, "room": ["ops", "dev", "ops"]}
    named = event._replace(attributes={"hipchat_room": ("db",)})
    overridden = named._replace(overrides={"room": "a, b"})

    def rooms(of: Event) -> list[str]:
        return [c.recipient for c in hipchat.TYPE.open("ops", settings, of, templates)]

    assert (rooms(event), rooms(named), rooms(overridden)) == (["ops", "dev"], ["db"], ["a", "b"])


def test_v2_shows_message_and_linked_picture(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = room(event, templates, url=chat_server.url, room="ops & dev/1")
    assert channel.send(notification).text == "204"
    [message] = chat_server.hipchat.messages
    assert (message.room, message.format) == ("ops & dev/1", "html")
    assert message.text.startswith("<b>web01/cpu is CRITICAL</b><br>\n<pre>CheckCPU CRITICAL")
    assert f'<a href="{PANEL.link.replace("&", "&amp;")}"><img src="{PUBLIC}"' in message.text
    [request] = chat_server.requests
    assert request.bearer == TOKEN
    assert request.path == "/v2/room/ops%20%26%20dev%2F1/notification"


def test_v1_is_a_form_with_a_short_sender(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = room(event, templates, url=chat_server.url, api="v1", **{"from": "Gräfherald (test)"})
    channel.send(notification)
    [message] = chat_server.hipchat.messages
    assert (message.room, message.sender, message.notify) == ("ops", "Gr-fherald -te", True)
    [request] = chat_server.requests
    assert dict(request.query) == {"format": "json", "auth_token": TOKEN}


def test_a_message_as_text_calls_nobody(event: Event, templates: Templates) -> None:
    shouting = Notification(event._replace(output="@all see mail@example.com"))
    body = room(event, templates, message_format="text").payload(shouting)
    assert body["message_format"] == "text"
    assert "@\u200ball see mail@\u200bexample.com" in body["message"]


def test_a_missing_picture_says_why_and_links_the_panel(event: Event, templates: Templates) -> None:
    missing = Notification(event, (PANEL._replace(problem="Grafana answered <401>"),))
    message = room(event, templates).payload(missing)["message"]
    assert "graph: Grafana answered &lt;401&gt; · <a href=" in message
    assert "<img" not in message


def test_in_place_of_a_template_of_the_users_that_is_too_long_ours_is_sent(
    event: Event, templates: Templates, tmp_path: Any, notification: Notification
) -> None:
    (tmp_path / "hipchat").mkdir()
    (tmp_path / "hipchat/message.html").write_text("{{ 'x' * 10001 }}")
    warnings: list[str] = []
    body = room(event, Templates(tmp_path, warnings.append)).payload(notification)
    assert body == room(event, templates).payload(notification)
    (said,) = warnings
    assert (
        said
        == f"template {tmp_path}/hipchat/message.html: gives more than 10,000 characters; used ours"
    )


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_no_room_no_request(
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    notification: Notification,
    name: str,
) -> None:
    with pytest.raises(PermanentError, match="no room"):
        room(event, templates, url=chat_server.url, room=name).send(notification)
    assert not chat_server.requests


@pytest.mark.parametrize(
    ("settings", "key"),
    [({"token": ""}, "token"), ({"token": "two\nlines"}, "token"), ({"url": "ops"}, "url")],
)
def test_a_wrong_setting_is_named_not_shown(
    event: Event, templates: Templates, settings: dict[str, str], key: str
) -> None:
    with pytest.raises(ConfigError, match=rf"^channels\.ops\.{key}: ") as caught:
        room(event, templates, **settings)
    assert "two" not in str(caught.value)


def test_v1_says_403_when_the_rate_is_meant(
    chat_server: chat.Chat, event: Event, templates: Templates, notification: Notification
) -> None:
    limited = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795230090"}
    limited |= {"Date": "Sat, 21 Nov 2026 03:00:30 GMT"}
    chat_server.failures.append(StandInReply(403, b"", limited))
    channel = room(event, templates, url=chat_server.url, api="v1")
    with pytest.raises(TemporaryError, match="rate limit") as caught:
        channel.send(notification)
    assert caught.value.retry_after == 60


def test_text_shows_the_pictures_address_on_a_line_of_its_own(
    event: Event, templates: Templates, notification: Notification
) -> None:
    text = room(event, templates, message_format="text").payload(notification)["message"]
    assert PUBLIC in text.splitlines()
