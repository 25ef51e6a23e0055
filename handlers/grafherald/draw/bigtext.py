"""Values as large as their box allows, their unit smaller beside them, as Grafana sets them."""

from __future__ import annotations

from typing import Protocol

from grafherald.draw import text
from grafherald.draw.svg import Canvas, clean

LONGEST = 200  # characters of a name or value that are looked at
_PROBE = 14.0  # pixels: the size at which Grafana measures a text to learn its best size
# Ascent and half of ascent + descent, in em (hhea tables of the bundled fonts)
_METRICS = {"Roboto": (0.9277, 0.5859), "Inter": (0.9688, 0.605)}


class Words(Protocol):
    """A formatted value in its three parts."""

    @property
    def prefix(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def suffix(self) -> str: ...


def whole(shown: Words) -> str:
    """The value as one text."""
    return clean(f"{shown.prefix}{shown.text}{shown.suffix}", LONGEST)


def largest(
    words: str,
    width: float,
    height: float,
    line_height: float,
    font: str,
    weight: int = 400,
    most: float = 1000.0,
) -> float:
    """The largest font size at which *words* fit in this box, at most *most* pixels."""
    wide = text.width(words, _PROBE, font, weight) + 2
    return max(1.0, min(most, height / line_height, width / wide * _PROBE))


def baseline(top: float, size: float, line_height: float, font: str) -> float:
    """The y of the baseline of a line of text that begins at *top*."""
    ascent, half = _METRICS.get(font, _METRICS["Roboto"])
    return top + size * (line_height / 2 - half + ascent)


def suffix_size(size: float) -> float:
    """The size of a unit beside a value of this size: the larger the value, the smaller."""
    return size * (0.9 if size < 20 else 0.8 if size < 26 else 0.6)


def value_width(shown: Words, size: float, font: str, weight: int) -> float:
    """Pixels that a value with its unit takes."""
    head = clean(f"{shown.prefix}{shown.text}", LONGEST)
    tail = clean(shown.suffix, LONGEST)
    return text.width(head, size, font, weight) + text.width(tail, suffix_size(size), font, weight)


def write_value(
    canvas: Canvas,
    shown: Words,
    at: tuple[float, float],
    size: float,
    room: float,
    *,
    font: str,
    color: str,
    weight: int = 400,
    align: str = "start",
) -> None:
    """Write a value with its unit, its baseline at *at*: a text too wide for *room* is cut.

    *align* is where in the text the x of *at* lies: start, middle or end.
    """
    x, y = at
    head = text.fit(clean(f"{shown.prefix}{shown.text}", LONGEST), room + 2, size, font, weight)
    left = room + 2 - text.width(head, size, font, weight)
    tail = text.fit(clean(shown.suffix, LONGEST), left, suffix_size(size), font, weight)
    wide = text.width(head, size, font, weight)
    wide += text.width(tail, suffix_size(size), font, weight)
    x -= {"middle": wide / 2, "end": wide}.get(align, 0.0)
    how: dict[str, object] = {"fill": color, "font_weight": weight if weight != 400 else None}
    spans: list[tuple[object, dict[str, object]]] = [(head, {"font_size": size, **how})]
    if tail:
        spans.append((tail, {"font_size": suffix_size(size), **how}))
    canvas.texts(x, y, spans)
