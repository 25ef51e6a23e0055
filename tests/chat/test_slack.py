import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from grafherald.chat import illustrate
from grafherald.chat.answers import Reply, no_picture, picture
from grafherald.chat.bot import Bot
from grafherald.chat.settings import BotSettings
from grafherald.chat.slack import SlackApp, messages
from grafherald.drawing.scene import Scene
from grafherald.images import Picture
from grafherald.settings import Settings
from grafherald.settings.served import ChatSlackSettings

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1531420618
LINK = "https://grafana.example.com/d/web/?viewPanel=1"


class Later:
    """Keeps what is to be done after the acknowledgement until a test does it."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def __call__(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)

    def do(self) -> None:
        for job in self.jobs:
            job()
        self.jobs.clear()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def slack(grafana: Any, slack_api: Any, later: Later) -> SlackApp:
    """Slack's side of a bot that may be asked in #ops by U1."""
    grafana.has("/api/search", [{"uid": "web", "title": "Web <1>"}])
    slack_api.has("/chat.postMessage", {"ok": True}, method="POST")
    slack_api.has("/commands/1234/5678", b"ok", method="POST")
    chat = {
        "rooms": {"#ops": {}, "C1": {}},
        "users": ["U1"],
        "slack": {"signing_secret": SECRET, "token": "xoxb-1"},
    }
    bot = Bot(BotSettings.of(Settings.of({"chat": chat, "grafana": {"url": grafana.url}})), {})
    return SlackApp(bot, bot.settings.slack, later, clock=lambda: NOW, api=slack_api.url)


def signed(body: bytes, kind: str, at: int = NOW, secret: str = SECRET) -> dict[str, str]:
    text = f"v0:{at}:".encode() + body
    digest = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return {
        "content-type": kind,
        "x-slack-request-timestamp": str(at),
        "x-slack-signature": f"v0={digest}",
    }


def command(slack: SlackApp, slack_api: Any, text: str, **changes: str) -> tuple[int, bytes]:
    form = {
        "command": "/graf",
        "text": text,
        "user_id": "U1",
        "channel_id": "C9",
        "channel_name": "ops",
        "response_url": f"{slack_api.url}/commands/1234/5678",
        **changes,
    }
    body = urlencode(form).encode()
    status, _, content = slack.handle(signed(body, "application/x-www-form-urlencoded"), body)
    return status, content


def event(slack: SlackApp, **changes: Any) -> int:
    content = {
        "type": "event_callback",
        "event_id": "Ev1",
        "event": {
            "type": "app_mention",
            "user": "U1",
            "channel": "C1",
            "ts": "1.2",
            "text": "<@U0BOT> graf list",
            **changes,
        },
    }
    body = json.dumps(content).encode()
    return slack.handle(signed(body, "application/json"), body)[0]


def said(slack_api: Any) -> list[dict[str, Any]]:
    return [json.loads(asked.body) for asked in slack_api.requests]


def test_panels_that_are_ready_come_before_the_others(
    grafana: Any, slack_api: Any, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Uneven:
        def get(
            self, render_url: str, seconds: float, *, as_bytes: bool, scene: Scene | None = None
        ) -> Picture:
            while "panelId=1&" in render_url and not slack_api.requests:
                grafana.stopped.wait(0.01)
            return Picture("https://pictures.example.com/x.png")

    monkeypatch.setattr(illustrate, "_EVERY", 0.05)
    members = [{"id": n, "title": f"panel {n}"} for n in (1, 2)]
    grafana.has("/api/dashboards/uid/web", {"dashboard": {"panels": members}})
    slack_api.has("/chat.postMessage", {"ok": True}, method="POST")
    slack_api.has("/commands/1234/5678", b"ok", method="POST")
    chat = {"slack": {"signing_secret": SECRET, "token": "xoxb-1"}, "timeout": 10}
    settings = Settings.of({"chat": chat, "grafana": {"url": grafana.url}})
    bot = Bot(BotSettings.of(settings), {"default": Uneven()})
    slack = SlackApp(bot, bot.settings.slack, later, clock=lambda: NOW, api=slack_api.url)

    command(slack, slack_api, "db web")
    event(slack, text="<@U0BOT> graf db web")
    for job in later.jobs:
        slack_api.requests.clear()
        job()
        titles = [[a["title"] for a in message["attachments"]] for message in said(slack_api)]
        assert titles == [["panel 2"], ["panel 1"]]


def test_a_command_is_acknowledged_before_grafana_is_asked(
    slack: SlackApp, grafana: Any, slack_api: Any, later: Later
) -> None:
    status, content = command(slack, slack_api, "list")

    assert (status, json.loads(content)) == (200, {"response_type": "in_channel"})
    assert not grafana.requests

    later.do()

    assert said(slack_api) == [
        {
            "response_type": "in_channel",
            "unfurl_links": False,
            "text": "Available dashboards:\n- web: Web &lt;1&gt;",
        }
    ]
    assert "authorization" not in slack_api.requests[0].headers


def test_a_refusal_is_for_the_one_who_asked(slack: SlackApp, slack_api: Any, later: Later) -> None:
    command(slack, slack_api, "nonsense")
    later.do()

    assert said(slack_api)[0]["response_type"] == "ephemeral"


@pytest.mark.parametrize(
    ("changes", "answered"),
    [
        ({}, True),
        ({"channel_name": "other"}, False),
        ({"channel_name": "other", "channel_id": "C1"}, True),
        ({"user_id": "U2", "user_name": "U1"}, False),
    ],
)
def test_rooms_are_known_by_id_or_name_and_users_by_id(
    slack: SlackApp, slack_api: Any, later: Later, changes: dict[str, str], answered: bool
) -> None:
    command(slack, slack_api, "list", **changes)
    later.do()

    assert ("Available" in said(slack_api)[0]["text"]) is answered


def test_a_mention_is_answered_where_it_was(slack: SlackApp, slack_api: Any, later: Later) -> None:
    assert event(slack) == 200
    later.do()

    (message,) = said(slack_api)
    assert message["channel"] == "C1"
    assert message["text"].startswith("Available dashboards:")
    assert "thread_ts" not in message
    assert slack_api.requests[0].headers["authorization"] == "Bearer xoxb-1"


def test_a_mention_in_a_thread_is_answered_there(
    slack: SlackApp, slack_api: Any, later: Later
) -> None:
    event(slack, thread_ts="0.9")
    later.do()

    assert said(slack_api)[0]["thread_ts"] == "0.9"


def test_an_event_that_comes_again_is_answered_once(slack: SlackApp, later: Later) -> None:
    """https://docs.slack.dev/apis/events-api#retries"""
    assert [event(slack), event(slack)] == [200, 200]

    assert len(later.jobs) == 1


def test_an_event_without_an_id_is_no_repetition(slack: SlackApp, later: Later) -> None:
    text = {"type": "message", "channel_type": "im", "user": "U1", "channel": "C1", "text": "list"}
    body = json.dumps({"type": "event_callback", "event": text}).encode()
    for _ in range(2):
        assert slack.handle(signed(body, "application/json"), body)[0] == 200

    assert len(later.jobs) == 2


def test_a_mention_may_stand_behind_the_question(
    slack: SlackApp, grafana: Any, later: Later
) -> None:
    event(slack, text="graf search web01 <@U0BOT>")
    later.do()

    assert "query=web01" in grafana.targets()[0]


@pytest.mark.parametrize(
    ("changes", "jobs"),
    [
        ({"type": "message", "channel_type": "im", "text": "list"}, 1),
        ({"type": "message", "channel_type": "channel"}, 0),
        ({"type": "message", "channel_type": "im", "subtype": "message_changed"}, 0),
        ({"bot_id": "B1"}, 0),
        ({"type": "reaction_added"}, 0),
    ],
)
def test_only_people_who_speak_to_us_are_answered(
    slack: SlackApp, later: Later, changes: dict[str, str], jobs: int
) -> None:
    event(slack, **changes)

    assert len(later.jobs) == jobs


def test_a_name_that_slack_made_a_link_is_read_as_typed(
    slack: SlackApp, grafana: Any, later: Later
) -> None:
    text = "graf search <http://web01.example.com|web01.example.com> &amp; <https://example.com>"
    event(slack, text=f"hey <@U0BOT|graf>: {text}")
    later.do()

    assert "query=web01.example.com+%26+https%3A%2F%2Fexample.com" in grafana.targets()[0]


def test_slack_may_verify_the_url(slack: SlackApp) -> None:
    body = b'{"type": "url_verification", "challenge": "3eZbrw1a"}'

    status, _, content = slack.handle(signed(body, "application/json"), body)

    assert (status, json.loads(content)) == (200, {"challenge": "3eZbrw1a"})


FORM = "application/x-www-form-urlencoded"


def test_slack_may_look_at_our_certificate(slack: SlackApp, later: Later) -> None:
    """https://docs.slack.dev/interactivity/implementing-slash-commands, ``ssl_check``"""
    body = b"ssl_check=1&token=x"

    assert slack.handle(signed(body, FORM), body)[0] == 200
    assert later.jobs == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"text=list", FORM, secret="another"),
        signed(b"text=other", FORM),
        signed(b"text=list", FORM, at=NOW - 301),
        signed(b"text=list", FORM, at=NOW + 301),
        {**signed(b"text=list", FORM), "x-slack-request-timestamp": "now"},
        {**signed(b"text=list", FORM), "x-slack-signature": "v0=é"},
    ],
    ids=["none", "secret", "body", "old", "early", "no time", "no digest"],
)
def test_what_slack_did_not_sign_is_refused(
    slack: SlackApp, later: Later, headers: dict[str, str]
) -> None:
    assert slack.handle(headers, b"text=list")[0] == 401
    assert not later.jobs


def test_without_a_secret_nothing_is_slacks(slack: SlackApp, later: Later) -> None:
    open_to_all = SlackApp(slack._bot, ChatSlackSettings(), later, clock=lambda: NOW)

    assert open_to_all.handle(signed(b"text=list", FORM, secret=""), b"text=list")[0] == 401


@pytest.mark.parametrize(
    "refusal",
    [
        ({"answer": {"ok": False, "error": "expired_url"}, "status": 404}, "expired_url"),
        ({"answer": b"no_text", "status": 400}, "400: no_text"),
    ],
)
def test_what_slack_refuses_is_logged_without_secrets(
    slack: SlackApp, slack_api: Any, later: Later, caplog: Any, refusal: tuple[dict[str, Any], str]
) -> None:
    details, what = refusal
    slack_api.routes.clear()
    slack_api.has("/chat.postMessage", method="POST", **details)
    slack_api.has("/commands/1234/5678", method="POST", **details)

    event(slack)
    command(slack, slack_api, "list")
    later.do()

    assert caplog.text.count(what) == 2
    assert "xoxb-1" not in caplog.text
    assert "5678" not in caplog.text


def test_a_slack_out_of_reach_is_logged_without_secrets(
    slack: SlackApp, unused_tcp_port: int, slack_api: Any, later: Later, caplog: Any
) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/commands/1234/5678"
    command(slack, slack_api, "list", response_url=url)
    later.do()

    assert "refuses connections" in caplog.text
    assert "5678" not in caplog.text


def test_a_panel_is_an_attachment_with_its_picture() -> None:
    reply = picture("a <b>", "https://example.com/1.png", LINK, public=True)

    assert messages([reply]) == [
        {
            "unfurl_links": False,
            "attachments": [
                {
                    "fallback": f"a &lt;b&gt;: https://example.com/1.png - {LINK}",
                    "title": "a &lt;b&gt;",
                    "title_link": LINK,
                    "image_url": "https://example.com/1.png",
                }
            ],
        }
    ]


def test_a_picture_that_slack_can_not_fetch_is_not_given_to_it() -> None:
    hidden = picture("a", "https://grafana.example.com/render/x", LINK, public=False)
    missing = no_picture("b", "Grafana answered 500", LINK)

    shown = messages([hidden, missing])[0]["attachments"]

    assert ["image_url" in each for each in shown] == [False, False]
    assert shown[1]["text"] == f"b - [Grafana answered 500] - {LINK}"


def test_twenty_panels_fit_into_a_message_and_notes_end_the_last() -> None:
    panels = [picture(str(n), "https://example.com/1.png", LINK, public=True) for n in range(25)]

    made = messages([*panels, Reply("25 of 28 panels shown")])

    assert [len(message["attachments"]) for message in made] == [20, 5]
    assert ["text" in message for message in made] == [False, True]


def test_a_text_that_is_too_long_says_what_it_lacks() -> None:
    (message,) = messages([Reply("\n".join(["x" * 99] * 500))])

    assert len(message["text"]) < 40_000
    assert " characters" in message["text"]
