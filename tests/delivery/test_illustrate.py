"""No picture may cost an alert its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from grafherald.channels import Receipt
from grafherald.delivery.illustrate import PendingRenders, Wanted
from grafherald.drawing.scene import Scene
from grafherald.errors import GraphError
from grafherald.images import Picture
from grafherald.notification import Graph, Notification


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

    def get(
        self, render_url: str, seconds: float, *, as_bytes: bool, scene: Scene | None = None
    ) -> Picture:
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


def illustrated(
    graphs: Sequence[Graph], pictures: FakePictures, *, wants: str = "url", wait: float = 5
) -> tuple[Graph, ...]:
    return PendingRenders(graphs, Wanted(pictures), wait, as_bytes=wants == "bytes").within(wait)


def test_a_panel_of_no_grafana_says_what_is_not_set() -> None:
    pictures = FakePictures(lambda: Picture("https://public/1.png", b"png"))
    first, other = illustrated([Graph("/render/d-solo/a?panelId=1", ""), GRAPHS[0]], pictures)
    assert (first.problem, "Grafana" in first.advice) == ("grafana.url is not set", True)
    assert other.image_url


def test_a_panel_of_no_host_is_not_asked_for() -> None:
    pictures = FakePictures(lambda: Picture("https://public/1.png", b"png"))
    (graph,) = illustrated([Graph("https://g/render/1?var-host=:::name:::", "")], pictures)
    assert graph.problem == "nobody filled in ':::name:::' in its URL"
    assert not pictures.asked


def test_each_panel_gets_its_picture() -> None:
    pictures = FakePictures(lambda: Picture("https://public/1.png", b"png"))
    graphs = illustrated(GRAPHS, pictures)
    assert [(g.png, g.image_url, g.problem) for g in graphs] == [
        (b"png", "https://public/1.png", "")
    ] * 2
    assert sorted(pictures.asked) == [("https://g/render/1", False), ("https://g/render/2", False)]


def test_bytes_are_fetched_when_a_channel_carries_them() -> None:
    pictures = FakePictures(lambda: Picture("", b"png"))
    illustrated(GRAPHS[:1], pictures, wants="bytes")
    assert pictures.asked == [("https://g/render/1", True)]


def test_a_failed_picture_says_why_and_keeps_its_link() -> None:
    pictures = FakePictures(failing(GraphError("Grafana answered 401")))
    (graph,) = illustrated(GRAPHS[:1], pictures)
    assert (graph.problem, graph.link) == ("Grafana answered 401", "https://g/d/1")


def test_a_picture_that_hangs_is_left_behind(hanging: Callable[[], Any]) -> None:
    before = time.monotonic()
    graphs = illustrated(GRAPHS, FakePictures(hanging), wait=0.1)
    assert [graph.problem for graph in graphs] == ["no picture within 0.1 s"] * 2
    assert time.monotonic() - before < 5


def test_a_mistake_of_ours_costs_the_picture_only() -> None:
    (graph,) = illustrated(GRAPHS[:1], FakePictures(failing(KeyError("x"))))
    assert graph.problem == "internal error (KeyError)"
