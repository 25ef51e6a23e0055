import json
from typing import Any

import pytest

from grafherald.chat.bot import Asker
from grafherald.chat.composition import bot
from grafherald.errors import ConfigError
from grafherald.settings import Settings

ASKER = Asker("ann", ("#ops",))


def test_each_grafana_has_its_pictures_from_the_service(grafana: Any) -> None:
    dashboard = {"dashboard": {"panels": [{"id": 1, "title": "CPU"}]}}
    for path, token in (("/a", "token-a"), ("/b", "token-b")):
        headers = {"authorization": f"Bearer {token}"}
        grafana.has(f"{path}/api/dashboards/uid/web", dashboard, headers=headers)
        answer = {"pubImg": f"https://pictures.example.com/{token}.png"}
        grafana.has("/grafana-images", answer, method="POST", headers=headers)
    config = Settings.of(
        {
            "grafana": {"url": f"{grafana.url}/a/", "token": "token-a"},
            "images": {"service": f"{grafana.url}/grafana-images"},
            "chat": {"grafanas": {"b": {"url": f"{grafana.url}/b", "token": "token-b"}}},
        }
    )

    asked = bot(config)
    pictures = [
        asked.answer(line, ASKER).replies[0].image_url for line in ("db web", "on b db web")
    ]

    assert pictures == [f"https://pictures.example.com/token-{name}.png" for name in "ab"]
    asked_for = [r for r in grafana.requests if r.target == "/grafana-images"]
    rendered = json.loads(asked_for[-1].body)["imageUrl"]
    assert rendered.startswith(f"{grafana.url}/b/render/d-solo/web/?panelId=1&")


def test_nothing_configured_is_an_answer() -> None:
    replies = bot(Settings()).answer("list", ASKER).replies

    assert replies[0].text == "No Grafana endpoint configured."
    assert "grafana.url" in replies[1].text


def test_a_wrong_setting_is_found_at_the_start() -> None:
    with pytest.raises(ConfigError, match=r"chat\.rooms\.#ops\.grafana"):
        bot(Settings.of({"chat": {"rooms": {"#ops": {"grafana": "nowhere"}}}}))
