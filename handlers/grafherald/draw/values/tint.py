"""Colours made from colours: the shades Grafana mixes for backgrounds, bars and slices.

Its arithmetic is tinycolor's (https://github.com/bgrins/TinyColor), so the shades are the same.
"""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass
from functools import lru_cache

FALLBACK = "#808080"
"""Where a colour can't be read: Grafana's FALLBACK_COLOR, gray."""

ON_DARK, ON_LIGHT = "#f7f8fa", "#202226"

_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE)
_RGB = re.compile(
    r"rgba?\(\s*([\d.]{1,9})\s*[, ]\s*([\d.]{1,9})\s*[, ]\s*([\d.]{1,9})"
    r"\s*(?:[,/]\s*([\d.]{1,9})(%?)\s*)?\)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Tint:
    """A colour: red, green and blue from 0 to 255, alpha from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def css(self) -> str:
        """The colour as ``#rrggbb``; its alpha is said apart, as SVG's fill-opacity wants it."""
        return "#" + "".join(
            f"{min(255, max(0, round(each))):02x}" for each in (self.red, self.green, self.blue)
        )

    def darken(self, percent: float) -> Tint:
        """Take *percent* points of lightness away; a negative number lightens."""
        hue, light, saturation = colorsys.rgb_to_hls(*self._unit())
        return self._from_hls(hue, min(1.0, max(0.0, light - percent / 100)), saturation)

    def spin(self, degrees: float) -> Tint:
        """Turn the hue by *degrees* of the colour wheel."""
        hue, light, saturation = colorsys.rgb_to_hls(*self._unit())
        return self._from_hls((hue + degrees / 360) % 1.0, light, saturation)

    def brighten(self, percent: float) -> Tint:
        """Add *percent* of full brightness to each channel."""
        more = round(255 * percent / 100)
        red, green, blue = (
            min(255.0, max(0.0, each + more)) for each in (self.red, self.green, self.blue)
        )
        return Tint(red, green, blue, self.alpha)

    def mix(self, other: Tint, share: float) -> Tint:
        """The colour *share* (0 to 1) of the way to the *other*."""
        return Tint(
            self.red + (other.red - self.red) * share,
            self.green + (other.green - self.green) * share,
            self.blue + (other.blue - self.blue) * share,
            self.alpha + (other.alpha - self.alpha) * share,
        )

    @property
    def brightness(self) -> float:
        """How bright the eye sees it, 0 to 255 (https://www.w3.org/TR/AERT/#color-contrast)."""
        return (self.red * 299 + self.green * 587 + self.blue * 114) / 1000

    def _unit(self) -> tuple[float, float, float]:
        return self.red / 255, self.green / 255, self.blue / 255

    def _from_hls(self, hue: float, light: float, saturation: float) -> Tint:
        red, green, blue = colorsys.hls_to_rgb(hue, light, saturation)
        return Tint(red * 255, green * 255, blue * 255, self.alpha)


@lru_cache(maxsize=512)
def tint(text: str | None) -> Tint:
    """Read ``#rgb``, ``#rrggbb``, ``#rrggbbaa``, ``rgb()`` or ``rgba()``; anything else is grey."""
    text = (text or "").strip()
    if _HEX.fullmatch(text):
        return _of_hex(text[1:])
    if found := _RGB.fullmatch(text):
        try:
            red, green, blue = (min(255.0, float(each)) for each in found.groups()[:3])
            alpha = float(found[4]) / (100 if found[5] else 1) if found[4] else 1.0
        except ValueError:
            return _of_hex(FALLBACK[1:])
        return Tint(red, green, blue, min(1.0, alpha))
    return _of_hex(FALLBACK[1:])


def _of_hex(digits: str) -> Tint:
    if len(digits) <= 4:
        digits = "".join(each * 2 for each in digits)
    parts = [int(digits[at : at + 2], 16) for at in range(0, len(digits), 2)]
    return Tint(parts[0], parts[1], parts[2], parts[3] / 255 if len(parts) == 4 else 1.0)


def readable_on(background: str | None, turn: float = 180.0) -> str:
    """The text colour for this background: from brightness *turn* on (Grafana's: 180) black."""
    return ON_LIGHT if tint(background).brightness > turn else ON_DARK
