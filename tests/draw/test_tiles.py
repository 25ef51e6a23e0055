"""Several values stand where Grafana's VizRepeater puts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw.page import tiles
from grafherald.draw.page.tiles import Box


@pytest.mark.parametrize(
    ("width", "height", "count", "rows"),
    [
        (998, 470, 3, [3]),
        (998, 470, 5, [3, 2]),
        (982, 454, 3, [3]),
        (400, 800, 3, [1, 1, 1]),
        (998, 470, 1, [1]),
        (998, 470, 30, [8, 8, 8, 6]),
    ],
)
def test_a_grid_has_as_many_in_a_row_as_grafanas(
    width: float, height: float, count: int, rows: list[int]
) -> None:
    boxes = tiles.grid(Box(0, 0, width, height), count, 3)
    lines = sorted({box.y for box in boxes})
    assert [sum(box.y == y for box in boxes) for y in lines] == rows


def test_the_last_row_of_a_grid_shares_the_width() -> None:
    boxes = tiles.grid(Box(0, 0, 998, 470), 5, 3)
    assert boxes[3].width == pytest.approx((998 - 3) / 2)
    assert boxes[4].right == pytest.approx(998)


_SIDES = st.floats(20, 3000)


@given(_SIDES, _SIDES, st.integers(1, 400), st.sampled_from([tiles.row, tiles.column, tiles.grid]))
def test_boxes_are_as_many_as_asked_for_and_never_empty(
    width: float, height: float, count: int, lay: object
) -> None:
    boxes = lay(Box(5, 7, width, height), count, 3)  # type: ignore[operator]
    assert len(boxes) == count
    assert all(box.width >= 1 and box.height >= 1 for box in boxes)


def test_an_inset_never_turns_inside_out() -> None:
    assert Box(0, 0, 10, 10).inset(8).width == 0
