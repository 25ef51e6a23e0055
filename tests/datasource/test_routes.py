from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafherald.datasource.reply import ROUTES
from grafherald.server.access import Access
from grafherald.store import Database

from .conftest import NOW, at

Ask = Callable[..., Any]
RANGE = {"from": at(120), "to": at(0)}


def basic(user: str, password: str) -> dict[str, str]:
    packed = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {packed}"}


def test_the_connection_test_is_answered_with_and_without_a_slash(client: FlaskClient) -> None:
    for path in ("/datasource", "/datasource/"):
        assert client.get(path).status_code == 200


def test_annotations_are_regions_clipped_to_the_range(ask: Ask) -> None:
    annotation = {"name": "alerts", "query": "severity>=warning", "iconColor": "red"}
    found = ask("annotations", range=RANGE, annotation=annotation)
    assert [each["annotation"] for each in found] == [annotation] * 4
    spans = [(each["time"], each["timeEnd"]) for each in found]
    assert spans == [
        (at(20), at(0)),
        (at(50), at(40)),
        (at(100), at(90)),
        (at(120), at(0)),
    ], "open ones end with the range, earlier ones begin with it"
    assert found[0]["tags"] == ["critical", "web01", "cpu"]
    assert found[0]["title"] == "web01/cpu: critical"
    assert found[0]["text"] == "&lt;b&gt;web01&lt;/b&gt; red�", "Grafana shows it as HTML"
    assert found[0]["isRegion"] is True


def test_annotations_of_a_few_words(ask: Ask) -> None:
    words = {"query": "entity=web* severity<critical"}
    (found,) = ask("annotations", range=RANGE, annotation=words)
    assert found["title"] == "web02/cpu: unknown"


@pytest.mark.parametrize(
    "more",
    [
        {"targets": [{"refId": "Anno", "target": "entity=web02"}]},
        {"targets": [{"refId": "Anno", "target": "alerts", "payload": {"entity": "web02"}}]},
        {
            "targets": [{"refId": "Anno"}],
            "scopedVars": {"__annotation": {"value": {"query": "entity=web02"}}},
        },
        {"targets": [{"refId": "A", "type": "table", "target": "annotations entity=web02"}]},
    ],
)
def test_the_successor_asks_for_annotations_by_query(ask: Ask, more: dict[str, Any]) -> None:
    (table,) = ask("query", range=RANGE, **more)
    titles = [each["text"] for each in table["columns"]]
    assert titles == ["time", "timeEnd", "title", "text", "tags", "id"]
    ((*row, number),) = table["rows"]
    shown = "&lt;b&gt;web02&lt;/b&gt; red�"
    assert row == [at(50), at(40), "web02/cpu: unknown", shown, "unknown,web02,cpu"]
    assert number > 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("entities", ["db01", "web01", "web02"]),
        ("entities team=web", ["web01", "web02"]),
        ("checks entity=db*", ["disk"]),
        ("severities", ["warning", "critical", "unknown"]),
        ("sources", ["sensu-go"]),
        ("channels", ["ops"]),
        ("labels", ["team"]),
        ("label team", ["db", "web"]),
        ("label team check=cpu", ["web"]),
        (r"entities entity=(web01|db01)", ["db01", "web01"]),
        ("checks entity=.*", ["cpu", "disk"]),
    ],
)
def test_search_and_variables(ask: Ask, words: str, expected: list[str]) -> None:
    assert ask("search", target=words) == expected
    options = [{"__text": value, "__value": value} for value in expected]
    assert ask("variable", payload={"target": words}) == options
    assert ask("variable", payload=words) == options


@pytest.mark.parametrize(
    ("words", "expected"),
    [("state web01", ["state web01/cpu"]), ("by te", ["alerts by team", "mttr by team"])],
)
def test_search_finds_targets(ask: Ask, words: str, expected: list[str]) -> None:
    assert ask("search", target=words) == expected


def test_a_variables_payload_may_have_conditions(ask: Ask) -> None:
    payload = {"target": "checks", "entity": ["web01"]}
    assert ask("variable", payload=payload) == [{"__text": "cpu", "__value": "cpu"}]


def test_search_knows_all_targets(ask: Ask) -> None:
    found = ask("search", target="")
    assert {"alerts", "alerts by team", "open", "state", "notifications", "mttr"} <= set(found)
    assert all(found)
    assert ask("search", target="nothing like it") == found


def test_the_query_builder_is_told_its_fields(ask: Ask) -> None:
    found = {each["value"]: each for each in ask("metrics")}
    fields = {field["name"]: field["type"] for field in found["alerts"]["payloads"]}
    assert fields["entity"] == "multi-select"
    assert {"by", "entity", "check", "severity"} <= set(fields)
    assert ask("metrics", metric="open", payload={}) == [found["open"]]


def test_a_fields_choices_go_with_the_other_fields(ask: Ask) -> None:
    body = {"metric": "alerts", "name": "check", "payload": {"entity": ["db01"]}}
    assert ask("metric-payload-options", **body) == [{"label": "disk", "value": "disk"}]
    choices = ask("metric-payload-options", metric="alerts", name="by", payload={})
    assert {"label": "team", "value": "team"} in choices


def test_tag_keys_and_values(ask: Ask) -> None:
    keys = ask("tag-keys")
    assert {"type": "string", "text": "team"} in keys
    assert {"type": "string", "text": "severity"} in keys
    assert ask("tag-values", key="team") == [{"text": "db"}, {"text": "web"}]
    filters = [{"key": "check", "operator": "=", "value": "disk"}]
    assert ask("tag-values", key="entity", filters=filters) == [{"text": "db01"}]


@pytest.mark.parametrize(
    ("route", "body", "said"),
    [
        ("query", b"{", "the body is no JSON"),
        ("query", b"[" * 100_000, "the body is no JSON"),
        ("query", b"[]", "expected a JSON object"),
        ("query", {}, "range: expected an object"),
        ("query", {"range": {"from": "x", "to": 0}}, "range.from: 'x' is no time"),
        ("query", {"range": {"from": 2, "to": 1}}, "range: from is after to"),
        ("query", {"range": {"from": -5, "to": 1}}, "range.from: '-5' is no time"),
        ("query", {"range": {"from": 0, "to": 10**30}}, "range.to:"),
        ("query", {"range": RANGE}, "targets: expected a list"),
        ("query", {"range": RANGE, "targets": [1]}, "targets: expected objects"),
        ("query", {"range": RANGE, "targets": [{}] * 51}, "more than 50"),
        ("query", {"range": RANGE, "targets": [{"target": "x"}]}, "A: there is no target 'x'"),
        ("query", {"range": RANGE, "targets": [{"target": "alerts", "refId": 5}]}, "refId"),
        ("query", {"range": RANGE, "targets": [{"target": "open by x"}]}, "can't be grouped"),
        ("query", {"range": RANGE, "targets": [], "intervalMs": "1"}, "intervalMs"),
        ("query", {"range": RANGE, "targets": [], "maxDataPoints": -1}, "maxDataPoints"),
        ("query", {"range": RANGE, "targets": [], "adhocFilters": [5]}, "adhocFilters"),
        (
            "query",
            {"range": RANGE, "targets": [{"target": "annotations", "type": "timeserie"}] * 2},
            None,
        ),
        ("annotations", {"range": RANGE}, "annotation: expected an object"),
        ("annotations", {"range": RANGE, "annotation": {"query": "a>"}}, "a> has no value"),
        ("search", {"target": 5}, "target: expected a text"),
        ("variable", {"payload": {"target": "entites"}}, "'entites'; use one of entities, checks,"),
        ("variable", {"payload": {"target": "checks", "x": 1}}, "there is no 'x'; use target"),
        (
            "query",
            {"range": RANGE, "targets": [{"target": "alerts", "payload": {"team": "x"}}]},
            "A: payload: there is no 'team'; use entity, check",
        ),
        (
            "query",
            {"range": RANGE, "targets": [{"target": "alerts entiy=web01"}]},
            "A: there is no label 'entiy'; did you mean entity?",
        ),
        ("metrics", {"metric": "x"}, "there is no metric 'x'"),
        ("tag-values", {"key": "a", "filters": [{"key": "b", "operator": "~"}]}, "no operator"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    client: FlaskClient, route: str, body: Any, said: str | None
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post(f"/datasource/{route}", data=data, content_type="application/json")
    if said is None:
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert said in json.loads(answer.data)["message"]


def test_a_request_that_is_too_large_is_not_read(client: FlaskClient) -> None:
    assert client.post("/datasource/query", data=b" " * 1_100_000).status_code == 413


@pytest.mark.parametrize("route", ["", "/", "/query", "/annotations", "/nowhere"])
def test_a_browser_of_grafanas_origin_may_ask(
    make_client: Callable[..., FlaskClient], route: str
) -> None:
    client = make_client(origins=frozenset({"https://grafana.example.com"}))
    headers = {
        "Origin": "https://grafana.example.com",
        "Access-Control-Request-Headers": "content-type,x-grafana-org-id",
    }
    answer = client.options(f"/datasource{route}", headers=headers)
    assert answer.status_code == 204
    allowed = {name[21:]: value for name, value in answer.headers if "Control-Allow" in name}
    assert allowed["Origin"] == "https://grafana.example.com"
    assert allowed["Headers"] == "content-type,x-grafana-org-id"
    assert allowed["Credentials"] == "true"
    assert "POST" in allowed["Methods"]


def test_other_pages_can_not_read_what_asks_for_nothing(client: FlaskClient) -> None:
    answer = client.get("/datasource", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_any_page_may_ask_that_knows_the_token(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(access=Access(token="s3cret"))
    headers = {"Origin": "https://other.example", "Authorization": "Bearer s3cret"}
    answer = client.get("/datasource", headers=headers)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://other.example"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_no_answer_without_credentials(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(access=Access("s3cret", "grafana", "pässword"))
    good = [{"Authorization": "Bearer s3cret"}, basic("grafana", "pässword")]
    bad = [{}, {"Authorization": "Bearer x"}, basic("grafana", ""), basic("", "pässword")]
    bad += [{"Authorization": "Basic ?"}, {"Authorization": "Bearer é"}]
    for route in ROUTES:
        for headers in bad:
            answer = client.post(f"/datasource/{route}", headers=headers)
            assert answer.status_code == 401
            assert "Basic" in answer.headers["WWW-Authenticate"]
    assert [client.get("/datasource", headers=headers).status_code for headers in good] == [200] * 2


def test_another_name_of_this_machine_is_not_answered(client: FlaskClient) -> None:
    answer = client.get("/datasource", headers={"Host": "evil.example"})
    assert answer.status_code == 403


def test_an_answer_is_compressed_for_who_takes_that(client: FlaskClient) -> None:
    body = {"range": RANGE, "intervalMs": 1000, "targets": [{"target": "alerts"}]}
    plain = client.post("/datasource/query", json=body)
    packed = client.post("/datasource/query", json=body, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 5


def test_what_the_other_side_has_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/datasource/openapi.json").headers["ETag"]
    again = client.get("/datasource/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_query_ends_at_its_limit(
    make_client: Callable[..., FlaskClient], filled: Database
) -> None:
    client = make_client(seconds=0.0)
    filled.run(
        "INSERT INTO subjects (key, source, namespace, entity, check_name)"
        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
        " SELECT 'k' || i, '', '', 'e' || i, '' FROM n"
    )
    body = {"range": RANGE, "targets": [{"target": "alerts entity!=web01"}]}
    answer = client.post("/datasource/query", json=body)
    assert answer.status_code == 504
    assert "too long" in json.loads(answer.data)["message"]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["range", "from", "to", "targets", "target", "payload", "filters", "key"]
                )
                | st.text(max_size=3),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_answered_with_200_or_400(client: FlaskClient, body: Any) -> None:
    for route in ROUTES:
        assert client.post(f"/datasource/{route}", json=body).status_code in (200, 400)


def test_times_come_as_text_or_as_milliseconds(ask: Ask) -> None:
    targets = [{"target": "alerts", "refId": "A"}]
    texts = {"from": "2026-11-21T01:00:00.000Z", "to": NOW.isoformat()}
    assert ask("query", range=texts, targets=targets) == ask("query", range=RANGE, targets=targets)
