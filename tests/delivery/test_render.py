"""Illustrate and deliver: no picture and no channel may cost the others their time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from grafherald.channels import Receipt
from grafherald.delivery import render as handler
from grafherald.errors import GraphError, PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.images import Picture
from grafherald.notification import Graph, Notification
from grafherald.notification.templates import Templates
from grafherald.settings import Config

MakeEvent = Callable[..., Event]


@dataclass
class FakeChannel:
    """Does what it is told to when it is asked to send."""

    does: Callable[[], Receipt] = lambda: Receipt("sent")
    wants: str = "url"
    name: str = "ops"
    type: str = "fake"
    recipient: str = "room"
    sent: list[Notification] = field(default_factory=list)

    def payload(self, notification: Notification) -> Mapping[str, Any]:
        return {"subject": notification.subject}

    def send(self, notification: Notification) -> Receipt:
        self.sent.append(notification)
        return self.does()


@dataclass
class FakePictures:
    """Gives the same answer for every panel."""

    does: Callable[[], Picture]
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def get(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture:
        assert seconds > 0
        self.asked.append((render_url, as_bytes))
        return self.does()


@pytest.fixture
def hanging() -> Iterator[Callable[[], Any]]:
    """A call that does not come back before the test is over."""
    over = threading.Event()

    def hang() -> Any:
        over.wait()
        raise RuntimeError("the test is over")

    yield hang
    over.set()


GRAPHS = [
    Graph("https://g/render/1", "https://g/d/1"),
    Graph("https://g/render/2", "https://g/d/2"),
]


def failing(error: Exception) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def test_each_panel_gets_its_picture() -> None:
    pictures = FakePictures(lambda: Picture("https://public/1.png", b"png"))
    graphs = handler.illustrate(GRAPHS, pictures, [FakeChannel()], wait=5)
    assert [(g.png, g.image_url, g.problem) for g in graphs] == [
        (b"png", "https://public/1.png", "")
    ] * 2
    assert sorted(pictures.asked) == [("https://g/render/1", False), ("https://g/render/2", False)]


def test_bytes_are_fetched_when_a_channel_carries_them() -> None:
    pictures = FakePictures(lambda: Picture("", b"png"))
    handler.illustrate(GRAPHS[:1], pictures, [FakeChannel(), FakeChannel(wants="bytes")], wait=5)
    assert pictures.asked == [("https://g/render/1", True)]


def test_a_failed_picture_says_why_and_keeps_its_link() -> None:
    pictures = FakePictures(failing(GraphError("Grafana answered 401")))
    (graph,) = handler.illustrate(GRAPHS[:1], pictures, [FakeChannel()], wait=5)
    assert (graph.problem, graph.link) == ("Grafana answered 401", "https://g/d/1")


def test_a_picture_that_hangs_is_left_behind(hanging: Callable[[], Any]) -> None:
    before = time.monotonic()
    graphs = handler.illustrate(GRAPHS, FakePictures(hanging), [FakeChannel()], wait=0.1)
    assert [graph.problem for graph in graphs] == ["no picture within 0.1 s"] * 2
    assert time.monotonic() - before < 5


def test_a_mistake_of_ours_costs_the_picture_only() -> None:
    (graph,) = handler.illustrate(GRAPHS[:1], FakePictures(failing(KeyError("x"))), [], wait=5)
    assert graph.problem == "internal error (KeyError)"


def test_one_failing_channel_does_not_stop_the_others(
    make_event: MakeEvent, hanging: Callable[[], Any]
) -> None:
    channels = [
        FakeChannel(failing(PermanentError("no such room"))),
        FakeChannel(hanging),
        FakeChannel(failing(RuntimeError("a bug"))),
        FakeChannel(),
    ]
    outcomes = handler.deliver(Notification(make_event()), channels, 0.2)
    errors = [str(outcome.error) if outcome.error else None for outcome in outcomes]
    assert errors == [
        "no such room",
        "no answer before the deadline",
        "internal error (RuntimeError)",
        None,
    ]
    late = outcomes[1].error
    assert isinstance(late, TemporaryError)
    assert late.unknown
    assert all(len(channel.sent) == 1 for channel in channels)


def test_graphs_take_their_range_from_the_settings_and_the_event(make_event: MakeEvent) -> None:
    event = make_event(
        attributes={"graph_image": ("https://g/render/d-solo/a?panelId=1",)},
        overrides={"graph.from": "now-1h"},
    )
    (graph,) = handler.graphs_of(event, Config({"graph": {"to": "now-1m"}}))
    assert graph.render_url == "https://g/render/d-solo/a?panelId=1&from=now-1h&to=now-1m"
    assert graph.link == "https://g/d/a?viewPanel=1&from=now-1h&to=now-1m"


def test_a_graph_without_a_host_is_asked_from_our_grafana(make_event: MakeEvent) -> None:
    event = make_event(attributes={"graph_image": ("/render/d-solo/a?panelId=1",)})
    (graph,) = handler.graphs_of(event, Config({"grafana": {"url": "https://g.example.com/"}}))
    assert graph.render_url.startswith("https://g.example.com/render/d-solo/a?panelId=1&from=")


@pytest.mark.parametrize(
    ("override", "setting", "attribute", "shown"),
    [
        ("", "", "", "whole"),
        ("", "", "short", "short"),
        ("", "none-such", "short", "whole"),
        ("", "short", "none-such", "short"),
        ("none-such", "short", "short", "whole"),
        ("", "", "no-formatter-of-ours", "whole"),
    ],
)
def test_the_form_is_chosen_by_annotation_channel_or_check(
    make_event: MakeEvent, override: str, setting: str, attribute: str, shown: str
) -> None:
    event = make_event(
        overrides={"template": override} if override else {},
        attributes={"template": (attribute,)} if attribute else {},
    )
    channel = {"type": "hipchat", "room": "ops", "token": "t"}
    settings = {"channels": {"ops": channel | ({"template": setting} if setting else {})}}
    (opened,) = handler.open_channels(event, Config(settings), Templates(None, pytest.fail))
    payload = opened.payload(Notification(event))
    assert isinstance(payload, Mapping)
    short = "web01/cpu is CRITICAL: CheckCPU CRITICAL: 97 % used"
    assert (payload["message"] == short) is (shown == "short")
