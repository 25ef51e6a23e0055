"""A bar chart's bars are as long as their values and stand where Grafana puts them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from grafherald.draw import Field, Frame

from .drawn import GREEN, ORANGE, RED, STEPS, TEN, Picture, drawn, same_as_golden, series

HOSTS = ["web01", "web02", "db01"]
YELLOW = "#f2cc0c"
Area = tuple[float, float, float, float]


def table(**columns: list[Any]) -> Frame:
    return Frame(
        tuple(
            Field(name, "string" if isinstance(values[0], str) else "number", values)
            for name, values in columns.items()
        )
    )


TWO = table(host=HOSTS, reads=[10, 20, 40], writes=[40, 0, 20])


def chart(overrides: Any = (), custom: Any = None, **options: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {"custom": {"lineWidth": 0, **(custom or {})}}
    return {
        "type": "barchart",
        "options": options,
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
    }


def paint(what: dict[str, Any], *frames: Frame, **look: Any) -> Picture:
    return drawn(what, *frames, version=TEN, **look)


def bars(picture: Picture) -> dict[str, list[Area]]:
    """The bars by colour: x, y, width and height of each, in order."""
    found: dict[str, list[Area]] = {}
    for path in picture.all("path"):
        steps = path.get("d", "")
        for x, y, right, bottom in re.findall(r"M(\S+) (\S+?)H(\S+?)V(\S+?)H[^Z]+Z", steps):
            area = (float(x), float(y), float(right) - float(x), float(bottom) - float(y))
            found.setdefault(path.get("fill", "").lower(), []).append(area)
    return found


def heights(picture: Picture, color: str) -> list[float]:
    return [area[3] for area in bars(picture)[color]]


def test_bars_are_as_long_as_their_values_side_by_side() -> None:
    picture = paint(chart(), TWO)
    assert heights(picture, GREEN) == pytest.approx(
        [heights(picture, GREEN)[2] * share for share in (0.25, 0.5, 1)], abs=0.1
    )
    assert heights(picture, YELLOW)[0] == pytest.approx(heights(picture, GREEN)[2], abs=0.1)
    first, second = bars(picture)[GREEN][0], bars(picture)[YELLOW][0]
    assert first[0] + first[2] < second[0] < bars(picture)[GREEN][1][0]


def test_a_group_is_as_wide_as_the_panel_says() -> None:
    for width in (0.5, 0.9):
        found = bars(paint(chart(groupWidth=width, barWidth=1), TWO))
        whole = found[YELLOW][-1][0] + found[YELLOW][-1][2] - found[GREEN][0][0]
        assert sum(area[2] for each in found.values() for area in each) == pytest.approx(
            whole * width, abs=1
        )


def test_one_series_fills_its_group_by_the_bars_width() -> None:
    (found,) = bars(paint(chart(barWidth=0.5), table(host=HOSTS, reads=[1, 2, 3]))).values()
    whole = found[-1][0] + found[-1][2] - found[0][0]
    assert sum(area[2] for area in found) == pytest.approx(whole / 2, abs=1)


def test_stacked_bars_stand_on_each_other() -> None:
    found = bars(paint(chart(stacking="normal"), TWO))
    for below, above in zip(found[GREEN], found[YELLOW], strict=True):
        assert above[0] == below[0]
        assert above[1] + above[3] == pytest.approx(below[1], abs=0.1)


def test_bars_in_percent_reach_the_top_and_say_their_share() -> None:
    picture = paint(chart(stacking="percent", showValue="always", text={"valueSize": 10}), TWO)
    found = bars(picture)
    sums = [a[3] + b[3] for a, b in zip(found[GREEN], found[YELLOW], strict=True)]
    assert sums == pytest.approx([sums[0]] * 3, abs=0.1)
    assert {"20%", "80%", "100%"} <= set(picture.words)


def test_lying_bars_begin_at_the_left_with_the_first_one_above() -> None:
    picture = paint(chart(orientation="horizontal"), TWO)
    found = bars(picture)[GREEN]
    assert len({area[0] for area in found}) == 1
    assert [area[1] for area in found] == sorted(area[1] for area in found)
    assert found[2][2] == pytest.approx(4 * found[0][2], abs=0.1)
    assert picture.text("web01").y < picture.text("db01").y


def test_a_narrow_panel_lays_its_bars_down() -> None:
    found = bars(paint(chart(), TWO, width=300, height=500))[GREEN]
    assert len({area[0] for area in found}) == 1


@pytest.mark.parametrize("orientation", ["horizontal", "vertical"])
def test_bars_below_zero_hang_from_it(orientation: str) -> None:
    frame = table(team=["a", "b"], change=[-5, 10])
    picture = paint(chart(orientation=orientation, showValue="always"), frame)
    down, up = bars(picture)[GREEN]
    (number,) = [each for each in picture.texts if each.words == "-5" and each.sizes[0] > 12]
    if orientation == "vertical":
        assert down[1] == pytest.approx(up[1] + up[3], abs=0.1)
        assert number.y > down[1] + down[3]
    else:
        assert down[0] + down[2] == pytest.approx(up[0], abs=0.1)
        assert number.x < down[0]


def test_each_bar_has_the_color_of_its_threshold() -> None:
    what = chart()
    what["fieldConfig"]["defaults"].update(
        color={"mode": "thresholds"}, thresholds={"mode": "absolute", "steps": STEPS}
    )
    found = bars(paint(what, table(host=HOSTS, load=[10, 40, 80])))
    assert {color: len(each) for color, each in found.items()} == {GREEN: 1, ORANGE: 1, RED: 1}


def test_another_field_can_color_the_bars() -> None:
    rule = {
        "matcher": {"id": "byName", "options": "writes"},
        "properties": [
            {"id": "color", "value": {"mode": "thresholds"}},
            {"id": "thresholds", "value": {"mode": "absolute", "steps": STEPS}},
            {"id": "custom.hideFrom", "value": {"viz": True, "legend": True}},
        ],
    }
    picture = paint(chart([rule], colorByField="writes"), TWO)
    assert {color: len(each) for color, each in bars(picture).items()} == {ORANGE: 1, GREEN: 2}
    assert "writes" not in picture.words


def test_a_value_mapping_can_color_a_bar_and_name_its_value() -> None:
    what = chart(showValue="always")
    what["fieldConfig"]["defaults"]["mappings"] = [
        {"type": "value", "options": {"20": {"text": "half", "color": "red"}}}
    ]
    picture = paint(what, table(host=HOSTS, reads=[10, 20, 40]))
    assert len(bars(picture)[RED]) == 1
    assert "half" in picture.words


def test_times_are_categories_where_there_is_no_text_and_frames_are_joined() -> None:
    picture = paint(chart(), series("web01", 1, 2, 3), series("web02", 3, 2, 1))
    assert [len(each) for each in bars(picture).values()] == [3, 3]
    assert {"web01", "web02"} <= set(picture.words)
    assert [words for words in picture.words if re.fullmatch(r"\d\d/\d\d \d\d:\d\d", words)]


def test_the_panel_can_name_the_field_of_its_categories() -> None:
    frame = table(host=HOSTS, rack=["r1", "r2", "r3"], reads=[1, 2, 3])
    assert "r2" in paint(chart(xField="rack"), frame).words
    assert "r2" not in paint(chart(), frame).words


def test_names_are_cut_turned_and_left_out_as_asked() -> None:
    frame = table(host=["a rather long name", "b", "c", "d"], reads=[1, 2, 3, 4])
    cut = paint(chart(xTickLabelMaxLength=8, xTickLabelRotation=45), frame)
    assert "a rather..." in cut.words
    turned = [each.get("transform", "") for each in cut.all("text")]
    assert sum(words.startswith("rotate(45 ") for words in turned) == 4
    sparse = paint(chart(xTickLabelSpacing=400), frame).words
    assert [words in sparse for words in "bcd"] == [False, True, False]
    dense = paint(chart(xTickLabelSpacing=5e-324), frame).words
    assert all(words in dense for words in "bcd")


def test_names_that_would_run_into_each_other_are_left_out() -> None:
    names = [f"host-{at:03}.example.com" for at in range(60)]
    picture = paint(chart(), table(host=names, reads=list(range(60))))
    assert 2 <= len([words for words in picture.words if words.startswith("host-")]) < 20


def test_numbers_that_touch_are_left_out_unless_all_are_wanted() -> None:
    frame = table(host=["a"], one=[97], two=[1], three=[1])
    fixed = {"text": {"valueSize": 30}, "stacking": "normal"}
    assert paint(chart(showValue="auto", **fixed), frame).words.count("1") == 0
    assert paint(chart(showValue="always", **fixed), frame).words.count("1") == 2
    assert "97" not in paint(chart(showValue="never", **fixed), frame).words


def test_thresholds_are_drawn_where_the_panel_wants_them() -> None:
    what = chart(orientation="horizontal", custom={"thresholdsStyle": {"mode": "line"}})
    what["fieldConfig"]["defaults"]["thresholds"] = {"mode": "absolute", "steps": STEPS[1:2]}
    lines = paint(what, TWO).all("line")
    (limit,) = [each for each in lines if each.get("stroke", "").startswith(ORANGE)]
    assert limit.get("x1") == limit.get("x2")


def test_the_legend_has_the_values_that_it_is_asked_for() -> None:
    legend = {"displayMode": "table", "placement": "right", "calcs": ["sum"], "showLegend": True}
    assert "70" in paint(chart(legend=legend), TWO).words


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ((), "No data"),
        ((table(reads=[1, 2]),), "Bar charts require a string or time field"),
        ((table(host=HOSTS),), "No numeric fields found"),
    ],
)
def test_what_cannot_be_a_chart_says_why(frames: tuple[Frame, ...], words: str) -> None:
    assert words in paint(chart(), *frames).words


def test_more_bars_than_can_be_told_apart_are_said() -> None:
    names = [str(at) for at in range(1500)]
    picture = paint(chart(), table(host=names, reads=list(range(1500))))
    assert "+ 500 more bars" in picture.drawing.notes


@pytest.mark.parametrize("name", ["barchart", "barchart-lying"])
def test_golden(name: str) -> None:
    orientation = "horizontal" if name.endswith("lying") else "vertical"
    what = chart(orientation=orientation, barRadius=0.2, custom={"axisLabel": "per second"})
    assert same_as_golden(paint(what, TWO), name)
