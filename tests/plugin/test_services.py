from __future__ import annotations

import asyncio
import json
import logging
import threading

import pyarrow as pa
import pytest

from grafherald_plugin.datasource import Datasources
from grafherald_plugin.metrics import PluginMetrics
from grafherald_plugin.query import ApiQuery
from grafherald_plugin.services import DatasourceServices
from grafherald_plugin.settings import ApiSettings
from grafherald_plugin.wire import pluginv2_pb2 as wire

T = 1_700_000_000_000
SERIES = [{"target": "a", "datapoints": [[1.5, T]]}]


def call(method, *requests):
    """Call *method* of one set of services with each request in turn; return the last answer."""
    return using(lambda datasources: answers(DatasourceServices(datasources), method, requests))


def using(use):
    """Run *use* with datasources, which are closed after."""

    async def run():
        datasources = Datasources(PluginMetrics())
        try:
            return await use(datasources)
        finally:
            datasources.close()

    return asyncio.run(run())


async def answers(services, method, requests):
    return [await getattr(services, method)(request) for request in requests][-1]


def context(url, **json_data):
    source = wire.DataSource(id=1, uid="u", url=url, json_data=json.dumps(json_data).encode())
    return wire.Context(org_id=1, data_source=source)


def query(ref_id="A", target="cpu", **saved):
    return wire.DataQuery(
        ref_id=ref_id,
        json=json.dumps({"target": target, **saved}).encode(),
        interval_ms=1000,
        max_data_points=100,
        time_range=wire.TimeRange(from_ms=T, to_ms=T + 60_000),
    )


def ask(url, *queries, headers=None, **json_data):
    request = wire.QueryDataRequest(
        context=context(url, **json_data), queries=queries, headers=headers or {}
    )
    return dict(call("query_data", request).responses)


def read(response):
    assert not response.error
    return [pa.ipc.open_file(frame).read_all() for frame in response.frames]


def test_a_query_comes_back_as_frames(api):
    api.answer(SERIES)
    responses = ask(api.url, query(type="table", payload={"p": 1}))
    (frame,) = read(responses["A"])
    assert frame.column("a").to_pylist() == [1.5]
    assert frame.schema.metadata[b"refId"] == b"A"
    assert responses["A"].status == 200
    body = api.requests[0]["body"]
    assert body["targets"] == [
        {"target": "cpu", "refId": "A", "type": "table", "payload": {"p": 1}}
    ]
    assert (body["intervalMs"], body["maxDataPoints"]) == (1000, 100)


def test_every_ref_id_is_answered_whatever_the_order_and_the_answers_ref_id(api):
    def answer(handler):
        ref_id = api.requests[-1]["body"]["targets"][0]["refId"]
        body = json.dumps([{"target": ref_id, "refId": "Z", "datapoints": [[1, T]]}]).encode()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        handler.close_connection = True

    api.routes["/query"] = answer
    responses = {}
    for ref_id in ("B", "A", "C"):  # one at a time, so that requests[-1] is the one
        responses |= ask(api.url, query(ref_id))
    assert {ref_id: read(found)[0].column_names[1] for ref_id, found in responses.items()} == {
        "A": "A",
        "B": "B",
        "C": "C",
    }


def test_one_failure_leaves_the_others_alone(api):
    api.answer(SERIES)
    responses = ask(api.url, query("A"), wire.DataQuery(ref_id="B", json=b"["))
    assert read(responses["A"])
    assert (responses["B"].status, responses["B"].error_source) == (400, "downstream")
    assert "saved query" in responses["B"].error


def test_queries_of_one_request_are_asked_side_by_side(api):
    together = threading.Barrier(8)

    def answer(handler):
        together.wait(10)
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    api.routes["/query"] = answer
    responses = ask(api.url, *(query(ref_id) for ref_id in "ABCDEFGH"))
    assert [responses[ref_id].error for ref_id in "ABCDEFGH"] == [""] * 8


def test_an_api_that_is_down_is_an_error_of_every_ref_id():
    responses = ask("http://127.0.0.1:1", query("A"), query("B"))
    assert {found.status for found in responses.values()} == {502}
    assert {found.error_source for found in responses.values()} == {"downstream"}


def test_settings_that_are_wrong_are_an_error_of_every_ref_id():
    responses = ask("nowhere", query("A"), query("B"))
    assert all("datasource settings: url" in found.error for found in responses.values())


def test_without_a_datasource_there_is_an_error():
    assert call("query_data", wire.QueryDataRequest(queries=[query()])).responses["A"].error


@pytest.mark.parametrize("points", [[[1, 2**70]], [[10**400, T]]])
def test_what_is_out_of_range_is_an_error(api, points):
    api.answer([{"target": "a", "datapoints": points}])
    assert "out of range" in ask(api.url, query())["A"].error


@pytest.mark.parametrize("name", ["FromAlert", "fromalert"])
def test_alert_rules_are_known_by_their_header(api, name):
    api.answer([{"columns": [{"text": "who"}], "rows": [["SE"]]}])
    assert read(ask(api.url, query())["A"])
    assert "alert rule" in ask(api.url, query(), headers={name: "true"})["A"].error


def test_a_dashboards_alert_gets_numbers_as_series_of_one_point(api):
    """Grafana 7.5.5 says for a frame of numbers: "input frame is not recognized as a time series".

    Its requests have neither an interval nor a number of points.
    """
    heads = [{"text": "host", "type": "string"}, {"text": "load", "type": "number"}]
    api.answer([{"type": "table", "columns": heads, "rows": [["web01", 1], ["web02", 7]]}])
    saved = query(type="table")
    saved.interval_ms = saved.max_data_points = 0
    (frame,) = read(ask(api.url, saved, headers={"FromAlert": "true"})["A"])
    assert frame.column_names == ["Time", "load", "load"]
    assert [column.to_pylist() for column in frame.columns[1:]] == [[1], [7]]
    assert frame.column(0)[0].value == (T + 60_000) * 1_000_000
    labels = [json.loads(frame.schema.field(place).metadata[b"labels"]) for place in (1, 2)]
    assert labels == [{"host": "web01"}, {"host": "web02"}]
    (rule,) = read(ask(api.url, query(type="table"), headers={"FromAlert": "true"})["A"])
    assert rule.column_names == ["host", "load"], "later alert engines read numbers as they are"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, {"error": "no such metric"}, "/query answered: no such metric"),
        (400, {"error": {"code": 5, "message": "bad range"}}, "/query answered 400: bad range"),
        (400, {"message": "severity = 'crit': use one of warning"}, "400: severity = 'crit': use"),
        (500, {"error": "token s3cret is old"}, "500: token *** is old"),
        (500, ["a", 7], '500: ["a", 7]'),
    ],
)
def test_what_the_api_says_is_quoted(api, status, body, said):
    api.answer(body, status=status)
    request = wire.QueryDataRequest(context=context(api.url), queries=[query()])
    request.context.data_source.secure_json_data["bearerToken"] = "s3cret"
    assert said in call("query_data", request).responses["A"].error


def test_a_bug_of_ours_is_the_plugins_fault_and_goes_to_the_log(api, caplog):
    api.answer(SERIES)

    def fail(*_):
        raise ZeroDivisionError

    (answer,) = using(
        lambda datasources: datasources.query(
            datasources.api("key", ApiSettings(api.url)), [ApiQuery("A", "cpu", T, T, 1, 1)], fail
        )
    )
    assert (answer.error.status, answer.error.source) == (500, "plugin")
    assert "ZeroDivisionError" in caplog.text


def test_a_failure_is_logged_with_its_ref_id(caplog):
    with caplog.at_level(logging.WARNING):
        ask("http://127.0.0.1:1", query("B"))
    (record,) = caplog.records
    assert record.fields == {"refId": "B"}
    assert "cannot be reached" in record.getMessage()


@pytest.mark.parametrize(
    ("change", "sessions"), [({}, 1), ({"uid": "other"}, 2), ({"url": "/base"}, 2)]
)
def test_a_datasource_keeps_its_session_while_its_settings_stay(api, change, sessions):
    api.answer(SERIES)
    api.answer(SERIES, route="/base/query")
    first, second = context(api.url), context(api.url)
    second.data_source.uid = change.get("uid", "u")
    second.data_source.url += change.get("url", "")
    call(
        "query_data",
        *(wire.QueryDataRequest(context=one, queries=[query()]) for one in (first, second)),
    )
    assert len({request["connection"] for request in api.requests}) == sessions


def test_health_asks_for_the_base(api):
    api.answer({}, route="/")
    answer = call("check_health", wire.CheckHealthRequest(context=context(api.url)))
    assert (answer.status, answer.message) == (answer.OK, "The JSON API answers.")


def test_the_plugin_itself_is_well_without_a_datasource():
    answer = call("check_health", wire.CheckHealthRequest(context=wire.Context(org_id=1)))
    assert (answer.status, answer.message) == (answer.OK, "The plugin runs.")


@pytest.mark.parametrize("url", ["nowhere", "http://127.0.0.1:1"])
def test_health_says_what_is_wrong(url):
    answer = call("check_health", wire.CheckHealthRequest(context=context(url)))
    assert answer.status == answer.ERROR
    assert answer.message


def test_metrics_count_the_queries(api):
    api.answer(SERIES)
    request = wire.QueryDataRequest(context=context(api.url), queries=[query()])

    async def use(datasources):
        services = DatasourceServices(datasources)
        await services.query_data(request)
        return await services.collect_metrics(wire.CollectMetricsRequest())

    text = using(use).metrics.prometheus.decode()
    assert 'grafherald_plugin_queries_total{outcome="ok"} 1' in text


def resource(url, path="search", method="POST", body=b"{}"):
    return call(
        "call_resource",
        wire.CallResourceRequest(context=context(url), path=path, method=method, body=body),
    )


@pytest.mark.parametrize(
    "route",
    ["search", "metrics", "metric-payload-options", "variable", "tag-keys", "tag-values"],
)
def test_look_ups_are_passed_on(api, route):
    api.answer(["a", "b"], route=f"/{route}")
    answer = resource(api.url, route, body=b'{"target": "up"}')
    assert (answer.code, json.loads(answer.body)) == (200, ["a", "b"])
    assert list(answer.headers["Content-Type"].values) == ["application/json"]
    assert api.requests[0]["body"] == {"target": "up"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"path": "query"}, 404),
        ({"path": "../admin"}, 404),
        ({"path": "http://elsewhere/search"}, 404),
        ({"method": "DELETE"}, 405),
        ({"body": b"{"}, 400),
    ],
)
def test_nothing_else_of_the_api_can_be_reached(api, more, code):
    answer = resource(api.url, **more)
    assert answer.code == code
    assert json.loads(answer.body)["error"]
    assert api.requests == []


def test_a_page_instead_of_an_answer_stays_outside(api):
    api.answer(b"<script>alert(1)</script>", route="/search")
    answer = resource(api.url)
    assert answer.code == 502
    assert list(answer.headers["Content-Type"].values) == ["application/json"]
