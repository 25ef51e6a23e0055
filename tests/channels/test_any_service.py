"""Whatever a check prints, each service takes it at the first try, by its stand-in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafherald.channels import Follows
from grafherald.demo.standins import services
from grafherald.event import Kind, State
from grafherald.notification import Graph, Notification

from .conftest import PANEL, PNG, TOKEN
from .test_any_text import CHANGES, GRAPHS, made, shipped
from .test_services import ServiceStandIn, opened

every = pytest.mark.parametrize("name", services.NAMES)


def send(server: ServiceStandIn, notification: Notification) -> None:
    """Send it, and its end after it, and assert that nothing was refused."""
    channel = opened(server, notification.event, shipped())
    earlier = channel.send(notification).reference
    end = notification.event._replace(kind=Kind.RESOLVE, state=State.OK, status=0)
    if isinstance(channel, Follows):
        channel.follow(Notification(end, notification.graphs), earlier)
    else:
        channel.send(Notification(end, notification.graphs))
    assert server.refused == []
    assert server.taken


@every
def test_any_alert_is_taken_at_the_first_try(name: str) -> None:
    @settings(max_examples=30, suppress_health_check=list(HealthCheck))
    @given(CHANGES, GRAPHS, st.sampled_from(["", "e" * 300]))
    def check(changes: dict[str, Any], graphs: tuple[Graph, ...], namespace: str) -> None:
        server.refused.clear()
        send(server, made({**changes, "namespace": namespace}, graphs))

    with services.running(name, TOKEN) as server:
        check()


LONG = {
    "100 kB": "a line of output\n" * 6000,
    "100 kB on one line": "x" * 100_000,
    "CJK": "日本語の出力" * 17_000,
    "emoji": "🔥" * 30_000,
    "families": "👩‍👩‍👧‍👦" * 5000,
    "markup": "<b>&amp;**_`[x](http://e.example/)" * 3000,
    "controls": "\x00\x1b[31m\u202e\x07" * 5000,
    "blank": " \n\t\n" * 5000,
    "nothing": "",
}


@pytest.mark.slow
@every
@pytest.mark.parametrize("text", LONG)
def test_a_long_alert_is_taken_at_the_first_try(name: str, text: str) -> None:
    long = LONG[text]
    metrics = " ".join(f"'metric {n}'={n}%;80;90" for n in range(300))
    changes = {
        "kind": Kind.PROBLEM,
        "state": State.CRITICAL,
        "status": 2,
        "entity": "web01",
        "check": "cpu",
        "output": long,
        "long_output": long,
        "perfdata": metrics,
        "details": tuple((f"{n} {long[:400]}", long) for n in range(8)),
        "links": tuple((f"{long[:50]} {n}", f"http://wiki/{'a' * 90}{n}") for n in range(20)),
    }
    public = "https://public.example.com/i/a.png"
    graphs = tuple(PANEL._replace(png=PNG, image_url=public) for _ in range(12))
    with services.running(name, TOKEN) as server:
        send(server, made(changes, graphs))
        send(server, made({**changes, "links": ()}, (PANEL._replace(problem=long),)))
