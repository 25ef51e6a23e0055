"""Heatmaps count samples in Grafana's cells, and take buckets as they are."""

from typing import Any

import pytest

from grafherald.draw.buckets import Cut, counted, stacked
from grafherald.draw.schemes import Ramp

from .drawn import TEN, drawn, panel, same_as_golden, series


def old(**more: Any) -> dict[str, Any]:
    axis = {"format": "short", "logBase": 1, "show": True}
    return {"type": "heatmap", "dataFormat": "timeseries", "cards": {}, "yAxis": axis, **more}


def test_samples_are_counted_by_time_and_value() -> None:
    samples = [(0, 1.0), (5, 1.5), (15, 1.0), (15, 9.0), (16, None)]
    grid = counted([samples], Cut(10, 5.0))
    cells = {(each.begin, each.low): each.count for each in grid.cells}
    assert cells == {(0, 0): 2, (10, 0): 1, (10, 5): 1}
    assert (grid.low, grid.high) == (1.0, 9.0)


def test_cells_of_a_log_axis_are_powers() -> None:
    grid = counted([[(0, 1.0), (0, 3.0), (0, 5.0)]], Cut(10, log=2))
    assert {(each.low, each.high) for each in grid.cells} == {(1, 2), (2, 4), (4, 8)}


def test_buckets_are_rows_and_keep_their_counts() -> None:
    grid = stacked([("1", [(0, 3.0), (10, 4.0)]), ("2", [(0, 5.0)])])
    assert {(each.begin, each.low): each.count for each in grid.cells} == {
        (0, 0): 3,
        (10, 0): 4,
        (0, 1): 5,
    }
    assert grid.names == ("1", "2")


def test_the_scale_is_turned_for_the_dark_theme() -> None:
    assert Ramp("interpolateOranges", "dark").at(0).css() == "#7f2704"
    assert Ramp("interpolateOranges", "light").at(0).css() == "#fff5eb"
    assert Ramp("Viridis", "dark").at(1).css() == "#fde725"
    assert Ramp("no such", "light").at(1).css() == "#7f2704"


def test_the_axis_is_labelled_in_its_unit_and_zero_is_kept() -> None:
    what = old(yAxis={"format": "s", "logBase": 1})
    words = drawn(what, series("a", *range(1, 96))).words
    assert "0 s" in words
    assert "1 min" in words


def test_cumulative_buckets_of_prometheus_are_made_plain() -> None:
    what: dict[str, Any] = panel("heatmap", "short", calculate=False)
    what["targets"] = [{"refId": "A", "expr": "x", "format": "heatmap"}]
    frames = [
        series("+Inf", 10, 12, le="+Inf"),
        series("0.5", 2, 2, le="0.5"),
        series("1", 7, 9, le="1"),
    ]
    picture = drawn(what, *frames, version=TEN)
    named = [each for each in picture.texts if each.words in ("0.500", "1", "+Inf")]
    assert [each.words for each in sorted(named, key=lambda each: -each.y)] == [
        "0.500",
        "1",
        "+Inf",
    ]
    # 2, 5 and 3; the second samples begin where the range ends
    assert len({each.get("fill") for each in picture.all("path")}) == 3


def test_empty_buckets_can_be_hidden() -> None:
    what = old(dataFormat="tsbuckets", hideZeroBuckets=True)
    picture = drawn(what, series("1", 0, 5), series("2", 0, 0))
    assert sum((each.get("d") or "").count("M") for each in picture.all("path")) <= 1


def test_opacity_mode_shades_one_color() -> None:
    color = {"mode": "opacity", "cardColor": "#b4ff00", "colorScale": "sqrt", "exponent": 0.5}
    picture = drawn(old(color=color), series("a", *range(90)), series("b", *([5] * 90)))
    assert {each.get("fill") for each in picture.all("path")} == {"#b4ff00"}


@pytest.mark.parametrize("frames", [[], [series("a", None)]])
def test_no_data_says_so(frames: list[Any]) -> None:
    assert drawn(old(), *frames).words == ["Test", "No data"]


def test_the_picture_is_the_stored_one() -> None:
    picture = drawn(old(legend={"show": True}), series("a", *(n % 17 for n in range(90))))
    assert same_as_golden(picture, "heatmap")


@pytest.mark.parametrize(
    "cut", [Cut(width=1e-300), Cut(width=1e-300, log=2.0), Cut(width=1.0, height=1e-300)]
)
def test_cells_beyond_all_numbers_are_no_crash(cut: Cut) -> None:
    grid = counted([[(1e300, 1e300), (0.0, -1e300)]], cut)
    assert sum(cell.count for cell in grid.cells) == 2
