from __future__ import annotations

from collections.abc import Callable

from grafherald.delivery.graphs import graphs_of, with_panels
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


def test_a_graph_without_a_host_has_no_link_where_nobody_says_which_grafana(
    make_event: MakeEvent,
) -> None:
    event = make_event(attributes={"panel": ("node", "7", "2")})
    (graph,) = graphs_of(event, Settings.of({}))
    assert (graph.link, graph.render_url[:22]) == ("", "/render/d-solo/node?pa")


def test_an_event_shows_no_more_graphs_than_a_channel_can(make_event: MakeEvent) -> None:
    images = tuple(f"https://g/render/d-solo/a?panelId={n}" for n in range(50))
    assert len(graphs_of(make_event(attributes={"graph_image": images}), Settings())) == 20


def test_graphs_that_a_message_has_no_room_for_are_said(make_event: MakeEvent) -> None:
    images = tuple(f"https://g/render/d-solo/a?panelId={n}" for n in range(27))
    event = make_event(attributes={"graph_image": images}, details=(("Address", "192.0.2.1"),))
    said = ("Graphs", "20 of 27 are shown")
    assert with_panels(event, Settings()).details == (*event.details, said)
    few = event._replace(attributes={"graph_image": images[:20]})
    assert with_panels(few, Settings()).details == event.details


def test_a_panel_that_an_alert_names_has_its_labels_as_variables(make_event: MakeEvent) -> None:
    event = make_event(
        attributes={"panel": ("node", "7", "2")},
        labels={"alertname": "Load", "instance": "web01:9100", "job": "node"},
    )
    settings = Settings.of(
        {
            "grafana": {"url": "https://g.example.com"},
            "alerts": {"variables": {"instance": "host", "job": ""}},
        }
    )
    (graph,) = graphs_of(event, settings)
    assert graph.render_url.startswith(
        "https://g.example.com/render/d-solo/node?panelId=7&var-host=web01%3A9100&orgId=2&from="
    )


TABLE = Settings.of(
    {
        "grafana": {"url": "https://g.example.com"},
        "graphs": [
            {
                "match": {"check": "Node*"},
                "panel": "/render/d-solo/n?panelId=1&var-i={{ instance }}",
            },
            {"match": {"check": "=~Node(Load|Disk)"}, "panel": "/render/d-solo/m?panelId={{ n }}"},
        ],
    }
)


def test_a_tag_that_says_whom_to_tell_is_no_variable(make_event: MakeEvent) -> None:
    tags = {"team": "shop", "slack_channel": "#shop", "__panelId__": "7"}
    said = {"panel": ("node", "7", ""), "slack_channel": ("#shop",)}
    (graph,) = graphs_of(make_event(attributes=said, labels=tags), Settings.of({}))
    assert "var-team=shop&" in graph.render_url
    assert graph.render_url.count("var-") == 1


def test_a_table_in_the_settings_gives_panels_to_what_names_none(make_event: MakeEvent) -> None:
    event = make_event(check="NodeLoad", labels={"instance": "web01:9100 &x=1"})
    (graph,) = graphs_of(event, TABLE)
    assert "/render/d-solo/n?panelId=1&var-i=web01%3A9100%20%26x%3D1&from=" in graph.render_url
    named = make_event(check="NodeLoad", attributes={"graph_image": ("/render/d-solo/own",)})
    assert "/render/d-solo/own" in graphs_of(named, TABLE)[0].render_url
    assert graphs_of(make_event(check="Else"), TABLE) == []


def test_without_what_a_panel_asks_for_it_is_not_shown(make_event: MakeEvent) -> None:
    assert graphs_of(make_event(check="NodeLoad"), TABLE) == []
    assert (
        len(graphs_of(make_event(check="NodeLoad", labels={"instance": "a", "n": "2"}), TABLE)) == 2
    )


def test_the_sources_own_picture_is_the_last_resort(make_event: MakeEvent) -> None:
    own = {"image_url": ("https://images.example.com/shot.png",)}
    (graph,) = graphs_of(make_event(attributes=own), TABLE)
    assert (graph.render_url, graph.image_url) == ("", "https://images.example.com/shot.png")
    (graph,) = graphs_of(make_event(check="NodeX", labels={"instance": "a"}, attributes=own), TABLE)
    assert graph.render_url
    assert graphs_of(make_event(attributes={"image_url": ("file:///etc/passwd",)}), TABLE) == []


def test_panels_are_part_of_the_event_so_that_a_group_shows_them(make_event: MakeEvent) -> None:
    event = with_panels(make_event(check="NodeLoad", labels={"instance": "web01"}), TABLE)
    assert event.attributes["graph_image"] == ("/render/d-solo/n?panelId=1&var-i=web01",)
    assert with_panels(event, TABLE) == event
