"""Values as large as their box allows, their unit smaller beside them, as Grafana sets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from grafherald.draw.page import text
from grafherald.draw.page.svg import Canvas, clean

LONGEST = 200  # characters of a name or value that are looked at
_SMALLER = 0.5  # than its size at least, before a value is cut
_PROBE = 14.0  # pixels: the size at which Grafana measures a text to learn its best size
# Ascent and half of ascent + descent, in em (hhea tables of the bundled fonts)
_METRICS = {"Roboto": (0.9277, 0.5859), "Inter": (0.9688, 0.605)}

Align = Literal["start", "middle", "end"]


class Words(Protocol):
    """A formatted value in its three parts."""

    @property
    def prefix(self) -> str:
        """What stands before the number, as a currency."""

    @property
    def text(self) -> str:
        """The number, or what it is mapped to."""

    @property
    def suffix(self) -> str:
        """The unit."""


@dataclass(frozen=True)
class Font:
    """A family in one weight."""

    family: str
    weight: int = 400

    def width(self, words: str, size: float) -> float:
        """Pixels that *words* take at this size."""
        return text.width(words, size, self.family, self.weight)

    def fit(self, words: str, room: float, size: float) -> str:
        """As much of *words* as fits in *room* pixels."""
        return text.fit(words, room, size, self.family, self.weight)

    def baseline(self, top: float, size: float, line_height: float = 1.0) -> float:
        """The y of the baseline of a line of text that begins at *top*."""
        ascent, half = _METRICS.get(self.family, _METRICS["Roboto"])
        return top + size * (line_height / 2 - half + ascent)


def whole(shown: Words) -> str:
    """The value as one text."""
    return clean(f"{shown.prefix}{shown.text}{shown.suffix}", LONGEST)


def largest(
    words: str,
    room: tuple[float, float],
    font: Font,
    line_height: float = 1.0,
    most: float = 1000.0,
) -> float:
    """The largest font size at which *words* fit in *room* (width, height), up to *most*."""
    wide = font.width(words, _PROBE) + 2
    return max(1.0, min(most, room[1] / line_height, room[0] / wide * _PROBE))


def suffix_size(size: float) -> float:
    """The size of a unit beside a value of this size: the larger the value, the smaller."""
    return size * (0.9 if size < 20 else 0.8 if size < 26 else 0.6)


@dataclass(frozen=True)
class BigText:
    """A value set for writing: its number in one size, its unit in a smaller one."""

    head: str
    tail: str
    size: float
    font: Font
    color: str

    @property
    def width(self) -> float:
        """Pixels it takes."""
        return self.font.width(self.head, self.size) + self.font.width(
            self.tail, suffix_size(self.size)
        )

    def write(self, canvas: Canvas, x: float, y: float, align: Align = "start") -> None:
        """Write it with its baseline at *y*; *align* says which of its ends, or middle, is *x*."""
        x -= {"start": 0.0, "middle": self.width / 2, "end": self.width}[align]
        weight = self.font.weight if self.font.weight != 400 else None
        how: dict[str, object] = {"fill": self.color, "font_weight": weight}
        spans: list[tuple[object, dict[str, object]]] = [
            (self.head, {"font_size": self.size, **how})
        ]
        if self.tail:
            spans.append((self.tail, {"font_size": suffix_size(self.size), **how}))
        canvas.texts(x, y, spans)


def set_value(shown: Words, room: float, size: float, font: Font, color: str) -> BigText:
    """Set a value for at most *room* pixels: what is too wide gets smaller, then is cut."""
    whole_width = font.width(f"{shown.prefix}{shown.text}"[:LONGEST], size)
    whole_width += font.width(shown.suffix[:LONGEST], suffix_size(size))
    if whole_width > max(0.0, room + 2):  # of a bar with no room at all too
        size *= max(_SMALLER, room / whole_width)
    head = font.fit(clean(f"{shown.prefix}{shown.text}", LONGEST), room + 2, size)
    left = room + 2 - font.width(head, size)
    tail = font.fit(clean(shown.suffix, LONGEST), max(0.0, left), suffix_size(size))
    return BigText(head, tail, size, font, color)
