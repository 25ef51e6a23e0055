"""Where the value of a variable comes from, in order; and what happens where nobody knows it."""

from typing import Any

import pytest

from grafherald.draw.frames.decode import CannotRead
from grafherald.panels.reader import PanelData, Reader

from .grafana import NOW, Grafana, query_variable, target, url

PANEL = {"targets": [target('load{instance=~"$host"}')], "title": "Load of $host"}
HOSTS = ["db01:9100", "web01:9100", "web02:9100"]


def asked(
    variable: dict[str, Any],
    more: str = "",
    context: dict[str, str] | None = None,
    version: str = "10.4.2",
    panel: dict[str, Any] = PANEL,
    renamed: dict[str, str] | None = None,
) -> tuple[str, PanelData]:
    """The matcher's value in the query that Grafana was asked."""
    grafana = Grafana(panel, variables=[variable], version=version, labels={"host": HOSTS})
    reader = Reader(grafana.ask, variables=renamed or {})
    data = reader.read(url(more=more), NOW, context)
    expr = grafana.queries[-1].get("expr", "")
    return expr.removeprefix('load{instance=~"').removesuffix('"}'), data


STORED = {"current": {"value": ["db01:9100"], "text": ["db01:9100"]}}


def test_the_url_comes_first() -> None:
    value, data = asked(query_variable("host", **STORED), "&var-host=x1&var-host=x2", {"host": "q"})
    assert value == "(x1|x2)"
    assert data.title == "Load of x1 + x2"


def test_the_alerts_own_label_beats_the_stored_value() -> None:
    value, data = asked(query_variable("host", **STORED), context={"host": "web02:9100"})
    assert value == "web02:9100"
    assert data.title == "Load of web02:9100"


def test_an_alert_names_hosts_without_their_port() -> None:
    assert asked(query_variable("host"), context={"host": "web01"})[0] == "web01:9100"
    assert asked(query_variable("host"), context={"host": "WEB01.example.com"})[0] == "web01:9100"


def test_settings_say_which_label_a_variable_takes() -> None:
    value, _ = asked(query_variable("host"), context={"entity": "db01"}, renamed={"host": "entity"})
    assert value == "db01:9100"


def test_a_label_that_is_no_value_of_the_variable_says_nothing() -> None:
    assert asked(query_variable("host", **STORED), context={"host": "mail7"})[0] == "db01:9100"


def test_the_stored_value_comes_next() -> None:
    assert asked(query_variable("host", **STORED))[0] == "db01:9100"


def test_all_is_the_dashboards_own_word_for_all() -> None:
    stored = {"current": {"value": ["$__all"]}, "allValue": "web.*"}
    value, data = asked(query_variable("host", **stored))
    assert value == "web.*"
    assert data.title == "Load of All"
    assert data.notes == ()


def test_all_without_such_a_word_is_all_values_sorted() -> None:
    value, data = asked(query_variable("host", sort=1, current={"value": "$__all"}))
    assert value == "(db01:9100|web01:9100|web02:9100)"
    assert data.title == "Load of All"


def test_nothing_stored_is_all_where_all_may_be_chosen() -> None:
    assert asked(query_variable("host"))[0] == "(db01:9100|web01:9100|web02:9100)"


def test_nothing_stored_is_the_first_value_where_it_may_not() -> None:
    assert asked(query_variable("host", includeAll=False, multi=False))[0] == "db01:9100"


def test_a_variables_regex_cuts_its_values() -> None:
    variable = query_variable("host", regex="/(web.*):/", includeAll=False)
    assert asked(variable)[0] == "web01"


def test_before_nine_nobody_is_asked_and_the_picture_says_all() -> None:
    value, data = asked(query_variable("host"), version="7.5.5")
    assert value == ".*"
    assert data.notes == ("all hosts",)


def test_before_nine_an_alerts_label_is_taken_as_it_is() -> None:
    value, _ = asked(query_variable("host"), version="7.5.5", context={"host": "web01"})
    assert value == "web01"


def test_a_guess_that_shows_nothing_is_taken_back() -> None:
    grafana = Grafana(PANEL, variables=[query_variable("host", **STORED)], series=[])
    Reader(grafana.ask).read(url(), NOW, {"host": "web01"})
    assert [query["expr"] for query in grafana.queries] == [
        'load{instance=~"web01"}',
        'load{instance=~"db01:9100"}',
    ]


def test_an_unknown_value_widens_an_equal_sign_too() -> None:
    grafana = Grafana(
        {"targets": [target('rate(x{a="$host", b="1"}[5m])', legendFormat="$host")]},
        variables=[query_variable("host")],
    )
    Reader(grafana.ask).read(url(), NOW)
    assert grafana.queries[0]["expr"] == 'rate(x{a=~".*", b="1"}[5m])'
    assert grafana.queries[0]["legendFormat"] == "All"


@pytest.mark.parametrize("expr", ["rate(${host}_total[5m])", 'x{a!="$host"}', "x[$host]"])
def test_an_unknown_value_in_another_place_is_refused(expr: str) -> None:
    grafana = Grafana({"targets": [target(expr)]}, variables=[query_variable("host")])
    with pytest.raises(CannotRead, match='the value of "host" is not known'):
        Reader(grafana.ask).read(url(), NOW)
    assert grafana.queries == []


def test_chained_variables_are_asked_in_their_order() -> None:
    job = query_variable("job", includeAll=False, multi=False)
    host = query_variable("host", query='label_values(up{job="$job"}, host)')
    grafana = Grafana(
        PANEL, variables=[job, host], version="10.0.0", labels={"job": ["node"], "host": HOSTS}
    )
    Reader(grafana.ask).read(url(), NOW)
    paths = [path for _, path, _ in grafana.asked if "/resources/" in path]
    assert "match%5B%5D=up%7Bjob%3D%22node%22%7D" in paths[-1]
    assert all(path.startswith("/api/datasources/uid/prom/resources/") for path in paths)


def test_variables_that_the_panel_does_not_use_are_not_asked_for() -> None:
    grafana = Grafana(
        {"targets": [target("up")]}, variables=[query_variable("host")], version="10.0.0"
    )
    Reader(grafana.ask).read(url(), NOW)
    assert not any("/resources/" in path for _, path, _ in grafana.asked)


def test_a_datasource_variable_is_the_first_of_its_type_the_default_one_first() -> None:
    variable = {"name": "ds", "type": "datasource", "query": "prometheus", "current": {}}
    panel = {"datasource": "$ds", "targets": [target("up")]}
    grafana = Grafana(panel, variables=[variable])
    Reader(grafana.ask).read(url(), NOW)
    assert grafana.queries[0]["datasourceId"] == 2
    Reader(grafana.ask).read(url(more="&var-ds=Prom+2"), NOW)
    assert grafana.queries[1]["datasourceId"] == 3


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ({"type": "custom", "query": "a,b : c\\,d", "current": {}}, "a"),
        ({"type": "constant", "query": "k"}, "k"),
        ({"type": "textbox", "query": "t", "current": {}}, "t"),
        ({"type": "interval", "query": "1m,5m", "current": {"value": "5m"}}, "5m"),
        (
            {
                "type": "interval",
                "query": "1m",
                "auto_count": 30,
                "auto_min": "10s",
                "current": {"value": "$__auto_interval_host"},
            },
            "10m",
        ),
    ],
)
def test_variables_that_need_no_datasource(variable: dict[str, Any], expected: str) -> None:
    assert asked({"name": "host", **variable})[0] == expected


def test_ad_hoc_filters_are_refused() -> None:
    variable = {"name": "Filters", "type": "adhoc", "filters": [{"key": "a", "value": "b"}]}
    with pytest.raises(CannotRead, match='filtered ad hoc by "Filters"'):
        asked(variable)
    asked({**variable, "filters": []})
    with pytest.raises(CannotRead):
        asked({**variable, "filters": []}, more="&var-Filters=a%7C%3D%7Cb")


def test_a_repeated_panel_shows_the_first_of_two_values() -> None:
    value, data = asked(
        query_variable("host"),
        "&var-host=web02:9100&var-host=db01:9100",
        panel={**PANEL, "repeat": "host"},
    )
    assert value == "web02:9100"
    assert data.title == "Load of web02:9100"
