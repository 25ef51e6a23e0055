"""Where a dashboard stores no value of a variable, its datasource is asked as its frontend does."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from grafherald.panels.reader import CannotRead, Reader

from .grafana import NOW, Grafana, query_variable, url

Table = dict[str, list[Any]]


def answer(columns: Table, kind: str = "string") -> tuple[int, Any]:
    """A query's answer as data frames."""
    fields = [{"name": name, "type": kind} for name in columns]
    frame = {"schema": {"fields": fields}, "data": {"values": list(columns.values())}}
    return 200, {"results": {"A": {"status": 200, "frames": [frame]}}}


class Asked(Grafana):
    """A Grafana whose queries for a variable (of one point) answer *columns*."""

    def __init__(self, columns: Table | None, **more: Any) -> None:
        kind = more.pop("kind", "string")
        super().__init__({"targets": [], **more.pop("panel")}, **more)
        self.found = answer(columns, kind) if columns is not None else (500, {"message": "no"})

    def ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if body and body.get("queries", [{}])[0].get("maxDataPoints") == 1:
            self.asked.append((method, path, body))
            return self.found
        return super().ask(method, path, body)


SQL = {"datasource": "SQL", "targets": [{"refId": "A", "rawSql": "select v where h in ($host)"}]}


def sql(columns: Table | None, **more: Any) -> Asked:
    variable = query_variable("host", datasource="SQL", query="select name from hosts")
    return Asked(columns, panel=SQL, variables=[variable], **more)


def test_sql_selects_the_values_in_every_version() -> None:
    for version in ("7.5.5", "11.0.0"):
        grafana = sql({"name": ["web01", "db'01", "web01", None]}, version=version)
        Reader(grafana.ask).read(url(), NOW)
        assert grafana.queries[0]["rawSql"] == "select name from hosts"
        assert grafana.queries[0]["format"] == "table"
        assert grafana.queries[1]["rawSql"] == "select v where h in ('web01','db''01')"


def test_sql_can_say_values_and_texts() -> None:
    grafana = sql({"__text": ["web01", "db01"], "__value": ["1", "2"]})
    Reader(grafana.ask).read(url(), NOW, {"host": "db01"})
    assert grafana.queries[1]["rawSql"] == "select v where h in ('2')"


def test_numbers_are_written_as_they_are() -> None:
    grafana = sql({"id": [1, 2.0, 2.5]}, kind="number")
    Reader(grafana.ask).read(url(), NOW)
    assert grafana.queries[1]["rawSql"] == "select v where h in ('1','2','2.5')"


@pytest.mark.parametrize("columns", [None, {"name": []}])
def test_a_query_that_finds_nothing_is_refused(columns: Table | None) -> None:
    with pytest.raises(CannotRead, match='the value of "host" is not known'):
        Reader(sql(columns).ask).read(url(), NOW)


def influx(query: str, columns: Table, version: str = "10.0.0") -> Asked:
    panel = {"datasource": "Influx", "targets": [{"refId": "A", "query": "h =~ /^$host$/"}]}
    variable = query_variable("host", datasource="Influx", query=query)
    return Asked(columns, panel=panel, variables=[variable], version=version)


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ('SHOW TAG VALUES WITH KEY = "host"', {"Value": ["web01", "db01"]}),
        ('show tag values with key = "host"', {"key": ["host"] * 2, "value": ["web01", "db01"]}),
        ("SHOW MEASUREMENTS", {"name": ["web01", "db01"]}),
        ('import "schema" schema.tagValues()', {"_value": ["web01", "db01"]}),
    ],
)
def test_influxdb_is_asked_in_its_own_words(query: str, columns: Table) -> None:
    grafana = influx(query, columns)
    Reader(grafana.ask).read(url(), NOW)
    assert grafana.queries[0]["query"] == query
    assert grafana.queries[0]["rawQuery"] is True
    assert grafana.queries[1]["query"] == "h =~ /^(web01|db01)$/"


def test_influxdb_before_8_answers_series_alone_and_is_not_asked() -> None:
    grafana = influx("SHOW MEASUREMENTS", {"name": ["web01"]}, version="7.5.5")
    found = Reader(grafana.ask).read(url(), NOW)
    assert "all hosts" in found.notes
    assert len(grafana.queries) == 1


@pytest.mark.parametrize(
    "query",
    [
        '{"find": "terms", "field": "host.name", "query": "up:1"}',
        {"find": "terms", "field": "host.name", "query": "up:1"},
        {"query": '{"find": "terms", "field": "host.name", "query": "up:1"}', "refId": "x"},
    ],
)
def test_elasticsearch_counts_terms(query: Any) -> None:
    grafana = _elastic(query, {"host.name": ["web01", "db01"], "Count": ["3", "1"]})
    Reader(grafana.ask).read(url(), NOW)
    asked = grafana.queries[0]
    assert (asked["query"], asked["timeField"]) == ("up:1", "when")
    (terms,) = asked["bucketAggs"]
    assert (terms["type"], terms["field"]) == ("terms", "host.name")
    assert (terms["settings"]["orderBy"], terms["settings"]["order"]) == ("_term", "asc")
    assert grafana.queries[1]["query"] == 'host:("web01" OR "db01")'


def test_elasticsearch_can_order_by_count() -> None:
    query = {"find": "terms", "field": "h", "orderBy": "doc_count", "size": 5}
    grafana = _elastic(query, {"h": ["web01"]})
    Reader(grafana.ask).read(url(), NOW)
    (terms,) = grafana.queries[0]["bucketAggs"]
    settings = terms["settings"]
    assert (settings["orderBy"], settings["order"], settings["size"]) == ("_count", "desc", "5")


@pytest.mark.parametrize("query", ["{", '{"find": "fields"}', '{"find": "terms"}', "[]", 5])
def test_elasticsearch_is_not_asked_what_it_cannot_be(query: Any) -> None:
    grafana = _elastic(query, {"h": ["web01"]})
    Reader(grafana.ask).read(url(), NOW)
    assert len(grafana.queries) == 1  # of the panel alone, which matches all


def _elastic(query: Any, columns: Table) -> Asked:
    panel = {"datasource": "Logs", "targets": [{"refId": "A", "query": "host:$host"}]}
    variable = query_variable("host", datasource="Logs", query=query)
    grafana = Asked(columns, panel=panel, variables=[variable])
    grafana.settings["datasources"]["Logs"] = {
        "id": 9,
        "uid": "logs",
        "type": "elasticsearch",
        "jsonData": {"timeField": "when"},
    }
    return grafana


def _resource(kind: str, query: str, found: Any, version: str) -> Grafana:
    variable = query_variable("host", datasource=kind, query=query)
    words = {"Loki": "expr", "Carbon": "target"}.get(kind, "expr")
    panel = {"datasource": kind, "targets": [{"refId": "A", words: 'x{h=~"$host"}'}]}
    grafana = Grafana(panel, variables=[variable], version=version)
    grafana.answers["/api/datasources/uid/"] = (200, found)
    return grafana


def test_graphite_finds_names_through_its_backend_since_12() -> None:
    found = [{"text": "web01", "leaf": 0}, {"text": "db01"}]
    grafana = _resource("Carbon", "servers.*", found, "12.1.0")
    Reader(grafana.ask).read(url(), NOW)
    method, path, body = next(each for each in grafana.asked if "/resources/" in each[1])
    assert (method, path) == ("POST", "/api/datasources/uid/carbon/resources/metrics/find")
    assert body["query"] == "servers.*"
    assert grafana.bodies[-1]["queries"][0]["target"] == 'x{h=~"{web01,db01}"}'


def test_graphite_before_is_not_asked() -> None:
    grafana = _resource("Carbon", "servers.*", [{"text": "web01"}], "11.0.0")
    Reader(grafana.ask).read(url(), NOW)
    assert not any("/resources/" in path for _, path, _ in grafana.asked)


@pytest.mark.parametrize(
    ("kind", "query", "path"),
    [
        ("Prom", "label_names()", "prom/resources/api/v1/labels"),
        ("Loki", "label_names()", "loki/resources/labels"),
        ("Loki", 'label_values({app="x"}, host)', "loki/resources/label/host/values"),
    ],
)
def test_labels_are_asked_of_the_datasources_resources(kind: str, query: str, path: str) -> None:
    grafana = _resource(kind, query, {"data": ["web01", "db01"]}, "10.0.0")
    Reader(grafana.ask).read(url(), NOW)
    assert any(f"uid/{path}?" in each for _, each, _ in grafana.asked)
    assert "web01|db01" in grafana.queries[0]["expr"]


def test_nothing_is_ever_asked_through_the_proxy() -> None:
    for kind in ("Prom", "Loki", "Carbon", "Influx", "SQL"):
        for version in ("6.7.0", "7.5.5", "9.0.0", "12.1.0"):
            grafana = _resource(kind, "label_values(up, host)", {"data": ["a"]}, version)
            with contextlib.suppress(CannotRead):
                Reader(grafana.ask).read(url(), NOW)
            assert not any("/proxy/" in path for _, path, _ in grafana.asked)


def test_a_datasource_that_answers_nonsense_has_no_values() -> None:
    for found in (None, [], {"data": "x"}, {"data": [1, None]}, "text"):
        grafana = _resource("Prom", "label_values(host)", found, "10.0.0")
        assert "all hosts" in Reader(grafana.ask).read(url(), NOW).notes


def test_the_alert_names_one_of_the_values() -> None:
    grafana = sql({"name": ["web01", "db01"]})
    Reader(grafana.ask).read(url(), NOW, {"host": "db01"})
    assert grafana.queries[1]["rawSql"] == "select v where h in ('db01')"
