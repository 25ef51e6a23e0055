"""Many values made one: the calculations of legends, stats and tables, with their names.

https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/transformations/fieldReducer.ts
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Version = tuple[int, ...]

_NAMES = {
    "lastNotNull": "Last *",
    "last": "Last",
    "firstNotNull": "First *",
    "first": "First",
    "min": "Min",
    "max": "Max",
    "mean": "Mean",
    "median": "Median",
    "variance": "Variance",
    "stdDev": "StdDev",
    "sum": "Total",
    "count": "Count",
    "countAll": "Count all",
    "range": "Range",
    "delta": "Delta",
    "step": "Step",
    "diff": "Difference",
    "logmin": "Min (above zero)",
    "allIsZero": "All Zeros",
    "allIsNull": "All Nulls",
    "changeCount": "Change Count",
    "distinctCount": "Distinct Count",
    "diffperc": "Difference percent",
    "allValues": "All values",
    "uniqueValues": "All unique values",
}
_NAMES_BEFORE_8 = {"lastNotNull": "Last (not null)", "firstNotNull": "First (not null)"}
_ALIASES = {"current": "lastNotNull", "avg": "mean", "total": "sum"}
_PERCENTILE = re.compile(r"p([1-9]\d?)")
WITHOUT_UNIT = frozenset({"count", "countAll", "changeCount", "distinctCount", "allIsNull"})
"""Reducers whose result is not in the field's unit."""


def canonical(reducer: str) -> str:
    """The id behind an alias of old dashboards, as "avg"."""
    return _ALIASES.get(reducer, reducer)


def label(reducer: str, version: Version = (13, 0)) -> str:
    """The head of a legend's column; an unknown reducer is its own name."""
    reducer = canonical(reducer)
    if version < (8, 0) and reducer in _NAMES_BEFORE_8:
        return _NAMES_BEFORE_8[reducer]
    percentile = _PERCENTILE.fullmatch(reducer)
    if percentile:
        return f"{_ordinal(int(percentile[1]))} %"
    return _NAMES.get(reducer, reducer)


def reduce(reducer: str, values: Sequence[Any], version: Version = (13, 0)) -> Any:
    """Make one value of many. Nulls and NaN don't count, except for first, last and count-all.

    None where there is nothing to say, as the mean of no values; an unknown reducer is None too.
    """
    reducer = canonical(reducer)
    if not len(values):
        return _OF_NOTHING.get(reducer)
    percentile = _PERCENTILE.fullmatch(reducer)
    if percentile:
        return _percentile(values, int(percentile[1]) / 100)
    found = _REDUCERS.get(reducer)
    if found is None:
        return None
    result = found(values)
    if reducer == "diffperc" and version < (11, 1) and isinstance(result, float):
        return result / 100  # it was a share, whatever it was called
    if reducer == "delta" and version < (12, 0):
        return _delta_before_12(values)
    return result


_OF_NOTHING = {"sum": 0, "count": 0, "countAll": 0, "allIsZero": False, "allIsNull": True}


def numbers(values: Sequence[Any]) -> list[float]:
    """The values that count: neither null nor NaN nor text."""
    if set(map(type, values)) == {float}:  # what nearly all are, told in a tenth of the time
        if not math.isnan(sum(values)):
            return values if isinstance(values, list) else list(values)
        return [value for value in values if value == value]  # noqa: PLR0124 - as below
    return [
        value
        for value in values
        if isinstance(value, (int, float)) and value == value  # noqa: PLR0124 - false for NaN alone
    ]


def _present(values: Sequence[Any]) -> list[Any]:
    return [each for each in values if each is not None and each == each]  # noqa: PLR0124 - NaN


def _first_present(values: Sequence[Any]) -> Any:
    return next((each for each in values if each is not None and each == each), None)  # noqa: PLR0124 - NaN


def _last_present(values: Sequence[Any]) -> Any:
    return _first_present(values[::-1])


def _sum(values: Sequence[Any]) -> float:
    return sum(numbers(values), 0)


def _mean(values: Sequence[Any]) -> float | None:
    found = numbers(values)
    return sum(found) / len(found) if found else None


def _median(values: Sequence[Any]) -> float | None:
    found = sorted(numbers(values))
    middle = len(found) // 2
    if not found:
        return None
    return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


def _variance(values: Sequence[Any]) -> float:
    found = numbers(values)
    if not found:
        return 0.0
    mean = total = 0.0
    for count, value in enumerate(found, 1):
        before, mean = mean, mean + (value - mean) / count
        total += (value - before) * (value - mean)
    return total / len(found)


def _range(values: Sequence[Any]) -> float | None:
    found = numbers(values)
    return max(found) - min(found) if found else None


def _delta(values: Sequence[Any]) -> float:
    """How much a counter grew; where it falls it was reset, and counts on from there."""
    total, rising, before = 0.0, True, None
    for value in numbers(values):
        if before is not None:
            if before > value:
                rising = False
            else:
                if rising:
                    total += value - before
                rising = True
        before = value
    return total


def _delta_before_12(values: Sequence[Any]) -> float:
    """The same, but what a counter has reached after a reset counts too."""
    found, total, rising = numbers(values), 0.0, True
    for before, value in pairwise(found):
        falls = before > value
        total += 0 if falls else value - before if rising else value
        rising = not falls
    last = values[-1] if len(values) else None
    if len(found) > 1 and found[-2] > found[-1] and last is found[-1]:
        total += found[-1]
    return total


def _step(values: Sequence[Any]) -> float | None:
    found = numbers(values)
    return min((b - a for a, b in pairwise(found)), default=None)


def _difference(values: Sequence[Any]) -> float | None:
    found = numbers(values)
    return found[-1] - found[0] if found else None


def _difference_percent(values: Sequence[Any]) -> float | None:
    found = numbers(values)
    if not found:
        return None
    difference = found[-1] - found[0]
    if found[0] == 0:
        return math.copysign(math.inf, difference) if difference else math.nan
    return difference / found[0] * 100


def _changes(values: Sequence[Any]) -> int:
    found = [value for value in values if value is not None]
    return sum(a != b for a, b in pairwise(found))


def _unique(values: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(value for value in values if value is not None and _hashable(value)))


def _hashable(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _percentile(values: Sequence[Any], share: float) -> float | None:
    found = sorted(numbers(values))
    return found[math.floor((len(found) - 1) * share + 0.5)] if found else None


_REDUCERS: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "lastNotNull": _last_present,
    "last": lambda values: values[-1] if len(values) else None,
    "firstNotNull": _first_present,
    "first": lambda values: values[0] if len(values) else None,
    "min": lambda values: min(numbers(values), default=None),
    "max": lambda values: max(numbers(values), default=None),
    "mean": _mean,
    "median": _median,
    "variance": _variance,
    "stdDev": lambda values: math.sqrt(_variance(values)) if _variance(values) >= 0 else None,
    "sum": _sum,
    "count": lambda values: sum(value is not None for value in values),
    "countAll": len,
    "range": _range,
    "delta": _delta,
    "step": _step,
    "diff": _difference,
    "diffperc": _difference_percent,
    "logmin": lambda values: min((v for v in numbers(values) if v > 0), default=None),
    "allIsZero": lambda values: bool(numbers(values)) and not any(_present(values)),
    "allIsNull": lambda values: not _present(values),
    "changeCount": _changes,
    "distinctCount": lambda values: len(_unique(values)),
    "allValues": list,
    "uniqueValues": _unique,
}


def _ordinal(number: int) -> str:
    tail = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"
