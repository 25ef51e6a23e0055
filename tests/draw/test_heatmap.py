"""Heatmaps count samples in Grafana's cells, and take buckets as they are."""

import math
import re
from typing import Any

import pytest

from grafherald.draw import Field, Frame
from grafherald.draw.parts.buckets import Cut, counted, stacked
from grafherald.draw.values.schemes import Ramp

from .drawn import END, START, TEN, Picture, drawn, panel, same_as_golden, series


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


def cells(**columns: list[Any]) -> Frame:
    """A frame of cells: its first column is a time."""
    fields = [
        Field(name, "time" if name.startswith("x") else "number", each)
        for name, each in columns.items()
    ]
    return Frame(tuple(fields), meta={"type": "heatmap-cells"})


def boxes(picture: Picture) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each cell."""
    steps = " ".join(each.get("d", "") for each in picture.all("path"))
    found = re.findall(r"M(\S+) (\S+?)H(\S+?)V(\S+?)H", steps)
    return sorted((float(x), float(y), float(right), float(low)) for x, y, right, low in found)


def new(**options: Any) -> dict[str, Any]:
    return panel("heatmap", "short", calculate=False, cellGap=0, **options)


def test_sparse_cells_stand_between_their_bounds_on_an_axis_of_powers() -> None:
    hour = 3_600_000
    frame = cells(
        xMax=[START + hour, START + hour, START + 2 * hour],
        yMin=[1, 4, 2],
        yMax=[2, 8, 4],
        count=[1, 2, 3],
    )
    picture = drawn(new(legend={"show": False}), frame, version=TEN)
    (_, top, first, low), (_, above, _, below), (x, _, _, _) = (
        boxes(picture)[1],
        boxes(picture)[0],
        boxes(picture)[2],
    )
    assert x == pytest.approx(first, abs=1)  # the second hour's cell begins where the first's ends
    assert low - top == pytest.approx(below - above, abs=1)  # each is a power of two high
    assert [each for each in picture.words if each in "1248"] == ["1", "2", "4", "8"]


@pytest.mark.parametrize(("named", "lowest"), [("yMin", 0), ("y", -5), ("yMax", -10)])
def test_dense_cells_reach_to_the_next_one(named: str, lowest: float) -> None:
    hours = [START + at * 3_600_000 for at in (1, 1, 2, 2)]
    picture = drawn(
        new(), cells(x=hours, **{named: [0, 10, 0, 10]}, count=[1, 2, 3, 4]), version=TEN
    )
    assert len(boxes(picture)) == 4
    bottom = max(each[3] for each in boxes(picture))
    line = picture.text("0").y
    assert (bottom - line > 10) is (lowest < 0)


def test_cells_with_few_counts_can_be_hidden() -> None:
    frame = cells(xMax=[START, END], yMin=[1, 1], yMax=[2, 2], count=[0, 5])
    picture = drawn(new(filterValues={"le": 0.5}), frame, version=TEN)
    assert len(boxes(picture)) == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"count": [1, 2]},
        {"xMax": [START], "yMin": [1], "yMax": [2]},
        {"xMax": [None, START], "yMin": [math.nan, 3], "yMax": [math.inf, 2], "count": [1, 2]},
        {"x": [START], "y": [None], "count": [math.inf]},
        {"xMax": [START], "yMin": [-4], "yMax": [-2], "count": [1]},
    ],
)
def test_cells_that_say_nothing_are_no_data(columns: dict[str, list[Any]]) -> None:
    assert "No data" in drawn(new(), cells(**columns), version=TEN).words


def test_a_cell_without_an_end_is_cut_at_the_others() -> None:
    frame = cells(xMax=[START + 3_600_000] * 2, yMin=[1, 2], yMax=[2, math.inf], count=[1, 2])
    assert drawn(new(), frame, version=TEN).all("path")


def test_labels_that_would_read_alike_get_decimals() -> None:
    hours = [START + at * 3_600_000 for at in (1,) * 10]
    frame = cells(x=hours, y=list(range(0, 100, 10)), count=[1] * 10)
    words = drawn(new(yAxis={"unit": "s"}), frame, version=TEN).words
    assert {"1 min", "1.17 mins"} <= set(words)


@pytest.mark.parametrize(
    ("counts", "words"),
    [((1, 241), ["1", "100", "200", "241"]), ((4, 583), ["4", "200", "400", "583"])],
)
def test_the_old_legend_has_round_counts_between_the_least_and_the_most(
    counts: tuple[int, int], words: list[str]
) -> None:
    what = old(dataFormat="tsbuckets", legend={"show": True}, yAxis={"format": "s"})
    picture = drawn(what, series("1", *counts), series("2", *counts))
    lowest = max(each.y for each in picture.texts)
    assert [each.words for each in picture.texts if each.y == lowest] == words
