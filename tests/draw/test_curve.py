"""Lines break where they must, keep their peaks and stay in bounds."""

import re

import pytest

from grafherald.draw.graph import curve
from grafherald.draw.graph.curve import Piece
from grafherald.draw.graph.stack import Piled, flot_stack, stack

TIMES = [0.0, 10.0, 20.0, 30.0, 40.0]
WHOLE = Piece([0.0, 10.0, 20.0, 30.0, 40.0], [5.0, 6.0, 7.0, 8.0, 9.0], 100.0)
HOLE = [False, False, True, False, False]


@pytest.mark.parametrize(
    ("span", "lengths"), [(False, [2, 2]), (True, [4]), (19.0, [2, 2]), (20.0, [4])]
)
def test_missing_values_break_a_line_unless_they_are_spanned(
    span: bool | float, lengths: list[int]
) -> None:
    assert [len(piece) for piece in curve.pieces(TIMES, WHOLE, HOLE, span)] == lengths


def test_nothing_but_nulls_is_nothing() -> None:
    assert curve.pieces(TIMES, WHOLE, [True] * 5) == []
    assert curve.pieces([], Piece([], [], 0.0), []) == []


def test_a_pixel_column_keeps_its_highest_and_lowest_point() -> None:
    xs = [place / 100 for place in range(10_000)]
    ys = [200.0] * 10_000
    ys[4321], ys[7890] = 3.0, 399.0
    thinned = curve.thin(Piece(xs, ys, 400.0))
    assert len(thinned) <= 400
    assert min(thinned.ys) == 3.0
    assert max(thinned.ys) == 399.0


def test_a_column_in_which_a_value_is_missing_keeps_all_of_its_points() -> None:
    values = [1.0, 5.0, 9.0, 2.0, 3.0, None, 4.0, 6.0]
    assert curve.extremes(values, [0, 5, 8]) == [0, 2, 4, 5, 6, 7]


def test_few_points_stay_as_they_are() -> None:
    assert curve.thin(WHOLE) is WHOLE


def test_a_line_goes_straight_in_steps_or_smooth() -> None:
    piece = Piece([0.0, 10.0, 20.0], [5.0, 1.0, 9.0], 100.0)
    assert curve.line(piece, "linear") == "M0.0 5.0L10.0 1.0L20.0 9.0"
    assert curve.line(piece, "stepAfter") == "M0.0 5.0H10.0V1.0H20.0V9.0"
    assert curve.line(piece, "stepBefore") == "M0.0 5.0V1.0H10.0V9.0H20.0"
    assert curve.line(piece, "smooth").count("C") == 2


def test_a_smooth_line_never_leaves_the_range_of_its_points() -> None:
    piece = Piece([0.0, 1.0, 50.0, 51.0, 52.0], [10.0, 90.0, 90.0, 10.0, 11.0], 100.0)
    path = curve.line(piece, "smooth")
    ys = [float(found) for found in re.findall(r"-?[\d.]+", path)][1::2]
    assert min(ys) >= 10
    assert max(ys) <= 90


def test_an_area_reaches_down_to_its_base() -> None:
    piece = Piece([0.0, 10.0], [5.0, 1.0], 100.0)
    assert curve.area(piece, curve.line(piece, "linear"), "linear").endswith("V100.0H0.0Z")
    layer = Piece([0.0, 10.0], [5.0, 1.0], [50.0, 40.0])
    path = curve.area(layer, curve.line(layer, "linear"), "linear")
    assert path == "M0.0 5.0L10.0 1.0L10.0 40.0L0.0 50.0Z"


def test_bars_stand_around_before_or_behind_their_time() -> None:
    lone = [Piece([50.0], [20.0], 100.0)]
    begins = [curve.bars(lone, 10, align).split(" ")[0] for align in (-1, 0, 1)]
    assert begins == ["M40.0", "M45.0", "M50.0"]


def test_dots_at_one_place_are_one_dot_and_never_too_many() -> None:
    same = [Piece([1.0] * 1000, [2.0] * 1000, 0.0)]
    assert curve.dots(same, 2).count("M") == 1
    many = [
        Piece(
            [place % 97 * 1.3 for place in range(9000)], [place / 60 for place in range(9000)], 0.0
        )
    ]
    assert curve.dots(many, 2, 500).count("M") <= 500


def test_a_stack_adds_up_and_what_is_missing_adds_nothing() -> None:
    low, high = stack([([1, 2, 3], [1, None, 3]), ([1, 2, 3], [10, 20, 30])])
    assert low.tops == [1, None, 3]
    assert high.tops == [11, 20, 33]
    assert high.bases == [1, 0, 3]


def test_series_of_different_times_share_all_of_them() -> None:
    low, high = stack([([1, 3], [1, 3]), ([2, 3], [20, 30])])
    assert low.times == [1, 2, 3]
    assert low.tops == [1, None, 3]
    assert high.tops == [None, 20, 33]


def test_shares_of_a_stack_sum_up_to_the_whole() -> None:
    layers = stack([([1, 2], [1, 0]), ([1, 2], [3, 0])], whole=100)
    assert layers[0].tops == [25, 0]
    assert layers[1].tops == [100, 0]


GAP = None


def flot(*series: list[float | None], evenly: bool = True) -> list[list[float | None]]:
    layers = flot_stack([Piled(range(len(each)), each, evenly) for each in series])
    return [list(each.tops) for each in layers]


def test_flot_stands_a_series_on_the_ground_where_the_one_below_has_a_gap() -> None:
    assert flot([1, 1, 1], [2, GAP, 2], [4, 4, 4]) == [[1, 1, 1], [3, GAP, 3], [7, 4, 7]]


def test_flot_keeps_a_gap_of_its_own() -> None:
    assert flot([1, GAP, 1], [2, 2, 2]) == [[1, GAP, 1], [3, 2, 3]]


@pytest.mark.parametrize(("evenly", "rest"), [(True, GAP), (False, 1)])
def test_flot_lays_what_has_ended_on_the_series_below(evenly: bool, rest: float | None) -> None:
    layers = flot_stack([Piled([0, 1, 2], [1, 1, 1], evenly), Piled([1], [5], evenly)])
    assert list(layers[1].tops) == [rest, 6, rest]


def test_flot_lays_what_has_no_sample_between_two_on_the_series_below() -> None:
    layers = flot_stack([Piled([0, 1, 2], [1, 1, 1], False), Piled([0, 2], [5, 5], False)])
    assert list(layers[1].tops) == [6, 1, 6]
    assert layers[1].bases == [1, 1, 1]
