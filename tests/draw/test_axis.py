"""Axes have the range and the lines that Grafana's two plotters choose."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw.graph import axis
from grafherald.draw.graph.axis import AxisScale, Bounds


def values(ticks: list[axis.Tick]) -> list[float]:
    return [tick.value for tick in ticks]


# As the rangeNum of uPlot 1.6.8 answers in Node
@pytest.mark.parametrize(
    ("low", "high", "bounds", "expected"),
    [
        (400e6, 2.16e9, Bounds(), (200e6, 2.4e9)),
        (19, 60, Bounds(), (14, 65)),
        (-36, 19, Bounds(), (-42, 25)),
        (91, 91, Bounds(low=0), (0, 101)),
        (91, 91, Bounds(), (0, 182)),
        (-5, -5, Bounds(), (-10, 0)),
        (-3, -1, Bounds(), (-3.2, -0.8)),
        (-7, -2, Bounds(soft_high=0), (-7.5, 0)),
        (20, 30, Bounds(soft_low=10), (10, 31)),
        (20, 30, Bounds(soft_low=50), (19, 31)),
        (3, 7, Bounds(low=2, soft_low=0), (2, 7.4)),
        (0, 0, Bounds(), (0, 100)),
        (5, 100, Bounds(), (0, 110)),
        (0.4, 0.45, Bounds(soft_low=0, soft_high=1), (0, 1)),
        (0.4, 1.4, Bounds(soft_low=0, soft_high=1), (0, 1.5)),
        (3, 7, Bounds(low=0, high=10), (0, 10)),
        (3, 7, Bounds(low=10, high=0), (0, 10)),
    ],
)
def test_uplot_pads_by_a_tenth_and_keeps_zero_near(
    low: float, high: float, bounds: Bounds, expected: tuple[float, float]
) -> None:
    assert axis.uplot_range(low, high, bounds) == pytest.approx(expected)


def test_seven_rounded_a_range_to_six_decimals() -> None:
    assert axis.uplot_range(0.17e-6, 0.91e-6, Bounds(), 6) == (0, 1e-6)
    assert axis.uplot_range(0.17e-6, 0.19e-6, Bounds(), 6)[0] > 0  # nothing would be left of it
    assert axis.uplot_range(19, 60, Bounds(), 6) == (14, 65)


@given(st.floats(0, 1), st.sampled_from([0.0, 2.0, 10.0]))
def test_a_share_of_the_height_has_its_value(share: float, log: float) -> None:
    scale = AxisScale(0.5, 400, log)
    assert scale.at(scale.value(share)) == pytest.approx(share, abs=1e-9)


def test_lines_are_at_least_thirty_pixels_apart() -> None:
    assert values(axis.uplot_ticks(AxisScale(14, 65), 391)) == [
        15,
        20,
        25,
        30,
        35,
        40,
        45,
        50,
        55,
        60,
        65,
    ]
    assert values(axis.uplot_ticks(AxisScale(14, 65), 100)) == [20, 40, 60]


def test_bytes_have_lines_at_powers_of_two() -> None:
    found = values(axis.uplot_ticks(AxisScale(0, 2.1 * 2**30), 300, binary=True))
    assert found == [step * 2**28 for step in range(9)]


def test_whole_values_have_no_lines_between() -> None:
    assert values(axis.uplot_ticks(AxisScale(0, 3), 400, whole=True)) == [0, 1, 2, 3]


def test_a_log_scale_shows_every_digit_but_labels_what_has_room() -> None:
    scale = AxisScale(*axis.log_range(0.35, 360, 10, Bounds()), 10)
    ticks = axis.log_ticks(scale, 391)
    assert (scale.low, scale.high) == pytest.approx((0.1, 1000))
    assert [round(tick.value, 3) for tick in ticks if tick.labelled] == [0.1, 1, 10, 100, 1000]
    assert len(ticks) == 37


def test_base_two_goes_by_powers_of_two() -> None:
    scale = AxisScale(*axis.log_range(100, 5000, 2, Bounds()), 2)
    assert values(axis.log_ticks(scale, 400)) == [64 * 2**power for power in range(8)]
    assert all(tick.labelled for tick in axis.log_ticks(scale, 120))
    assert [tick.labelled for tick in axis.log_ticks(scale, 60)] == [True, False] * 4


@pytest.mark.parametrize(
    ("low", "high", "bounds", "expected"),
    [
        (71.2, 337, Bounds(low=0), [0, 50, 100, 150, 200, 250, 300, 350]),
        (-2.5e9, 3.45e9, Bounds(), [-3e9, -2e9, -1e9, 0, 1e9, 2e9, 3e9, 4e9]),
        (98.7e-6, 258.8e-6, Bounds(), [50e-6, 100e-6, 150e-6, 200e-6, 250e-6, 300e-6]),
        (0, 97, Bounds(), [0, 20, 40, 60, 80, 100]),
        (7, 7, Bounds(low=0, high=100), [0, 20, 40, 60, 80, 100]),
    ],
)
def test_flot_ends_at_lines(low: float, high: float, bounds: Bounds, expected: list[float]) -> None:
    scale, ticks = axis.flot_axis(low, high, bounds, 420)
    assert values(ticks) == pytest.approx(expected)
    assert (scale.low, scale.high) == pytest.approx((expected[0], expected[-1]))


def test_flots_range_stays_where_its_lines_are_at_powers_of_two() -> None:
    decimal, _ = axis.flot_axis(0, 1.5e9, Bounds(), 420)
    scale, ticks = axis.flot_axis(0, 1.5e9, Bounds(), 420, binary=True)
    assert scale == decimal
    assert {tick.value % 2**28 for tick in ticks} == {0}


def test_flot_leaves_lines_out_that_are_too_close_on_a_log_scale() -> None:
    _, ticks = axis.flot_log_axis(1, 2**40, 2, Bounds(), 200)
    assert len(ticks) <= 9


finite = st.floats(allow_nan=False, allow_infinity=False)
limit = st.none() | finite


@given(finite, finite, limit, limit, limit, limit, st.floats(10, 2000))
def test_any_values_and_limits_make_an_axis(
    one: float,
    two: float,
    low: float | None,
    high: float | None,
    soft_low: float | None,
    soft_high: float | None,
    pixels: float,
) -> None:
    bounds = Bounds(low, high, soft_low, soft_high)
    bottom, top = axis.uplot_range(min(one, two), max(one, two), bounds)
    assert bottom < top
    found = axis.uplot_ticks(AxisScale(bottom, top), pixels)
    found += axis.uplot_ticks(AxisScale(bottom, top), pixels, binary=True)
    scale, ticks = axis.flot_axis(min(one, two), max(one, two), Bounds(low, high), pixels)
    assert scale.low < scale.high
    assert len(found) <= 2 * axis.MOST_TICKS
    assert len(ticks) <= axis.MOST_TICKS + 1
    assert all(math.isfinite(tick.value) for tick in (*found, *ticks))


@given(finite, finite, limit, limit, st.floats(1.1, 1000), st.floats(10, 2000))
def test_any_values_make_a_log_axis(
    one: float, two: float, low: float | None, high: float | None, base: float, pixels: float
) -> None:
    bottom, top = axis.log_range(min(one, two), max(one, two), base, Bounds(low, high))
    assert 0 < bottom < top
    assert len(axis.log_ticks(AxisScale(bottom, top, base), pixels)) <= axis.MOST_TICKS
    scale, ticks = axis.flot_log_axis(min(one, two), max(one, two), base, Bounds(low, high), pixels)
    assert 0 < scale.low < scale.high
    assert len(ticks) <= axis.MOST_TICKS
