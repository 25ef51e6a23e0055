"""Where several values of a panel stand: in a row, below each other, or in a grid.

The rules are those of Grafana's VizRepeater and calculateGridDimensions (7.5 and later).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height

    def inset(self, by: float) -> Box:
        """The box without a margin of *by* pixels on each side, never smaller than nothing."""
        return Box(
            self.x + by, self.y + by, max(0.0, self.width - 2 * by), max(0.0, self.height - 2 * by)
        )


def row(area: Box, count: int, gap: float) -> list[Box]:
    """*count* boxes of one width side by side."""
    width = area.width / count - gap + gap / count
    return [
        Box(area.x + at * (width + gap), area.y, max(1.0, width), area.height)
        for at in range(count)
    ]


def column(area: Box, count: int, gap: float, least: float = 1.0) -> list[Box]:
    """*count* boxes of one height below each other, each at least *least* high.

    Where that is more than the area holds, the last ones lie below it: the caller leaves them out
    and says so.
    """
    height = max(area.height / count - gap + gap / count, least)
    return [Box(area.x, area.y + at * (height + gap), area.width, height) for at in range(count)]


def grid(area: Box, count: int, gap: float) -> list[Box]:
    """*count* boxes as square as the area allows; those of the last row share its width."""
    square = max(
        _largest_square(area.width, area.height, count),
        _largest_square(area.height, area.width, count),
    )
    across = max(1, math.floor(area.width / square)) if square > 0 else 1
    down = math.ceil(count / across)
    across = math.ceil(count / down)
    height = area.height / down - gap + gap / down
    boxes: list[Box] = []
    for at in range(count):
        line, place = divmod(at, across)
        in_line = count - line * across if line == down - 1 else across
        width = area.width / in_line - gap + gap / in_line
        boxes.append(
            Box(
                area.x + place * (width + gap),
                area.y + line * (height + gap),
                max(1.0, width),
                max(1.0, height),
            )
        )
    return boxes


def _largest_square(width: float, height: float, count: int) -> float:
    """The side of the largest square of which *count* fill this rectangle by width.

    https://math.stackexchange.com/questions/466198
    """
    if width <= 0 or height <= 0:
        return 1.0
    parts = math.ceil(math.sqrt(count * width / height))
    if math.floor(parts * height / width) * parts < count:
        return height / math.ceil(parts * height / width)
    return width / parts
