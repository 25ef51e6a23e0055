"""The picture service inside the daemon: what `grafherald images` answers, behind Flask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import flask
import pytest

from grafherald.demo.standins import grafana
from grafherald.images import web
from grafherald.images.application import Settings
from grafherald.images.fetch import Grafanas
from grafherald.images.publish import Directory

TOKEN = "glsa_s3cret"


@pytest.fixture
def client(tmp_path: Path) -> Any:
    (tmp_path / "saved-images").mkdir()
    with grafana.running(TOKEN) as panels:
        settings = Settings(
            "127.0.0.1",
            0,
            Grafanas([panels.url]),
            Directory(tmp_path / "saved-images", "https://public.example.com/saved-images"),
            directory=tmp_path / "saved-images",
        )
        app = flask.Flask("test")
        app.register_blueprint(web.blueprint(settings))
        client = app.test_client()
        client.render_url = f"{panels.url}/render/d-solo/a/b?panelId=1"  # type: ignore[attr-defined]
        yield client


def ask(client: Any, token: str = TOKEN) -> Any:
    head = {"Authorization": f"Bearer {token}"}
    body = json.dumps({"imageUrl": client.render_url})
    return client.post("/grafana-images", data=body, headers=head)


def test_a_panel_is_published_and_shown_to_anybody(client: Any) -> None:
    answer = ask(client)
    assert answer.status_code == 200
    name = answer.get_json()["pubImg"].rpartition("/")[2]
    picture = client.get(f"/saved-images/{name}")
    assert picture.data.startswith(b"\x89PNG")
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"


def test_grafanas_refusal_is_told_with_a_hint_and_without_the_token(client: Any) -> None:
    answer = ask(client, "wr0ng")
    assert answer.status_code == 502
    assert "login page" in answer.get_json()["error"]
    assert b"wr0ng" not in answer.data


def test_other_methods_are_told_which_to_use(client: Any) -> None:
    answer = client.get("/grafana-images")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_no_other_file_is_shown(client: Any) -> None:
    assert client.get("/saved-images/../grafherald.yml").status_code == 404
    assert client.get("/saved-images/x.png").status_code == 404
