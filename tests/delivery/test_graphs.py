from __future__ import annotations

from collections.abc import Callable

from grafherald.delivery.graphs import graphs_of
from grafherald.event import Event
from grafherald.settings import Settings

MakeEvent = Callable[..., Event]


def test_graphs_take_their_range_from_the_settings_and_the_event(make_event: MakeEvent) -> None:
    event = make_event(
        attributes={"graph_image": ("https://g/render/d-solo/a?panelId=1",)},
        overrides={"graph.from": "now-1h"},
    )
    (graph,) = graphs_of(event, Settings.of({"graph": {"to": "now-1m"}}))
    assert graph.render_url == "https://g/render/d-solo/a?panelId=1&from=now-1h&to=now-1m"
    assert graph.link == "https://g/d/a?viewPanel=1&from=now-1h&to=now-1m"


def test_a_graph_without_a_host_is_asked_from_our_grafana(make_event: MakeEvent) -> None:
    event = make_event(attributes={"graph_image": ("/render/d-solo/a?panelId=1",)})
    (graph,) = graphs_of(event, Settings.of({"grafana": {"url": "https://g.example.com/"}}))
    assert graph.render_url.startswith("https://g.example.com/render/d-solo/a?panelId=1&from=")


def test_an_event_shows_no_more_graphs_than_a_channel_can(make_event: MakeEvent) -> None:
    images = tuple(f"https://g/render/d-solo/a?panelId={n}" for n in range(50))
    assert len(graphs_of(make_event(attributes={"graph_image": images}), Settings())) == 20
