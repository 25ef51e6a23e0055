"""Calculations and their names are Grafana's; the numbers were taken from @grafana/data."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw.frames import reducers

VALUES = [None, 5, -20, 0, 100, 200, 30, math.nan]


@pytest.mark.parametrize(
    ("reducer", "value"),
    [
        ("lastNotNull", 30),
        ("current", 30),
        ("first", None),
        ("firstNotNull", 5),
        ("min", -20),
        ("max", 200),
        ("mean", 52.5),
        ("avg", 52.5),
        ("median", 17.5),
        ("sum", 315),
        ("total", 315),
        ("count", 7),
        ("countAll", 8),
        ("range", 220),
        ("delta", 200),
        ("step", -170),
        ("diff", 25),
        ("diffperc", 500),
        ("logmin", 5),
        ("allIsZero", False),
        ("allIsNull", False),
        ("p50", 30),
        ("p95", 200),
        ("uniqueValues", [5, -20, 0, 100, 200, 30]),
        ("nonsense", None),
    ],
)
def test_reducers(reducer: str, value: Any) -> None:
    found = reducers.reduce(reducer, VALUES)
    if reducer == "uniqueValues":
        found = [each for each in found if each == each]  # noqa: PLR0124 - NaN is not itself
    assert found == value


def test_spread() -> None:
    assert reducers.reduce("variance", [1, 2, 3, 4]) == 1.25
    assert reducers.reduce("stdDev", [1, 2, 3, 4]) == math.sqrt(1.25)
    assert reducers.reduce("changeCount", [1, 1, 2, None, 1]) == 2
    assert reducers.reduce("distinctCount", [1, 1, 2]) == 2


@pytest.mark.parametrize(
    ("reducer", "version", "value"),
    [
        ("delta", (11, 6), 230),
        ("delta", (12, 2), 200),
        ("diffperc", (11, 0), 5),
        ("diffperc", (11, 3), 500),
    ],
)
def test_what_versions_reckon_otherwise(
    reducer: str, version: tuple[int, int], value: float
) -> None:
    assert reducers.reduce(reducer, [5, -20, 0, 100, 200, 30], version) == value


def test_nothing_reduces_to_nothing() -> None:
    assert reducers.reduce("mean", []) is None
    assert reducers.reduce("sum", []) == 0
    assert reducers.reduce("max", [None, math.nan]) is None
    assert reducers.reduce("allIsNull", [None]) is True


@pytest.mark.parametrize(
    ("reducer", "version", "name"),
    [
        ("lastNotNull", (7, 5), "Last (not null)"),
        ("lastNotNull", (10, 4), "Last *"),
        ("sum", (7, 5), "Total"),
        ("avg", (13, 0), "Mean"),
        ("p95", (13, 0), "95th %"),
        ("p2", (13, 0), "2nd %"),
        ("own", (13, 0), "own"),
    ],
)
def test_names(reducer: str, version: tuple[int, int], name: str) -> None:
    assert reducers.label(reducer, version) == name


@given(
    st.sampled_from(["p1", "min", "max", "mean", "sum", "delta", "step", "diffperc", "variance"]),
    st.lists(st.none() | st.floats() | st.integers(-(10**6), 10**6)),
)
def test_any_values_reduce_to_a_number_or_nothing(reducer: str, values: list[Any]) -> None:
    found = reducers.reduce(reducer, values)
    assert found is None or isinstance(found, int | float)
