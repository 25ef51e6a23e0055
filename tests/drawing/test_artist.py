"""Panels are asked for once, by the token's owner alone, and nowhere but where they are."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from grafherald.demo.standins.grafana import GrafanaStandIn
from grafherald.draw.frames.decode import CannotRead
from grafherald.drawing.answers import Answers, Credentials
from grafherald.drawing.options import DrawOptions
from grafherald.drawing.scene import Scene
from grafherald.errors import GraphError
from grafherald.net.address import base
from grafherald.net.client import Client

QUERY = "/api/ds/query"


def queries(grafana: GrafanaStandIn) -> int:
    return sum(request.target == QUERY for request in grafana.requests)


def test_a_panel_is_drawn(draw: Any) -> None:
    drawn = draw()
    assert drawn.picture.startswith(b"\x89PNG")
    assert drawn.notes == ()


@pytest.mark.slow
def test_a_storm_on_twenty_panels_makes_twenty_queries(draw: Any, grafana: GrafanaStandIn) -> None:
    def one(number: int) -> None:
        scene = Scene(context={"entity": f"web{number:03}"}, alert=number)
        draw(f"&var-host=web{number % 20}", scene)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(200)))
    assert queries(grafana) == 20
    assert sum(r.target == "/api/dashboards/uid/node" for r in grafana.requests) == 1
    assert sum(r.target == "/api/frontend/settings" for r in grafana.requests) == 1


def test_without_reuse_each_asks_anew(
    make_draw: Callable[..., Any], grafana: GrafanaStandIn
) -> None:
    draw = make_draw(DrawOptions(reuse=0))
    draw()
    draw()
    assert queries(grafana) == 2


def test_who_asks_with_another_token_gets_no_one_elses_data(
    draw: Any, grafana: GrafanaStandIn
) -> None:
    draw()
    with pytest.raises(GraphError, match="401"):
        draw(token="glsa_other")
    assert queries(grafana) == 1


def test_a_variable_takes_the_alerts_name(draw: Any, grafana: GrafanaStandIn) -> None:
    draw("", Scene(context={"host": "web07"}))
    assert b"web07" in grafana.bodies[-1]


def test_a_setting_says_which_name_a_variable_takes(
    make_draw: Callable[..., Any], grafana: GrafanaStandIn
) -> None:
    make_draw(DrawOptions(variables={"host": "entity"}))("", Scene(context={"entity": "db3"}))
    assert b"db3" in grafana.bodies[-1]


def test_the_urls_variable_goes_before_the_alerts(draw: Any, grafana: GrafanaStandIn) -> None:
    draw("&var-host=web01", Scene(context={"host": "web07"}))
    assert b"web01" in grafana.bodies[-1]


def test_an_earlier_range_is_asked_for_to_compare(draw: Any, grafana: GrafanaStandIn) -> None:
    draw(scene=Scene(compare=3_600_000, compare_text="1 hour earlier"))
    starts = [int(re.findall(rb'"from": "(\d+)"', body)[0]) for body in grafana.bodies]
    assert starts[0] - starts[1] == 3_600_000


@pytest.mark.parametrize(
    ("panel", "says"), [(99, 'no panel 99 on "Nodes" \\(it has 2\\)'), (0, "no panel 0")]
)
def test_a_panel_that_is_not_there_is_named(draw: Any, panel: int, says: str) -> None:
    with pytest.raises(GraphError, match=says):
        draw(panel=panel)


@pytest.mark.parametrize(
    "path",
    [
        "/api/datasources/proxy/1/api/v1/query",
        "/api/datasources/proxy/uid/prom/api/v1/query",
        "/api/admin/users",
        "/api/dashboards/uid/x/../../datasources/proxy/1/x",
        "/api/datasources/uid/prom/resources/../../../proxy/1/x",
        "/api/datasources/uid/prom/resources/%2e%2e/%2e%2e/proxy/1/x",
        "/api/dashboards/uid/%2e%2e",
    ],
)
def test_the_token_never_goes_to_a_datasources_proxy(grafana: GrafanaStandIn, path: str) -> None:
    ask = Answers(30).through(Client(timeout=5), Credentials(base(grafana.url), "Bearer x"))
    with pytest.raises(CannotRead):
        ask("GET", path, None)
    assert not grafana.requests


def test_an_answer_that_is_too_large_is_not_read(grafana: GrafanaStandIn, draw: Any) -> None:
    grafana.api.padding = 17 << 20
    with pytest.raises(GraphError, match="more than 16 MiB"):
        draw()


def test_a_grafana_that_hangs_costs_the_deadline_alone(grafana: GrafanaStandIn, draw: Any) -> None:
    grafana.api.data, grafana.mode = False, "hang"
    with pytest.raises(GraphError, match=r"within 0\.3 s"):
        draw(seconds=0.3)


def test_without_the_extra_it_says_how_to_get_it(
    draw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grafherald.drawing.artist.available", lambda: False)
    with pytest.raises(GraphError, match=r"pip install 'grafherald\[draw\]'"):
        draw()
