"""The reference leaves nothing out: it is compared with what the program itself knows."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from grafherald import channels, cli, inputs
from grafherald.draw import kinds
from grafherald.draw.frames import transform
from grafherald.event import Event, Kind
from grafherald.notification import Notification
from grafherald.notification.presentation import View
from grafherald.settings import schema

from ..conftest import ROOT
from ..server.conftest import address, core_event, eventually, serving

Pages = dict[str, str]


def _keys(node: Mapping[str, Any], root: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Every key of a schema that holds a value, found in another way than the pages do it."""
    name = node.get("$ref", "").rpartition("/")[2]
    node = {**root["$defs"][name], **node} if name else node
    own = node.get("properties", {})
    named, items = node.get("additionalProperties"), node.get("items", {})
    if isinstance(named, dict) and "properties" in named:
        yield from _keys(named, root, f"{place}.<name>")
    elif "properties" in items:
        yield from _keys(items, root, f"{place}[]")
    elif not own:
        yield place.lstrip(".")
    for key, below in own.items():
        yield from _keys(below, root, f"{place}.{key}")


def test_the_pages_in_the_repository_are_those_of_this_code(
    pages: Pages, reference: ModuleType
) -> None:
    kept = {path.stem: path.read_text() for path in reference.FOLDER.glob("*.md")}
    stale = [name for name in {*kept, *pages} if kept.get(name) != pages.get(name)]
    assert stale == [], "make them anew: make docs"


def test_every_setting_stands_there_with_its_meaning_and_its_variable(pages: Pages) -> None:
    shape = schema.load("config")
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*)", pages["settings"], re.MULTILINE))
    keys = list(_keys(shape, shape))
    assert len(keys) > 130
    assert [key for key in keys if key not in rows] == []
    for key in keys:
        path = key.partition("[]")[0].replace("<name>", "NAME").replace(".", "__").upper()
        assert f"`GRAFHERALD_{path}`" in rows[key], key
        assert rows[key].split(" (*")[0].strip(), f"{key}: says nothing"


def test_every_default_of_the_schema_is_shown(pages: Pages) -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*)", pages["settings"], re.MULTILINE))
    assert "| `25` |" in rows["deadline"]
    assert "| `true` |" in rows["graph.marks"]
    assert "| `grafherald, hubot` |" in rows["chat.names"]


@pytest.mark.parametrize("name", channels.names())
def test_every_channel_type_and_each_of_its_settings(pages: Pages, name: str) -> None:
    section = pages["channels"].split(f"\n## `{name}`\n")[1].split("\n## ")[0]
    own = schema.load(f"channel-{name}")["properties"]
    shared = schema.load("channel")["properties"]
    for key in own:
        assert f"| `{key}" in (section if key not in shared else pages["channels"]), key
    assert f"\n| `{name}` | " in pages["channels"], "the table of what each can"


def test_secrets_say_that_they_may_stand_in_a_file(pages: Pages) -> None:
    for name, key in (("settings", "grafana.token"), ("channels", "webhook_url")):
        (row, *_) = re.findall(rf"^\| `{re.escape(key)}` .*", pages[name], re.MULTILINE)
        assert "(*secret*)" in row
    assert "`token_file`" in pages["settings"]


def test_every_input(pages: Pages) -> None:
    for name in inputs.names():
        assert f"## `{name}`" in pages["inputs"]
        assert f"`POST /events/{name}`" in pages["inputs"]


@pytest.mark.parametrize("name", cli._names())
def test_every_command_and_each_of_its_flags(pages: Pages, name: str) -> None:
    section = pages["commands"].split(f"\n## `grafherald {name}`\n")[1].split("\n## `")[0]
    common = {flag for action in cli._parser(None)._actions for flag in action.option_strings}
    for action in cli._parser(name)._actions:
        for flag in action.option_strings:
            if action.help != "==SUPPRESS==":
                assert flag in (pages["commands"] if flag in common else section), flag


def test_every_exit_status(pages: Pages, reference: Any) -> None:
    for number in "012":
        assert f"\n  {number}  " in pages["commands"]
    assert set(reference._STATUS) <= set(cli._names())


def test_every_key_of_a_route_and_every_word_of_an_event(pages: Pages) -> None:
    shape = schema.load("config")
    route = shape["properties"]["routes"]["items"]["properties"]
    for key in (*route, *shape["$defs"]["match"]["properties"], *(kind.value for kind in Kind)):
        assert f"`{key}`" in pages["routes"], key


def test_every_name_that_a_template_knows(pages: Pages) -> None:
    properties = [name for name, one in vars(Notification).items() if isinstance(one, property)]
    names = [name for kind in (View, Notification, Event) for name in kind.__annotations__]
    for name in (*names, *properties):
        assert f"| `{name}` | " in pages["templates"], name
    assert re.findall(r"^\| `\w+` \| \*.*", pages["templates"], re.MULTILINE) == []
    assert "`truncate`" in pages["templates"]


def test_every_template_of_a_message(pages: Pages) -> None:
    folder = ROOT / "templates"
    for path in folder.rglob("*.*"):
        name = str(path.relative_to(folder))
        if not name.startswith(("web/", "demo/")):
            assert f"- `{name}`" in pages["templates"], name


def test_every_panel_type_and_transformation_that_is_drawn(pages: Pages) -> None:
    folder = ROOT / "handlers" / "grafherald" / "draw" / "kinds"
    assert {path.stem for path in folder.glob("[a-z]*.py")} >= set(kinds._MODULES.values())
    for name in (*kinds._MODULES, *transform._TRANSFORMATIONS):
        assert f"`{name}`" in pages["drawing"], name


@pytest.mark.slow
def test_every_metric_of_a_running_daemon(pages: Pages, tmp_path: Path) -> None:
    settings = {
        "store": f"sqlite:///{tmp_path}/store.db",
        "listen": {"http": "127.0.0.1:0"},
        "grafana": {"url": "http://127.0.0.1:9", "token": "x"},
        "images": {"publish": {"directory": str(tmp_path), "url": "https://p.example.com"}},
        "channels": {"look": {"type": "file", "directory": str(tmp_path / "out")}},
    }
    with serving(settings, tmp_path) as process:
        host, port = address(process.listening, "http")

        def shown() -> str:
            with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=20) as answer:
                text: str = answer.read().decode()
            return text

        json_type = {"Content-Type": "application/json"}
        post = urllib.request.Request(f"http://{host}:{port}/events", core_event(), json_type)
        with urllib.request.urlopen(post, timeout=20) as answer:
            assert json.load(answer)["outcome"] == "kept"
        eventually(lambda: "grafherald_notifications_total{" in shown())
        names = re.findall(r"^# TYPE (\w+) ", shown(), re.MULTILINE)
    assert "grafherald_images_pictures_total" in names
    assert [n for n in names if f"| `{n}` |" not in pages["metrics"] and "_created" not in n] == []
