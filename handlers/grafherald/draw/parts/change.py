"""By how much a stat's value changed over the time range, beside or below it (Grafana 10.3).

Sizes and colours follow BigValueLayout of @grafana/ui 11.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from grafherald.draw.page.bigtext import Align, Font, largest
from grafherald.draw.page.svg import Canvas, number
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.bigvalue import LINE
from grafherald.draw.values.theme import Theme

SINCE = (10, 3, 0)
_SMALLER = 2.5  # times smaller than the value
_SMALLEST = 12.0


@dataclass(frozen=True)
class Change:
    """A change ready to be written: ``share`` 0.5 is 50 % more."""

    share: float
    size: float
    color: str
    font: Font

    @property
    def words(self) -> str:
        """The change in percent, in three significant digits."""
        return _percent(self.share)

    @property
    def height(self) -> float:
        """What it adds to the height of the lines above it."""
        return self.size * (LINE - (0.25 if self.size > _SMALLEST else 0.0))

    @property
    def width(self) -> float:
        """Pixels of arrow and text."""
        return self._mark + self.font.width(self.words, self.size)

    @property
    def _arrow(self) -> float:
        return max(self.size * _SMALLER / 3, 10.0) if self.share else 0.0

    @property
    def _mark(self) -> float:
        return self._arrow + max(self.size / 3, 4.0) if self.share else 0.0

    def write(self, canvas: Canvas, x: float, y: float, align: Align) -> None:
        """Write it with its baseline at *y*; *align* says which part of it is at *x*."""
        x -= {"start": 0.0, "middle": self.width / 2, "end": self.width}[align]
        if self.share:
            self._draw_arrow(canvas, x, y - self.size * 0.36)
        how = {"fill": self.color, "font_size": self.size, "font_weight": self.font.weight}
        canvas.text(x + self._mark, y, self.words, **how)

    def _draw_arrow(self, canvas: Canvas, x: float, middle: float) -> None:
        long = self._arrow
        up = 1 if self.share > 0 else -1
        tip, end = middle - up * long * 0.42, middle + up * long * 0.42
        wing = number(tip + up * long * 0.36)
        left, centre, right = (number(x + long * each) for each in (0.14, 0.5, 0.86))
        canvas.path(
            f"M{centre} {number(end)}V{number(tip)}M{left} {wing}L{centre} {number(tip)}"
            f"L{right} {wing}",
            fill="none",
            stroke=self.color,
            stroke_width=long / 7,
            stroke_linecap="round",
            stroke_linejoin="round",
        )


def share_of(values: Sequence[object]) -> float | None:
    """The change from the first to the last value, as a share of the first; None without one."""
    known = [each for each in values if isinstance(each, (int, float)) and not math.isnan(each)]
    if not known or not known[0]:
        return None
    share = (known[-1] - known[0]) / known[0]
    return share if math.isfinite(share) else None


def size_of(value_size: float) -> float:
    """The font size beside a value of this size."""
    return max(value_size / _SMALLER, _SMALLEST)


def size_alone(share: float, room: Box, font: Font) -> float:
    """The font size where the panel shows nothing but the change."""
    size = largest(_percent(share), (room.width * 0.8, room.height * 0.8), font, LINE)
    wide = Change(share, size, "", font).width
    return size * min(1.0, room.width / max(1.0, wide))


def color_of(share: float, mode: object, value: str, theme: Theme) -> str:
    """Green for more and red for less, the other way round, or the value's colour."""
    if mode == "same_as_value":
        return value
    more = share * (-1 if mode == "inverted" else 1) > 0
    return theme.color("green" if more else "red")


def _percent(share: float) -> str:
    percent = share * 100
    digits = 2 - math.floor(math.log10(abs(percent))) if percent else 0
    words = f"{round(percent, min(digits, 20)):,.{min(20, max(0, digits))}f}"
    if "." in words:
        words = words.rstrip("0").rstrip(".")
    return f"{words}%"
