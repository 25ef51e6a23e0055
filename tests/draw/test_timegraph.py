"""Time graphs show the right lines, in order, colour and words, as the server's version does."""

from __future__ import annotations

import re
import time
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from grafherald.draw import CannotDraw, Look, TimeRange, draw, png

from .drawn import SEVEN, SPAN, START, TEN, Field, Frame, Picture, drawn, same_as_golden, series

GREEN, YELLOW, BLUE = "#7EB26D", "#EAB839", "#6ED0E0"
ONE = series("web01:9100", 10, 20, 30, 25, 40)
TWO = series("web02:9100", 5, 15, 10, 20, 10)


def timeseries(
    custom: dict[str, Any] | None = None,
    overrides: list[dict[str, Any]] | None = None,
    legend: dict[str, Any] | None = None,
    **defaults: Any,
) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "fieldConfig": {
            "defaults": {
                "color": {"mode": "palette-classic"},
                "custom": {"showPoints": "never", **(custom or {})},
                **defaults,
            },
            "overrides": overrides or [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "calcs": [], **(legend or {})}
        },
    }


def graph(**settings: Any) -> dict[str, Any]:
    axes = [{"format": "short", "show": True}, {"format": "short", "show": True}]
    return {"type": "graph", "yaxes": axes, "legend": {"show": True}, **settings}


def override(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [
            {"id": key.replace("__", "."), "value": value} for key, value in properties.items()
        ],
    }


def strokes(picture: Picture) -> list[tuple[str, str]]:
    """The lines of series, in order: colour and path."""
    return [
        (each.get("stroke", ""), each.get("d", ""))
        for each in picture.all("path")
        if each.get("stroke") and each.get("stroke-linejoin")
    ]


def fills(picture: Picture) -> list[tuple[str, float]]:
    return [
        (each.get("fill", ""), float(each.get("fill-opacity", "1")))
        for each in picture.all("path")
        if each.get("fill") not in (None, "none")
    ]


def heights(path: str) -> list[float]:
    """The y of each point of a linear path."""
    return [float(found[1]) for found in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path)]


def test_lines_have_the_palette_of_the_version() -> None:
    assert [color for color, _ in strokes(drawn(timeseries(), ONE, TWO))] == [GREEN, YELLOW]
    modern = strokes(drawn(timeseries(), ONE, TWO, version=TEN))
    assert [color for color, _ in modern] == ["#73BF69", "#F2CC0C"]


def test_a_higher_value_is_higher_in_the_picture() -> None:
    (_, path), *_ = strokes(drawn(timeseries(), ONE))
    ys = heights(path)
    assert ys[4] < ys[2] < ys[3] < ys[1] < ys[0]


def test_axes_say_values_in_the_unit_and_times_in_the_zone() -> None:
    words = drawn(timeseries(unit="percent"), ONE, timezone="Europe/Warsaw").words
    assert {"0%", "50%", "100%", "14:00", "19:30"} <= set(words)
    assert "13:30" not in words


def test_the_legend_names_all_in_order_with_their_values() -> None:
    legend = {"displayMode": "table", "calcs": ["mean", "max", "lastNotNull"]}
    picture = drawn(timeseries(unit="ms", legend=legend), ONE, TWO)
    found = picture.words[picture.words.index("Mean") :]
    assert found == [
        *("Mean", "Max", "Last (not null)"),
        *("web01:9100", "25 ms", "40 ms", "40 ms"),
        *("web02:9100", "12 ms", "20 ms", "10 ms"),
    ]
    assert "Last *" in drawn(timeseries(legend=legend), ONE, version=TEN).words


def test_a_legend_on_the_right_leaves_the_plot_less_room() -> None:
    below = drawn(timeseries(), ONE).text("web01:9100")
    right = drawn(timeseries(legend={"placement": "right"}), ONE).text("web01:9100")
    assert (below.x < 100, below.y > 450) == (True, True)
    assert (right.x > 850, right.y < 80) == (True, True)


def test_a_hidden_legend_is_none() -> None:
    hidden = timeseries(legend={"displayMode": "hidden"})
    assert "web01:9100" not in drawn(hidden, ONE).words
    assert "web01:9100" not in drawn(timeseries(legend={"showLegend": False}), ONE).words


def test_series_of_the_right_axis_stand_at_the_right_end_of_the_legend() -> None:
    right = override("web01:9100", unit="s", custom__axisPlacement="right")
    picture = drawn(timeseries(overrides=[right], unit="percent"), ONE, TWO)
    assert picture.text("web01:9100").x > 850
    assert picture.text("web02:9100").x < 100


def test_a_unit_of_its_own_gets_an_axis_of_its_own() -> None:
    other = override("web02:9100", unit="bytes")
    words = drawn(timeseries(overrides=[other], unit="percent"), ONE, TWO).words
    assert {"50%", "10 B"} <= set(words)


def test_a_hidden_series_stays_in_the_legend() -> None:
    hidden = override("web01:9100", custom__hideFrom={"viz": True, "legend": False})
    picture = drawn(timeseries(overrides=[hidden]), ONE, TWO)
    assert len(strokes(picture)) == 1
    assert "web01:9100" in picture.words
    unlisted = override("web01:9100", custom__hideFrom={"viz": False, "legend": True})
    picture = drawn(timeseries(overrides=[unlisted]), ONE, TWO)
    assert len(strokes(picture)) == 2
    assert "web01:9100" not in picture.words


HOLE = series("web01", 1, 2, None, 3, 4, None, None, 5, 6)


@pytest.mark.parametrize(("span", "lines"), [(False, 3), (True, 1), (2 * 2_700_000, 2)])
def test_nulls_break_a_line_unless_spanned(span: bool | int, lines: int) -> None:
    (_, path), *_ = strokes(drawn(timeseries({"spanNulls": span}), HOLE))
    assert path.count("M") == lines


def test_the_old_panel_can_take_null_as_zero() -> None:
    (_, path), *_ = strokes(drawn(graph(nullPointMode="null as zero"), HOLE))
    ys = heights(path)
    assert ys[2] == ys[5] == max(ys)


STACK = {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 50}


def test_a_stack_lies_on_top_of_each_other_since_8() -> None:
    flat, high = series("a", 10, 10), series("b", 20, 20)
    stacked = [
        heights(path)[0] for _, path in strokes(drawn(timeseries(STACK), flat, high, version=TEN))
    ]
    alone = [heights(path)[0] for _, path in strokes(drawn(timeseries(STACK), flat, high))]
    words = drawn(timeseries(STACK), flat, high, version=TEN).words
    assert "30" in words
    assert alone[0] - alone[1] > 300  # of 390 pixels: the range ends at 21
    assert stacked[0] > stacked[1]
    assert "35" not in drawn(timeseries(STACK), flat, high).words


@pytest.mark.parametrize("unit", ["percent", "percentunit", "short"])
def test_shares_of_a_stack_go_from_0_to_100_percent_in_any_unit(unit: str) -> None:
    custom = {"stacking": {"mode": "percent", "group": "A"}}
    words = drawn(timeseries(custom, unit=unit), ONE, TWO, version=TEN).words
    for most, above in (("100", []), (None, ["120%"])):  # Flot's range, unless the panel says one
        axes = [{"format": unit, "show": True, "max": most}, {"format": "short"}]
        old = drawn(graph(stack=True, percentage=True, yaxes=axes), ONE, TWO).words
        assert {"0%", "100%", *above} <= set(old)
        assert [each for each in old if each.endswith("%") and float(each[:-1]) > 100] == above
    assert {"0%", "100%"} <= set(words)
    assert not [each for each in words if each.endswith("%") and float(each[:-1]) > 100]


def test_negative_y_turns_a_series_over_since_8() -> None:
    turned = override("web02:9100", custom__transform="negative-Y")
    assert "-20" in drawn(timeseries(overrides=[turned]), ONE, TWO, version=TEN).words
    assert "-20" not in drawn(timeseries(overrides=[turned]), ONE, TWO).words
    old = graph(seriesOverrides=[{"alias": "web02:9100", "transform": "negative-Y"}])
    assert "-20" in drawn(old, ONE, TWO).words


STEPS = {
    "mode": "absolute",
    "steps": [{"value": None, "color": "green"}, {"value": 20, "color": "red"}],
}


def test_modern_thresholds_are_drawn_since_8() -> None:
    custom = {"thresholdsStyle": {"mode": "line+area"}}
    modern = drawn(timeseries(custom, thresholds=STEPS), ONE, version=TEN).drawing.svg
    assert 'stroke="#f2495cb2"' in modern
    assert 'fill="#f2495c26"' in modern
    assert "#f2495c" not in drawn(timeseries(custom, thresholds=STEPS), ONE).drawing.svg


def _areas(panel: dict[str, Any]) -> list[Element]:
    rects = drawn(panel, ONE).all("rect")
    return [each for each in rects if (each.get("fill") or "").startswith("rgba")]


def test_old_thresholds_have_lines_and_areas_up_to_the_next() -> None:
    rules = [
        {"value": 15, "op": "gt", "colorMode": "warning", "fill": True, "line": True},
        {"value": 30, "op": "gt", "colorMode": "critical", "fill": True, "line": True},
    ]
    areas = _areas(graph(thresholds=rules))
    (warning, critical) = ([float(each.get(key, "0")) for key in ("y", "height")] for each in areas)
    assert [each.get("fill") for each in areas] == [
        "rgba(235, 138, 14, 0.12)",
        "rgba(234, 112, 112, 0.12)",
    ]
    assert warning[0] == pytest.approx(critical[0] + critical[1], abs=0.1)
    below = [{"value": 15, "op": "lt", "fill": True, "line": False}]
    (area,) = _areas(graph(thresholds=below))
    assert float(area.get("y", "0")) + float(area.get("height", "0")) == pytest.approx(445, abs=2)


@pytest.mark.parametrize(
    ("legend", "bottom"),
    [({"show": True}, 445), ({"show": False}, 463), ({"show": True, "rightSide": True}, 469)],
)
def test_the_old_plot_ends_where_flots_did(legend: dict[str, Any], bottom: int) -> None:
    (grid, *_) = drawn(graph(legend=legend), ONE).all("path")
    assert max(map(int, re.findall(r"V(\d+)", grid.get("d", "")))) == bottom


def test_a_lone_columns_title_is_broken_at_the_right_in_7() -> None:
    legend = {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull"]}
    broken = drawn(timeseries(legend=legend), ONE)
    assert [broken.text(each).words for each in ("Last", "(not", "null)")]
    assert broken.text("(not").y - broken.text("Last").y == 21
    two = drawn(timeseries(legend={**legend, "calcs": ["mean", "lastNotNull"]}), ONE)
    assert "Last (not null)" in two.words
    assert two.text("web01:9100").y == broken.text("web01:9100").y - 42
    assert "Last *" in drawn(timeseries(legend=legend), ONE, version=TEN).words


def test_a_long_table_takes_a_third_of_the_panel() -> None:
    many = [series(f"web{at:02d}", 1, 2) for at in range(30)]
    picture = drawn(timeseries(legend={**TABLE}), *many)
    assert picture.text("web00").y == pytest.approx(372, abs=1)
    assert picture.text("web05").y == pytest.approx(487, abs=1)
    assert "web06" not in picture.words


def test_an_axis_is_as_wide_as_the_panel_says() -> None:
    words = [
        drawn(timeseries({"axisWidth": width}, unit="short"), ONE).text("20").x
        for width in (None, 120, 1e6)
    ]
    assert words[0] < 40
    assert words[1] == pytest.approx(114, abs=2)
    assert words[2] < 500


@pytest.mark.parametrize(("width", "moved"), [(1, "translate(.5 .5)"), (2, None)])
def test_a_straight_line_fills_whole_pixels(width: int, moved: str | None) -> None:
    straight, smooth = (
        next(
            each
            for each in drawn(timeseries({"lineWidth": width, **shape}), ONE).all("path")
            if each.get("stroke-linejoin")
        )
        for shape in ({}, {"lineInterpolation": "smooth"})
    )
    assert straight.get("transform") == moved
    assert "." not in straight.get("d", "")
    assert smooth.get("transform") is None
    assert "." in smooth.get("d", "")


def test_fill_and_gradient_are_the_panels() -> None:
    assert fills(drawn(timeseries({"fillOpacity": 20}), ONE)) == [(GREEN, 0.2)]
    ((paint, opacity),) = fills(
        drawn(timeseries({"fillOpacity": 20, "gradientMode": "opacity"}), ONE)
    )
    assert (paint[:5], opacity) == ("url(#", 1)


def test_a_band_between_two_series_is_filled_at_35_percent() -> None:
    band = override("web01:9100", custom__fillBelowTo="web02:9100")
    assert fills(drawn(timeseries(overrides=[band]), ONE, TWO)) == [(GREEN, 0.35)]


def test_bars_stand_at_their_times() -> None:
    picture = drawn(timeseries({"drawStyle": "bars", "fillOpacity": 100}), ONE, version=TEN)
    (path,) = [each.get("d", "") for each in picture.all("path") if each.get("fill") == "#73BF69"]
    assert path.count("Z") == 5


def test_a_dashed_line_is_dashed() -> None:
    style = {"lineStyle": {"fill": "dash", "dash": [10, 10]}}
    assert 'stroke-dasharray="10 10"' in drawn(timeseries(style), ONE).drawing.svg


def test_lone_values_are_seen() -> None:
    lone = series("a", None, 5, None, 6, None)
    picture = drawn(timeseries(), lone, series("b", 1, 2, 3, 4, 9))
    assert [color for color, _ in fills(picture)] == [GREEN]


def test_a_boolean_has_two_words_on_its_axis() -> None:
    words = drawn(timeseries(unit="bool_on_off"), series("a", 0, 1, 0), version=TEN).words
    assert [each for each in words if each in ("On", "Off")] == ["Off", "On"]


def test_labels_have_no_idle_zeros() -> None:
    words = drawn(timeseries(unit="s"), series("a", 0.1, 0.9), version=TEN).words
    assert "200 ms" in words
    assert not [each for each in words if each.endswith(".0 ms")]


@pytest.mark.parametrize(
    ("panel", "version", "words"),
    [
        (timeseries(), SEVEN, "No data found in response"),
        (timeseries(), TEN, "No data"),
        (timeseries(noValue="nothing here"), TEN, "nothing here"),
    ],
)
def test_no_data_is_said_in_grafanas_words(
    panel: dict[str, Any], version: tuple[int, int, int], words: str
) -> None:
    assert drawn(panel, version=version).words == ["Test", words]
    assert drawn(panel, Frame(()), version=version).words == ["Test", words]


def test_the_old_graph_has_its_axes_without_data_too() -> None:
    words = drawn(graph(yaxes=[{"format": "percent"}, {}])).words
    assert {"No data", "-1%", "1%", "15:00"} <= set(words)
    emptied = graph(transformations=[{"id": "limit", "options": {"limitField": 0}}])
    assert "No data" in drawn({**emptied, "fieldConfig": {"defaults": 5}}, ONE).words
    assert "200%" in drawn(graph(yaxes=[{"format": "percent", "max": "200"}, {}])).words


def test_what_would_come_out_wrong_is_refused() -> None:
    with pytest.raises(CannotDraw, match="x-axis mode"):
        drawn(graph(xaxis={"mode": "table"}), ONE)
    with pytest.raises(CannotDraw, match="ends before it begins"):
        draw(timeseries(), [ONE], TimeRange(5, 5), Look())


@pytest.mark.parametrize(("width", "height"), [(0, 500), (1000, -1), (100_000, 100_000)])
def test_a_picture_of_no_or_endless_size_is_refused(width: int, height: int) -> None:
    with pytest.raises(CannotDraw, match="pixels"):
        drawn(timeseries(), ONE, width=width, height=height)


def test_at_most_a_hundred_series_are_drawn_and_the_rest_is_said() -> None:
    many = [series(f"s{place}", place, place + 1) for place in range(137)]
    picture = drawn(timeseries(), *many)
    assert len(strokes(picture)) == 100
    assert "+ 37 more series" in picture.drawing.notes
    huge = drawn(timeseries(), *(series(f"s{place}", 1, 2) for place in range(10_000)))
    assert "+ 9900 more series" in huge.drawing.notes


def test_a_legend_without_room_says_how_many_more() -> None:
    many = [series(f"node{place:02d}", place, place + 1) for place in range(30)]
    legend = {"displayMode": "table", "calcs": ["max"]}
    picture = drawn(timeseries(legend=legend), *many)
    listed = [each for each in picture.words if each.startswith("node")]
    assert f"legend: + {30 - len(listed)} more" in picture.words


def test_many_points_make_no_larger_picture() -> None:
    values = [float(place * 7919 % 1000) for place in range(50_000)]
    times = [START + place * 432 for place in range(50_000)]
    frame = Frame((Field("Time", "time", times), Field("Value", "number", values)))
    assert len(drawn(timeseries(), frame).drawing.svg) < 120_000


def test_many_points_keep_their_gaps_and_their_peaks() -> None:
    values: list[float | None] = [50.0] * 50_000
    values[20_000:25_000] = [None] * 5_000
    values[40_123] = 99.0
    times = [START + place * 432 for place in range(50_000)]
    frame = Frame((Field("Time", "time", times), Field("Value", "number", values)))
    ((_, path),) = strokes(drawn(timeseries(min=0, max=100), frame))
    assert path.count("M") == 2
    peak, level = min(heights(path)), max(heights(path))
    assert peak < level - 100


def test_an_unknown_zone_is_noted() -> None:
    picture = drawn(timeseries(), ONE, timezone="Mars/Olympus")
    assert "times in UTC: this machine has no time zone Mars/Olympus" in picture.drawing.notes


TABLE = {"displayMode": "table", "calcs": ["mean", "max"]}
ON_THE_RIGHT = [{"alias": "web02:9100", "yaxis": 2, "dashes": True}]


@pytest.mark.parametrize(
    ("name", "panel", "look"),
    [
        ("table-7", timeseries({"fillOpacity": 10}, unit="bytes", legend=TABLE), {}),
        (
            "stack-10",
            timeseries(STACK, unit="reqps", legend={"placement": "right"}),
            {"version": TEN, "theme": "light"},
        ),
        ("old-right", graph(fill=2, seriesOverrides=ON_THE_RIGHT), {"theme": "light"}),
    ],
)
def test_small_panels_are_as_they_were(
    name: str, panel: dict[str, Any], look: dict[str, Any]
) -> None:
    picture = drawn(panel, ONE, TWO, width=500, height=250, **look)
    assert same_as_golden(picture, f"timegraph-{name}")


def test_the_range_is_the_pictures_not_the_datas() -> None:
    early = Frame(
        (
            Field("Time", "time", [SPAN.start - 3_600_000, SPAN.start + 3_600_000]),
            Field("Value", "number", [1000, 10]),
        )
    )
    words = drawn(timeseries(unit="short"), early).words
    assert "800" not in words


@pytest.mark.slow
@pytest.mark.parametrize(
    "custom",
    [
        {"fillOpacity": 20},
        {"drawStyle": "bars", "fillOpacity": 50},
        {"drawStyle": "points"},
        {"lineStyle": {"fill": "dash", "dash": [5, 5]}, "gradientMode": "opacity"},
    ],
)
def test_a_hundred_series_of_noise_are_painted_in_seconds(custom: dict[str, Any]) -> None:
    pytest.importorskip("resvg_py")
    values = [float(place * 7919 % 1000) for place in range(2000)]
    noise = [series(f"s{shift}", *values[shift:], *values[:shift]) for shift in range(100)]
    svg = drawn(timeseries(custom), *noise, version=TEN).drawing.svg
    begin = time.process_time()
    png(svg, 1000, 500)
    assert time.process_time() - begin < 6  # without bounds it takes half a minute


def pile(count: int, mode: str = "normal", samples: int = 6000) -> list[Frame]:
    """Series of noise; the third one has one sample that is twenty times as high."""
    found = []
    for at in range(count):
        values = [10.0 + (n * (at + 3)) % 7 for n in range(samples)]
        if at == 2:
            values[samples // 2 + 3] = 2000.0
        found.append(series(f"s{at}", *values))
    return found


STACK = {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 50, "lineWidth": 1}


@pytest.mark.parametrize("count", [11, 60])
def test_a_high_pile_of_dense_series_is_no_large_picture_and_keeps_its_peaks(count: int) -> None:
    picture = drawn(timeseries(custom=STACK), *pile(count), version=TEN)
    assert len(picture.drawing.svg) < 2_000_000
    tops = [each for each in picture.all("path") if each.get("fill") == "none"][-count:]
    for each in tops[2:]:  # all that lie on the peak, and itself
        heights = [float(y) for y in re.findall(r"L\S+ (\S+?)(?=L|$)", each.get("d", ""))]
        assert max(heights) - min(heights) > 200


def test_the_edges_of_a_high_pile_meet() -> None:
    picture = drawn(timeseries(custom=STACK), *pile(12), version=TEN)
    areas = [each.get("d", "") for each in picture.all("path") if each.get("fill-opacity")]
    below, above = ([*re.findall(r"[ML](\S+ \S+?)(?=[LZ])", steps)] for steps in areas[4:6])
    assert below[: len(below) // 2] == above[len(above) // 2 :][::-1]


@pytest.mark.parametrize("version", [SEVEN, TEN])
def test_a_line_goes_a_decade_below_a_logarithmic_axis_where_there_is_no_logarithm(
    version: tuple[int, int, int],
) -> None:
    log = {"scaleDistribution": {"type": "log", "log": 10}}
    what = timeseries(log, legend={"displayMode": "hidden"})
    picture = drawn(what, series("web01", 1, 100, 0, 100, 1), version=version)
    (_, path), *_ = strokes(picture)
    ys = heights(path)
    assert path.count("M") == 1
    decade = (ys[0] - ys[1]) / 2
    assert ys[2] - ys[0] == pytest.approx(decade, abs=1)


@pytest.mark.parametrize("shift", [-10, 10])
@pytest.mark.parametrize("kind", ["timeseries", "graph"])
def test_data_outside_of_the_range_are_said_to_be_there(kind: str, shift: int) -> None:
    day = 86_400_000
    times = [START + shift * day + at * 60_000 for at in range(5)]
    away = Frame((Field("Time", "time", times), Field("Value", "number", [1.0] * 5)))
    what = timeseries() if kind == "timeseries" else graph()
    assert "Data outside time range" in drawn(what, away).words
    assert "Data outside time range" not in drawn(what, away, ONE).words
    around = Frame(
        (Field("Time", "time", [START - day, START + day]), Field("V", "number", [1, 2]))
    )
    assert "Data outside time range" not in drawn(what, around).words


def test_the_graph_panel_says_where_data_are_no_time_series() -> None:
    table = Frame((Field("host", "string", ["web01"]), Field("Value", "number", [1])))
    assert "Unable to graph data" in drawn(graph(), table).words
    assert "No data" in drawn(graph()).words
