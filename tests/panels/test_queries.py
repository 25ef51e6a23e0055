"""What Grafana's backend is asked is what the panel in the browser would have asked."""

from typing import Any

import pytest

from grafherald.draw.frames.decode import CannotRead
from grafherald.panels.reader import Reader

from .grafana import NOW, Grafana, target, url


def bodies(panel: dict[str, Any], more: str = "", **grafana: Any) -> list[Any]:
    asked = Grafana(panel, **grafana)
    Reader(asked.ask).read(url(more=more), NOW)
    return asked.bodies


def test_a_prometheus_query_brings_its_step_and_its_datasource_both_ways() -> None:
    (body,) = bodies({"targets": [target("rate(x[$__rate_interval])")]})
    (query,) = body["queries"]
    assert (body["from"], body["to"]) == ("1795610400000", "1795632000000")
    assert query["expr"] == "rate(x[60s])"
    assert (query["interval"], query["intervalFactor"], query["intervalMs"]) == ("20s", 1, 20_000)
    assert query["datasourceId"] == 2
    assert query["datasource"] == {"type": "prometheus", "uid": "prom"}
    assert query["maxDataPoints"] == 1000


@pytest.mark.parametrize(
    ("panel", "query", "step"),
    [
        ({}, {}, "20s"),
        ({"maxDataPoints": 100}, {}, "300s"),
        ({"type": "singlestat"}, {}, "300s"),
        ({"maxDataPoints": "100"}, {}, "300s"),
        ({"interval": "5m"}, {}, "300s"),
        ({}, {"interval": "2m"}, "120s"),
        ({}, {"intervalFactor": 2}, "40s"),
        ({"interval": ">1h"}, {}, "3600s"),
    ],
)
def test_steps_have_floors(panel: dict[str, Any], query: dict[str, Any], step: str) -> None:
    (body,) = bodies({**panel, "targets": [target("up", **query)]})
    assert body["queries"][0]["interval"] == step


def test_the_range_begins_and_ends_on_a_step() -> None:
    (body,) = bodies({"interval": "1h", "targets": [target("up")]})
    assert (body["from"], body["to"]) == ("1795608000000", "1795629600000")


def test_days_begin_in_the_readers_time_zone() -> None:
    (body,) = bodies({"interval": "1d", "targets": [target("up")]}, more="&tz=Europe/Warsaw")
    assert int(body["to"]) % 86_400_000 == 23 * 3_600_000


def test_builtins_are_filled_in_and_macros_of_the_backend_are_left() -> None:
    text = "$__interval $__interval_ms $__range $__range_s ${__from} $__timeFilter(x) $timeFilter"
    (body,) = bodies({"targets": [target(text)]})
    assert body["queries"][0]["expr"] == (
        "20s 20000 21600s 21600 1795610400000 $__timeFilter(x) $timeFilter"
    )


def test_hidden_targets_are_not_asked() -> None:
    (body,) = bodies({"targets": [target("a", hide=True), target("b", refId="B")]})
    assert [query["refId"] for query in body["queries"]] == ["B"]


def test_an_expression_is_asked_together_with_what_it_needs() -> None:
    math = {"refId": "C", "datasource": {"uid": "__expr__"}, "type": "math", "expression": "$A*2"}
    asked = Grafana({"targets": [target("a", hide=True), math]}, version="10.4.2")
    data = Reader(asked.ask).read(url(), NOW)
    (body,) = asked.bodies
    assert [query["refId"] for query in body["queries"]] == ["A", "C"]
    assert body["queries"][1]["expression"] == "$A*2"
    assert [frame.ref_id for frame in data.frames] == ["C"]


def test_mixed_panels_ask_each_datasource_on_its_own() -> None:
    targets = [
        target("a", datasource="Prom"),
        target("b", refId="B", datasource={"uid": "prom2"}),
        target("c", refId="C", datasource="Prom"),
    ]
    asked = Grafana({"datasource": "-- Mixed --", "targets": targets})
    data = Reader(asked.ask).read(url(), NOW)
    assert [[q["refId"] for q in body["queries"]] for body in asked.bodies] == [["A", "C"], ["B"]]
    assert [frame.ref_id for frame in data.frames] == ["A", "B", "C"]


GRAPHITE = [
    {"refId": "A", "target": "web.*.load"},
    {"refId": "B", "target": "sumSeries(#A)"},
]


def test_graphite_of_seven_gets_a_call_for_each_target() -> None:
    asked = Grafana({"datasource": "Carbon", "targets": GRAPHITE})
    asked.answers["/api/ds/query"] = (
        200,
        {"results": {"A": {"series": [{"name": "s", "points": [[1, NOW]]}]}}},
    )
    data = Reader(asked.ask).read(url(), NOW)
    assert [query["targetFull"] for query in asked.queries] == [
        "web.*.load",
        "sumSeries(web.*.load)",
    ]
    assert len(asked.bodies) == 2
    assert [frame.ref_id for frame in data.frames] == ["A", "B"]


def test_graphite_of_later_versions_is_asked_once() -> None:
    assert len(bodies({"datasource": "Carbon", "targets": GRAPHITE}, version="10.4.2")) == 1


def test_before_seven_the_old_address_is_asked() -> None:
    asked = Grafana({"targets": [target("up")]}, version="6.4.0")
    Reader(asked.ask).read(url(), NOW)
    assert [path for method, path, _ in asked.asked if method == "POST"] == ["/api/tsdb/query"]


def test_another_panels_result_is_its_queries() -> None:
    asked = Grafana(
        {"datasource": "-- Dashboard --", "targets": [{"refId": "A", "panelId": 2}]},
        {"targets": [target("up")]},
    )
    Reader(asked.ask).read(url(), NOW)
    assert asked.queries[0]["expr"] == "up"


@pytest.mark.parametrize(
    ("panel", "words"),
    [
        ({"datasource": "Old", "targets": [target("up")]}, 'datasource "Old" of this panel does'),
        ({"datasource": "Simple", "targets": [target("up")]}, "answers to browsers alone"),
        ({"targets": []}, "has no query"),
        ({"targets": [target("up", hide=True)]}, "has no query"),
        ({"type": "text"}, "a text panel cannot be put beside data"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is(panel: dict[str, Any], words: str) -> None:
    asked = Grafana(panel)
    with pytest.raises(CannotRead, match=words):
        Reader(asked.ask).read(url(), NOW)
    assert asked.bodies == []


def test_the_datasource_proxy_is_never_asked() -> None:
    asked = Grafana({"targets": [target("up")]}, version="7.5.5")
    Reader(asked.ask).read(url(), NOW)
    assert not any("proxy" in path for _, path, _ in asked.asked)
