import json
from typing import Any

import pytest

from grafherald.chat.bot import Bot
from grafherald.chat.http import QueryRoute
from grafherald.chat.settings import BotSettings
from grafherald.settings import Settings

ASKED = b'{"text": "hubot graf list", "room": "ops", "user": "ann"}'


@pytest.fixture
def query(grafana: Any) -> QueryRoute:
    grafana.has("/api/search", [{"uid": "web", "title": "Web"}])
    chat = {"rooms": {"#ops": {}}, "users": ["ann"]}
    return QueryRoute(
        Bot(BotSettings.of(Settings.of({"chat": chat, "grafana": {"url": grafana.url}})), {}),
        "secret",
    )


def test_the_answer_is_a_list_of_replies(query: QueryRoute) -> None:
    status, fields, body = query.handle({"authorization": "Bearer secret"}, ASKED)

    assert (status, fields) == (200, {"Content-Type": "application/json"})
    assert json.loads(body) == [
        {"title": "", "image_url": "", "link": "", "text": "Available dashboards:\n- web: Web"}
    ]


def test_room_and_user_count(query: QueryRoute) -> None:
    asked = ASKED.replace(b"ann", b"eve")

    assert b"I do not answer you." in query.handle({"authorization": "Bearer secret"}, asked)[2]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, ASKED, 401),
        ({"authorization": "Bearer other"}, ASKED, 401),
        ({"authorization": "Basic secret"}, ASKED, 401),
        ({"authorization": "Bearer "}, ASKED, 401),
        ({"authorization": "bearer secret"}, ASKED, 200),
        ({"authorization": "Bearer secret"}, b"{}", 400),
        ({"authorization": "Bearer secret"}, b"\xff", 400),
        ({"authorization": "Bearer secret"}, b'["text"]', 400),
        ({"authorization": "Bearer secret"}, b'{"text": 3}', 400),
        ({"authorization": "Bearer secret"}, b'{"text": "list", "room": {}}', 400),
    ],
)
def test_a_request_is_checked(
    query: QueryRoute, headers: dict[str, str], body: bytes, status: int
) -> None:
    assert query.handle(headers, body)[0] == status


def test_without_a_token_nobody_is_answered(query: QueryRoute) -> None:
    closed = QueryRoute(query._bot, "")

    assert closed.handle({"authorization": "Bearer "}, ASKED)[0] == 401
