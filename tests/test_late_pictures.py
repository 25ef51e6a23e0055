"""Slack by token is told before its picture is made, and shown the picture when it is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from grafherald.demo.standins.slack import SlackMessage
from grafherald.demo.standins.wire import json_reply

from .world import CHAT_TOKEN, World

Done = Future[Any]


def settings(world: World, **more: Any) -> dict[str, Any]:
    """The world's settings, with Slack by token beside HipChat, and time for the picture."""
    slack = {"type": "slack", "url": f"{world.chat.url}/api", "token": CHAT_TOKEN, "channel": "ops"}
    channels = {"chat": slack, "ops": world.settings["channels"]["ops"]}
    return {**world.settings, "channels": channels, "graph": {"wait": 20}, "deadline": 20, **more}


@contextmanager
def handling(world: World, chosen: dict[str, Any], event: bytes | None = None) -> Iterator[Done]:
    """Run the handler beside the block, on a Grafana that renders when it may."""
    world.grafana.mode = "late"
    with ThreadPoolExecutor() as pool:
        try:
            yield pool.submit(world.handle, chosen, event)
        finally:
            world.grafana.may.set()


def first_message(world: World, done: Done) -> SlackMessage:
    while not world.chat.slack.messages:
        assert not done.done(), done.result()
        time.sleep(0.01)
    return world.chat.slack.messages[0]


@pytest.mark.slow
@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("public", [False, True])
def test_the_message_is_there_before_its_picture_and_has_it_after(
    world: World, kept: bool, public: bool
) -> None:
    chosen = settings(world)
    if kept:
        chosen["store"] = f"sqlite:///{world.folder}/store.db"
    if not public:
        del chosen["images"]
    with handling(world, chosen) as running:
        early = json.dumps(first_message(world, running).blocks, ensure_ascii=False)
        assert "graph: still rendering · <" in early
        assert "/d/node/host?viewPanel=2" in early
        assert world.chat.hipchat.messages == []
    done = running.result()
    assert (done.returncode, done.stderr) == (0, b"")
    (message,) = world.chat.slack.messages
    (picture,) = [block for block in message.blocks if block["type"] == "image"]
    assert message.edited
    assert ("image_url" in picture, "slack_file" in picture) == (public, not public)
    assert "still rendering" not in json.dumps(message.blocks)
    assert ("<img" in world.chat.hipchat.messages[0].text) is public


@pytest.mark.slow
def test_a_picture_that_never_comes_is_explained_and_the_message_has_arrived(
    world: World,
) -> None:
    chosen = settings(world, graph={"wait": 1}, images={"timeout": 3})
    with handling(world, chosen) as running:
        done = running.result()
    assert done.returncode == 0
    assert done.stdout.count(b": delivered") == 2
    (message,) = world.chat.slack.messages
    assert message.edited
    more = json.dumps(message.blocks)
    assert "graph: " in more
    assert "3 s" in more
    assert "graph: no picture within 1 s" in world.chat.hipchat.messages[0].text


@pytest.mark.slow
def test_a_picture_that_slack_does_not_take_costs_one_line(world: World) -> None:
    refusal = {"ok": False, "error": "cant_update_message"}
    world.chat.broken["/api/chat.update"] = json_reply(200, refusal)
    with handling(world, settings(world, graph={"wait": 1}, images={"timeout": 3})) as running:
        done = running.result()
    assert done.returncode == 0
    line = done.stderr.decode().splitlines()[-1]
    assert "chat: delivered, its graph was not added: " in line
    assert "cant_update_message" in line


@pytest.mark.slow
@pytest.mark.parametrize("public", [False, True])
def test_grafanas_own_picture_takes_the_place_of_ours_when_it_comes(
    world: World, public: bool
) -> None:
    pytest.importorskip("resvg_py", reason="the extra draw")
    world.grafana.api.data = True
    chosen = settings(world, graph={"wait": 20, "draw_after": 0.2})
    if not public:
        del chosen["images"]
    with handling(world, chosen, world.event.replace(b"d-solo/host", b"d-solo/node")) as running:
        early = picture(first_message(world, running))
        assert not world.chat.slack.messages[0].edited
    done = running.result()
    assert (done.returncode, done.stderr) == (0, b"")
    (message,) = world.chat.slack.messages
    assert message.edited
    assert picture(message) != early
    assert sum(each.target.startswith("/render/") for each in world.grafana.requests) == 1
    if public:
        saved = {path.name for path in (world.folder / "saved").glob("*.png")}
        names = {one["image_url"].rpartition("/")[2] for one in (early, picture(message))}
        assert names == saved


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["missing", "500"])
def test_where_no_renderer_is_at_work_nothing_is_waited_for(world: World, mode: str) -> None:
    pytest.importorskip("resvg_py", reason="the extra draw")
    world.grafana.api.data, world.grafana.mode = True, mode
    done = world.handle(settings(world), world.event.replace(b"d-solo/host", b"d-solo/node"))
    assert done.returncode == 0
    (message,) = world.chat.slack.messages
    assert picture(message)
    assert not message.edited


def picture(message: SlackMessage) -> dict[str, Any]:
    (found,) = [block for block in message.blocks if block["type"] == "image"]
    return {name: found.get(name) for name in ("image_url", "slack_file")}
