"""An alert arrives with its graph, with or without a renderer: the whole command, as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from grafherald.grafana.urls import render_url

from .world import GRAFANA_TOKEN, World

pytest.importorskip("resvg_py", reason="the extra draw")
SHARED = Path(__file__).parents[2] / "shared"


def pictures(world: World) -> list[Path]:
    return sorted((world.folder / "saved").glob("*.png"))


def handled(world: World, **graph: Any) -> subprocess.CompletedProcess[bytes]:
    world.grafana.api.data = True
    settings = {**world.settings, "graph": {"wait": 10, **graph}}
    return world.handle(settings, world.event.replace(b"d-solo/host", b"d-solo/node"))


def asked(world: World, start: str) -> int:
    return sum(request.target.startswith(start) for request in world.grafana.requests)


@pytest.mark.parametrize("mode", ["missing", "429", "500", "html", "nothing"])
def test_without_a_renderer_the_alert_has_its_picture(world: World, mode: str) -> None:
    world.grafana.mode = mode
    done = handled(world)
    assert done.returncode == 0, done.stderr
    assert asked(world, "/api/ds/query") == 1
    assert pictures(world)[0].read_bytes().startswith(b"\x89PNG")
    image = next(b for b in world.chat.slack.messages[0].blocks if b["type"] == "image")
    assert image["image_url"].endswith(pictures(world)[0].name)


def test_a_renderer_that_is_slow_is_waited_for_a_second(world: World) -> None:
    world.grafana.mode = "hang"
    done = handled(world, draw_after=0.2)
    assert done.returncode == 0
    assert pictures(world)


def test_a_renderer_that_is_quick_has_the_picture(world: World) -> None:
    handled(world, draw_after=30)
    assert asked(world, "/render/") == 1
    assert asked(world, "/api/ds/query") == 0


@pytest.mark.parametrize(
    ("policy", "renders", "queries"), [("only", 0, 1), ("first", 0, 1), ("never", 1, 0)]
)
def test_the_policy_says_who_is_asked(
    world: World, policy: str, renders: int, queries: int
) -> None:
    handled(world, draw=policy)
    assert (asked(world, "/render/"), asked(world, "/api/ds/query")) == (renders, queries)


def test_only_says_why_there_is_none(world: World) -> None:
    settings = {**world.settings, "graph": {"wait": 10, "draw": "only"}}
    done = world.handle(settings)
    assert done.returncode == 0
    assert b"graph: " in done.stderr
    assert asked(world, "/render/") == 0


def test_the_token_is_in_nothing_but_what_grafana_is_asked_with(world: World) -> None:
    world.grafana.mode = "missing"
    done = handled(world)
    received = repr([(r.headers, r.body) for r in world.chat.requests])
    received += repr([m.raw for m in world.mail.mails])
    assert GRAFANA_TOKEN not in received + repr(done)
    assert not asked(world, "/api/datasources/proxy")


def test_the_alerts_moment_makes_it_another_picture_than_the_panel_alone(world: World) -> None:
    handled(world, draw="only")
    marked = pictures(world)[0].read_bytes()
    pictures(world)[0].unlink()
    handled(world, draw="only", marks=False)
    assert pictures(world)[0].read_bytes() != marked


def test_an_alert_without_a_panel_is_drawn_by_its_expression(world: World) -> None:
    world.grafana.api.data = True
    labels = {"alertname": "HighLoad", "instance": "web01:9100", "severity": "critical"}
    expression = "100 * node_cpu_ratio > 60"
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": "web01 is busy"},
        "startsAt": datetime.now(timezone.utc).isoformat(),
        "generatorURL": f"http://prometheus:9090/graph?g0.expr={quote_plus(expression)}&g0.tab=1",
    }
    message = json.dumps({"version": "4", "status": "firing", "alerts": [alert]}).encode()
    done = world.handle({**world.settings, "graph": {"wait": 10}}, message, source="alertmanager")
    assert (done.returncode, done.stderr) == (0, b"")
    (body,) = world.grafana.bodies
    (query,) = json.loads(body)["queries"]
    assert query["expr"] == "100 * node_cpu_ratio"
    assert asked(world, "/render/") == 0, "Explore's own picture is of no use"
    assert len(pictures(world)) == 1
    said = json.dumps(world.chat.slack.messages[0].blocks)
    assert "limit 60%" in said
    assert "/explore?left=" in said


@pytest.fixture(scope="module", params=["7.5", "frames"])
def replayed(request: pytest.FixtureRequest) -> Iterator[str]:
    if not (SHARED / "samples" / "panels").exists():
        pytest.skip("../shared is not here")
    command = [sys.executable, str(SHARED / "tools" / "replay-panels")]
    command += [str(SHARED / "samples" / "panels")]
    command += ["--frames"] if request.param == "frames" else []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("panel", [1, 2, 9, 14, 17, 18, 25])
def test_a_recorded_panel_arrives_without_a_renderer(
    world: World, replayed: str, panel: int
) -> None:
    url = render_url(
        f"{replayed}/render/d-solo/refpanelsa/x?panelId={panel}", "1795610400000", "1795632000000"
    )
    event = json.loads(world.event)
    event["check"]["metadata"]["annotations"]["graph_image"] = url
    grafana = {"url": replayed, "token": "glsa_replay"}
    settings = {**world.settings, "grafana": grafana, "graph": {"wait": 10}}
    done = world.handle(settings, json.dumps(event).encode())
    assert done.returncode == 0, done.stderr
    assert b"graph:" not in done.stderr
    assert len(pictures(world)) == 1
