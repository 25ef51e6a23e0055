"""The table of before 7: its styles by pattern, its own sorting, widths and pages."""

from __future__ import annotations

from typing import Any

import pytest

from grafherald.draw import Field, Frame

from .drawn import START, TEN, Picture, drawn, rects, same_as_golden, series

COLORS = ["#aa0000", "#bb7700", "#00aa00"]
HOUR = 3_600_000
DATA = Frame(
    (
        Field("Time", "time", [START, START + HOUR, START + 2 * HOUR]),
        Field("host", "string", ["web01", "web02", "db01"]),
        Field("load", "number", [10, 50, 90.5]),
        Field("note", "string", ["fine", None, "<b>"]),
    )
)


def style(pattern: str, kind: str = "number", **more: Any) -> dict[str, Any]:
    return {"pattern": pattern, "type": kind, "unit": "percent", "decimals": 1, **more}


def old(*styles: dict[str, Any], transform: str = "table", **more: Any) -> dict[str, Any]:
    sort = more.pop("sort", {"col": None})
    return {
        "type": "table-old",
        "transform": transform,
        "styles": list(styles),
        "sort": sort,
        **more,
    }


def grid(picture: Picture) -> list[list[str]]:
    """The words by line, from the top; without title and foot."""
    lines: dict[float, list[str]] = {}
    for each in sorted(picture.texts[1:], key=lambda text: text.x):
        lines.setdefault(each.y, []).append(each.words)
    return [lines[y] for y in sorted(lines)]


def test_the_first_style_that_meets_a_columns_name_is_its() -> None:
    what = old(
        style("load", alias="Load"), style("/^.*o.*$/", alias="other"), style("Time", "hidden")
    )
    assert grid(drawn(what, DATA))[:2] == [["other", "Load", "other"], ["web01", "10.0%", "fine"]]


def test_an_alias_can_hold_what_the_pattern_found() -> None:
    what = old(style("/^(h)(o)st$/", "string", alias="$2-$1 $9"))
    assert "o-h $9" in drawn(what, DATA).words


def test_dates_numbers_and_what_is_missing_read_as_in_grafana() -> None:
    what = old(style("Time", "date", dateFormat="DD.MM.YYYY"), style("note", "string"))
    lines = grid(drawn(what, DATA))
    assert lines[1] == ["25.11.2026", "web01", "10", "fine"]
    assert lines[2] == ["25.11.2026", "web02", "50", "-"]
    assert lines[3] == ["25.11.2026", "db01", "90.5", "<b>"]


def test_texts_are_mapped_by_value_or_range() -> None:
    by_value = style("host", "string", mappingType=1, valueMaps=[{"value": "web01", "text": "A"}])
    maps = [{"from": "0", "to": "20", "text": "calm"}, {"from": "20", "to": "99", "text": "busy"}]
    by_range = style("load", "string", mappingType=2, rangeMaps=maps)
    lines = grid(drawn(old(style("Time", "hidden"), by_value, by_range), DATA))
    assert [line[:2] for line in lines[1:]] == [["A", "calm"], ["web02", "busy"], ["db01", "busy"]]


@pytest.mark.parametrize("mode", ["cell", "value", "row"])
def test_thresholds_color_a_cell_its_text_or_its_row(mode: str) -> None:
    what = old(style("load", colorMode=mode, thresholds=["40", "80"], colors=COLORS))
    picture = drawn(what, DATA)
    fills = [str(each["fill"]) for each in rects(picture)[1:]]
    assert (
        fills == {"cell": COLORS, "value": [], "row": [c for c in COLORS for _ in range(4)]}[mode]
    )
    expected = COLORS[2] if mode == "value" else "#ffffff"
    assert picture.text("90.5%").colors == (expected,)


def test_rows_are_sorted_by_the_panels_column_with_nothing_last() -> None:
    up = grid(drawn(old(sort={"col": 3, "desc": False}), DATA))
    assert [line[1] for line in up[1:]] == ["db01", "web01", "web02"]
    down = drawn(old(sort={"col": 2, "desc": True}), DATA)
    assert [line[1] for line in grid(down)[1:]] == ["db01", "web02", "web01"]
    assert len(down.all("path")) == 1  # the arrow at the title


def test_only_the_first_page_is_shown_and_the_rest_counted() -> None:
    picture = drawn(old(pageSize=2), DATA)
    assert ["1", "2"] in grid(picture)
    assert "db01" not in picture.words
    assert picture.drawing.notes == ("+ 1 more row",)


SERIES = (series("web01", 1, 2, 3), series("db01", 4, 5, None))


def test_series_can_be_aggregated() -> None:
    columns = [{"text": name, "value": name.lower()} for name in ("Avg", "Total", "Count")]
    columns += [{"text": "Now", "value": "current"}, {"text": "Odd", "value": "nonsense"}]
    lines = grid(drawn(old(transform="timeseries_aggregations", columns=columns), *SERIES))
    assert lines[0] == ["Metric", "Avg", "Total", "Count", "Now", "Odd"]
    assert lines[1][:5] == ["web01", "2", "6", "3", "3"]
    assert lines[2][:5] == ["db01", "4.5", "9", "2", "5"]


def test_series_can_be_columns_and_rows() -> None:
    lines = grid(drawn(old(transform="timeseries_to_columns"), *SERIES))
    assert lines[0] == ["Time", "web01", "db01"]
    assert lines[1] == [str(START), "1", "4"]
    lines = grid(drawn(old(transform="timeseries_to_rows"), *SERIES))
    assert lines[0] == ["Time", "Metric", "Value"]
    assert len(lines) == 7


def test_the_font_size_is_a_share() -> None:
    picture = drawn(old(fontSize="150%"), DATA)
    assert picture.text("web01").sizes == (21.0,)


def test_columns_share_the_room_by_their_texts() -> None:
    wide = Frame((Field("a", "string", ["x"]), Field("b", "string", ["x" * 60])))
    titles = {each.words: each.x for each in drawn(old(), wide).texts}
    assert titles["b"] < 150


def test_links_are_underlined_and_texts_stand_where_they_are_wanted() -> None:
    what = old(style("host", "string", link=True), style("load", align="right"))
    picture = drawn(what, DATA)
    assert len(picture.all("line")) == 3
    assert picture.text("10.0%").x > picture.text("load").x


@pytest.mark.parametrize("frames", [(), (Frame(()),), (Frame((Field("a", "number", []),)),)])
def test_nothing_is_said_to_be_nothing(frames: tuple[Frame, ...]) -> None:
    assert drawn(old(), *frames).words == ["Test", "No data to show"]


def test_grafana_11_makes_a_table_of_it() -> None:
    what = old(style("load", colorMode="cell", thresholds=["40", "80"], colors=COLORS))
    assert drawn(what, DATA, version=TEN).words == drawn(what, DATA).words
    assert drawn(what, DATA, version=(11, 0, 0)).words != drawn(what, DATA).words


def test_the_picture_is_the_stored_one() -> None:
    what = old(
        style("Time", "date", dateFormat="YYYY-MM-DD HH:mm:ss"),
        style("load", colorMode="cell", thresholds=["40", "80"], colors=COLORS, align="center"),
        sort={"col": 2, "desc": True},
    )
    assert same_as_golden(drawn(what, DATA), "table-old")
