"""A writer of SVG that hostile names and numbers cannot break, nor turn into anything else.

Only the elements below can be written: none of them loads or runs anything, and there is no
``image`` among them, since the renderer would open files of this machine for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from grafherald.draw.page import text

LONGEST_TEXT = 500  # characters of one text element; what is to be seen is cut much earlier
FARTHEST = 100_000.0  # pixels from the origin; beyond it renderers lose precision
_ELEMENTS = frozenset({"rect", "line", "path", "circle", "polygon"})
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NO_CHARACTER = re.compile("[\ufffe\uffff]")
_PAINT = re.compile(
    r"none|#[0-9a-fA-F]{3,8}|url\(#[a-z]+[0-9]+\)|rgba?\([0-9., %]{5,60}\)", re.ASCII
)
_PAINTED = frozenset({"fill", "stroke", "stop_color"})
_NO_COLOR = "#808080"


def clean(text: object, longest: int = LONGEST_TEXT) -> str:
    """A name of unknown origin as one line: controls are spaces, and it has an end.

    Characters that turn the direction of what follows go too: a name must not reach beyond itself.
    """
    words = _UNPRINTABLE.sub(" ", str(text)[: longest + 1])
    words = _NO_CHARACTER.sub("\ufffd", words)
    return words if len(words) <= longest else words[: longest - 1] + "…"


def escape(text: object) -> str:
    """A text as it may stand in an element or an attribute."""
    words = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return words.replace('"', "&quot;")


def number(value: float) -> str:
    """A length or position in at most two decimals: ``1.5``, never ``1.50`` nor ``nan``."""
    if not -FARTHEST <= value <= FARTHEST:
        value = 0.0 if math.isnan(value) else math.copysign(FARTHEST, value)
    text = f"{value:.2f}"
    if text.endswith("00"):
        return "0" if text == "-0.00" else text[:-3]
    return text[:-1] if text.endswith("0") else text


def _attribute(name: str, value: object) -> str:
    if isinstance(value, (int, float)):
        shown = number(value) if "opacity" not in name else f"{value:.4g}"
        return f'{_named(name)}{shown}"'
    return _worded(name, str(value))


@lru_cache(500)
def _named(name: str) -> str:
    return f' {name.rstrip("_").replace("_", "-")}="'


@lru_cache(500)
def _worded(name: str, value: str) -> str:
    if name in _PAINTED and not _PAINT.fullmatch(value):
        value = _NO_COLOR
    return f'{_named(name)}{escape(value)}"'


def _attributes(values: dict[str, object]) -> str:
    return "".join([_attribute(name, value) for name, value in values.items() if value is not None])


def _real(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, (int, float)) else otherwise


class Canvas:
    """The picture that is being drawn: elements in the order in which they cover each other."""

    def __init__(self, width: float, height: float, font: str) -> None:
        self.width, self.height = width, height
        self._font = font
        self._parts: list[str] = []
        self._shared: list[str] = []
        self.notes: list[str] = []

    def add(self, element: str, /, **attributes: object) -> None:
        """Draw one element; an attribute's ``_`` is a ``-``, one that is None is left out."""
        if element not in _ELEMENTS:
            raise ValueError(f"{element} is not an element of our pictures")
        self._parts.append(f"<{element}{_attributes(attributes)}/>")

    def path(self, steps: str, **attributes: object) -> None:
        """Draw a path of commands made with `number`; nothing else may stand in *steps*."""
        if steps:
            self._parts.append(f'<path d="{steps}"{_attributes(attributes)}/>')

    def text(self, x: float, y: float, words: object, **attributes: object) -> None:
        """Write *words* with their baseline at *y*: ``font_size``, ``text_anchor``, ``fill``...

        What the font of the picture lacks stands in an element of its own, so that the rest is
        not written in the font that is found for it.
        """
        parts = text.runs(clean(words), self._font)
        if len(parts) > 1:
            self._mixed(x, y, parts, attributes)
            return
        self._parts.append(
            f'<text x="{number(x)}" y="{number(y)}"{_attributes(attributes)}>{escape(words)}</text>'
        )

    def _mixed(
        self, x: float, y: float, parts: list[tuple[str, bool]], how: dict[str, object]
    ) -> None:
        size, weight = how.get("font_size", 12), how.get("font_weight", 400)
        widths = [
            text.width(part, _real(size, 12.0), self._font, int(_real(weight, 400)))
            for part, _ in parts
        ]
        share = {"middle": 0.5, "end": 1.0}.get(str(how.get("text_anchor")), 0.0)
        x -= sum(widths) * share
        with self.group(**{**how, "text_anchor": None}):
            for (part, _), wide in zip(parts, widths, strict=True):
                place = f'x="{number(x)}" y="{number(y)}" xml:space="preserve"'
                self._parts.append(f"<text {place}>{escape(part)}</text>")
                x += wide

    def texts(self, x: float, y: float, spans: Sequence[tuple[object, dict[str, object]]]) -> None:
        """Write pieces of one line beside each other, each in its own size and colour."""
        inner = "".join(f"<tspan{_attributes(how)}>{escape(words)}</tspan>" for words, how in spans)
        self._parts.append(f'<text x="{number(x)}" y="{number(y)}">{inner}</text>')

    @contextmanager
    def group(self, **attributes: object) -> Iterator[None]:
        """Everything drawn inside shares these attributes."""
        self._parts.append(f"<g{_attributes(attributes)}>")
        yield
        self._parts.append("</g>")

    def clip(self, x: float, y: float, width: float, height: float) -> str:
        """A ``clip_path`` that shows nothing outside of this rectangle."""
        name = f"c{len(self._shared)}"
        shape = _attributes({"x": x, "y": y, "width": width, "height": height})
        self._shared.append(f'<clipPath id="{name}"><rect{shape}/></clipPath>')
        return f"url(#{name})"

    def gradient(
        self,
        stops: Sequence[tuple[float, str, float]],
        start: tuple[float, float],
        end: tuple[float, float],
    ) -> str:
        """A paint that runs from *start* to *end* (pixels): stops are (0..1, colour, opacity)."""
        line: dict[str, object] = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        return self._gradient("linearGradient", line, stops)

    def radial(
        self, stops: Sequence[tuple[float, str, float]], centre: tuple[float, float], radius: float
    ) -> str:
        """A paint that runs from a *centre* outwards to *radius* (pixels); see `gradient`."""
        place: dict[str, object] = {"cx": centre[0], "cy": centre[1], "r": radius}
        return self._gradient("radialGradient", place, stops)

    def _gradient(
        self, element: str, place: dict[str, object], stops: Sequence[tuple[float, str, float]]
    ) -> str:
        name = f"g{len(self._shared)}"
        inner = "".join(
            f'<stop offset="{at:.4f}"'
            f"{_attributes({'stop_color': color, 'stop_opacity': opacity})}/>"
            for at, color, opacity in stops
        )
        self._shared.append(
            f'<{element} id="{name}" gradientUnits="userSpaceOnUse"{_attributes(place)}>'
            f"{inner}</{element}>"
        )
        return f"url(#{name})"

    def svg(self) -> str:
        """The whole picture as a document of its own."""
        size = f'width="{number(self.width)}" height="{number(self.height)}"'
        box = f'viewBox="0 0 {number(self.width)} {number(self.height)}"'
        shared = f"<defs>{''.join(self._shared)}</defs>" if self._shared else ""
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}'
        font = f'font-family="{escape(self._font)}" font-size="12"'
        return f"{head} {font}>{shared}{''.join(self._parts)}</svg>"
