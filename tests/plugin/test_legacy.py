from __future__ import annotations

import asyncio

from grafherald_plugin.datasource import Datasources
from grafherald_plugin.legacy import LegacyService
from grafherald_plugin.metrics import PluginMetrics
from grafherald_plugin.wire import models_pb2 as wire

T = 1_700_000_000_000


def ask(url, *queries):
    request = wire.DatasourceRequest(
        time_range=wire.TimeRange(from_ms=T, to_ms=T + 1000),
        data_source=wire.DataSource(id=1, org_id=1, url=url),
        queries=[
            wire.DataQuery(ref_id=ref_id, json=json, interval_ms=1000, max_data_points=100)
            for ref_id, json in queries
        ],
    )

    async def run():
        datasources = Datasources(PluginMetrics())
        try:
            return await LegacyService(datasources).query(request)
        finally:
            datasources.close()

    return list(asyncio.run(run()).results)


def test_series_come_with_their_tags_and_without_null(api):
    points = [[1.5, T], [None, T + 1], [0, T + 2]]
    api.answer([{"target": "a", "datapoints": points, "tags": {"host": "web01"}}])
    (result,) = ask(api.url, ("A", '{"target": "cpu"}'))
    (series,) = result.series
    assert (result.ref_id, series.name, dict(series.tags)) == ("A", "a", {"host": "web01"})
    assert [(p.timestamp, p.value) for p in series.points] == [(T, 1.5), (T + 2, 0)]


def test_tables_come_with_the_kind_of_each_value(api):
    heads = [("t", "time"), ("n", "number"), ("b", "boolean"), ("s", "string")]
    columns = [{"text": text, "type": kind} for text, kind in heads]
    api.answer([{"columns": columns, "rows": [[T, 1.5, True, "x"], [None] * 4]}])
    (result,) = ask(api.url, ("A", "{}"))
    (table,) = result.tables
    assert [column.name for column in table.columns] == ["t", "n", "b", "s"]
    first, second = table.rows
    at, number, boolean, text = first.values
    assert (at.kind, at.int64_value) == (wire.Value.INT64, T)
    assert (number.kind, number.double_value) == (wire.Value.DOUBLE, 1.5)
    assert (boolean.kind, boolean.bool_value) == (wire.Value.BOOL, True)
    assert (text.kind, text.string_value) == (wire.Value.STRING, "x")
    assert {value.kind for value in second.values} == {wire.Value.NULL}


def test_every_ref_id_gets_its_own_error():
    results = ask("http://127.0.0.1:1", ("A", "{}"), ("B", "{}"))
    assert [result.ref_id for result in results] == ["A", "B"]
    assert all("cannot be reached" in result.error for result in results)


def test_settings_that_are_wrong_are_an_error_of_every_ref_id():
    assert [result.ref_id for result in ask("", ("A", "{}"), ("B", "{}"))] == ["A", "B"]


def test_no_data_is_no_error(api):
    api.answer([])
    (result,) = ask(api.url, ("A", "{}"))
    assert (result.ref_id, result.error) == ("A", "")
