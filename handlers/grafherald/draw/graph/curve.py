"""The shapes of one series in a time graph: its line, the area below it, its bars and points.

Everything is in pixels here. Paths are built of thousands of points, so that they are formatted
with one decimal at most and without `svg.number`'s care: what comes in is finite and bounded.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import sub
from typing import Any

Numbers = Sequence[float]


@dataclass(frozen=True)
class Piece:
    """Points that are joined; between two pieces of a series there is a gap.

    ``bases`` are the y that an area reaches down to, one for all points where it is the same.
    """

    xs: Numbers
    ys: Numbers
    bases: Numbers | float

    def __len__(self) -> int:
        return len(self.xs)

    def part(self, places: Sequence[int]) -> Piece:
        """The points at these places alone."""
        bases = self.bases
        return Piece(
            [self.xs[place] for place in places],
            [self.ys[place] for place in places],
            bases if isinstance(bases, float) else [bases[place] for place in places],
        )

    def slice(self, first: int, last: int) -> Piece:
        """The points from *first* to before *last*."""
        bases = self.bases if isinstance(self.bases, float) else self.bases[first:last]
        return Piece(self.xs[first:last], self.ys[first:last], bases)


def pieces(
    times: Numbers, whole: Piece, nulls: Sequence[bool], span: bool | float = False
) -> list[Piece]:
    """Part a series where *nulls* says that there is no value.

    *span* joins over missing values: always, never, or over so many milliseconds at most.
    """
    if not any(nulls):
        return [whole] if len(whole) else []
    kept = [place for place, null in enumerate(nulls) if not null]
    if not kept:
        return []
    ends = [
        place + 1
        for place, (before, after) in enumerate(pairwise(kept))
        if after - before > 1
        and span is not True
        and (span is False or times[after] - times[before] > span)
    ]
    joined = whole.part(kept)
    bounds = [0, *ends, len(kept)]
    return [joined.slice(first, last) for first, last in pairwise(bounds)]


def crowded(xs: Numbers, wide: float = 1.0) -> bool:
    """Whether there are more than two points in a column *wide* pixels."""
    return len(xs) > 2 and len(xs) * wide > 2 * (xs[-1] - xs[0])


def columns(xs: Numbers, wide: float = 1.0) -> list[int]:
    """Where each column *wide* pixels begins among points from left to right, and their number."""
    bounds = [0]
    while bounds[-1] < len(xs):
        begin = bounds[-1]
        following = (xs[begin] // wide + 1) * wide
        bounds.append(max(begin + 1, bisect_left(xs, following, begin)))
    return bounds


def extremes(values: Sequence[float | None], bounds: Sequence[int]) -> list[int]:
    """The places of at most four points of a column: its first, lowest, highest and last.

    Where a value is missing, all of its column are kept.
    """
    kept: list[int] = []
    for begin, end in pairwise(bounds):
        column: Sequence[Any] = values[begin:end]
        if end - begin < 3 or None in column:
            kept.extend(range(begin, end))
            continue
        low, high = begin + column.index(min(column)), begin + column.index(max(column))
        kept += sorted({begin, low, high, end - 1})
    return kept


def thin(piece: Piece, wide: float = 1.0) -> Piece:
    """At most four points of a column *wide* pixels."""
    if not crowded(piece.xs, wide):
        return piece
    return piece.part(extremes(piece.ys, columns(piece.xs, wide)))


def travel(found: Iterable[Piece]) -> float:
    """How far lines go up and down, in pixels: what painting them costs."""
    return sum(sum(map(abs, map(sub, piece.ys[1:], piece.ys))) for piece in found)


def line(piece: Piece, shape: str, *, whole: bool = False) -> str:
    """The path of a line: linear, smooth, stepBefore or stepAfter; *whole* pixels or tenths."""
    return _through(piece.xs, piece.ys, shape, whole=whole)


def area(piece: Piece, top: str, shape: str, width: float = 0.0, *, whole: bool = False) -> str:
    """The path of the area between a `line`, *top*, and its base.

    A lone point's area is *width* pixels wide, the length of its step.
    """
    if len(piece) == 1:
        base = piece.bases if isinstance(piece.bases, float) else piece.bases[0]
        return f"{top}h{max(0.5, width):.1f}V{base:.1f}h{-max(0.5, width):.1f}Z"
    if isinstance(piece.bases, float):
        left = round(piece.xs[0]) if whole else piece.xs[0]
        return f"{top}V{piece.bases:.1f}H{left:.1f}Z"
    turned = {"stepAfter": "stepBefore", "stepBefore": "stepAfter"}.get(shape, shape)
    back = _through(piece.xs[::-1], piece.bases[::-1], turned, start="L", whole=whole)
    return f"{top}{back}Z"


def _through(xs: Numbers, ys: Numbers, shape: str, start: str = "M", *, whole: bool = False) -> str:
    digits = ".0f" if whole else ".1f"
    first = f"{start}{xs[0]:{digits}} {ys[0]:{digits}}"
    if shape == "smooth" and len(xs) > 2:
        return first + "".join(_smooth(xs, ys))
    if shape == "stepBefore":
        return first + _written(f"V%{digits}H%{digits}", ys[1:], xs[1:])
    between = ("H", "V") if shape == "stepAfter" else ("L", " ")
    return first + _written(f"%{digits}".join(between) + f"%{digits}", xs[1:], ys[1:])


def _written(form: str, firsts: Numbers, seconds: Numbers) -> str:
    """All pairs in one go: half the time of one after the other."""
    both = [0.0] * (2 * len(firsts))
    both[::2], both[1::2] = firsts, seconds
    return form * len(firsts) % tuple(both)


def _smooth(xs: Numbers, ys: Numbers) -> Iterable[str]:
    """Cubic curves that never leave the range of their two points (monotone, Fritsch-Carlson)."""
    slopes = _tangents(xs, ys)
    for place, (x0, x1) in enumerate(pairwise(xs)):
        third = (x1 - x0) / 3
        yield (
            f"C{x0 + third:.1f} {ys[place] + slopes[place] * third:.1f} "
            f"{x1 - third:.1f} {ys[place + 1] - slopes[place + 1] * third:.1f} "
            f"{x1:.1f} {ys[place + 1]:.1f}"
        )


def _tangents(xs: Numbers, ys: Numbers) -> list[float]:
    secants = [
        (after - before) / (x1 - x0) if x1 != x0 else 0.0
        for (x0, x1), (before, after) in zip(pairwise(xs), pairwise(ys), strict=True)
    ]
    slopes = [secants[0]]
    for before, after in pairwise(secants):
        slopes.append(0.0 if before * after <= 0 else 2 * before * after / (before + after))
    slopes.append(secants[-1])
    return slopes


def bars(found: Iterable[Piece], width: float, align: int) -> str:
    """The path of a bar for each point: *align* -1 ends, 0 centres and 1 begins it at its time."""
    before = {-1: width, 0: width / 2, 1: 0.0}.get(align, width / 2)
    return "".join(
        f"M{x - before:.1f} {base:.1f}V{y:.1f}h{width:.1f}V{base:.1f}Z"
        for piece in found
        for x, y, base in zip(piece.xs, piece.ys, _each_base(piece), strict=True)
    )


def _each_base(piece: Piece) -> Numbers:
    bases = piece.bases
    return [bases] * len(piece) if isinstance(bases, float) else bases


def dots(found: Iterable[Piece], radius: float, most: int = 5000) -> str:
    """The path of a disc for each point; of several at nearly one place the first stands for all.

    With more than *most* of them, places are taken as the same that are further apart.
    """
    points = [pair for piece in found for pair in zip(piece.xs, piece.ys, strict=True)]
    near = 0.2
    while True:
        places = {(x // near, y // near): (x, y) for x, y in reversed(points)}
        if len(places) <= most or near > 20:
            break
        near *= 2
    arc = f"a{radius:.2f} {radius:.2f} 0 1 0"
    disc = f"{arc} {2 * radius:.2f} 0{arc} {-2 * radius:.2f} 0"
    return "".join(f"M{x - radius:.1f} {y:.1f}{disc}" for x, y in reversed(places.values()))


def bounded(values: Numbers, low: float, high: float) -> Numbers:
    """The same positions, none of them further away than *low* and *high*."""
    if not values:
        return values
    if math.isfinite(sum(values)) and low <= min(values) and max(values) <= high:
        return values
    return [min(high, max(low, value)) if not math.isnan(value) else high for value in values]
