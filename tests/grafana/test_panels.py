import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.grafana.panels import PanelAddress, panel_address, panels, problem

G = "https://grafana.example.com/sub/render"
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "grafana-7.5"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{G}/d-solo/web/slug?orgId=1&panelId=2", PanelAddress("web", False, 2)),
        (f"{G}/d-solo/web?panelId=panel-4#sensu.io.graphic", PanelAddress("web", False, 4)),
        (f"{G}/d-solo/web?panelId=panel-2-clone-2", PanelAddress("web", False, 2)),
        (f"{G}/d/web?kiosk&autofitpanels", PanelAddress("web", False, None)),
        (f"{G}/dashboard-solo/db/web?panelId=2", PanelAddress("web", True, 2)),
        (f"{G}/dashboard/solo/db/web?panelId=2", PanelAddress("web", True, 2)),
        (f"{G}/d-solo/a%20b/x?panelId=2", PanelAddress("a b", False, 2)),
        (f"{G}/something?panelId=2", None),
        ("https://example.com/d-solo/web?panelId=2", None),
    ],
)
def test_a_render_url_names_dashboard_and_panel(url: str, expected: PanelAddress | None) -> None:
    assert panel_address(url) == expected


@pytest.mark.parametrize(
    ("query", "mistake"),
    [
        ("panelID=2", "the URL has panelID, and Grafana reads panelId only"),
        ("orgId=1", "the URL names no panel: panelId is missing"),
        ("panelId=cpu", "the URL's panelId is no number: 'cpu'"),
    ],
)
def test_a_url_that_names_no_panel_is_said_so(query: str, mistake: str) -> None:
    address = panel_address(f"{G}/d-solo/web?{query}")
    assert address is not None
    assert problem(address, {}) == mistake


ROW = {"id": 9, "type": "row", "panels": [{"id": 3, "type": "graph"}]}
WEB = {
    "title": "Web",
    "panels": [{"id": 2, "type": "graph"}, ROW, {"id": 4, "libraryPanel": {"uid": "x"}}],
}


def asked(panel: int, dashboard: Any = WEB, frontend: Any = None) -> str:
    return problem(PanelAddress("web", False, panel), dashboard, frontend)


@pytest.mark.parametrize("panel", [2, 3, 4])
def test_a_panel_is_found_in_rows_and_libraries(panel: int) -> None:
    assert asked(panel) == ""


@pytest.mark.parametrize("panel", [1, 9, 999])
def test_a_panel_that_is_not_there_is_told_with_those_that_are(panel: int) -> None:
    assert asked(panel) == f'Grafana has no panel {panel} on "Web" (it has 2, 3, 4)'


def test_many_panels_are_counted() -> None:
    many = {"title": "Web", "panels": [{"id": n} for n in range(1, 21)]}
    assert asked(99, many).endswith("(it has 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 8 more)")


def test_the_rows_of_grafana_4_have_panels() -> None:
    old = {"title": "Web", "rows": [{"panels": [{"id": 1}]}, {"panels": [{"id": 5}]}]}
    assert asked(5, old) == ""
    assert "it has 1, 5" in asked(2, old)


def test_a_repeat_may_have_an_id_that_only_a_browser_knows() -> None:
    for where in ({"id": 2, "repeat": "server"}, {"id": 2, "type": "row", "repeat": "server"}):
        repeated = {"panels": [where, {"id": 3}]}
        assert asked(17, repeated) == ""
        assert "no panel 1 " in asked(1, repeated)


FRONTEND = {
    "panels": {"timeseries": {}, "table": {}},
    "datasources": {"Prometheus": {"uid": "prom1"}, "-- Mixed --": {}},
}


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        ({"type": "timeseries", "datasource": "Prometheus"}, ""),
        ({"type": "timeseries", "datasource": {"type": "prometheus", "uid": "prom1"}}, ""),
        ({"type": "timeseries", "datasource": None}, ""),
        ({"type": "timeseries", "datasource": "$source"}, ""),
        ({"type": "timeseries", "datasource": {"uid": "${source}"}}, ""),
        ({"type": "timeseries", "datasource": "-- Dashboard --"}, ""),
        ({"type": "graph"}, ""),
        ({"type": "gone-panel"}, "Grafana has no panel plugin 'gone-panel', which panel 2 of"),
        ({"type": "table", "datasource": "Gone"}, "Grafana has no datasource 'Gone', which panel"),
        ({"type": "table", "datasource": {"uid": "gone"}}, "Grafana has no datasource 'gone'"),
    ],
)
def test_what_a_panel_needs_is_there_or_said(panel: dict[str, Any], said: str) -> None:
    found = asked(2, {"title": "Web", "panels": [{"id": 2, **panel}]}, FRONTEND)
    assert found.startswith(said)
    assert bool(found) is bool(said)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded answers are not here")
@pytest.mark.parametrize(
    ("panel", "said"),
    [
        *((number, "") for number in (2, 3, 4, 5, 6, 7, 8, 21, 22, 31, 40, 46)),
        (44, "no datasource 'NoSuchDatasource'"),
        (45, "no panel plugin 'no-such-panel-type'"),
        (20, "no panel 20"),
        (15, "no panel 15"),
    ],
)
def test_the_panels_of_a_real_grafana(panel: int, said: str) -> None:
    dashboard = json.loads((SAMPLES / "api-dashboard-uid.body").read_text())["dashboard"]
    frontend = json.loads((SAMPLES / "api-frontend-settings.body").read_text())
    found = problem(PanelAddress("node1", False, panel), dashboard, frontend)
    assert said in found
    assert bool(found) is bool(said)


JUNK = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["panels", "rows", "id", "type", "repeat", "datasource", "uid"]), inner
        )
    ),
    max_leaves=12,
)


@given(JUNK, JUNK, st.integers(0, 9))
def test_json_of_any_shape_is_no_accident(dashboard: Any, frontend: Any, panel: int) -> None:
    list(panels(dashboard))
    assert isinstance(asked(panel, dashboard, frontend), str)
