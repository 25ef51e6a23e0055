"""Tables show the right columns, values, colours and order, and say what has no room."""

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
    Picture,
    drawn,
    panel,
    rects,
    same_as_golden,
    series,
)

DATA = Frame(
    (
        Field("host", "string", ["web10", "Web2", "db01"]),
        Field("load", "number", [45.0, 7.0, 91.5]),
        Field("at", "time", [START, START + 60_000, None]),
    )
)


def override(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def table(*overrides: dict[str, Any], **options: Any) -> dict[str, Any]:
    what = panel("table", "short", **options)
    what["fieldConfig"]["overrides"] = list(overrides)
    return what


def rows(picture: Picture) -> list[list[str]]:
    """The texts by line, from the left; what stands in the title's line is left out."""
    lines: dict[float, list[tuple[float, str]]] = {}
    for each in picture.texts[1:]:
        if each.y > 28:  # notes stand beside the title
            lines.setdefault(each.y, []).append((each.x, each.words))
    return [[words for _, words in sorted(line)] for _, line in sorted(lines.items())]


def test_heads_and_cells_stand_in_the_frames_order() -> None:
    assert rows(drawn(table(), DATA)) == [
        ["host", "load", "at"],
        ["web10", "45", "2026-11-25 12:40:00"],
        ["Web2", "7", "2026-11-25 12:41:00"],
        ["db01", "91.5", ""],
    ]


def test_numbers_stand_at_the_right_unless_the_panel_says_else() -> None:
    picture = drawn(table(), DATA)
    assert picture.text("45").x > picture.text("host").x + 500
    left = drawn(table(override("load", **{"custom.align": "left"})), DATA)
    assert left.text("45").x == pytest.approx(998 / 3 + 6, abs=0.01)


def test_columns_share_what_fixed_widths_leave() -> None:
    picture = drawn(table(override("host", **{"custom.width": 100})), DATA)
    assert picture.text("at").x == pytest.approx(100 + 898 / 2 + 6)


def test_without_heads_the_first_row_is_at_the_top() -> None:
    assert rows(drawn(table(showHeader=False), DATA))[0][0] == "web10"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ([{"displayName": "load", "desc": True}], ["db01", "web10", "Web2"]),
        ([{"displayName": "load", "desc": False}], ["Web2", "web10", "db01"]),
        ([{"displayName": "host", "desc": False}], ["db01", "web10", "Web2"]),
        ([{"displayName": "gone", "desc": False}], ["web10", "Web2", "db01"]),
        ("nonsense", ["web10", "Web2", "db01"]),
    ],
)
def test_rows_are_sorted_as_the_panel_says(sort: object, order: list[str]) -> None:
    assert [row[0] for row in rows(drawn(table(sortBy=sort), DATA))[1:]] == order


def test_nulls_are_below_all_numbers() -> None:
    frame = Frame((Field("n", "number", [1.0, None, -1.0]),))
    picture = drawn(table(sortBy=[{"displayName": "n", "desc": False}]), frame)
    assert [row[0] for row in rows(picture)[1:]] == ["", "-1", "1"]


@pytest.mark.parametrize("custom", [{"hidden": True}, {"hideFrom": {"viz": True}}])
def test_hidden_columns_are_not_there(custom: dict[str, Any]) -> None:
    properties = {f"custom.{key}": value for key, value in custom.items()}
    what = table(override("load", **properties))
    assert rows(drawn(what, DATA, version=TEN))[0] == ["host", "at"]
    assert rows(drawn(what, DATA))[0] == ["host", "load", "at"]  # 7.5 could not yet


def test_a_colored_background_has_readable_text() -> None:
    what = table(override("load", **{"custom.displayMode": "color-background-solid"}))
    picture = drawn(what, DATA, version=TEN)
    fills = [each["fill"] for each in rects(picture)[1:]]
    assert [fill for fill in fills if fill in (GREEN, ORANGE, RED)] == [ORANGE, GREEN, RED]
    assert picture.text("45").colors == ("#f7f8fa",)
    assert ORANGE not in [each["fill"] for each in rects(drawn(what, DATA))]  # unknown to 7.5


def test_a_graded_background_ends_in_the_color() -> None:
    cell = {"type": "color-background", "mode": "gradient"}
    picture = drawn(table(override("load", **{"custom.cellOptions": cell})), DATA, version=TEN)
    assert [each.get("stop-color") for each in picture.all("stop")][1::2] == [ORANGE, GREEN, RED]


def test_colored_text_is_the_values_color() -> None:
    picture = drawn(table(override("load", **{"custom.displayMode": "color-text"})), DATA)
    assert [picture.text(each).colors[0] for each in ("45", "7", "91.5")] == [ORANGE, GREEN, RED]


def test_a_bar_in_a_cell_is_as_long_as_its_value() -> None:
    picture = drawn(table(override("load", **{"custom.displayMode": "basic"})), DATA)
    pale = [each for each in picture.all("rect") if each.get("fill-opacity") == "0.35"]
    lengths = [float(each.get("width", "0")) for each in pale]
    assert [each / lengths[0] for each in lengths] == pytest.approx(
        [1, 7 / 45, 91.5 / 45], abs=0.01
    )


def test_a_footer_sums_the_numbers() -> None:
    picture = drawn(table(footer={"show": True, "reducer": ["sum"]}), DATA, version=TEN)
    assert rows(picture)[-1] == ["Total", "144"]


def test_rows_without_room_are_said() -> None:
    frame = Frame((Field("n", "number", list(range(100))),))
    picture = drawn(table(), frame)
    shown = len(rows(picture)) - 1  # beside the head
    assert picture.drawing.notes == (f"+ {100 - shown} more rows",)


def test_columns_without_room_are_said() -> None:
    frame = Frame(tuple(Field(f"c{n}", "number", [n]) for n in range(30)))
    picture = drawn(table(), frame)
    shown = len(rows(picture)[0])
    assert picture.drawing.notes == (f"+ {30 - shown} more columns",)


def test_long_words_are_cut_at_their_column() -> None:
    frame = Frame((Field("a", "string", ["x" * 10_000]), Field("b", "string", ["y"])))
    cut = rows(drawn(table(), frame))[1][0]
    assert cut.endswith("…")
    assert len(cut) < 100


def test_of_several_tables_the_chosen_one_is_shown_and_that_is_said() -> None:
    other = Frame((Field("other", "number", [5]),))
    picture = drawn(table(frameIndex=1), DATA, other)
    assert rows(picture)[0] == ["other"]
    assert picture.drawing.notes == ("table 2 of 2",)


@pytest.mark.parametrize("frames", [[], [Frame(())]])
def test_no_data_says_so(frames: list[Frame]) -> None:
    assert drawn(table(), *frames).words == ["Test", "No data"]


def test_series_of_a_table_query_are_the_rows_of_one_table() -> None:
    what = table()
    what["targets"] = [{"refId": "A", "expr": "up", "format": "table", "instant": True}]
    picture = drawn(what, series("a", 1, 2, job="node"), series("b", 3, 4, job="db"))
    assert [row[1:] for row in rows(picture)] == [["job", "Value"], ["node", "2"], ["db", "4"]]


def test_organize_hides_renames_and_orders_columns() -> None:
    what = table()
    what["transformations"] = [
        {
            "id": "organize",
            "options": {
                "excludeByName": {"at": True},
                "indexByName": {"load": 0, "host": 1},
                "renameByName": {"load": "Load"},
            },
        }
    ]
    assert rows(drawn(what, DATA))[0] == ["Load", "host"]


def test_an_unknown_transformation_is_a_note() -> None:
    what = table()
    what["transformations"] = [{"id": "conjure", "options": {}}]
    assert drawn(what, DATA).drawing.notes == ('transformation "conjure" is not applied',)


@pytest.mark.parametrize("kind", ["table", "table-old"])
def test_a_table_of_old_keeps_its_styles(kind: str) -> None:
    styles = [
        {"pattern": "at", "type": "hidden"},
        {"pattern": "load", "alias": "Load", "type": "number", "unit": "percent", "decimals": 1},
        {
            "pattern": "/.*/",
            "type": "number",
            "colorMode": "value",
            "thresholds": ["30", "60"],
            "colors": ["green", "orange", "red"],
        },
    ]
    picture = drawn({"type": kind, "styles": styles, "transform": "table"}, DATA)
    assert rows(picture)[0] == ["host", "Load"]
    assert "91.5%" in picture.words


def test_the_picture_is_the_stored_one() -> None:
    what = table(override("load", **{"custom.displayMode": "gradient-gauge"}))
    assert same_as_golden(drawn(what, DATA), "table")


def test_nothing_stands_at_the_top_left_in_7_and_in_the_middle_later() -> None:
    assert drawn(table()).text("No data").x < 10
    assert drawn(table(), version=(10, 4, 2)).text("No data").x > 400
