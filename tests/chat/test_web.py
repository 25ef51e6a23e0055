from typing import Any

import flask
import pytest

from grafherald.chat.bot import Bot
from grafherald.chat.settings import BotSettings
from grafherald.chat.web import blueprint
from grafherald.settings import Settings

ALL: dict[str, Any] = {
    "slack": {"signing_secret": "s"},
    "hipchat": {"token": "h"},
    "query": {"token": "q"},
}


def client(chat: dict[str, Any]) -> Any:
    app = flask.Flask(__name__)
    app.register_blueprint(blueprint(Bot(BotSettings.of(Settings.of({"chat": chat})), {})))
    return app.test_client()


@pytest.mark.parametrize("name", ["slack", "hipchat", "query"])
def test_a_route_is_there_when_it_has_its_secret(name: str) -> None:
    assert client({}).post(f"/chat/{name}").status_code == 404
    assert client({name: ALL[name]}).post(f"/chat/{name}").status_code == 401
    assert client(ALL).get(f"/chat/{name}").status_code == 405


def test_a_question_goes_in_and_replies_come_out() -> None:
    answer = client(ALL).post(
        "/chat/query", json={"text": "help"}, headers={"Authorization": "Bearer q"}
    )

    assert answer.status_code == 200
    assert "graf list" in answer.json[0]["text"]


def test_the_token_of_hipchat_stands_in_the_url() -> None:
    body = {"item": {"message": {"message": "/graf help"}}}

    answer = client(ALL).post("/chat/hipchat?token=h", json=body)

    assert "graf list" in answer.json["message"]


def test_a_body_has_an_end() -> None:
    answer = client(ALL).post("/chat/query", data=b"x" * 70_000)

    assert answer.status_code == 413
