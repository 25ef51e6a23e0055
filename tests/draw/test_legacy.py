"""Panels of before 8 say the same in the modern words."""

from typing import Any

import pytest

from grafherald.draw.legacy import modern


def test_a_singlestat_becomes_a_stat() -> None:
    panel = modern(
        {
            "type": "singlestat",
            "format": "percent",
            "decimals": 1,
            "thresholds": "70,90",
            "colors": ["green", "orange", "red"],
            "colorValue": True,
            "valueName": "current",
            "sparkline": {"show": True},
            "prefix": "about ",
            "valueMaps": [{"op": "=", "value": "null", "text": "N/A"}],
        }
    )
    defaults, options = panel["fieldConfig"]["defaults"], panel["options"]
    assert panel["type"] == "stat"
    assert (defaults["unit"], defaults["decimals"]) == ("percent", 1)
    assert [(s["value"], s["color"]) for s in defaults["thresholds"]["steps"]] == [
        (None, "green"),
        (70, "orange"),
        (90, "red"),
    ]
    assert defaults["mappings"] == [{"op": "=", "value": "null", "text": "N/A", "type": 1}]
    assert (options["colorMode"], options["graphMode"]) == ("value", "area")
    assert options["reduceOptions"]["calcs"] == ["lastNotNull"]


def test_a_singlestat_that_was_a_gauge_becomes_one() -> None:
    gauge = {"show": True, "minValue": 0, "maxValue": 50}
    panel = modern({"type": "singlestat", "gauge": gauge})
    assert panel["type"] == "gauge"
    assert panel["fieldConfig"]["defaults"]["max"] == 50


def test_field_options_of_six() -> None:
    panel = modern(
        {
            "type": "gauge",
            "options": {
                "fieldOptions": {
                    "calcs": ["max"],
                    "defaults": {"unit": "s", "max": 9},
                    "thresholds": [{"value": None, "color": "green"}],
                }
            },
        }
    )
    assert panel["options"]["reduceOptions"]["calcs"] == ["max"]
    defaults = panel["fieldConfig"]["defaults"]
    assert (defaults["unit"], defaults["max"]) == ("s", 9)
    assert defaults["thresholds"]["steps"][0]["color"] == "green"


def test_a_legend_keeps_its_columns_in_their_order() -> None:
    legend = {"show": True, "values": True, "current": True, "avg": True, "min": True}
    panel = modern({"type": "graph", "legend": {**legend, "alignAsTable": True, "rightSide": True}})
    found = panel["options"]["legend"]
    assert found["calcs"] == ["min", "mean", "lastNotNull"]
    assert (found["displayMode"], found["placement"]) == ("table", "right")


def test_an_old_table_hides_names_and_colours_columns() -> None:
    panel = modern(
        {
            "type": "table",
            "styles": [
                {"pattern": "Time", "type": "hidden"},
                {"pattern": "/.*/", "type": "number", "unit": "ms", "decimals": 2},
            ],
            "transform": "timeseries_aggregations",
            "columns": [{"text": "Avg", "value": "avg"}],
        }
    )
    rules = panel["fieldConfig"]["overrides"]
    assert [rule["matcher"]["id"] for rule in rules] == ["byRegexp", "byName"]
    assert {"id": "custom.hidden", "value": True} in rules[1]["properties"]
    assert panel["transformations"] == [{"id": "reduce", "options": {"reducers": ["mean"]}}]


@pytest.mark.parametrize(
    "panel",
    [
        {"type": "graph", "yaxes": None, "legend": 3, "seriesOverrides": [1, {"alias": None}]},
        {"type": "singlestat", "colors": [], "thresholds": None, "gauge": None, "valueMaps": 5},
        {"type": "table-old", "styles": [None, {"pattern": 1}], "columns": 2},
        {"type": "grafana-piechart-panel", "legend": None},
        {"type": "gauge", "options": {"fieldOptions": {"defaults": 3}}},
        {},
    ],
)
def test_odd_panels_are_translated_all_the_same(panel: dict[str, Any]) -> None:
    assert modern(modern(panel)) == modern(panel)


def test_an_old_graph_takes_its_fields_unit_and_name_and_its_axes_limits() -> None:
    panel = modern(
        {
            "type": "graph",
            "yaxes": [{"format": "bytes", "max": "10"}, {"format": "s"}],
            "fieldConfig": {
                "defaults": {"unit": "bps", "min": 0, "max": 5, "decimals": 3},
                "overrides": [
                    {
                        "matcher": {"id": "byName", "options": "a"},
                        "properties": [
                            {"id": "unit", "value": "percent"},
                            {"id": "min", "value": 7},
                        ],
                    },
                    {"matcher": {"id": "byName", "options": "b"}, "properties": None},
                ],
            },
        }
    )
    defaults = panel["fieldConfig"]["defaults"]
    assert (defaults["unit"], defaults["max"]) == ("bps", 10)
    assert not {"min", "decimals"} & defaults.keys()
    (rule,) = panel["fieldConfig"]["overrides"]
    assert rule["properties"] == [{"id": "unit", "value": "percent"}]
