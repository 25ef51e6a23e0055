"""Pies have a slice for each positive value, in proportion, with its share said."""

import math

import pytest

from .drawn import TEN, drawn, panel, same_as_golden, series

FOUR = (series("a", 50), series("b", 30), series("c", 20), series("d", -5))
LEGEND = {"displayMode": "table", "placement": "right", "values": ["value", "percent"]}


def pie(**options: object) -> dict[str, object]:
    what = panel("piechart", "short", **options)
    what["fieldConfig"]["defaults"].pop("color")
    return what


def test_slices_go_from_the_largest_and_the_legend_as_the_data() -> None:
    picture = drawn(pie(legend=LEGEND), *FOUR[2::-1])
    assert len(picture.all("path")) == 3
    said = ["Value", "Percent", "c", "20", "20%", "b", "30", "30%", "a", "50", "50%"]
    assert picture.words == ["Test", *said]


def test_what_has_no_slice_is_said() -> None:
    assert drawn(pie(legend=LEGEND), *FOUR).drawing.notes == ("1 without a slice",)


def test_slices_have_the_palettes_colors() -> None:
    what = pie(legend={"showLegend": False})
    fills = [each.get("fill") for each in drawn(what, *FOUR, version=TEN).all("path")]
    assert len(set(fills)) == 3


def test_labels_say_what_is_asked_for() -> None:
    what = pie(displayLabels=["name", "percent"], legend={"displayMode": "hidden"})
    assert drawn(what, *FOUR[:3]).words == ["Test", "a", "50%", "b", "30%", "c", "20%"]


def test_narrow_slices_have_no_label() -> None:
    what = pie(displayLabels=["name"], legend={"displayMode": "hidden"})
    assert drawn(what, series("a", 98), series("b", 2)).words == ["Test", "a"]


def test_a_donut_has_a_hole() -> None:
    what = pie(pieType="donut", legend={"displayMode": "hidden"})
    (first, *_) = (each.get("d") or "" for each in drawn(what, *FOUR).all("path"))
    assert first.count("A") == 4


def test_one_value_is_a_whole_circle() -> None:
    what = pie(legend={"displayMode": "hidden"})
    (whole,) = (each.get("d") or "" for each in drawn(what, series("a", 5)).all("path"))
    assert "L" not in whole


@pytest.mark.parametrize("values", [[], [math.nan], [math.inf]])
def test_without_a_number_there_is_no_data(values: list[float]) -> None:
    assert drawn(pie(), *(series("a", each) for each in values)).words == ["Test", "No data"]


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_zeros_are_no_pie_but_stand_in_the_legend(value: float) -> None:
    words = drawn(pie(legend=LEGEND), series("a", value)).words
    assert {"Nothing above zero", "a", "0%"} <= set(words)
    assert "No data" not in words


def test_the_legend_names_what_has_no_slice_too() -> None:
    words = drawn(pie(legend=LEGEND), series("a", 3), series("b", 0)).words
    assert words[3:9] == ["a", "3", "100%", "b", "0", "0%"]


def test_percentages_have_no_decimals_before_8() -> None:
    what = pie(legend=LEGEND)
    what["fieldConfig"]["defaults"]["decimals"] = 2
    pair = series("a", 1), series("b", 2)
    assert "33%" in drawn(what, *pair).words
    assert "33.33%" in drawn(what, *pair, version=TEN).words


def test_the_pie_of_a_plugin_of_old_is_one_too() -> None:
    what = {
        "type": "grafana-piechart-panel",
        "format": "short",
        "valueName": "current",
        "pieType": "donut",
        "legendType": "Right side",
        "legend": {"show": True, "values": True, "percentage": True},
    }
    assert drawn(what, *FOUR[:2]).words == [
        *("Test", "Value", "Percent", "a", "50", "63%", "b", "30", "38%")
    ]


def test_the_picture_is_the_stored_one() -> None:
    assert same_as_golden(drawn(pie(legend=LEGEND), *FOUR), "pie")
