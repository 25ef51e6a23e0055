"""An alert's expression as a panel: what is drawn, with which limit, in which unit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grafherald.draw.frames.decode import CannotRead
from grafherald.grafana.urls import explored, is_explored, link, render_url
from grafherald.panels.dashboard import DatasourceList, address_of
from grafherald.panels.expression import Expression, dashboard_of, split, unit

from .grafana import SETTINGS


@pytest.mark.parametrize(
    ("text", "drawn", "limit"),
    [
        ("node_load1 > 4", "node_load1", 4.0),
        ("up == 0", "up", 0.0),
        (
            "0.9 < rate(a_total[5m]) / rate(b_total[5m])",
            "rate(a_total[5m]) / rate(b_total[5m])",
            0.9,
        ),
        ("x >= bool 1e3", "x", 1000.0),
        ("x > -5", "x", -5.0),
        ("sum(up == 1) < 3", "sum(up == 1)", 3.0),
        ('a{b="c > d"} > 2', 'a{b="c > d"}', 2.0),
        ("count(up == 0)", "count(up == 0)", None),
        ("a > 1 and b > 2", "a > 1 and b > 2", None),
        ("a > 1 unless on(x) b", "a > 1 unless on(x) b", None),
        ("a > b", "a > b", None),
        ("a > 0 < 5", "a > 0 < 5", None),
        ("absent(up)", "absent(up)", None),
        ("1 > 0", "1 > 0", None),
        (")) > 4", ")) > 4", None),
        ("> 4", "> 4", None),
    ],
)
def test_the_comparison_becomes_the_limit(text: str, drawn: str, limit: float | None) -> None:
    assert split(text) == Expression(drawn, limit)


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        ("node_memory_MemAvailable_bytes", "bytes"),
        ("rate(node_network_receive_bytes_total[5m])", "binBps"),
        ("rate(node_network_receive_bytes_total[5m]) * 8", "bps"),
        ("process_open_fds", "short"),
        ("sum by (job) (rate(http_requests_total[5m]))", "reqps"),
        ("irate(errors_total[1m])", "cps"),
        ("increase(errors_total[1h])", "short"),
        ("histogram_quantile(0.99, sum by (le) (rate(req_duration_seconds_bucket[5m])))", "s"),
        ("cache_hit_ratio", "percentunit"),
        ("a_bytes / b_bytes", "percentunit"),
        ("100 * a_bytes / b_bytes", "percent"),
        ("(1 - a_bytes / b_bytes) * 100", "percent"),
        ("a_bytes / b_seconds", "short"),
        (
            '100 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) * 100',
            "percent",
        ),
        ("node_hwmon_temp_celsius", "celsius"),
        ("time() - backup_last_success_timestamp_seconds", "s"),
        ('count(node_bytes{x="y_seconds"})', "short"),
        ("up", "short"),
        ("", "short"),
    ],
)
def test_names_say_the_unit(drawn: str, shown: str) -> None:
    assert unit(drawn) == shown


def asked(expression: str, datasource: str = "") -> dict[str, list[str]]:
    return dict(address_of("http://g" + explored(expression, datasource)).asked)


def panel(expression: str, datasource: str = "") -> dict[str, Any]:
    return dict(dashboard_of(asked(expression, datasource), DatasourceList(SETTINGS))["panels"][0])


def test_the_first_prometheus_is_asked_unless_one_is_named() -> None:
    assert panel("up == 0")["targets"][0] == {
        "refId": "A",
        "expr": "up",
        "datasource": {"uid": "prom"},
    }
    assert panel("up", "Prom 2")["datasource"] == {"uid": "prom2"}


@pytest.mark.parametrize(
    ("expression", "datasource", "says"),
    [("up", "Gone", "has no datasource 'Gone'"), ("x" * 5000, "", "1 to 4000"), (" ", "", "1 to")],
)
def test_what_cant_be_asked_is_said(expression: str, datasource: str, says: str) -> None:
    with pytest.raises(CannotRead, match=says):
        panel(expression, datasource)


@pytest.mark.parametrize("left", ["", "{", "[]", "{}", '{"queries": [{"expr": 1}]}', "[" * 10_000])
def test_an_address_that_holds_none_is_said(left: str) -> None:
    with pytest.raises(CannotRead, match="expression"):
        dashboard_of({"left": [left]}, DatasourceList(SETTINGS))


def test_its_link_is_explores_page() -> None:
    url = render_url("http://g/x" + explored('a{b="&c"} > 1', "prom"), "now-6h", "now")
    assert is_explored(url)
    page = link(url)
    assert page.startswith("http://g/x/explore?left=%7B")
    left = json.loads(address_of(page).asked["left"][0])
    assert left == {
        "datasource": "prom",
        "queries": [{"refId": "A", "expr": 'a{b="&c"} > 1'}],
        "range": {"from": "now-6h", "to": "now"},
    }
