"""Gauges stand where Grafana's stand, with the right share of their arcs filled."""

import math
import re
from typing import Any

import pytest

from .drawn import GREEN, ORANGE, RED, Picture, drawn, panel, same_as_golden, series

ONE = series("web01", 1, 50)
THREE = (series("web01", 1, 10), series("web02", 1, 50), series("db01", 1, 90))


def arcs(picture: Picture, color: str) -> list[str]:
    return [each.get("d") or "" for each in picture.all("path") if each.get("fill") == color]


def angle(arc: str, centre: tuple[float, float]) -> float:
    """The angle at which a clockwise arc ends, in degrees from the right."""
    x, y = map(float, re.findall(r"A[\d.]+ [\d.]+ 0 \d 1 ([\d.-]+) ([\d.-]+)", arc)[0])
    return math.degrees(math.atan2(y - centre[1], x - centre[0])) % 360


def test_a_half_full_gauge_ends_at_the_top() -> None:
    picture = drawn(panel("gauge"), ONE)
    value = arcs(picture, ORANGE)[0]
    centre = picture.text("50%").x
    x = float(re.findall(r"A[\d.]+ [\d.]+ 0 \d 1 ([\d.-]+) ", value)[0])
    assert x == pytest.approx(centre, abs=0.1)


@pytest.mark.parametrize(("value", "share"), [(-20.0, 0.0), (100.0, 1.0), (140.0, 1.0)])
def test_what_lies_outside_of_the_range_stays_at_its_ends(value: float, share: float) -> None:
    picture = drawn(panel("gauge", showThresholdMarkers=False), series("a", value))
    filled = len(picture.all("path")) - 1
    assert filled == (1 if share else 0)


def test_the_ring_is_cut_at_the_thresholds() -> None:
    picture = drawn(panel("gauge"), ONE)
    fills = [each.get("fill") for each in picture.all("path")]
    assert fills == ["#202226", ORANGE, GREEN, ORANGE, RED]


def test_without_markers_there_is_no_ring() -> None:
    picture = drawn(panel("gauge", showThresholdMarkers=False), ONE)
    assert [each.get("fill") for each in picture.all("path")] == ["#202226", ORANGE]


def test_labels_say_the_thresholds_and_the_ends() -> None:
    picture = drawn(panel("gauge", showThresholdLabels=True), ONE)
    assert picture.words == ["Test", "0", "100", "30", "60", "50%"]


def test_a_lone_gauge_has_no_name_and_several_have_theirs() -> None:
    assert drawn(panel("gauge"), ONE).words == ["Test", "50%"]
    words = drawn(panel("gauge"), *THREE).words
    assert words == ["Test", "10%", "web01", "50%", "web02", "90%", "db01"]


def test_three_gauges_stand_in_one_row_in_the_colors_of_their_values() -> None:
    picture = drawn(panel("gauge"), *THREE)
    texts = [picture.text(each) for each in ("10%", "50%", "90%")]
    assert [each.colors[0] for each in texts] == [GREEN, ORANGE, RED]
    assert len({each.y for each in texts}) == 1
    assert [each.x for each in texts] == pytest.approx([169, 499, 829])


def test_one_big_gauge_is_no_thicker_than_grafanas() -> None:
    (ring, *_) = (each.get("d") or "" for each in drawn(panel("gauge"), ONE).all("path"))
    outer, inner = (float(each) for each in re.findall(r"A([\d.]+) ", ring))
    assert outer - inner == pytest.approx(40)


def test_percentage_thresholds_are_of_the_range() -> None:
    what: dict[str, Any] = panel("gauge", "short")
    defaults = what["fieldConfig"]["defaults"]
    defaults.update(max=1000)
    defaults["thresholds"]["mode"] = "percentage"
    assert drawn(what, series("a", 500)).text("500").colors == (ORANGE,)
    defaults["thresholds"]["mode"] = "absolute"
    assert drawn(what, series("a", 500)).text("500").colors == (RED,)


def test_no_data_says_so() -> None:
    assert drawn(panel("gauge")).words == ["Test", "No data"]


def test_a_value_that_is_no_number_fills_nothing() -> None:
    picture = drawn(panel("gauge", showThresholdMarkers=False), series("a", math.nan))
    assert len(picture.all("path")) == 1


def test_the_picture_is_the_stored_one() -> None:
    assert same_as_golden(drawn(panel("gauge", showThresholdLabels=True), *THREE), "gauge")


def test_a_gauge_without_a_value_has_no_thresholds_around_it() -> None:
    picture = drawn(panel("gauge"), series("a", None))
    assert len(picture.all("path")) == 1
