"""The graph panel's two axes have a value at the same height."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw.graph.aligned import Range, aligned

from .drawn import drawn
from .test_oldgraph import graph
from .test_timegraph import series

ends = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-6)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((10, 90), (100, 800), ((10, 90), (800 / 9, 800))),
        ((0, 90), (100, 800), ((0, 90), (0, 800))),
        ((-90, -10), (-800, -100), ((-90, -10), (-800, -800 / 9))),
        ((10, 90), (-800, -100), ((-90, 90), (-800, 800))),
        ((-50, 100), (-10, 40), ((-50, 200), (-10, 40))),
        ((10, 90), (-600, 100), ((-540, 90), (-600, 100))),
        ((-90, -10), (-600, 100), ((-90, 15), (-600, 100))),
    ],
)
def test_zero_is_at_the_same_height(
    left: Range, right: Range, expected: tuple[Range, Range]
) -> None:
    found = aligned(left, right, 0)
    assert [*found[0], *found[1]] == pytest.approx([*expected[0], *expected[1]])


@given(ends, ends, ends, ends, st.floats(-1e9, 1e9))
def test_any_ranges_stay_ranges(a: float, b: float, c: float, d: float, level: float) -> None:
    left, right = (min(a, b), max(a, b) + 1), (min(c, d), max(c, d) + 1)
    for low, high in aligned(left, right, level):
        assert math.isfinite(high - low)
        assert low < high


def test_a_panel_says_which_value_its_axes_share() -> None:
    rules = [{"alias": "b", "yaxis": 2}]
    data = series("a", 20, 80), series("b", 200, 750)
    axes = [{"format": "none"}, {"format": "none"}]
    what = graph(seriesOverrides=rules, yaxes=axes)
    apart, joined = (
        drawn({**what, "yaxis": {"align": align, "alignLevel": None}}, *data).words
        for align in (False, True)
    )
    assert "0" not in apart
    assert "0" in joined
