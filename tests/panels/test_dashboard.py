"""The panel that a URL means is found wherever a dashboard of any age keeps it."""

import pytest

from grafherald.draw.frames.decode import CannotRead
from grafherald.panels.dashboard import DatasourceList, address_of, find_panel

from .grafana import SETTINGS

ROWS = {"title": "Old", "rows": [{"panels": [{"id": 1, "type": "graph"}]}, {"panels": []}]}
NEW = {
    "title": "Web",
    "panels": [
        {"id": 2, "type": "timeseries"},
        {"id": 3, "type": "row", "panels": [{"id": 4, "type": "stat"}]},
        {"id": 5, "type": "library-panel-ref", "libraryPanel": {"model": {"type": "gauge"}}},
    ],
}


@pytest.mark.parametrize(
    ("dashboard", "number", "kind"),
    [(ROWS, 1, "graph"), (NEW, 2, "timeseries"), (NEW, 4, "stat"), (NEW, 5, "gauge")],
)
def test_panels_are_found(dashboard: dict[str, object], number: int, kind: str) -> None:
    assert find_panel(dashboard, number)["type"] == kind


def test_a_missing_panel_is_said_with_those_that_there_are() -> None:
    with pytest.raises(CannotRead) as caught:
        find_panel(NEW, 999)
    assert str(caught.value) == 'Grafana has no panel 999 on "Web" (it has 2, 4, 5)'


@pytest.mark.parametrize(
    ("url", "path", "panel"),
    [
        ("/render/d-solo/abc/slug?panelId=4", "/api/dashboards/uid/abc", 4),
        ("https://g.example/sub/d/abc/slug?viewPanel=panel-12", "/api/dashboards/uid/abc", 12),
        ("/d-solo/abc?panelId=panel-4&x=1", "/api/dashboards/uid/abc", 4),
        ("/render/dashboard-solo/db/web?panelId=7", "/api/dashboards/db/web", 7),
        ("/d/abc/slug?panelId=3&fullscreen", "/api/dashboards/uid/abc", 3),
        ("/d/abc/slug?viewPanel=panel-3-clone-1", "/api/dashboards/uid/abc", 3),
    ],
)
def test_addresses(url: str, path: str, panel: int) -> None:
    address = address_of(url)
    assert (address.path, address.panel) == (path, panel)


@pytest.mark.parametrize("url", ["/d/abc/slug", "/explore?panelId=1", "", "/d/abc?panelId=x"])
def test_what_is_no_panel_is_refused(url: str) -> None:
    with pytest.raises(CannotRead):
        address_of(url)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (None, "Prom"),
        ("", "Prom"),
        ("default", "Prom"),
        ("Carbon", "Carbon"),
        ("prom2", "Prom 2"),
        ({"uid": "influx", "type": "influxdb"}, "Influx"),
        ({"type": "prometheus"}, "Prom"),
    ],
)
def test_datasources_are_found_by_name_and_uid(wanted: object, name: str) -> None:
    settings = {**SETTINGS, "buildInfo": {}}
    found = DatasourceList(settings).find(wanted)
    assert found is not None
    assert found.name == name


def test_a_datasource_that_is_gone_is_none() -> None:
    assert DatasourceList(SETTINGS).find("Prom of old") is None
