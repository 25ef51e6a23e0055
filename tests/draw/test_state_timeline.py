"""Timelines show when which state held; histories each sample for itself."""

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
    same_as_golden,
    series,
)

MAPPED = [
    {
        "type": "value",
        "options": {"0": {"text": "DOWN", "color": "red"}, "1": {"text": "UP", "color": "green"}},
    }
]


def timeline(kind: str = "state-timeline", **options: Any) -> dict[str, Any]:
    what = panel(kind, "none", **options)
    what["fieldConfig"]["defaults"]["mappings"] = MAPPED
    return what


def boxes(picture: Picture) -> list[tuple[str, int]]:
    """Colours and how many boxes have them."""
    return [
        (each.get("fill", ""), (each.get("d") or "").count("M")) for each in picture.all("path")
    ]


def show(what: dict[str, Any], *frames: Frame, **look: Any) -> Picture:
    return drawn(what, *frames, **{"version": TEN, **look})


def test_a_state_lasts_until_another_begins() -> None:
    picture = show(timeline(), series("web01", 1, 1, 1, 0, 0, 1, 1))
    assert boxes(picture) == [(GREEN, 2), (RED, 1)]
    assert [each for each in picture.words if each in ("UP", "DOWN")][:2] == ["UP", "DOWN"]


def test_without_merging_each_sample_has_its_box() -> None:
    picture = show(timeline(mergeValues=False), series("web01", 1, 1, 0, 0))
    assert boxes(picture) == [(GREEN, 2), (RED, 1)]


def test_a_null_ends_a_state() -> None:
    picture = show(timeline(), series("web01", 1, None, 1, 1))
    assert boxes(picture) == [(GREEN, 2)]


def test_each_field_has_its_row_and_name() -> None:
    picture = show(timeline(), series("web01", 1, 0), series("db01", 0, 1))
    assert picture.text("web01").y < picture.text("db01").y


def test_numbers_without_mappings_are_named_by_their_threshold() -> None:
    what = panel("state-timeline", "none")
    picture = show(what, series("web01", 10, 20, 40, 90, 95))
    assert boxes(picture) == [(GREEN, 1), (ORANGE, 1), (RED, 1)]
    for words in ("< 30", "30+", "60+"):
        assert words in picture.words


def test_words_are_states_too() -> None:
    frame = Frame(
        (
            Field("time", "time", [START, START + 3_600_000]),
            Field("state", "string", ["running & well", "<stopped>"]),
        )
    )
    words = show(panel("state-timeline", ""), frame).words
    assert "running & well" in words
    assert "<stopped>" in words


def test_the_legend_names_each_state_once() -> None:
    picture = show(timeline(showValue="never"), series("a", 1, 0, 1), series("b", 0, 1, 0))
    assert [each for each in picture.words if each in ("UP", "DOWN")] == ["UP", "DOWN"]
    hidden = show(timeline(showValue="never", legend={"showLegend": False}), series("a", 1, 0))
    assert "UP" not in hidden.words


def test_a_history_has_a_box_for_each_sample() -> None:
    picture = show(timeline("status-history"), series("web01", 1, 1, 1, 0))
    assert boxes(picture) == [(GREEN, 3), (RED, 1)]


def test_rows_without_room_are_said() -> None:
    picture = show(timeline(), *(series(f"h{n}", 1, 0) for n in range(90)))
    (note,) = picture.drawing.notes
    assert note.startswith("+ ")
    assert note.endswith(" more rows")


@pytest.mark.parametrize("frames", [[], [series("a", None, None)]])
def test_no_data_says_so(frames: list[Frame]) -> None:
    assert show(timeline(), *frames).words == ["Test", "No data"]


def test_the_picture_is_the_stored_one() -> None:
    picture = show(timeline(), series("web01", 1, 1, 0), series("db01", 0, 1, 1))
    assert same_as_golden(picture, "state-timeline")
