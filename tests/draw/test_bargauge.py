"""Bars are as long as their values, in Grafana's colours and places."""

import math

import pytest

from .drawn import GREEN, ORANGE, RED, TEN, drawn, panel, rects, same_as_golden, series

THREE = (series("web01", 1, 10), series("web02", 1, 50), series("db01", 1, 100))


def lying(**options: object) -> dict[str, object]:
    return panel("bargauge", orientation="horizontal", **options)


def test_lying_bars_are_as_long_as_their_values() -> None:
    bars = rects(drawn(lying(displayMode="gradient"), *THREE))[1::2]
    full = bars[2]["width"]
    assert [each["width"] for each in bars] == pytest.approx([full * 0.1, full * 0.5, full])


def test_names_stand_above_lying_bars_and_values_at_their_right() -> None:
    picture = drawn(lying(), *THREE)
    assert picture.words == ["Test", "web01", "10%", "web02", "50%", "db01", "100%"]
    assert picture.text("web02").x == 8
    assert picture.text("50%").x > 850
    assert picture.text("web02").y < picture.text("50%").y


@pytest.mark.parametrize("orientation", ["vertical", "auto"])
def test_bars_stand_in_a_wide_panel(orientation: str) -> None:
    picture = drawn(panel("bargauge", orientation=orientation), *THREE)
    bars = rects(picture)[1::2]
    full = bars[2]["height"]
    assert [each["height"] for each in bars] == pytest.approx([full * 0.1, full * 0.5, full])
    bottoms = {round(float(each["y"]) + float(each["height"]), 1) for each in bars}
    assert len(bottoms) == 1
    assert picture.text("web02").y > float(bars[1]["y"])  # the name below
    assert picture.text("50%").y < float(bars[1]["y"])  # the value above


def test_a_gradient_reaches_each_color_half_way_between_thresholds() -> None:
    picture = drawn(lying(), series("a", 100))
    stops = [(float(s.get("offset", "")), s.get("stop-color")) for s in picture.all("stop")]
    assert stops == [(0.0, GREEN), (0.15, GREEN), (0.45, ORANGE), (1.0, RED)]


def test_a_bar_below_all_thresholds_has_one_color() -> None:
    picture = drawn(lying(), series("a", 10))
    assert picture.all("stop") == []
    assert rects(picture)[-1]["fill"] == GREEN


def test_a_continuous_scheme_runs_straight_through_its_colors_over_the_whole_scale() -> None:
    what = lying(displayMode="gradient")
    what["fieldConfig"]["defaults"]["color"] = {"mode": "continuous-GrYlRd"}  # type: ignore[index] - a dict
    picture = drawn(what, series("a", 50))
    stops = [(float(s.get("offset", "")), s.get("stop-color")) for s in picture.all("stop")]
    assert stops[:2] == [(0.0, GREEN), (1.0, "#fade2a")]  # the bar ends at the scale's middle


def test_a_basic_bar_is_pale_with_a_strong_end() -> None:
    picture = drawn(lying(displayMode="basic", showUnfilled=False), series("a", 50))
    pale, end = picture.all("rect")[1:]
    assert (pale.get("fill"), pale.get("fill-opacity")) == (ORANGE, "0.35")
    assert (end.get("fill"), end.get("width")) == (ORANGE, "2")


def test_lcd_cells_are_lit_up_to_the_value() -> None:
    picture = drawn(lying(displayMode="lcd"), series("a", 50))
    lit = [each.get("fill-opacity") is None for each in picture.all("rect")[1:]]
    assert lit == sorted(lit, reverse=True)
    assert sum(lit) / len(lit) == pytest.approx(0.5, abs=0.02)
    assert {each.get("stop-color") for each in picture.all("stop")} == {GREEN, ORANGE}
    assert picture.all("rect")[-1].get("fill") == RED


def test_without_the_unfilled_part_the_value_stands_at_the_bars_end() -> None:
    picture = drawn(lying(showUnfilled=False), *THREE)
    assert picture.text("10%").x < picture.text("50%").x < picture.text("100%").x


@pytest.mark.parametrize("value", [-50.0, math.nan, None])
def test_what_has_no_length_is_one_pixel_long(value: float | None) -> None:
    bars = rects(drawn(lying(), series("a", value)))
    assert bars[-1]["width"] == 1


def test_low_bars_have_their_names_at_the_left() -> None:
    many = [series(f"host{n:02}", n) for n in range(20)]
    picture = drawn(lying(), *many)
    name, value = picture.text("host10"), picture.text("10%")
    assert abs(name.y - value.y) < 5


def test_bars_that_cannot_be_read_are_left_out_and_said() -> None:
    picture = drawn(lying(), *(series(f"host{n:02}", n) for n in range(60)))
    shown = sum(words.startswith("host") for words in picture.words)
    assert picture.drawing.notes == (f"+ {60 - shown} more",)


def test_later_grafanas_can_hide_names_and_values() -> None:
    what = lying(namePlacement="hidden", valueMode="hidden")
    assert drawn(what, *THREE, version=TEN).words == ["Test"]


def test_no_data_says_so() -> None:
    assert drawn(panel("bargauge")).words == ["Test", "No data"]


def test_the_picture_is_the_stored_one() -> None:
    assert same_as_golden(drawn(lying(), *THREE), "bargauge")
    assert same_as_golden(drawn(lying(displayMode="lcd"), THREE[1], theme="light"), "bargauge-lcd")


def test_cells_without_a_value_are_grey() -> None:
    picture = drawn(lying(displayMode="lcd"), series("a", None))
    assert {each.get("fill") for each in picture.all("rect")[1:]} == {"#808080"}


@pytest.mark.parametrize("words", ["", "ten"])
@pytest.mark.parametrize("options", [{}, {"valueMode": "hidden"}])
def test_a_panel_without_room_is_drawn(words: str, options: dict[str, object]) -> None:
    what = lying(**options)
    what["fieldConfig"]["defaults"]["mappings"] = [{"type": 1, "value": "10", "text": words}]  # type: ignore[index] - a dict
    assert drawn(what, series("web01", 10), width=24, height=24).words
