"""Cells that a datasource has counted itself: frames of the type ``heatmap-cells`` (Grafana 9).

Sparse ones say both ends of a cell (``xMax``, ``yMin``, ``yMax``, ``count``), as Prometheus' native
histograms come; dense ones say one (``x`` or ``xMin`` or ``xMax``, the same of y), and a cell
reaches to the next:
https://grafana.com/developers/dataplane/heatmap
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph.plotted import part
from grafherald.draw.parts.buckets import Cell, Grid
from grafherald.draw.values.fieldconfig import Column

TYPE = "heatmap-cells"
_MOST = 100_000


def is_cells(columns: Sequence[Column]) -> bool:
    """Whether these columns are of a frame of cells."""
    return bool(columns) and columns[0].frame.meta.get("type") == TYPE


def grid_of(columns: Sequence[Column]) -> Grid:
    """The cells of one frame; none where it lacks the fields that they need."""
    named = {each.field.name: each for each in reversed(columns)}
    counts = next(
        (
            each
            for each in columns
            if each.field.kind == "number" and each.field.name not in _PLACES
        ),
        None,
    )
    across = next((named[name] for name in _ACROSS if name in named), None)
    up = next((named[name] for name in _UP if name in named), None)
    if counts is None or across is None or up is None:
        return Grid((), -1.0, 1.0)
    sparse = "yMin" in named and "yMax" in named
    log = _log(up, sparse)
    rows = _numbers(up) if not sparse else []
    ends = _spans(rows, up.field.name[1:], log) if not sparse else {}
    low_high = (
        zip(_numbers(named["yMin"]), _numbers(named["yMax"]), strict=True)
        if sparse
        else (ends.get(each, (math.nan, math.nan)) for each in rows)
    )
    times = _numbers(across)
    wide = _spans(times, across.field.name[1:], 0.0, even=True)
    cells = [
        Cell(*wide[at], low, high, count)
        for at, (low, high), count in zip(times, low_high, _numbers(counts), strict=False)
        if at in wide and low < high and (high > 0 or not log) and math.isfinite(count)
    ][:_MOST]
    if not cells:
        return Grid((), -1.0, 1.0)
    lows = [each.low for each in cells if each.low > 0 or not log]
    high = max(each.high for each in cells if math.isfinite(each.high) or len(cells) == 1)
    return Grid(cells, min(lows, default=high / 2), high, log=log)


_ACROSS, _UP = ("xMax", "xMin", "x"), ("yMin", "yMax", "y")
_PLACES = frozenset((*_ACROSS, *_UP, "yLayout"))


def _log(up: Column, sparse: bool) -> float:
    """The base of the axis: histograms that say both ends of a bucket grow by powers."""
    kind = part(up.custom, "scaleDistribution")
    if not sparse and kind.get("type") != "log":
        return 0.0
    return 10.0 if kind.get("log") == 10 else 2.0


def _numbers(column: Column) -> list[float]:
    found = (to_number(each) for each in column.field.values)
    return [math.nan if each is None else each for each in found]


def _spans(
    values: Sequence[float], named: str, log: float, *, even: bool = False
) -> dict[float, tuple[float, float]]:
    """From where to where each value's cell reaches: it is the cell's Max, Min or middle.

    *even*: all are as wide as the two that are closest to each other.
    """
    known = sorted({each for each in values if math.isfinite(each) and (each > 0 or not log)})
    steps = [b / a if log else b - a for a, b in pairwise(known)]
    least = min(steps, default=log or 1.0)
    found = {}
    for at, each in enumerate(known):
        below = least if even or not at else steps[at - 1]
        above = least if even or at == len(steps) else steps[at]
        if named == "Max":
            above = 1.0 if log else 0.0
        elif named == "Min":
            below = 1.0 if log else 0.0
        else:
            below, above = (math.sqrt(e) if log else e / 2 for e in (below, above))
        found[each] = (each / below, each * above) if log else (each - below, each + above)
    return found
