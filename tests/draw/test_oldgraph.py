"""The old graph panel stacks, fills, counts and marks as Flot did in Grafana 7.5."""

from __future__ import annotations

import re
from typing import Any

import pytest

from grafherald.draw import Look, Marks, TimeRange, draw

from .drawn import END, SPAN, START, Field, Frame, Picture, drawn, rects, series
from .test_timegraph import GREEN, ONE, TWO, YELLOW, fills, graph, heights, strokes

HOUR = 3_600_000
DAY = 24 * HOUR


def tabled(**legend: Any) -> dict[str, Any]:
    """A graph's legend as a table of averages and last values."""
    return {"show": True, "alignAsTable": True, "values": True, "avg": True, **legend}


def test_a_band_without_lines_is_drawn_between_its_series() -> None:
    rules = [
        {"alias": "web01:9100", "lines": False, "fillBelowTo": "web02:9100"},
        {"alias": "web02:9100", "lines": False},
    ]
    picture = drawn(graph(seriesOverrides=rules, fill=0), ONE, TWO)
    assert fills(picture) == [(GREEN, 0.4)]
    assert strokes(picture) == []
    assert "No data" not in picture.words


def test_a_stack_lies_in_the_order_of_its_sorted_table() -> None:
    unsorted = drawn(graph(stack=True, legend=tabled()), ONE, TWO)
    upwards = drawn(graph(stack=True, legend=tabled(sort="avg", sortDesc=False)), ONE, TWO)
    assert [color for color, _ in strokes(unsorted)] == [GREEN, YELLOW]
    assert [color for color, _ in strokes(upwards)] == [YELLOW, GREEN]
    plain = drawn(graph(legend=tabled(sort="avg", sortDesc=False)), ONE, TWO)
    assert [color for color, _ in strokes(plain)] == [GREEN, YELLOW]  # the table alone is sorted


def test_nulls_as_zero_are_zeros_before_the_first_and_after_the_last_sample() -> None:
    late = Frame(
        (
            Field("Time", "time", [START + HOUR * 2, START + HOUR * 3], config={"interval": HOUR}),
            Field("Value", "number", [8.0, 6.0], {}, {"displayNameFromDS": "late"}),
        )
    )
    counted = graph(nullPointMode="null as zero", legend=tabled(current=True))
    words = drawn(counted, late).words
    assert words[words.index("late") :] == ["late", "2", "0"]  # 8 and 6 among seven hours
    words = drawn(graph(legend=tabled(current=True)), late, version=(8, 5, 0)).words
    assert words[words.index("late") :] == ["late", "7", "6"]


def test_a_stacked_series_that_joins_over_its_gaps_lies_on_what_is_below_there() -> None:
    above = series("above", 5, None, 5)
    picture = drawn(graph(stack=True, nullPointMode="connected"), series("low", 10, 10, 10), above)
    (_, low), (_, high) = strokes(picture)
    assert heights(high)[1] == heights(low)[1]


def test_an_axis_that_is_hidden_has_no_lines_and_a_range_as_its_values() -> None:
    shown = {"format": "short", "show": True}
    hidden = {"format": "short", "show": False}
    both = drawn(graph(yaxes=[shown, shown]), ONE)
    none = drawn(graph(yaxes=[hidden, hidden]), ONE)
    assert {"10", "40"} <= set(both.words)
    assert not {"10", "40"} & set(none.words)
    (_, with_axis), (_, without) = strokes(both)[0], strokes(none)[0]
    assert min(heights(without)) < min(heights(with_axis)) + 20


def test_a_time_axis_that_is_hidden_leaves_its_room_to_the_plot() -> None:
    with_times = drawn(graph(legend={"show": False}), ONE)
    without = drawn(graph(legend={"show": False}, xaxis={"show": False}), ONE)
    assert "14:00" in with_times.words
    assert "14:00" not in without.words
    lowest = [max(heights(strokes(each)[0][1])) for each in (with_times, without)]
    assert lowest[1] > lowest[0] + 5


def test_a_table_says_which_series_have_the_right_axis() -> None:
    right = graph(seriesOverrides=[{"alias": "web02:9100", "yaxis": 2}], legend=tabled())
    assert drawn(right, ONE, TWO).words.count("\u00a0(right-y)") == 1


def _regions(picture: Picture) -> list[tuple[float, float]]:
    """Begin and end of each area, in hours since the range began."""
    plot = next(each for each in picture.all("clipPath")).find("{*}rect")
    assert plot is not None
    left, width = float(plot.get("x", "")), float(plot.get("width", "")) - 1
    return [
        (
            round((float(each["x"]) - left) / width * 6, 1),
            round((float(each["x"]) + float(each["width"]) - left) / width * 6, 1),
        )
        for each in rects(picture)
        if str(each["fill"]).startswith("rgba")
    ]


def region(**more: Any) -> dict[str, Any]:
    return graph(timeRegions=[{"fill": True, "colorMode": "blue", **more}])


@pytest.mark.parametrize(
    ("rule", "hours"),
    [
        ({"from": "14:10", "to": "16:40"}, [(1.5, 4.0)]),
        ({"from": "18", "to": "13:10"}, [(0.0, 0.5), (5.3, 6.0)]),  # over midnight
        ({"fromDayOfWeek": 3}, [(0.0, 6.0)]),  # that Wednesday
        ({"fromDayOfWeek": 4}, []),
        ({"fromDayOfWeek": 1, "toDayOfWeek": 5, "from": "", "to": ""}, [(0.0, 6.0)]),
        ({"from": "never"}, []),
        ({}, []),
    ],
)
def test_time_regions_are_shaded(rule: dict[str, Any], hours: list[tuple[float, float]]) -> None:
    assert _regions(drawn(region(**rule), ONE)) == hours


def test_the_end_of_a_region_can_be_a_line() -> None:
    rule = region(**{"fill": False, "line": True, "from": "14:00", "to": "15:00"})
    lines = [each.get("stroke") for each in drawn(rule, ONE).all("line")]
    assert lines.count("rgba(11, 125, 238, 0.60)") == 2


def test_regions_of_a_long_range_are_all_there() -> None:
    assert (SPAN.start, SPAN.end) == (START, END)
    fortnight = TimeRange(START, START + 14 * DAY)
    times = Field("Time", "time", [fortnight.start, fortnight.end])
    frame = Frame((times, Field("Value", "number", [1, 2])))
    rule = region(fromDayOfWeek=6, toDayOfWeek=7)
    picture = Picture(draw(rule, [frame], fortnight, Look(version=(7, 5, 5), foot="")))
    assert len(_regions(picture)) == 2


def bars_of(picture: Picture) -> list[tuple[str, float, float]]:
    """Each bar's colour, left end and height, from the left."""
    found = []
    for each in picture.all("path"):
        bars = re.findall(r"M(\S+) (\S+?)V(\S+?)h\S+?V\S+?Z", each.get("d", ""))
        for x, base, top in bars:
            found.append((each.get("fill", ""), float(x), float(base) - float(top)))
    return sorted(found, key=lambda bar: bar[1])


AXIS = [{"format": "short", "min": "0"}, {}]


@pytest.mark.parametrize(("calc", "ratio"), [("current", 30 / 60), ("max", 30 / 90), ("count", 1)])
def test_each_series_can_be_a_bar(calc: str, ratio: float) -> None:
    one, two = series("web01", 10, 20, 30), series("web02", 30, 90, 60)
    xaxis = {"mode": "series", "values": [calc]}
    picture = drawn(graph(xaxis=xaxis, bars=True, lines=False, yaxes=AXIS), one, two)
    (first, _, low), (second, _, high) = bars_of(picture)
    assert (first, second) == (GREEN, YELLOW)
    assert low / high == pytest.approx(ratio, abs=0.01)
    below = [each for each in picture.texts if each.words in ("web01", "web02")]
    assert len(below) == 4  # below their bars and in the legend
    assert not any(":" in words for words in picture.words)


def test_how_often_values_occur_is_counted_over_all_series() -> None:
    one, two = series("web01", 1, 2, 11, 12, 13), series("web02", 14, 29, None, 0)
    what = graph(xaxis={"mode": "histogram", "buckets": 3}, bars=True, lines=False, yaxes=AXIS)
    picture = drawn(what, one, two)
    found = [height for _, _, height in bars_of(picture)]
    assert [round(each / max(found), 2) for each in found] == [0.75, 0, 1, 0]
    assert "Count" in picture.words
    assert {"0", "10", "20"} <= set(picture.words)
    assert picture.drawing.notes == ("1 beyond the last bound",)


@pytest.mark.parametrize(
    ("values", "limits", "counts", "left_out"),
    [
        ((0, 1, 9, 10, 50, 99, 100), {}, [3, 1, 0, 0, 0, 1, 0, 0, 0, 2], 0),  # 100 is a bound
        ((0, 1, 9, 10, 50, 99), {}, [3, 1, 0, 0, 0, 1, 0, 0, 0], 1),
        ((0, 50, 99), {"max": 60}, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0], 1),
        ((0, 50, 99), {"min": 20}, None, 2),
        ((0.1, 0.2, 0.41), {}, [2], 1),  # d3 is asked for no threshold at all
        ((5, 5, 5), {}, [3], 0),
    ],
)
def test_a_histogram_has_the_bars_that_d3_makes(
    values: tuple[float, ...], limits: dict[str, int], counts: list[int] | None, left_out: int
) -> None:
    xaxis = {"mode": "histogram", "buckets": 10, **limits}
    what = graph(xaxis=xaxis, bars=True, lines=False, yaxes=AXIS)
    picture = drawn(what, series("web01", *values))
    found = [height for _, _, height in bars_of(picture)]
    if counts:
        whole = sum(counts)
        assert [round(each / sum(found) * whole) for each in found] == counts
    notes = picture.drawing.notes
    assert notes == ((f"{left_out} beyond the last bound",) if left_out else ())


def test_a_stacked_histogram_counts_each_series_alone() -> None:
    one, two = series("web01", 1, 2, 11, 30), series("web02", 14, 15, 3, 30)
    xaxis = {"mode": "histogram", "buckets": 3}
    picture = drawn(
        graph(xaxis=xaxis, bars=True, lines=False, stack=True, yaxes=AXIS, legend={"show": True}),
        one,
        two,
    )
    assert {"web01", "web02"} <= set(picture.words)
    assert "Count" not in picture.words
    colors = {each.get("fill") for each in picture.all("path") if each.get("fill") != "none"}
    assert {GREEN, YELLOW} <= colors


def test_a_histograms_legend_has_one_entry_with_the_values_own_statistics() -> None:
    what = graph(xaxis={"mode": "histogram"}, bars=True, lines=False, legend=tabled(max=True))
    words = drawn(what, series("web01", 0, 90, 100)).words
    assert words[-3:] == ["Count", "100", "63.3"]
    assert "web01" not in words


def test_what_is_stacked_is_stacked_on_both_axes_and_below_zero() -> None:
    rules = [{"alias": "web02:9100", "yaxis": 2}]
    _, (_, right) = strokes(drawn(graph(stack=True, yaxes=AXIS, seriesOverrides=rules), ONE, TWO))
    alone = graph(stack=True, yaxes=AXIS, seriesOverrides=[{**rules[0], "stack": "B"}])
    _, (_, other) = strokes(drawn(alone, ONE, TWO))
    assert min(heights(right)) < min(heights(other))


def test_an_alert_has_no_moment_where_the_axis_is_no_time() -> None:
    what = graph(xaxis={"mode": "series", "values": ["max"]}, bars=True, lines=False)
    marks = Marks(alert=START + HOUR, alert_label="now", since=START)
    drawing = draw(what, [series("web01", 1, 2)], SPAN, Look(version=(7, 5, 5)), marks)
    assert "now" not in drawing.svg


@pytest.mark.parametrize("mode", ["series", "histogram"])
@pytest.mark.parametrize("values", [(None,), (5,), (float("inf"), 1), (1e308, -1e308), ()])
@pytest.mark.parametrize("buckets", ["x", float("inf"), float("-inf"), float("nan")])
def test_odd_values_are_no_crash_where_the_axis_is_no_time(
    mode: str, buckets: Any, values: Any
) -> None:
    what = graph(xaxis={"mode": mode, "values": None, "buckets": buckets}, bars=True)
    assert drawn(what, series("web01", *values)).drawing.svg


def ended(*values: float | None, **config: object) -> Frame:
    """A sample a minute, of the first minutes of the range alone."""
    times = [START + 60_000 * at for at in range(len(values))]
    config = {"displayNameFromDS": "web01"}
    time = Field("Time", "time", times, {}, {"interval": 60_000})
    return Frame((time, Field("Value", "number", list(values), {}, config)))


@pytest.mark.parametrize(
    ("mode", "version", "current"),
    [
        ("null", (7, 5, 5), ""),
        ("connected", (7, 5, 5), "3"),
        ("null as zero", (7, 5, 5), "0"),
        ("null", (8, 5, 0), "3"),
    ],
)
def test_a_series_that_has_ended_has_no_current_value_up_to_7(
    mode: str, version: tuple[int, int, int], current: str
) -> None:
    what = graph(nullPointMode=mode, legend=tabled(current=True, avg=False, max=True))
    words = drawn(what, ended(1, 2, 3), version=version).words
    assert words[-3:] == ["web01", "3", current]


def test_the_last_sample_but_one_is_current_where_the_last_is_null() -> None:
    what = graph(legend=tabled(current=True, avg=False))
    for values, current in (((1, 2, None), "2"), ((1, None, None), "")):
        assert drawn(what, series("web01", *values)).words[-1] == current


def test_the_second_axis_has_small_lines_that_point_at_its_labels() -> None:
    rules = [{"alias": "web02:9100", "yaxis": 2}]
    one, two = (
        drawn(graph(yaxes=[{"show": left}, {}], seriesOverrides=rules), ONE, TWO)
        for left in (True, False)
    )
    grid = [each.all("path")[0].get("d") or "" for each in (one, two)]
    ends = [[(int(a), int(b)) for a, b in re.findall(r"M(\d+) \d+H(\d+)", each)] for each in grid]
    assert min(abs(b - a) for a, b in ends[0]) == 4
    assert min(abs(b - a) for a, b in ends[1]) > 500  # the only one's cross the whole plot


def test_the_column_that_a_table_is_sorted_by_is_marked() -> None:
    blue = "#33a2e5"
    plain, down, up = (
        [
            each.get("d")
            for each in drawn(graph(legend=tabled(**how)), ONE, TWO).all("path")
            if each.get("stroke") == blue
        ]
        for how in ({}, {"sort": "avg", "sortDesc": True}, {"sort": "avg", "sortDesc": False})
    )
    assert plain == []
    assert len(down) == len(up) == 1
    assert down != up


def test_of_what_is_equal_a_table_sorted_downwards_has_the_last_one_first() -> None:
    same = [series(name, 5, 5) for name in ("web01", "web02", "web03")]
    words = drawn(graph(legend=tabled(sort="avg", sortDesc=True)), *same).words
    assert [each for each in words if each.startswith("web")] == ["web03", "web02", "web01"]
    words = drawn(graph(legend=tabled(sortDesc=True)), *same).words
    assert [each for each in words if each.startswith("web")] == ["web01", "web02", "web03"]


@pytest.mark.parametrize("value", [0, -5])
def test_a_logarithmic_line_leaves_the_plot_where_its_value_has_no_logarithm(value: float) -> None:
    axes = [{"format": "short", "logBase": 10}, {}]
    (_, path), *_ = strokes(drawn(graph(yaxes=axes), series("web01", 1, 100, value, 100, 1)))
    assert path.count("M") == 1
    ys = heights(path)
    assert ys[2] == max(ys)
    assert ys[2] - ys[0] == pytest.approx(4, abs=0.2)
