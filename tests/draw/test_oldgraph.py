"""The old graph panel stacks, fills, counts and marks as Flot did in Grafana 7.5."""

from __future__ import annotations

from typing import Any

import pytest

from grafherald.draw import Look, TimeRange, draw

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
    words = drawn(graph(legend=tabled(current=True)), late).words
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
    assert drawn(right, ONE, TWO).words.count("\u00a0(right y-axis)") == 1


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
