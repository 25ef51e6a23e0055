"""Stats show the right values in the right colours, as large as Grafana's."""

import math
import re
from typing import Any

import pytest

from .drawn import (
    GREEN,
    ORANGE,
    RED,
    START,
    TEN,
    Field,
    Frame,
    drawn,
    panel,
    rects,
    same_as_golden,
    series,
)

ONE = series("web01", 10, 20, 51.1)
THREE = (series("web01", 1, 7), series("web02", 1, 42), series("db01", 1, 99))


def test_one_value_stands_alone_without_its_name() -> None:
    picture = drawn(panel("stat"), ONE)
    assert picture.words == ["Test", "51.1%"]


def test_value_and_unit_have_two_sizes() -> None:
    big, small = drawn(panel("stat"), ONE).text("51.1%").sizes
    assert small == pytest.approx(big * 0.6, abs=0.01)


def test_several_values_have_their_names_and_the_colors_of_their_thresholds() -> None:
    picture = drawn(panel("stat"), *THREE)
    assert picture.words == ["Test", "web01", "7%", "web02", "42%", "db01", "99%"]
    colors = [picture.text(words).colors[0] for words in ("7%", "42%", "99%")]
    assert colors == [GREEN, ORANGE, RED]


def test_all_tiles_have_the_same_text_size() -> None:
    sizes = {drawn(panel("stat"), *THREE).text(words).sizes for words in ("7%", "42%", "99%")}
    assert len(sizes) == 1


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("value", ["Test", "51.1%"]),
        ("value_and_name", ["Test", "web01", "51.1%"]),
        ("name", ["Test", "web01"]),
        ("none", ["Test", ""]),
    ],
)
def test_the_text_mode_decides_what_is_written(mode: str, words: list[str]) -> None:
    assert drawn(panel("stat", textMode=mode), ONE).words == words


def test_without_a_title_a_lone_value_is_named() -> None:
    assert drawn(panel("stat"), ONE, title="").words == ["web01", "51.1%"]


def test_a_filled_background_is_mixed_of_two_shades_and_its_text_can_be_read() -> None:
    picture = drawn(panel("stat", colorMode="background", graphMode="none"), ONE)
    stops = [each.get("stop-color") for each in picture.all("stop")]
    assert stops == ["#e29000", "#ff6c16"]
    assert picture.text("51.1%").colors == ("#f7f8fa", "#f7f8fa")


def test_a_solid_background_is_the_color_itself() -> None:
    what = panel("stat", colorMode="background_solid", graphMode="none")
    assert [each["fill"] for each in rects(drawn(what, ONE, version=TEN))] == [ORANGE]


def test_no_color_mode_writes_in_the_text_color() -> None:
    what = panel("stat", colorMode="none", graphMode="none")
    assert drawn(what, ONE).text("51.1%").colors[0] == "#c7d0d9"


def test_the_small_graph_ends_where_the_samples_end() -> None:
    (area, line) = drawn(panel("stat", graphMode="area"), ONE).all("path")
    assert line.get("stroke") == ORANGE
    assert area.get("fill-opacity") == "0.2"
    assert (line.get("d") or "").rpartition("L")[2].startswith("998 ")


def test_the_small_graph_has_gaps_where_values_are_missing() -> None:
    what = panel("stat", graphMode="area")
    area, line = drawn(what, series("web01", 1, 2, None, 4, 5, None, 7)).all("path")
    assert [(line.get("d") or "").count("M"), (area.get("d") or "").count("Z")] == [3, 3]


def test_a_sample_that_the_datasource_left_out_is_a_gap_too() -> None:
    times = [START + at * 60_000 for at in (0, 1, 2, 5, 6)]
    said, unsaid = (
        Field("Time", "time", times, config=each) for each in ({"interval": 60_000}, {})
    )
    lines = []
    for time in (said, unsaid):
        frame = Frame((time, Field("Value", "number", [1, 2, 3, 4, 5])))
        _, line = drawn(panel("stat", graphMode="area"), frame).all("path")
        lines.append((line.get("d") or "").count("M"))
    assert lines == [2, 1]


def test_without_a_graph_mode_there_is_no_graph() -> None:
    assert drawn(panel("stat", graphMode="none"), ONE).all("path") == []


def test_horizontal_stats_lie_below_each_other_with_the_value_at_the_right() -> None:
    picture = drawn(panel("stat", orientation="horizontal", graphMode="none"), *THREE)
    names = [picture.text(each) for each in ("web01", "web02", "db01")]
    assert len({each.x for each in names}) == 1
    assert [each.y for each in names] == sorted(each.y for each in names)
    assert picture.text("42%").x > 800


def test_vertical_stats_stand_side_by_side() -> None:
    picture = drawn(panel("stat", orientation="vertical", graphMode="none"), *THREE)
    assert len({picture.text(each).y for each in ("web01", "web02", "db01")}) == 1


def test_fixed_sizes_are_kept() -> None:
    picture = drawn(panel("stat", text={"titleSize": 11, "valueSize": 33}), *THREE)
    assert picture.text("web01").sizes == (11,)
    assert picture.text("42%").sizes[0] == 33


def test_several_calculations_are_named_by_theirs() -> None:
    what = panel("stat", reduceOptions={"calcs": ["min", "max"]})
    assert drawn(what, ONE).words == ["Test", "min web01", "10%", "max web01", "51.1%"]


def test_each_row_is_a_value_when_the_panel_says_so_up_to_its_limit() -> None:
    table = Frame(
        (Field("host", "string", ["a", "b", "c"]), Field("load", "number", [1.0, 2.0, 3.0]))
    )
    what = panel("stat", "short", reduceOptions={"values": True, "limit": 2, "calcs": []})
    assert drawn(what, table, version=TEN).words == ["Test", "a", "1", "b", "2"]


def test_a_pattern_chooses_fields_of_any_type() -> None:
    table = Frame((Field("host", "string", ["a", "web07"]), Field("load", "number", [1.0, 2.0])))
    what = panel("stat", "", reduceOptions={"fields": "/^host$/", "calcs": ["lastNotNull"]})
    assert drawn(what, table).words == ["Test", "web07"]


def test_no_data_says_so() -> None:
    assert drawn(panel("stat")).words == ["Test", "No data"]


def test_the_panels_own_words_for_no_value_are_said() -> None:
    what = panel("stat")
    what["fieldConfig"]["defaults"]["noValue"] = "asleep"
    assert drawn(what).words == ["Test", "asleep"]


def test_a_mapping_stands_for_the_value() -> None:
    what = panel("stat", "none")
    what["fieldConfig"]["defaults"]["mappings"] = [
        {"id": 1, "type": 1, "value": "0", "text": "DOWN"}
    ]
    assert drawn(what, series("web01", 1, 0)).words == ["Test", "DOWN"]


def test_a_thousand_values_are_bounded_and_said() -> None:
    picture = drawn(
        panel("stat", orientation="horizontal"), *(series(f"h{n}", n) for n in range(99))
    )
    (note,) = picture.drawing.notes
    shown = sum(words.startswith("h") for words in picture.words)
    assert note == f"+ {99 - shown} more"


def test_a_singlestat_of_old_keeps_its_words_and_colors() -> None:
    what = {
        "type": "singlestat",
        "format": "ms",
        "prefix": "up to ",
        "postfix": " each",
        "valueName": "max",
        "colorValue": True,
        "thresholds": "30,60",
        "colors": ["#73BF69", "#FF9830", "#F2495C"],
        "sparkline": {"show": False},
    }
    picture = drawn(what, ONE)
    assert picture.words == ["Test", "up to ", "51.1 ms", " each"]
    texts = picture.texts[1:]
    assert [each.colors[0] for each in texts] == ["#c7d0d9", ORANGE, "#c7d0d9"]
    assert [each.sizes[0] for each in texts] == [19, 30.4, 19]
    later = drawn(what, ONE, version=TEN)
    assert later.words == ["Test", "up to 51.1 ms each"]
    assert later.text("up to 51.1 ms each").colors[0] == ORANGE


def test_a_singlestat_of_old_fills_the_whole_panel() -> None:
    what = {"type": "singlestat", "colorBackground": True, "thresholds": "30,60"}
    what["colors"] = ["#73BF69", "#FF9830", "#F2495C"]
    assert drawn(what, ONE).all("rect")[1].get("fill") == GREEN  # their average
    assert len(drawn(what).all("rect")) == 1


def test_a_singlestat_of_old_can_say_the_name_alone() -> None:
    assert drawn({"type": "singlestat", "valueName": "name"}, ONE).words == ["Test", "web01"]


def test_a_singlestat_of_old_draws_its_graph_in_its_own_colors() -> None:
    graph = {"show": True, "lineColor": "#112233", "fillColor": "rgba(1, 2, 3, 0.5)"}
    area, line = drawn({"type": "singlestat", "sparkline": graph}, ONE).all("path")
    assert (area.get("fill"), area.get("fill-opacity")) == ("#010203", "0.502")
    assert line.get("stroke") == "#112233"


def test_a_singlestat_that_was_a_gauge_is_one() -> None:
    what = {"type": "singlestat", "format": "percent", "gauge": {"show": True, "maxValue": 100}}
    assert len(drawn(what, ONE).all("path")) >= 2


def test_an_instant_query_of_old_grafana_shows_its_last_sample_alone() -> None:
    what = panel("stat", reduceOptions={"calcs": ["mean"]})
    what["targets"] = [{"refId": "A", "expr": "up", "instant": True}]
    picture = drawn(what, ONE)
    assert picture.words == ["Test", "51.1%"]
    assert picture.all("path") == []


def test_the_picture_is_the_stored_one() -> None:
    assert same_as_golden(drawn(panel("stat"), *THREE), "stat")
    light = panel("stat", colorMode="background")
    assert same_as_golden(drawn(light, ONE, theme="light", version=TEN), "stat-background-light")


def test_the_graph_of_a_stat_without_colors_is_grey_up_to_7() -> None:
    plain = panel("stat", colorMode="none", graphMode="area")
    area, _ = drawn(plain, ONE).all("path")
    assert (area.get("fill"), area.get("fill-opacity")) == ("#808080", "1")
    assert "#808080" not in drawn(plain, ONE, version=TEN).drawing.svg


@pytest.mark.parametrize("limit", ["-inf", -1e308, "inf"])
def test_a_limit_of_rows_that_is_none_is_no_crash(limit: object) -> None:
    rows = {"values": True, "limit": limit, "calcs": [], "fields": ""}
    assert drawn(panel("stat", reduceOptions=rows), ONE).words[0] == "Test"


def changed(**options: Any) -> dict[str, Any]:
    return panel("stat", colorMode="value", graphMode="none", showPercentChange=True, **options)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((10, 25), "150%"),
        ((50, 31), "-38%"),
        ((3, 4), "33.3%"),
        ((1, 1234.5), "123,000%"),
        ((1000, 1001), "0.1%"),
        ((5, 5), "0%"),
    ],
)
def test_the_change_is_said_in_three_digits(values: tuple[float, ...], words: str) -> None:
    assert words in drawn(changed(), series("a", *values), version=(11, 2, 0)).words


@pytest.mark.parametrize(
    ("mode", "more", "less"),
    [("standard", GREEN, RED), ("inverted", RED, GREEN), ("same_as_value", GREEN, GREEN)],
)
def test_a_change_has_the_color_that_the_panel_wants(mode: str, more: str, less: str) -> None:
    what = changed(percentChangeColorMode=mode)
    for values, words, color in (((10, 20), "100%", more), ((20, 10), "-50%", less)):
        picture = drawn(what, series("a", *values), version=(11, 2, 0))
        assert picture.text(words).colors == (color,)


def test_an_arrow_shows_which_way_a_value_went() -> None:
    def ends(*values: float) -> list[float]:
        picture = drawn(changed(), series("a", *values), version=(11, 2, 0))
        (arrow,) = [each for each in picture.all("path") if each.get("stroke-linecap") == "round"]
        return [float(each) for each in re.findall(r"M\S+ (\S+?)V(\S+?)M", arrow.get("d", ""))[0]]

    begin, tip = ends(10, 20)
    assert tip < begin
    begin, tip = ends(20, 10)
    assert tip > begin


def test_a_change_stands_beside_a_value_in_a_line_and_below_it_elsewhere() -> None:
    two = (series("a", 10, 20), series("b", 10, 20))
    lying = drawn(changed(orientation="horizontal"), *two, version=(11, 2, 0))
    values = [each for each in lying.texts if each.words == "20%"]
    changes = [each for each in lying.texts if each.words == "100%"]
    assert [each.y for each in values] == [each.y for each in changes]
    assert values[0].x < changes[0].x
    standing = drawn(changed(orientation="vertical"), *two, version=(11, 2, 0))
    assert [each.words for each in standing.texts][1:4] == ["a", "20%", "100%"]
    below = [each.y for each in standing.texts][1:4]
    assert below == sorted(below)


def test_a_change_alone_fills_the_panel() -> None:
    picture = drawn(changed(textMode="none"), series("a", 10, 20), version=(11, 2, 0))
    assert picture.text("100%").sizes[0] > 150


@pytest.mark.parametrize("values", [(0, 5), (None, None), (math.inf, 5)])
def test_what_has_no_beginning_has_no_change(values: tuple[float | None, ...]) -> None:
    picture = drawn(changed(), series("a", *values), version=(11, 2, 0))
    assert not [words for words in picture.words[2:] if words.endswith("%")]


def test_grafana_before_10_3_knew_no_change() -> None:
    assert "100%" not in drawn(changed(), series("a", 10, 20), version=(10, 2, 0)).words


def test_a_value_is_made_smaller_before_it_is_cut() -> None:
    what = panel("stat", "dateTimeAsIso")
    words = drawn(what, series("a", 1_795_610_400_000), width=300, version=TEN).words
    assert "2026-11-25 12:40:00" in words


def test_a_date_that_is_too_wide_stands_in_two_lines_before_8() -> None:
    what = panel("stat", "dateTimeAsIso", graphMode="none")
    picture = drawn(what, series("a", 1_795_610_400_000))
    date, time = picture.text("2026-11-25"), picture.text("12:40:00")
    assert time.y - date.y == pytest.approx(1.2 * date.sizes[0], abs=0.1)
    short = drawn(panel("stat", "s", graphMode="none"), series("a", 7200))
    assert "2 hour" in short.words


def test_a_date_with_a_name_and_a_graph_stands_below_the_name() -> None:
    what = panel("stat", "dateTimeAsIso", textMode="value_and_name")
    picture = drawn(what, series("a", 1_795_610_400_000), width=260, height=300)
    name, date, time = (picture.text(words).y for words in ("a", "2026-11-25", "12:40:00"))
    assert name < date < time
