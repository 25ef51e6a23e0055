from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from grafherald.event import State
from grafherald.store import Database

from .conftest import MINUTE, NOW, at, points, tell

Query = Callable[..., Any]


def drawn(answer: Any) -> dict[str, dict[int, float]]:
    return {each["target"]: points(each) for each in answer}


def column(table: Any, title: str) -> list[Any]:
    place = [each["text"] for each in table["columns"]].index(title)
    return [row[place] for row in table["rows"]]


def test_alerts_are_counted_by_severity_where_they_began(query: Query) -> None:
    found = query("alerts")
    assert drawn(found) == {"critical": {100: 1, 20: 1}, "unknown": {50: 1}, "warning": {}}
    assert found[0]["tags"] == {"severity": "critical"}


def test_every_bucket_is_there(query: Query) -> None:
    for target in ("alerts", "open", "mttr", "notifications", "renders", "state web01/cpu"):
        for each in query(target):
            times = [when for _, when in each["datapoints"]]
            assert times == list(range(at(120), at(0), 60_000)), target
            assert each["refId"] == "A"


def test_fewer_points_are_longer_buckets(query: Query) -> None:
    found = query("alerts", maxDataPoints=10)
    times = [when for _, when in found[0]["datapoints"]]
    assert times == list(range(at(120), at(0), 900_000))
    assert sum(value for value, _ in found[0]["datapoints"]) == 2


def test_what_lies_ahead_is_null(query: Query) -> None:
    body = {"from": at(2), "to": at(-2)}
    for target in ("alerts", "open", "state web01/cpu"):
        values = [value for value, _ in query(target, range=body)[0]["datapoints"]]
        assert values[3] is None
        assert values[0] is not None


def test_open_are_those_that_began_and_did_not_end(query: Query) -> None:
    found = drawn(query("open"))
    assert set(found["warning"]) == set(range(1, 121))
    assert set(found["critical"]) == {*range(91, 100), *range(90, 91), *range(1, 20)}
    assert set(found["unknown"]) == set(range(40, 50))
    assert set(found["warning"].values()) == {1}


def test_a_state_is_the_worst_of_its_bucket(query: Query) -> None:
    (found,) = query("state web01/cpu")
    values = points(found)
    assert {values[minute] for minute in range(96, 101)} == {1}
    assert {values[minute] for minute in range(91, 96)} == {2}
    assert 89 not in values
    assert found["datapoints"][0][0] is None, "nothing is known before the first event"
    assert points(query("state web01/cpu", maxDataPoints=2)[0])[120] == 2


def test_states_of_several_checks(query: Query) -> None:
    assert set(drawn(query("state web*/cpu"))) == {"web01/cpu", "web02/cpu"}
    assert drawn(query("state nobody/cpu")) == {}


@pytest.mark.parametrize("odd", ["\0", "\ud800", "'; DROP TABLE alerts; --", "%s", "?"])
def test_no_text_is_too_odd_to_be_looked_for(query: Query, ask: Query, odd: str) -> None:
    before = query("alerts")
    for key in (odd, "entity", "channel"):
        for operator in ("=", "!=", "=~", "<", "=|"):
            filters = [ad_hoc(key, operator, "x" if operator == "=~" else odd)]
            for target in ("alerts", "open", "notifications", "state"):
                query(target, adhocFilters=filters)
    query("alerts", payload={"by": odd})
    ask("tag-values", key=odd)
    ask("metric-payload-options", metric="alerts", name=odd, payload={"entity": odd})
    assert query("alerts") == before


def test_of_too_many_checks_those_that_changed_most_are_drawn(
    query: Query, filled: Database
) -> None:
    for number in range(60):
        tell(filled, f"sw{number:02}", "port", State.WARNING, NOW - 10 * MINUTE)
    found = drawn(query("state"))
    assert len(found) == 50
    assert {"web01/cpu", "web02/cpu"} <= set(found)


def test_the_mean_time_to_resolve_is_in_seconds(query: Query) -> None:
    found = query("mttr")
    assert drawn(found) == {"critical": {90: 600}, "unknown": {40: 600}, "warning": {}}
    assert found[0]["unit"] == "s"
    (web,) = query("mttr by team")
    assert (web["target"], web["unit"]) == ("web", "s")
    assert query("mttr by team", table=True)[0]["rows"] == [["web", 2, 600.0]]
    (table,) = query("mttr", table=True)
    assert table["rows"] == [["critical", 1, 600], ["unknown", 1, 600]]


def test_notifications_with_their_latency(query: Query) -> None:
    found = drawn(query("notifications"))
    assert found["sent"] == {100: 1, 95: 1, 90: 1, 50: 1, 40: 1, 20: 1}
    assert found["failed"] == {}
    assert set(found["latency p95"].values()) == {1.0}
    (table,) = query("notifications", table=True)
    assert table["rows"] == [["ops", 6, 0, 0, 1.0, 1.0, 1.0]]
    assert drawn(query("notifications entity=web02"))["sent"] == {50: 1, 40: 1}
    assert drawn(query("notifications channel=chat"))["sent"] == {}


def test_renders(query: Query) -> None:
    found = drawn(query("renders", minutes=700))
    assert set(found["seconds p50"].values()) == {2.0}
    assert sum(found["failed"].values()) == 1
    (table,) = query("renders", table=True, minutes=700)
    assert table["rows"] == [[7, 1, 2.0, 2.0, 2.0]]


def test_what_changes_often_flaps(query: Query, filled: Database) -> None:
    for minute in range(10):
        state = State.OK if minute % 2 else State.CRITICAL
        tell(filled, "sw1", "port", state, NOW - (15 - minute) * MINUTE)
    assert drawn(query("flapping")) == {
        "web01/cpu": {100: 1, 95: 1, 90: 1, 20: 1},
        "sw1/port": dict.fromkeys(range(6, 16), 1),
    }
    (table,) = query("flapping", table=True)
    assert table["rows"] == [["sw1", "port", "sensu-go", 10], ["web01", "cpu", "sensu-go", 4]]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("entity", {"web01": {100: 1, 20: 1}, "web02": {50: 1}}),
        ("check", {"cpu": {100: 1, 50: 1, 20: 1}}),
        ("channel", {"ops": {100: 1, 50: 1, 20: 1}}),
        ("team", {"web": {100: 1, 50: 1, 20: 1}}),
        ("nothing", {"(none)": {100: 1, 50: 1, 20: 1}}),
        ("severity", {"critical": {100: 1, 20: 1}, "unknown": {50: 1}, "warning": {}}),
    ],
)
def test_alerts_by(query: Query, by: str, expected: dict[str, dict[int, float]]) -> None:
    assert drawn(query(f"alerts by {by}")) == expected
    assert drawn(query("alerts", payload={"by": by})) == expected
    (table,) = query(f"alerts by {by}", table=True)
    totals = {row[0]: row[-1] for row in table["rows"] if row[-1]}
    assert totals == {name: len(each) for name, each in expected.items() if each}


def test_more_than_twenty_groups_are_one_more(query: Query, filled: Database) -> None:
    for number in range(30):
        tell(filled, f"sw{number:02}", "port", State.WARNING, NOW - 10 * MINUTE)
    found = drawn(query("alerts by entity"))
    assert len(found) == 21
    assert found["(others)"] == {10: 11, 50: 1}
    assert sum(sum(each.values()) for each in found.values()) == 33


def ad_hoc(key: str, operator: str, value: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, "value": value, "values": list(values)}


@pytest.mark.parametrize(
    "more",
    [
        {"target": "alerts entity=web02"},
        {"target": "alerts", "adhocFilters": [ad_hoc("entity", "=", "web02")]},
        {"target": "alerts", "filters": [ad_hoc("entity", "=~", "web.2")]},
        {"target": "alerts", "adhocFilters": [ad_hoc("entity", "=|", "web02", "web02", "web03")]},
        {"target": "alerts", "adhocFilters": [ad_hoc("severity", "=", "unknown")]},
        {
            "target": "alerts team=web",
            "adhocFilters": [ad_hoc("team", "!=", "db"), ad_hoc("entity", ">", "web01")],
        },
        {"target": "alerts", "payload": {"entity": ["web02"], "severity": ["$__all"]}},
        {"target": "alerts", "payload": '{"where": "entity=web02", "check": "c*"}'},
    ],
)
def test_filters_however_they_come(query: Query, more: dict[str, Any]) -> None:
    found = drawn(query(**more))
    assert {name: each for name, each in found.items() if each} == {"unknown": {50: 1}}


HOSTS = ("web01.example.com", "db 2", "C:")
CHECKS = ("load (5m)", "disk /var", r"C:\ Drive Space", 'say "hi"')


@pytest.fixture
def odd_names(filled: Database) -> None:
    for host in HOSTS:
        for check in CHECKS:
            tell(filled, host, check, State.CRITICAL, NOW - 5 * MINUTE)


def count(answer: Any) -> int:
    return sum(value or 0 for each in answer for value, _ in each["datapoints"])


# Both plugins send templateSrv.replace(target, scopedVars, 'regex'): each row is a target as it is
# saved, filled in, and how many alerts the ad hoc filter finds for the same choice.
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (r'alerts check="load (5m)"', 3),
        (r"alerts check=~load \(5m\)", 3),
        (r'alerts check=~"load \(5m\)"', 3),
        (r"alerts check=load \(5m\)", 3),
        (r'alerts check="load \(5m\)"', 3),
        (r"alerts check=~disk \/var", 3),
        (r'alerts check=~"disk \/var"', 3),
        (r"alerts entity=~(web01\.example\.com|db 2)", 8),
        (r"alerts entity=(web01\.example\.com|db 2)", 8),
        (r'alerts entity="(web01\.example\.com|db 2)"', 8),
        (r'alerts entity=~"(web01\.example\.com|db 2)"', 8),
        (r"alerts entity!=(web01\.example\.com|db 2) check=disk \/var", 1),
        ('alerts entity="(db 2|C:)" check="say "hi""', 2),
        (r"alerts check=C:\\ Drive Space entity=db 2", 1),
        ('alerts entity=".*" check=say "hi"', 3),
        ("alerts entity=.* check=~.*", 15),
        (r"alerts by entity entity=db 2", 4),
        (r"state db 2/disk \/var", 10),
        (r"state (db 2|C:)/(disk \/var|load \(5m\))", 40),
    ],
)
@pytest.mark.usefixtures("odd_names")
def test_a_variable_in_a_target(query: Query, target: str, expected: int) -> None:
    assert count(query(target)) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"entity": [r"web01\.example\.com"]}, 4),
        ({"entity": r"(web01\.example\.com|db 2)"}, 8),
        ({"entity": ["web01.example.com", "db 2"]}, 8),
        ({"entity": ".*"}, 15),
        ({"check": [r"load \(5m\)"]}, 3),
        ({"check": ["load (5m)"]}, 3),
        ({"check": [r"C:\ Drive Space"]}, 3),
        ({"check": [r"C:\\ Drive Space"]}, 3),
        ({"where": r"check=disk \/var entity=db 2"}, 1),
    ],
)
@pytest.mark.usefixtures("odd_names")
def test_a_variable_in_the_query_builder(query: Query, payload: Any, expected: int) -> None:
    assert count(query("alerts", payload=payload)) == expected


@pytest.mark.parametrize("word", ["CRITICAL", "Critical", "critical", "crit*"])
def test_a_severity_is_read_in_any_case(query: Query, word: str) -> None:
    filters = [ad_hoc("severity", "=", word)] if "*" not in word else []
    for more in ({"adhocFilters": filters}, {"payload": {"severity": [word]}}):
        assert list(drawn(query(f"alerts severity={word}", **more))) == ["critical"]


@pytest.mark.parametrize("word", ["crit", "2", "web1", "ok"])
@pytest.mark.parametrize("operator", ["=", "!=", ">="])
def test_an_unknown_severity_is_refused(client: FlaskClient, word: str, operator: str) -> None:
    said = f"severity {operator} '{word}': use one of warning, critical, unknown"
    span = {"range": {"from": at(120), "to": at(0)}}
    condition = f"severity{operator}{word}"
    for route, body in (
        ("query", {"targets": [{"target": f"alerts {condition}"}]}),
        ("query", {"targets": [{"target": f"state {condition}"}]}),
        ("query", {"targets": [{"target": "open", "payload": {"where": condition}}]}),
        (
            "query",
            {
                "targets": [{"target": "open", "type": "table"}],
                "filters": [ad_hoc("severity", operator, word)],
            },
        ),
        ("annotations", {"annotation": {"query": condition}}),
    ):
        answer = client.post(f"/datasource/{route}", json={**span, **body})
        assert answer.status_code == 400
        assert said in json.loads(answer.data)["message"]


def test_a_check_has_its_states_whatever_severity_is_filtered_by(query: Query) -> None:
    filters = [ad_hoc("severity", "=", "warning")]
    assert list(drawn(query("state web01/cpu", adhocFilters=filters))) == ["web01/cpu"]


def test_one_bad_target_costs_that_target_only(ask: Query) -> None:
    targets = [
        {"target": "open", "refId": "A"},
        {"target": "opn", "refId": "B"},
        {"target": "alerts severity=crit", "refId": "C", "type": "table"},
        {"target": "alerts", "refId": "D", "payload": {"entitty": ["web01"]}},
    ]
    found = ask("query", range={"from": at(60), "to": at(0)}, targets=targets)
    assert [each["refId"] for each in found] == ["A", "A", "A", "B", "C", "D"]
    notices = [each["meta"]["notices"][0] for each in found[3:]]
    assert [notice["severity"] for notice in notices] == ["error"] * 3
    assert notices[0]["text"].startswith("B: there is no target 'opn'; use one of alerts, open")
    assert "'crit': use one of warning" in notices[1]["text"]
    assert "'entitty'; use entity, check" in notices[2]["text"]
    assert found[3]["title"] == notices[0]["text"], "it is the legend of a Grafana without notices"
    assert (found[4]["type"], found[4]["rows"]) == ("table", [])


def test_every_series_has_a_title(query: Query) -> None:
    """Without one Grafana shows a label in its place, and colours by name find nothing."""
    for target in ("alerts", "alerts by team", "open", "mttr", "notifications", "renders", "state"):
        for each in query(target):
            assert each["title"] == each["target"]


def test_a_table_of_alerts(query: Query) -> None:
    (table,) = query("alerts", table=True)
    assert table["type"] == "table"
    assert column(table, "Entity") == ["web01", "web02", "web01", "db01"]
    assert column(table, "Severity") == ["critical", "unknown", "critical", "warning"]
    assert column(table, "State") == ["critical", "ok", "ok", "warning"]
    assert column(table, "Duration") == [1200, 600, 600, 36_000]
    assert column(table, "End") == [None, at(40), at(90), None]
    assert column(table, "Picture")[0] == "https://g.example/1.png"


@pytest.mark.parametrize(
    "more", [{"target": "table mttr"}, {"target": "mttr", "payload": {"type": "table"}}]
)
def test_a_table_can_be_asked_for_without_a_type(query: Query, more: dict[str, Any]) -> None:
    assert query(**more)[0]["type"] == "table"


def test_hostile_text_in_a_table_is_only_text(query: Query) -> None:
    (table,) = query("open", table=True)
    assert column(table, "Output")[0] == "<b>web01</b> red�"
    assert column(table, "Panel") == ["", ""], "a link that is no web address is none"


def test_a_table_of_states_has_each_change(query: Query) -> None:
    (table,) = query("state web01/cpu", table=True)
    assert [row[0] for row in table["rows"]] == [at(20), at(90), at(95), at(100)]
    assert column(table, "State") == ["critical", "ok", "critical", "warning"]


def test_several_targets_in_their_order(ask: Query) -> None:
    targets = [
        {"target": "open", "refId": "B", "type": "table"},
        {"target": "alerts", "refId": "A", "hide": True},
        {"target": "", "refId": "E"},
        {"target": "alerts severity=critical", "refId": "C", "type": "timeseries"},
        {"target": "mttr severity=critical", "refId": "D"},
    ]
    found = ask("query", range={"from": at(60), "to": at(0)}, targets=targets)
    assert [each["refId"] for each in found] == ["B", "C", "D"]


def test_what_was_asked_before_is_new_when_something_happened(
    query: Query, filled: Database
) -> None:
    assert sum(drawn(query("alerts"))["warning"].values()) == 0
    tell(filled, "new", "cpu", State.WARNING, NOW - 5 * MINUTE)
    assert drawn(query("alerts"))["warning"] == {5: 1}


def test_the_samples_of_the_plugins_are_answered(client: FlaskClient, shared: Any) -> None:
    sample = json.loads(
        (shared / "samples/datasource/classic-readme-query.request.json").read_text()
    )
    sample["targets"][0]["target"], sample["targets"][1]["target"] = "alerts", "open"
    answer = client.post("/datasource/query", json=sample)
    assert answer.status_code == 200
    assert len(json.loads(answer.data)) == 6
