from typing import Any

import pytest

from grafherald.chat.settings import BotSettings, RenderDefaults
from grafherald.errors import ConfigError
from grafherald.settings import Settings


def test_the_grafana_of_the_alerts_is_the_default() -> None:
    chat = {"grafanas": {"prod": {"url": "https://prod.example.com/", "org_id": 2}}}

    settings = BotSettings.of(
        Settings.of(
            {"chat": chat, "grafana": {"url": "https://example.com/grafana/", "token": "t"}}
        )
    )

    assert list(settings.grafanas) == ["default", "prod"]
    assert settings.grafanas["default"].url == "https://example.com/grafana"
    assert settings.grafanas["prod"].url == "https://prod.example.com"
    assert settings.grafanas["prod"].org_id == 2


def test_a_room_has_the_look_of_all_but_for_its_own() -> None:
    chat = {"width": 800, "api_endpoint": "d", "rooms": {"#Ops": {"from": "now-1h", "tz": "UTC"}}}

    settings = BotSettings.of(
        Settings.of({"chat": chat, "graph": {"from": "now-2h", "to": "now-1m", "wait": 10}})
    )

    assert settings.look == RenderDefaults(
        "now-2h", "now-1m", {"width": "800", "height": "500", "apiEndpoint": "d"}
    )
    assert settings.rooms["ops"].look == RenderDefaults(
        "now-1h", "now-1m", {"width": "800", "height": "500", "apiEndpoint": "d", "tz": "UTC"}
    )


@pytest.mark.parametrize(
    ("chat", "grafana", "key"),
    [
        ({"rooms": {"#ops": {"grafana": "x"}}}, {}, r"chat\.rooms\.#ops\.grafana.*'x'"),
        ({"grafanas": {"a": {"url": "example.com"}}}, {}, r"chat\.grafanas\.a\.url"),
        ({}, {"url": "https://me:secret@example.com"}, r"grafana\.url"),
    ],
)
def test_a_wrong_setting_is_named(chat: Any, grafana: Any, key: str) -> None:
    with pytest.raises(ConfigError, match=key) as raised:
        BotSettings.of(Settings.of({"chat": chat, "grafana": grafana}))

    assert "secret" not in str(raised.value)


def test_no_secret_is_shown() -> None:
    chat: dict[str, Any] = {
        "grafanas": {"a": {"url": "https://example.com", "token": "hidden1"}},
        "slack": {"signing_secret": "hidden2", "token": "hidden3", "app_token": "hidden4"},
        "hipchat": {"token": "hidden5"},
        "query": {"token": "hidden6"},
    }

    assert "hidden" not in repr(BotSettings.of(Settings.of({"chat": chat})))
