"""Open alerts have their small live graphs, drawn by us, however many look."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from grafherald.demo.standins import grafana as standin
from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.page.look import TimeRange
from grafherald.event import State
from grafherald.panels.reader import PanelData
from grafherald.web.live import SIZES, Shape, fit_for

from .conftest import PASSWORD, Make, Told, served
from .looks import keep

TRIANGLE = "l3.5 6h-7z"  # an earlier alert


@pytest.fixture
def panels(empty: Told) -> Iterator[standin.GrafanaStandIn]:
    """A Grafana whose panels have data, and no renderer; two alerts show the same panel."""
    with standin.running("t") as found:
        found.api.data, found.mode = True, "missing"
        empty.pictures = found.url
        for minutes, state in ((100, State.CRITICAL), (90, State.OK), (20, State.CRITICAL)):
            empty.tell("web05", "cpu", state, minutes)
        empty.tell("web06", "cpu", State.WARNING, 10)
        yield found


@pytest.fixture
def look(make_app: Make, panels: standin.GrafanaStandIn) -> FlaskClient:
    return make_app(grafana=panels.url, password=PASSWORD, open=True).test_client()


def asked(grafana: standin.GrafanaStandIn, start: str = "/api/ds/query") -> int:
    return sum(request.target.startswith(start) for request in grafana.requests)


def graphs(client: FlaskClient, path: str = "/?view=cards") -> list[str]:
    html = client.get(path).text.replace("&amp;", "&")
    return re.findall(r'(?:src|srcset)="(/alerts/\d+/live\.svg[^"]+)"', html)


def test_however_many_look_a_panel_is_asked_for_once(
    look: FlaskClient, panels: standin.GrafanaStandIn
) -> None:
    paths = [path for path in graphs(look) if "theme=light" in path]
    assert len(paths) >= 2
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda p=path: answers.append(look.get(p).status_code))
        for path in paths * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {200}
    assert len({panels.bodies[0], *panels.bodies}) == len(panels.bodies) == asked(panels)
    assert asked(panels) <= 2  # a minute may have ended meanwhile
    assert asked(panels, "/render/") == 0


def test_a_graph_is_in_both_themes_and_runs_nothing(look: FlaskClient) -> None:
    both = [look.get(path) for path in graphs(look)[:2]]
    assert both[0].data != both[1].data
    for answer in both:
        assert answer.mimetype == "image/svg+xml"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        root = ElementTree.fromstring(answer.data)
        assert root.get("width") == "360"
        names = {one.tag.rpartition("}")[2] for one in root.iter()}
        assert not names & {"script", "image", "foreignObject", "style", "a"}


def test_the_earlier_alerts_of_the_check_are_marked(look: FlaskClient, told: Told) -> None:
    again = told.tell("web05", "cpu", State.CRITICAL, 0)
    for number, marks in ((again, 1), (again + 1, 0)):
        if number != again:
            told.tell("web07", "cpu", State.CRITICAL, 0)
        svg = look.get(f"/alerts/{number}/live.svg").text
        assert svg.count(TRIANGLE) == marks


@pytest.mark.parametrize(
    ("series", "size", "kind", "has_legend"),
    [
        (1, "", "timeseries", False),
        (1, "", "graph", False),
        (2, "", "timeseries", True),
        (1, "wide", "timeseries", True),
        (1, "", "piechart", True),
    ],
)
def test_a_small_graph_of_one_series_is_all_graph(
    series: int, size: str, kind: str, has_legend: bool
) -> None:
    values = [Field(f"v{number}", "number", [1]) for number in range(series)]
    panel = {"type": kind, "options": {"legend": {"showLegend": True}, "tooltip": {}}}
    panel |= {"legend": {"show": True}}
    frame = Frame((Field("t", "time", [0]), *values))
    data = PanelData(panel, (frame,), TimeRange(0, 1), "", (12, 0, 0), "dark", "utc", 1, 1)
    shown = fit_for(Shape("dark", *SIZES[size]), data)
    assert shown["options"]["legend"]["showLegend"] is has_legend
    assert shown["legend"]["show"] is has_legend


def test_who_may_not_look_gets_no_graph(make_app: Make, panels: standin.GrafanaStandIn) -> None:
    client = make_app(grafana=panels.url, password=PASSWORD, open=False).test_client()
    assert client.get("/alerts/1/live.svg").status_code == 401
    assert panels.requests == []


@pytest.mark.parametrize("number", [999, 2**80])
def test_what_is_over_has_no_live_graph(look: FlaskClient, told: Told, number: int) -> None:
    assert look.get(f"/alerts/{number}/live.svg").status_code == 404
    ended = told.tell("web08", "cpu", State.CRITICAL, 5)
    told.tell("web08", "cpu", State.OK, 0)
    assert look.get(f"/alerts/{ended}/live.svg").status_code == 404
    assert graphs(look, f"/alerts/{ended}") == []


def test_what_is_not_drawn_shows_what_was_sent(
    look: FlaskClient, panels: standin.GrafanaStandIn
) -> None:
    panels.api.data = False
    path = graphs(look)[0]
    answer = look.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{panels.url}/1.png"
    there = look.get(path + "&large")
    assert re.fullmatch(r"/alerts/\d+/now\.png", there.headers["Location"])


def test_who_wants_no_drawings_has_none(make_app: Make, panels: standin.GrafanaStandIn) -> None:
    settings = {"graph": {"draw": "never"}}
    app = make_app(grafana=panels.url, password=PASSWORD, open=True, settings=settings)
    client = app.test_client()
    assert graphs(client) == []
    number = re.findall(r"/alerts/(\d+)", client.get("/").text)[0]
    assert "/now.png" in client.get(f"/alerts/{number}").text
    assert client.get(f"/alerts/{number}/live.svg").status_code == 404


@pytest.mark.real
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cards_show_them_in_the_readers_theme(
    make_app: Make, panels: standin.GrafanaStandIn, browser: Any, scheme: str
) -> None:
    app = make_app(grafana=panels.url, password=PASSWORD, open=True)
    with served(app) as url:
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": 1400, "height": 900}, reduced_motion="reduce"
        )
        page = context.new_page()
        number = graphs(app.test_client())[0].split("/")[2]
        for path in ("/?view=cards", f"/alerts/{number}"):
            page.goto(url + path)
            one = page.locator("img[data-at]").first
            one.evaluate("image => image.decode()")
            assert f"theme={scheme}" in one.evaluate("(image) => image.currentSrc")
            box = one.bounding_box()
            assert box
            assert abs(box["width"] - 2 * box["height"]) < 4, "its room is kept before it is there"
            keep(page, f"live-{scheme}{path.replace('/', '-').replace('?', '-')}")
        context.close()


@pytest.mark.real
def test_a_page_that_stays_open_gets_the_next_minutes(
    make_app: Make, panels: standin.GrafanaStandIn, browser: Any
) -> None:
    with served(make_app(grafana=panels.url, password=PASSWORD, open=True)) as url:
        context = browser.new_context()
        page = context.new_page()
        page.clock.install()
        page.goto(url + "/?view=cards")
        before = page.locator("img[data-at]").first.get_attribute("src")
        page.clock.run_for(75_000)
        after = page.locator("img[data-at]").first.get_attribute("src")
        context.close()
    assert before != after
    assert re.sub(r"at=\d+", "", before) == re.sub(r"at=\d+", "", after)
