"""Samples counted in cells of time and value: the data of a heatmap.

The cells' bounds are those of Grafana's old heatmap panel (heatmap_ctrl.ts and
heatmap_data_converter.ts of 7.5), which the new one's defaults resemble.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

MOST_SAMPLES = 1_000_000
MOST_ROWS = 200
_FARTHEST = 1e15
_MOST_CELLS = 40_000

Samples = Iterable[tuple[float, float | None]]


@dataclass(frozen=True)
class Cell:
    """A count from *begin* to *end* (epoch milliseconds) and from *low* to *high*."""

    begin: float
    end: float
    low: float
    high: float
    count: float


@dataclass(frozen=True)
class Grid:
    """Cells, and what their y axis shows: values, or the *names* of rows one above the other.

    *log* is the base of a logarithmic axis, 0 for a linear one.
    """

    cells: Sequence[Cell]
    low: float
    high: float
    names: tuple[str, ...] = ()
    log: float = 0.0


@dataclass(frozen=True)
class Cut:
    """How time and value are cut: sizes that are None follow from the counts.

    *log* is the base of a logarithmic axis, 0 for a linear one; *split*: parts of each power.
    """

    width: float
    height: float | None = None
    rows: int = 10
    log: float = 0.0
    split: int = 1


def counted(series: Iterable[Samples], cut: Cut) -> Grid:
    """Count the samples of all series in cells."""
    counts: Counter[tuple[int, float]] = Counter()
    samples = [
        (at, float(value))
        for each in series
        for at, value in each
        if value is not None and math.isfinite(value)
    ]
    if not samples:
        return Grid((), -1.0, 1.0)
    low = min(value for _, value in samples)
    high = max(value for _, value in samples)
    if cut.log:
        positive = [value for _, value in samples if value > 0]
        least = min(positive, default=1.0)
        for at, value in samples:
            counts[_place(at / cut.width), _power(max(value, least), cut)] += 1
        part = 1 / max(1, cut.split)
        cells = [
            Cell(
                column * cut.width,
                (column + 1) * cut.width,
                _raised(cut.log, place),
                _raised(cut.log, place + part),
                count,
            )
            for (column, place), count in counts.items()
        ]
        return Grid(cells, least, max(high, least), log=cut.log)
    size = _height(low, high, cut)
    for at, value in samples:
        counts[_place(at / cut.width), _place(value / size)] += 1
    cells = [
        Cell(column * cut.width, (column + 1) * cut.width, row * size, (row + 1) * size, count)
        for (column, row), count in counts.items()
    ]
    return Grid(cells, low, high)


def _height(low: float, high: float, cut: Cut) -> float:
    """The value that one row of cells spans."""
    span = high - low
    size = cut.height or (span / max(1, cut.rows) if span else abs(high) / 10 or 1.0)
    size = max(size, span / MOST_ROWS)
    return size if math.isfinite(size) and size > 0 and abs(high) / size < 1e15 else max(1.0, span)


def _place(share: float) -> int:
    """A cell's row or column; what is farther than whole numbers are exact stands at that end."""
    return math.floor(max(-_FARTHEST, min(_FARTHEST, share)))


def _power(value: float, cut: Cut) -> float:
    """The power of the base, whole or in parts, at which a value's cell begins."""
    place = math.log(value) / math.log(cut.log)
    return math.floor(place * max(1, cut.split)) / max(1, cut.split)


def _raised(base: float, power: float) -> float:
    try:
        return float(base**power)
    except OverflowError:
        return math.inf


def stacked(rows: Sequence[tuple[str, Samples]]) -> Grid:
    """Buckets that are counted already: each series is a row, the first one the lowest."""
    rows = rows[:MOST_ROWS]
    points = [
        (at, place, float(count))
        for place, (_, samples) in enumerate(rows)
        for at, count in samples
        if count is not None and math.isfinite(count)
    ]
    times = sorted({at for at, _, _ in points})
    step = min((b - a for a, b in pairwise(times)), default=60_000.0)
    most = _MOST_CELLS / max(1, len(rows))
    width = max(step, (times[-1] - times[0]) / most) if times else step
    sums: dict[tuple[int, int], list[float]] = {}
    for at, place, count in points:
        total = sums.setdefault((_place((at - times[0]) / width), place), [0.0, 0.0])
        total[0] += count
        total[1] += 1
    cells = [
        Cell(
            times[0] + column * width,
            times[0] + (column + 1) * width,
            place,
            place + 1,
            total / number,
        )
        for (column, place), (total, number) in sums.items()
    ]
    return Grid(cells, 0.0, float(max(1, len(rows))), tuple(name for name, _ in rows))
