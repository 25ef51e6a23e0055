"""Deploys beside an incident: a stand-in that answers as Grafana's annotations do.

https://grafana.com/docs/grafana/latest/developers/http_api/annotations/
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask

from grafherald.grafana.api import GrafanaServer
from grafherald.web.deploys import Deploys

from .conftest import HOSTILE, Api, Told

Make = Callable[..., Flask]
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def annotation(at: datetime, text: Any) -> dict[str, Any]:
    return {"id": 1, "time": int(at.timestamp() * 1000), "text": text, "tags": ["deploy", "web"]}


def test_annotations_of_the_tags_are_asked_for_once_a_minute(api: Api) -> None:
    api.answers = [(200, [annotation(NOW, "<b>web</b> v1.2 &amp; more"), annotation(NOW, "")])]
    deploys = Deploys(GrafanaServer(api.url, "t"), ["deploy", "release"])
    for _ in range(2):
        found = deploys.between(NOW - HOUR, NOW + HOUR)
        assert [(one.at, one.text) for one in found.deploys] == [
            (NOW, "web  v1.2 & more"),
            (NOW, "deploy, web"),
        ]
    ((method, path, login, _),) = api.asked
    assert (method, login) == ("GET", "Bearer t")
    assert parse_qsl(urlsplit(path).query) == [
        ("from", str(int((NOW - HOUR).timestamp() * 1000))),
        ("to", str(int((NOW + HOUR).timestamp() * 1000) + 60_000)),
        ("type", "annotation"),
        ("matchAny", "true"),
        ("limit", "20"),
        ("tags", "deploy"),
        ("tags", "release"),
    ]


@pytest.mark.parametrize(
    "odd", [{}, [1, None], [{"time": "x"}], [{"time": 2**70, "text": "x"}], [{"text": "x"}]]
)
def test_odd_answers_are_none(api: Api, odd: Any) -> None:
    api.answers = [(200, odd)]
    assert Deploys(GrafanaServer(api.url), ["deploy"]).between(NOW, NOW + HOUR).deploys == ()


def test_the_page_shows_them_or_why_not_and_does_not_wait(
    make_app: Make, told: Told, api: Api
) -> None:
    at = datetime.now(timezone.utc) - timedelta(minutes=190)
    api.answers = [(200, [annotation(at, HOSTILE)]), (403, {"message": "no"})]
    client = make_app(open=True, deploys=["deploy"], grafana=api.url).test_client()
    html = client.get("/alerts/1").text
    assert "deployed" in html
    assert "<script>window" not in html
    for _ in range(2):  # one that does not answer is left alone for a while, whatever is asked
        assert "What was deployed is not known: 127.0.0.1" in client.get("/alerts/2").text
        assert "What was deployed is not known: 127.0.0.1" in client.get("/alerts/3").text
    assert len(api.asked) == 2
    away = make_app(open=True, deploys=["deploy"], grafana="http://127.0.0.1:1").test_client()
    assert "What was deployed is not known" in away.get("/alerts/1").text
