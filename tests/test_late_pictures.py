"""Slack by token is told before its picture is made, and shown the picture when it is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from grafherald.demo.standins.slack import Message
from grafherald.demo.standins.wire import json_reply

from .world import CHAT_TOKEN, World

Done = Future[Any]


def settings(world: World, **more: Any) -> dict[str, Any]:
    """The world's settings, with Slack by token beside HipChat, and time for the picture."""
    slack = {"type": "slack", "url": f"{world.chat.url}/api", "token": CHAT_TOKEN, "channel": "ops"}
    channels = {"chat": slack, "ops": world.settings["channels"]["ops"]}
    return {**world.settings, "channels": channels, "graph": {"wait": 20}, **more}


@contextmanager
def handling(world: World, chosen: dict[str, Any]) -> Iterator[Done]:
    """Run the handler beside the block, on a Grafana that renders when it may."""
    world.grafana.mode = "late"
    with ThreadPoolExecutor() as pool:
        try:
            yield pool.submit(world.handle, chosen)
        finally:
            world.grafana.may.set()


def first_message(world: World, done: Done) -> Message:
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
