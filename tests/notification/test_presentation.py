"""What of a notification is shown, within a budget."""

from __future__ import annotations

from collections.abc import Callable

from grafherald.event import Event
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, view

MakeEvent = Callable[..., Event]
GRAPH = Graph("https://g.example.com/render/d-solo/a", "https://g.example.com/d/a")
AMPLE = Budget(10_000, 10_000, 10)


def test_every_text_of_an_event_is_cleaned(make_event: MakeEvent) -> None:
    event = make_event(
        output="\x1b[31mred",
        entity="we\x00b",
        attributes={"runb\x1b[0mook": ("a\u202eb",)},
        details=(("Ad\x07dress", "\x1b[1m10"),),
    )
    graph = GRAPH._replace(problem="\x1b[5mno")
    shown = cleaned(Notification(event, (graph,)))
    assert shown.event.output == "red"
    assert shown.event.entity == "we␀b"
    assert shown.event.attributes == {"runbook": ("a�b",)}
    assert shown.event.details == (("Ad␇dress", "10"),)
    assert shown.graphs[0].problem == "no"
    assert shown.event.kind is event.kind


def test_links_come_before_facts_when_room_is_short(make_event: MakeEvent) -> None:
    event = make_event(details=(("Command", "x" * 300),))
    seen = view(Notification(event, (GRAPH,)), lambda *_: "cid:1", Budget(100, 160, 1))
    assert seen.links == (("Live panel", GRAPH.link),)
    assert [label for label, _ in seen.facts] == ["At"]


def test_a_graph_without_a_picture_says_why(make_event: MakeEvent) -> None:
    graphs = (GRAPH._replace(problem="Grafana answered 401"), GRAPH, GRAPH._replace(png=b"\x89PNG"))
    seen = view(Notification(make_event(), graphs), lambda *_: "", AMPLE)
    assert [(picture.title, picture.problem) for picture in seen.pictures] == [
        ("Panel 1 of web01/cpu", "Grafana answered 401"),
        ("Panel 2 of web01/cpu", "no picture"),
        ("Panel 3 of web01/cpu", "the picture has no public URL"),
    ]


def test_no_more_pictures_than_the_budget_has(make_event: MakeEvent) -> None:
    seen = view(
        Notification(make_event(), (GRAPH,) * 4), lambda n, _: f"cid:{n}", Budget(100, 1000, 2)
    )
    assert [picture.source for picture in seen.pictures] == ["cid:1", "cid:2", ""]
    assert seen.pictures[-1].label == "graphs 3 and 4"
    assert seen.pictures[2].problem == "not shown here"


def test_a_link_that_is_none_or_too_long_is_left_out(make_event: MakeEvent) -> None:
    links = (("Ack", "javascript:alert(1)"), ("Long", "https://x/" + "y" * 3000))
    seen = view(Notification(make_event(links=links)), lambda *_: "", AMPLE)
    assert seen.links == ()


def test_a_bar_in_a_link_cannot_end_it_in_slack(make_event: MakeEvent) -> None:
    seen = view(Notification(make_event(links=(("Ack", "https://x/?a|b"),))), lambda *_: "", AMPLE)
    assert seen.links == (("Ack", "https://x/?a%7Cb"),)


def test_many_short_lines_do_not_push_the_picture_away(make_event: MakeEvent) -> None:
    event = make_event(output="line\n" * 500)
    seen = view(Notification(event, (GRAPH,)), lambda *_: "", AMPLE)
    assert 30 < seen.output.count("\n") < 40
    assert " characters left out …\n" in seen.output


def test_a_long_output_leaves_its_picture_in_sight(make_event: MakeEvent) -> None:
    output = "\n".join(f"line {number}" for number in range(1, 8))
    seen = view(Notification(make_event(output=output), (GRAPH,)), lambda *_: "cid:1", AMPLE)
    assert seen.lead == "line 1\nline 2\nline 3\nline 4\nline 5\n… 2 more lines below"
    assert (seen.rest, seen.output) == ("line 6\nline 7", output)


def test_a_line_that_is_too_long_for_that_stands_below_as_a_whole(make_event: MakeEvent) -> None:
    output = "x" * 1000
    seen = view(Notification(make_event(output=output), (GRAPH,)), lambda *_: "cid:1", AMPLE)
    assert seen.lead == "x" * 399 + "…\n… all of it below"
    assert seen.rest == output


def test_without_a_picture_an_output_is_not_divided(make_event: MakeEvent) -> None:
    output = "line\n" * 20
    seen = view(Notification(make_event(output=output), (GRAPH,)), lambda *_: "", AMPLE)
    assert (seen.lead, seen.rest) == (output, "")


def test_one_reason_for_several_missing_pictures_is_said_once(make_event: MakeEvent) -> None:
    late, odd = GRAPH._replace(problem="no picture in time"), GRAPH._replace(problem="Grafana: 404")
    graphs = (late, late, odd, GRAPH, late)
    seen = view(Notification(make_event(), graphs), lambda n, _: "cid:4" if n == 4 else "", AMPLE)
    missing = [(each.label, each.problem) for each in seen.pictures if not each.source]
    assert missing == [
        ("graphs 1, 2 and 5", "no picture in time"),
        ("graph 3", "Grafana: 404"),
    ]
