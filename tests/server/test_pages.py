"""What the daemon serves for people and for Grafana, beside events."""

from __future__ import annotations

import copy
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grafherald.commands.serve import mount, read
from grafherald.demo.standins.chat import Chat
from grafherald.errors import ConfigError
from grafherald.server.service import Daemon, Outside
from grafherald.settings import Settings, sources

from .conftest import address, core_event, eventually


def fetch(url: str, body: bytes | None = None) -> str:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def test_an_event_is_on_the_board_and_in_the_datasource(
    settings: dict[str, Any],
) -> None:
    outside = Outside(load=lambda: Settings.of(settings), environment={}, read=read, mount=mount)
    daemon = Daemon(outside)
    daemon.start()
    try:
        host, port = address(daemon.listeners.names(), "http")
        url = f"http://{host}:{port}"
        fetch(f"{url}/events", core_event("web07"))
        assert "web07" in fetch(f"{url}/")
        found = fetch(f"{url}/datasource/search", json.dumps({"target": "entities"}).encode())
        assert json.loads(found) == ["web07"]
    finally:
        daemon.stop()


def test_what_is_broken_costs_its_own_part_alone(
    settings: dict[str, Any], tmp_path: Path, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    gone = {"token_file": "/nowhere/token"}
    settings["channels"]["birds"] = {"type": "pigeon"}
    settings["grafana"] = {"url": "http://127.0.0.1:9", **gone}
    settings |= {"datasource": gone, "board": {"password_file": "/nowhere/password"}}
    settings["chat"] = {"query": gone}
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings))
    load = partial(sources.load, str(file), [], {})
    daemon = Daemon(Outside(load=load, environment={}, read=read, mount=mount))
    daemon.start()
    try:
        host, port = address(daemon.listeners.names(), "http")
        served = Serving(daemon, f"http://{host}:{port}")
        assert served.status("/events", body=core_event("web07")) == 200
        eventually(lambda: any("is CRITICAL" in each.text for each in chat.hipchat.messages))
        pages = ("/", "/datasource/", "/chat/query")
        assert [served.status(page) for page in pages] == [404, 404, 404]
    finally:
        daemon.stop()
    for key in ("channels.birds.type", "grafana.token_file", "board.password_file"):
        assert f"{key}: " in caplog.text


def test_a_token_that_cannot_be_read_opens_nothing(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    settings["listen"]["token_file"] = "/nowhere/token"
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings))
    load = partial(sources.load, str(file), [], {})
    daemon = Daemon(Outside(load=load, environment={}, read=read, mount=mount))
    with pytest.raises(ConfigError, match=r"listen\.token_file: /nowhere/token cannot be read"):
        daemon.start()


@pytest.fixture
def serving(settings: dict[str, Any]) -> Iterator[Serving]:
    outside = Outside(
        load=lambda: Settings.of(copy.deepcopy(settings)), environment={}, read=read, mount=mount
    )
    daemon = Daemon(outside)
    daemon.start()
    host, port = address(daemon.listeners.names(), "http")
    yield Serving(daemon, f"http://{host}:{port}")
    daemon.stop()


@dataclass
class Serving:
    daemon: Daemon
    url: str

    def status(self, path: str, token: str = "", body: bytes | None = None) -> int:
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        try:
            request = urllib.request.Request(f"{self.url}{path}", body, headers)
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


QUESTION = b'{"text": "help"}'


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        ("/chat/query", QUESTION, "chat.query.token"),
        ("/datasource/search", b"{}", "datasource.token"),
        ("/events", core_event(), "listen.token"),
    ],
)
def test_a_revoked_token_ends_with_the_reload(
    settings: dict[str, Any], serving: Serving, path: str, body: bytes, key: str
) -> None:
    *parents, name = key.split(".")
    where = settings
    for parent in parents:
        where = where.setdefault(parent, {})
    where[name] = "old-token"
    serving.daemon.reload()
    assert serving.status(path, "old-token", body) == 200
    where[name] = "new-token"
    serving.daemon.reload()
    assert serving.status(path, "old-token", body) == 401
    assert serving.status(path, "new-token", body) == 200


def test_a_password_opens_and_closes_the_board_with_the_reload(
    settings: dict[str, Any], serving: Serving
) -> None:
    assert "Log in" not in fetch(f"{serving.url}/")
    settings["board"] = {"password": "s3cret"}
    serving.daemon.reload()
    assert 'type="password"' in fetch(f"{serving.url}/")


def test_pictures_come_from_the_grafana_of_the_settings_in_force(
    settings: dict[str, Any], serving: Serving, tmp_path: Path
) -> None:
    request = b'{"imageUrl": "http://127.0.0.1:9/render/x"}'
    assert serving.status("/grafana-images", "t", request) == 404
    settings["grafana"] = {"url": "http://127.0.0.1:9"}
    settings["images"] = {"publish": {"directory": str(tmp_path), "url": "http://x"}}
    serving.daemon.reload()
    assert serving.status("/grafana-images", "t", request) == 502
    settings["grafana"] = {"url": "http://127.0.0.1:10"}
    serving.daemon.reload()
    assert serving.status("/grafana-images", "t", request) == 403


def test_settings_that_can_not_be_served_change_nothing(
    settings: dict[str, Any], serving: Serving
) -> None:
    settings["datasource"] = {"token": "one"}
    serving.daemon.reload()
    settings["datasource"] = {"token": "two", "origins": ["http://[bad"]}
    serving.daemon.reload()
    assert serving.status("/datasource/search", "one", b"{}") == 200


def test_old_pictures_go_as_the_settings_say(settings: dict[str, Any], tmp_path: Path) -> None:
    old = tmp_path / f"{1:032x}.png"
    old.write_bytes(b"png")
    os.utime(old, (1, 1))
    publish = {"directory": str(tmp_path), "url": "http://x"}
    settings["images"] = {"publish": publish, "keep": {"days": 1}}
    outside = Outside(
        load=lambda: Settings.of({**settings, "listen": {"unix": f"{tmp_path}/other.sock"}}),
        environment={},
        read=read,
    )
    daemon = Daemon(outside)
    daemon.start()
    eventually(lambda: not old.exists())
    daemon.stop()
