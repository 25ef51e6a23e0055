"""What used to work with a store alone works without one, and one event is one render."""

from __future__ import annotations

import json
from typing import Any

from ..world import World


def renders(world: World) -> int:
    return sum(r.target.startswith("/render/") for r in world.grafana.requests)


def test_all_channels_show_one_render_also_when_nothing_is_reused(world: World) -> None:
    settings = world.settings
    settings["graph"]["reuse"] = 0
    done = world.handle(settings)
    assert (done.returncode, world.arrived) == (0, (1, 1, 1))
    assert renders(world) == 1


def test_a_fallback_is_told_without_a_store_too(world: World) -> None:
    settings = world.settings
    settings["channels"]["ops"] |= {"token": "wrong", "fallback": "oncall"}
    settings["routes"] = [{"channels": ["ops"]}]
    done = world.handle(settings)
    assert done.returncode == 2
    assert world.arrived == (0, 0, 1)
    assert "Instead of" in world.mail.mails[0].message.as_string()


def test_a_broken_channel_costs_itself_alone_without_a_store_too(world: World) -> None:
    settings = world.settings
    del settings["channels"]["ops"]["token"]
    done = world.handle(settings)
    assert (done.returncode, world.arrived) == (2, (0, 1, 1))
    assert b"channels.ops.token" in done.stderr


def test_a_daemon_and_a_run_say_the_same_of_what_is_lost_without_a_store(world: World) -> None:
    settings: dict[str, Any] = json.loads(json.dumps(world.settings))
    settings["channels"] = {"ops": settings["channels"]["ops"] | {"url": "http://127.0.0.1:1"}}
    settings["deadline"] = 1
    done = world.handle(settings)
    assert done.returncode == 2
    assert b"not delivered, and lost" in done.stderr
