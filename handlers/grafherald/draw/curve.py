"""The shapes of one series in a time graph: its line, the area below it, its bars and points.

Everything is in pixels here; a point is (x, y, base): base is the y that an area reaches down to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from grafherald.draw.svg import number

Point = tuple[float, float, float]
Piece = list[Point]  # points that are joined; between two pieces there is a gap


def pieces(
    times: Sequence[float], points: Sequence[Point | None], span: bool | float = False
) -> list[Piece]:
    """The points of a series (None where there is no value), parted where its line breaks.

    *span* joins over missing values: always, never, or over so many milliseconds at most.
    """
    found: list[Piece] = []
    piece: Piece = []
    null, last = False, -math.inf
    for time, point in zip(times, points, strict=True):
        if point is None:
            null = True
            continue
        joined = span is True or (span is not False and time - last <= span)
        if piece and null and not joined:
            found.append(piece)
            piece = []
        piece.append(point)
        null, last = False, time
    if piece:
        found.append(piece)
    return found


def thin(piece: Piece) -> Piece:
    """At most four points of a pixel column: its first, lowest, highest and last."""
    if len(piece) < 3 or len(piece) <= 2 * (piece[-1][0] - piece[0][0]):
        return piece
    kept: Piece = []
    column: Piece = []
    at = None
    for point in piece:
        if column and int(point[0]) != at:
            kept.extend(_extremes(column))
            column = []
        at = int(point[0])
        column.append(point)
    kept.extend(_extremes(column))
    return kept


def _extremes(column: Piece) -> Piece:
    if len(column) < 3:
        return column
    low = min(range(len(column)), key=lambda place: column[place][1])
    high = max(range(len(column)), key=lambda place: column[place][1])
    return [column[place] for place in sorted({0, low, high, len(column) - 1})]


def line(piece: Piece, shape: str) -> str:
    """The path of a line: linear, smooth, stepBefore or stepAfter."""
    return _through([(x, y) for x, y, _ in piece], shape)


def area(piece: Piece, shape: str, width: float = 0.0) -> str:
    """The path of the area between a line and its base; a lone point is *width* pixels wide."""
    if len(piece) == 1 and shape.startswith("step"):
        x, y, base = piece[0]
        piece = [(x, y, base), (x + width, y, base)]
    top = [(x, y) for x, y, _ in piece]
    bottom = [(x, base) for x, _, base in reversed(piece)]
    if len({base for _, base in bottom}) == 1:
        bottom = [bottom[0], bottom[-1]]
        back = _through(bottom, "linear", start="L")
    else:
        turned = {"stepAfter": "stepBefore", "stepBefore": "stepAfter"}.get(shape, shape)
        back = _through(bottom, turned, start="L")
    return f"{_through(top, shape)}{back}Z"


def _through(points: Sequence[tuple[float, float]], shape: str, start: str = "M") -> str:
    first = f"{start}{number(points[0][0])} {number(points[0][1])}"
    if len(points) == 1:
        return f"{first}h0.01"
    if shape == "smooth" and len(points) > 2:
        return first + "".join(_smooth(points))
    if shape in ("stepAfter", "stepBefore"):
        return first + "".join(_stepped(points, after=shape == "stepAfter"))
    return first + "".join(f"L{number(x)} {number(y)}" for x, y in points[1:])


def _stepped(points: Sequence[tuple[float, float]], *, after: bool) -> Iterable[str]:
    for x, y in points[1:]:
        yield f"H{number(x)}V{number(y)}" if after else f"V{number(y)}H{number(x)}"


def _smooth(points: Sequence[tuple[float, float]]) -> Iterable[str]:
    """Cubic curves that never leave the range of their two points (monotone, Fritsch-Carlson)."""
    slopes = _tangents(points)
    for place in range(len(points) - 1):
        (x0, y0), (x1, y1) = points[place], points[place + 1]
        third = (x1 - x0) / 3
        yield (
            f"C{number(x0 + third)} {number(y0 + slopes[place] * third)} "
            f"{number(x1 - third)} {number(y1 - slopes[place + 1] * third)} "
            f"{number(x1)} {number(y1)}"
        )


def _tangents(points: Sequence[tuple[float, float]]) -> list[float]:
    secants = [
        (after[1] - before[1]) / (after[0] - before[0]) if after[0] != before[0] else 0.0
        for before, after in pairwise(points)
    ]
    slopes = [secants[0]]
    for before, after in pairwise(secants):
        slopes.append(0.0 if before * after <= 0 else 2 * before * after / (before + after))
    slopes.append(secants[-1])
    return slopes


def bars(pieces_: Iterable[Piece], width: float, align: int) -> str:
    """The path of a bar for each point: *align* -1 ends, 0 centres and 1 begins it at its time."""
    before = {-1: width, 0: width / 2, 1: 0.0}.get(align, width / 2)
    return "".join(
        f"M{number(x - before)} {number(base)}V{number(y)}h{number(width)}V{number(base)}Z"
        for piece in pieces_
        for x, y, base in piece
    )


def dots(pieces_: Iterable[Piece], radius: float) -> str:
    """The path of a disc for each point; of several at one place the first stands for all."""
    size = number(radius)
    seen: set[tuple[int, int]] = set()
    steps = []
    for piece in pieces_:
        for x, y, _ in piece:
            place = (round(x * 2), round(y * 2))
            if place not in seen:
                seen.add(place)
                steps.append(
                    f"M{number(x - radius)} {number(y)}a{size} {size} 0 1 0 {number(2 * radius)} 0"
                    f"a{size} {size} 0 1 0 {number(-2 * radius)} 0"
                )
    return "".join(steps)
