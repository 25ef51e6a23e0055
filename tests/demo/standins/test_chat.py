"""The stand-ins refuse what HipChat and Slack refuse; else a green test says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from grafherald.demo.standins import chat
from grafherald.demo.standins.blocks import problem
from grafherald.demo.standins.hipchat import markup_problem

TOKEN = "t0ken"
AUTH = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def server() -> Iterator[chat.Chat]:
    with chat.running(TOKEN) as running:
        yield running


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "message: 1 to 10000"),
        ({"message": "x" * 10_001}, "message: 1 to 10000"),
        ({"message": "x", "color": "blue"}, "color: one of"),
        ({"message": "x", "message_format": "markdown"}, "message_format"),
        ({"message": "x", "notify": "yes"}, "notify"),
        ({"message": "<script>x</script>"}, "<script > is not allowed"),
    ],
)
def test_hipchat_refuses(server: chat.Chat, body: dict[str, Any], words: str) -> None:
    url = f"{server.url}/v2/room/ops/notification"
    answer = requests.post(url, json=body, headers=AUTH, timeout=5)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert not server.hipchat.messages


def test_hipchat_knows_its_token_and_its_rooms(server: chat.Chat) -> None:
    server.hipchat.known = ("ops",)
    for path in ("/v2/room/ops", "/v2/room/ops/notification", "/v1/rooms/message"):
        assert requests.post(server.url + path, json={"message": "x"}, timeout=5).status_code == 401
    assert requests.get(f"{server.url}/v2/room/ops", headers=AUTH, timeout=5).ok
    gone = requests.get(f"{server.url}/v2/room/dev", headers=AUTH, timeout=5)
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ("<b>x</b><br><pre>y</pre>", ""),
        ('<a href="https://x"><img src="https://y" alt="z" width="1"></a>', ""),
        ('<a onclick="x">y</a>', "<a onclick> is not allowed"),
        ("<b>x", "<b> is not closed"),
        ("<b><i>x</b></i>", "</b> closes nothing"),
    ],
)
def test_hipchats_markup(html: str, wrong: str) -> None:
    assert markup_problem(html) == wrong


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([section("x")] * 51, "50 blocks"),
        ([section("x" * 2900)] * 4, "msg_blocks_too_long"),
        ([section("x" * 3001)], "1 to 3000"),
        ([section("")], "1 to 3000"),
        ([section("a < b")], "unescaped"),
        ([section("a & b")], "unescaped"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "1 to 150"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "plain_text"),
        ([{"type": "image", "alt_text": "x"}], "an image_url or a slack_file"),
        ([{"type": "image", "image_url": "https://x", "alt_text": ""}], "alt_text"),
        ([{"type": "video"}], "unsupported type"),
        ([section("<https://x|label> &amp; &lt;b&gt;")], ""),
    ],
)
def test_slacks_limits(blocks: list[dict[str, Any]], words: str) -> None:
    found = problem(blocks)
    assert words in found
    assert bool(found) is bool(words)


def test_slack_limits_the_rate_of_a_channel(server: chat.Chat) -> None:
    server.slack.interval = 60
    url = f"{server.url}/api/chat.postMessage"
    answers = [
        requests.post(url, json={"channel": to, "text": "x"}, headers=AUTH, timeout=5)
        for to in ("#ops", "#ops", "#dev")
    ]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[1].headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("chat.postMessage", {"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "#old", "text": "x"}, "is_archived"),
        ("chat.postMessage", {"channel": "#ops"}, "no_text"),
        ("chat.update", {"channel": "C0OPS", "ts": "1.2", "text": "x"}, "message_not_found"),
        ("files.getUploadURLExternal", {"filename": "x"}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": [{"id": "F1"}]}, "file_not_found"),
        ("files.info", {"file": "F1"}, "file_not_found"),
        ("chat.delete", {}, "unknown_method"),
    ],
)
def test_slack_says_no_with_status_200(
    server: chat.Chat, path: str, body: dict[str, Any], error: str
) -> None:
    server.slack.channels = {"ops": "C0OPS", "old": "C0OLD"}
    server.slack.archived = ("old",)
    answer = requests.post(f"{server.url}/api/{path}", json=body, headers=AUTH, timeout=5)
    assert answer.status_code == 200
    assert answer.json() == {"ok": False, "error": error}


def test_slack_updates_a_message(server: chat.Chat) -> None:
    api = f"{server.url}/api"
    post = {"channel": "#ops", "text": "x"}
    sent = requests.post(f"{api}/chat.postMessage", json=post, headers=AUTH, timeout=5).json()
    change = {"channel": sent["channel"], "ts": sent["ts"], "text": "y"}
    assert requests.post(f"{api}/chat.update", json=change, headers=AUTH, timeout=5).json()["ok"]
    [message] = server.slack.messages
    assert (message.text, message.edited) == ("y", True)


def test_slack_knows_its_token(server: chat.Chat) -> None:
    url = f"{server.url}/api/auth.test"
    wrong = {"Authorization": "Bearer other"}
    assert requests.post(url, timeout=5).json()["error"] == "not_authed"
    assert requests.post(url, headers=wrong, timeout=5).json()["error"] == "invalid_auth"
    assert requests.post(url, headers=AUTH, timeout=5).json()["ok"]


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/services/T/B/other", b'{"text": "x"}', 404, "no_service"),
        ("", b"not json", 400, "invalid_payload"),
        ("", b'{"channel": "#ops"}', 400, "no_text"),
        ("", b'{"text": "x", "channel": "#old"}', 410, "channel_is_archived"),
        ("", b'{"text": "x"}', 200, "ok"),
    ],
)
def test_a_webhook_answers_in_plain_words(
    server: chat.Chat, path: str, body: bytes, status: int, words: str
) -> None:
    server.slack.archived = ("old",)
    url = server.url + path if path else server.webhook_url
    headers = {"Content-Type": "application/json"}
    answer = requests.post(url, data=body, headers=headers, timeout=5)
    assert (answer.status_code, answer.text) == (status, words)
