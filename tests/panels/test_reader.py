"""A panel is read whole or refused with one sentence."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grafherald.draw.frames.decode import CannotRead, QueryFailed
from grafherald.panels.kept import TimedCache
from grafherald.panels.reader import Reader

from .grafana import NOW, Grafana, target, url

UP = {"targets": [target("up")]}


def test_everything_a_drawing_needs() -> None:
    grafana = Grafana({**UP, "title": "Up", "type": "graph"})
    data = Reader(grafana.ask).read(url(more="&theme=light&tz=Europe/Warsaw"), NOW)
    assert (data.title, data.theme, data.version) == ("Up", "light", (7, 5, 5))
    assert (data.width, data.height) == (1000, 500)
    assert (data.span.start, data.span.end) == (1_795_610_400_000, 1_795_632_000_000)
    assert data.frames[0].fields[0].config == {"interval": 20_000}


@pytest.mark.parametrize(
    ("more", "dashboard", "expected"),
    [
        ("&tz=Asia/Tokyo", "Europe/Warsaw", "Asia/Tokyo"),
        ("", "Europe/Warsaw", "Europe/Warsaw"),
        ("", "utc", "utc"),
        ("", "browser", "Europe/Paris"),
        ("", "", "Europe/Paris"),
    ],
)
def test_time_zones_by_url_dashboard_and_settings(more: str, dashboard: str, expected: str) -> None:
    grafana = Grafana(UP, timezone=dashboard)
    address = url().replace("&tz=UTC", "") + more
    assert Reader(grafana.ask, timezone="Europe/Paris").read(address, NOW).timezone == expected


def test_a_url_without_a_range_takes_the_dashboards() -> None:
    grafana = Grafana(UP, time={"from": "now-1h", "to": "now"})
    data = Reader(grafana.ask).read("/render/d-solo/web/x?panelId=1", NOW)
    assert data.span.start == NOW - 3_600_000


def test_an_earlier_range_to_compare_with() -> None:
    grafana = Grafana(UP)
    week = 7 * 86_400_000
    data = Reader(grafana.ask).read(url(), NOW, earlier=week)
    assert data.span.end == 1_795_632_000_000 - week
    assert grafana.bodies[0]["to"] == str(1_795_632_000_000 - week)


def test_dashboards_and_settings_are_kept_for_a_minute() -> None:
    grafana = Grafana(UP)
    reader = Reader(grafana.ask)
    for later in (0, 59_000):
        reader.read(url(), NOW + later)
    assert len([path for method, path, _ in grafana.asked if method == "GET"]) == 2
    reader.read(url(), NOW + 61_000)
    assert len([path for method, path, _ in grafana.asked if method == "GET"]) == 4


def test_what_is_kept_is_bounded_and_failures_are_not_kept() -> None:
    kept: TimedCache[int] = TimedCache(most=2)
    for number in range(3):
        kept.get(str(number), 0, lambda number=number: number)
    assert kept.get("0", 0, lambda: 99) == 99
    with pytest.raises(ZeroDivisionError):
        kept.get("x", 0, lambda: 1 // 0)
    assert kept.get("x", 0, lambda: 5) == 5


def test_no_data_is_no_error() -> None:
    assert Reader(Grafana(UP, series=[]).ask).read(url(), NOW).frames == ()


def test_variables_are_filled_in_everywhere_but_in_targets() -> None:
    panel = {
        **UP,
        "title": "T $x",
        "fieldConfig": {"defaults": {"displayName": "${x} ${__field.labels.host}"}},
    }
    variable = {"name": "x", "type": "constant", "query": "1"}
    data = Reader(Grafana(panel, variables=[variable]).ask).read(url(), NOW)
    assert data.title == "T 1"
    name = data.panel["fieldConfig"]["defaults"]["displayName"]
    assert name == "1 ${__field.labels.host}"


@pytest.mark.parametrize(
    ("path", "status", "answer", "words"),
    [
        ("/api/dashboards", 404, {"message": "Dashboard not found"}, r"\(404\): Dashboard not fo"),
        ("/api/dashboards", 401, {}, r"did not take the token.*\(401\)"),
        ("/api/dashboards", 403, {}, r"the token may not see the dashboard.*\(403\)"),
        ("/api/frontend", 502, None, "answered 502 when asked for its settings"),
        ("/api/dashboards", 200, [], "is no object"),
        ("/api/dashboards", 200, {}, "holds no dashboard"),
        ("/api/ds/query", 500, {"message": "bad query\n!"}, "answered 500 .*: bad query !"),
        ("/api/ds/query", 200, {"results": {"A": {"error": "parse error"}}}, "parse error"),
        ("/api/ds/query", 400, {"results": {"A": {"error": "no"}}}, "query A failed: no"),
        ("/api/ds/query", 207, {"results": {"A": {"status": 403}}}, "failed with status 403"),
    ],
)
def test_refusals_say_what_happened(path: str, status: int, answer: Any, words: str) -> None:
    grafana = Grafana(UP)
    grafana.answers[path] = (status, answer)
    with pytest.raises(CannotRead, match=words):
        Reader(grafana.ask).read(url(), NOW)


@pytest.mark.parametrize(
    ("change", "error", "is_certain"),
    [
        ({}, "parse error at char 7", True),
        ({"expr": "rate(up[$__rate_interval])"}, "parse error at char 7", True),
        ({"expr": 'up{host="$x"}'}, "parse error at char 7", False),  # we filled it in
        ({"expr": 'up{host="[[x]]"}'}, "parse error at char 7", False),
        ({}, "context deadline exceeded", False),  # another moment may be better
        ({}, "dial tcp: connection refused", False),
    ],
)
def test_a_query_that_is_wrong_in_grafana_itself_is_told_from_other_failures(
    change: dict[str, str], error: str, is_certain: bool
) -> None:
    panel = {**UP, "targets": [{"refId": "A", "expr": "rate(up", **change}]}
    grafana = Grafana(panel, variables=[{"name": "x", "type": "constant", "query": "1"}])
    grafana.answers["/api/ds/query"] = (400, {"results": {"A": {"error": error}}})
    with pytest.raises(CannotRead) as caught:
        Reader(grafana.ask).read(url(), NOW)
    assert isinstance(caught.value, QueryFailed) == is_certain


def test_one_query_of_two_that_fails_is_no_broken_panel() -> None:
    grafana = Grafana(
        {**UP, "targets": [{"refId": "A", "expr": "a("}, {"refId": "B", "expr": "b"}]}
    )
    answer = {"results": {"A": {"error": "parse error"}, "B": {"frames": []}}}
    grafana.answers["/api/ds/query"] = (207, answer)
    with pytest.raises(CannotRead, match="parse error") as caught:
        Reader(grafana.ask).read(url(), NOW)
    assert not isinstance(caught.value, QueryFailed)


def test_what_depends_on_who_looks_is_refused() -> None:
    grafana = Grafana({"targets": [target('up{user="${__user.login}"}')]})
    with pytest.raises(CannotRead, match="depends on who looks"):
        Reader(grafana.ask).read(url(), NOW)
    assert grafana.queries == []


def test_a_panel_that_is_not_drawn_is_not_asked_for() -> None:
    grafana = Grafana(UP)
    with pytest.raises(CannotRead, match="geomaps are not drawn"):
        Reader(grafana.ask, refusal=lambda _: "geomaps are not drawn").read(url(), NOW)
    assert grafana.bodies == []


ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["$x", "Prom", "-- Mixed --"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["uid", "refId", "expr", "value", "type"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(["targets", "datasource", "interval", "repeat", "maxDataPoints", "title"]),
        ODD,
    ),
    st.dictionaries(
        st.sampled_from(["type", "query", "current", "options", "regex", "sort", "allValue"]), ODD
    ),
    st.sampled_from(["7.5.5", "10.4.2"]),
)
def test_any_dashboard_is_read_or_refused(
    panel: dict[str, Any], variable: dict[str, Any], version: str
) -> None:
    grafana = Grafana(panel, variables=[{**variable, "name": "x"}], version=version)
    with contextlib.suppress(CannotRead):
        Reader(grafana.ask).read(url(), NOW)


HOSTS = {
    "name": "host",
    "type": "custom",
    "query": "web01,db01",
    "multi": True,
    "includeAll": True,
    "options": [{"text": each, "value": each} for each in ("web01", "db01")],
    "current": {"text": ["web01", "db01"], "value": ["web01", "db01"]},
}
BY_HOST = {"title": "Load of $host", "targets": [target('up{host=~"$host"}')]}


def read(grafana: Grafana, panel: int = 1, more: str = "") -> Any:
    return Reader(grafana.ask).read(url(panel, more), NOW)


@pytest.mark.parametrize("collapsed", [True, False])
def test_a_panel_in_a_repeated_row_shows_the_first_value(collapsed: bool) -> None:
    row: dict[str, Any] = {"id": 7, "type": "row", "repeat": "host", "gridPos": {"x": 0, "y": 4}}
    inner = {"id": 8, "type": "timeseries", **BY_HOST, "gridPos": {"x": 0, "y": 5}}
    rows = [{**row, "panels": [inner]}] if collapsed else [inner, {**row, "panels": []}]
    above = {**BY_HOST, "id": 9, "gridPos": {"x": 0, "y": 0}}
    grafana = Grafana(*rows, above, variables=[HOSTS])
    assert read(grafana, 8).title == "Load of web01"
    assert read(grafana, 9).title == "Load of web01 + db01"


def test_a_panel_in_a_repeated_row_of_before_5_shows_the_first_value() -> None:
    rows = [{"repeat": "host", "panels": [{"id": 3, "type": "graph", **BY_HOST}]}]
    assert read(Grafana(variables=[HOSTS], rows=rows), 3).title == "Load of web01"


def test_a_stored_copy_of_a_repeated_panel_has_its_own_value() -> None:
    own = {"host": {"text": "db01", "value": "db01", "selected": False}}
    copy = {**BY_HOST, "repeatPanelId": 1, "scopedVars": own}
    first = {**BY_HOST, "repeat": "host", "scopedVars": own}
    grafana = Grafana(first, copy, variables=[HOSTS])
    assert read(grafana, 1).title == "Load of web01"
    assert read(grafana, 2).title == "Load of db01"
    assert read(grafana, 2, "&var-host=web01").title == "Load of web01"


@pytest.mark.parametrize("kind", [None, "", "library-panel-ref"])
def test_a_library_panel_that_is_not_in_the_dashboard_is_asked_for(kind: str | None) -> None:
    grafana = Grafana({"type": kind, "libraryPanel": {"uid": "a/b", "name": "Up"}})
    model = {"type": "graph", **UP, "title": "Up everywhere"}
    grafana.answers["/api/library-elements/a%2Fb"] = 200, {"result": {"model": model}}
    found = read(grafana)
    assert (found.title, found.panel["type"], found.panel["id"]) == ("Up everywhere", "graph", 1)


def test_a_library_panel_that_may_not_be_read_is_refused() -> None:
    grafana = Grafana({"type": "library-panel-ref", "libraryPanel": {"uid": "ab"}})
    grafana.answers["/api/library-elements/"] = 403, {"message": "no"}
    with pytest.raises(CannotRead, match="library panel"):
        read(grafana)


@pytest.mark.parametrize(
    ("version", "datasource", "asked"),
    [
        ("10.4.2", None, "carbon"),
        ("10.4.2", {"uid": "prom2"}, "prom2"),
        ("7.5.5", None, "prom"),  # which knows a query's datasource in a mixed panel alone
    ],
)
def test_queries_name_their_datasource_where_the_panel_does_not(
    version: str, datasource: object, asked: str
) -> None:
    query = target("up", target="a.b", datasource={"type": "graphite", "uid": "carbon"})
    grafana = Grafana({"targets": [query], "datasource": datasource}, version=version)
    read(grafana)
    assert [each["datasource"]["uid"] for each in grafana.queries] == [asked]


@pytest.mark.parametrize(("hide", "notes"), [(None, ("timeshift -1h",)), (True, ())])
def test_of_a_shifted_range_nothing_is_said_where_the_panel_wants_that(
    hide: bool | None, notes: tuple[str, ...]
) -> None:
    grafana = Grafana({**UP, "timeShift": "1h", "hideTimeOverride": hide})
    assert read(grafana).notes == notes
