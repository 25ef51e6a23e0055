"""How a field gets its colours: from the palette, one fixed colour, thresholds or a gradient.

https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/field/fieldColor.ts
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from grafherald.draw.values.schemes import Ramp
from grafherald.draw.values.theme import Theme
from grafherald.draw.values.thresholds import Thresholds
from grafherald.draw.values.tint import tint

# Continuous modes by the names of their stops.
_STOPS: dict[str, tuple[str, ...]] = {
    "continuous-GrYlRd": ("green", "yellow", "red"),
    "continuous-RdYlGr": ("red", "yellow", "green"),
    "continuous-BlYlRd": ("dark-blue", "super-light-yellow", "dark-red"),
    "continuous-YlRd": ("super-light-yellow", "dark-red"),
    "continuous-BlPu": ("blue", "purple"),
    "continuous-YlBl": ("super-light-yellow", "dark-blue"),
    "continuous-blues": ("panel-bg", "dark-blue"),
    "continuous-reds": ("panel-bg", "dark-red"),
    "continuous-greens": ("panel-bg", "dark-green"),
    "continuous-purples": ("panel-bg", "dark-purple"),
}
_RAMPS = {
    f"continuous-{name}": name for name in ("viridis", "magma", "plasma", "inferno", "cividis")
}
_SAFE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
_FALLBACK = "gray"


@dataclass(frozen=True)
class ColorMode:
    """A field's colours in one theme.

    Attributes:
        mode: Grafana's id, as "palette-classic"; an unknown one is "thresholds", as in Grafana.
        fixed: the colour of "fixed" and "shades".
        series_by: the value that colours a whole line: last, min or max.
        palette: hex colours in order.
        place: which series of the panel it is, from 0, and its name: the palette goes by them.
    """

    mode: str
    theme: Theme
    thresholds: Thresholds
    palette: Sequence[str]
    fixed: str = _FALLBACK
    series_by: str = "last"
    place: int = 0
    name: str = ""

    @property
    def by_value(self) -> bool:
        """Whether the colour depends on the value."""
        return self.mode == "thresholds" or self.mode in _STOPS or self.mode in _RAMPS

    @property
    def scheme(self) -> Sequence[str]:
        """The hex colours that a continuous mode runs through; empty for any other."""
        return [self.theme.color(name) for name in _STOPS.get(self.mode, ())]

    def color(self, value: float, share: float) -> str:
        """The hex of a value that lies at *share* of min..max."""
        if self.mode == "thresholds":
            return self.theme.color(self.thresholds.color(value, share))
        if self.mode in _STOPS:
            return _spline(self.scheme, share)
        if self.mode in _RAMPS:
            # Heatmaps turn their schemes around in some themes; a field's colours never are.
            return Ramp(_RAMPS[self.mode].title(), "dark").at(share).css()
        return self.series_color()

    def series_color(self) -> str:
        """The hex of the field as a whole, where it doesn't depend on the value."""
        if self.mode == "shades":
            return _shade(self.theme.color(self.fixed), self.place)
        if self.mode == "fixed":
            return self.theme.color(self.fixed)
        palette = self.palette
        if self.mode == "palette-classic-by-name":
            readable = _readable(tuple(palette), self.theme.panel)
            return readable[_hash(self.name) % len(readable)]
        if self.mode == "palette-colorblind":
            return _SAFE[self.place % len(_SAFE)]
        return palette[self.place % len(palette)]


def color_mode(
    config: Any, theme: Theme, thresholds: Thresholds, palette: Sequence[str]
) -> ColorMode:
    """Read ``{mode, fixedColor, seriesBy}`` of a field's config."""
    color = config if isinstance(config, Mapping) else {}
    mode = str(color.get("mode") or "thresholds")
    known = ("fixed", "shades", "palette-classic", "palette-classic-by-name", "palette-colorblind")
    if mode not in known and mode not in _STOPS and mode not in _RAMPS:
        mode = "thresholds"
    return ColorMode(
        mode,
        theme,
        thresholds,
        palette,
        fixed=str(color.get("fixedColor") or _FALLBACK),
        series_by=str(color.get("seriesBy") or "last"),
    )


def _spline(stops: Sequence[str], share: float) -> str:
    """A colour of the uniform B-spline through the stops, as d3's interpolateRgbBasis."""
    share = min(1.0, max(0.0, share)) if share == share else 0.0  # noqa: PLR0124 - NaN is no share
    last = len(stops) - 1
    part = min(int(share * last), last - 1)
    rest = share * last - part
    channels = []
    for channel in zip(*((p.red, p.green, p.blue) for p in map(tint, stops)), strict=True):
        one, two = channel[part], channel[part + 1]
        zero = channel[part - 1] if part > 0 else 2 * one - two
        three = channel[part + 2] if part < last - 1 else 2 * two - one
        channels.append(_basis(rest, zero, one, two, three))
    return "#" + "".join(f"{min(255, max(0, round(each))):02x}" for each in channels)


def _basis(t: float, a: float, b: float, c: float, d: float) -> float:
    return (
        (1 - 3 * t + 3 * t**2 - t**3) * a
        + (4 - 6 * t**2 + 3 * t**3) * b
        + (1 + 3 * t + 3 * t**2 - 3 * t**3) * c
        + t**3 * d
    ) / 6


def _shade(base: str, place: int) -> str:
    """Eleven shades, by turns brighter and darker than the base."""
    number = place % 11
    if number == 0:
        return base
    share = ((number + 1) // 2) / 6
    color = tint(base)
    if number % 2:
        return color.spin(share * 10).brighten(share * 35).css()
    return color.spin(-share * 10).darken(share * 35).css()


@cache
def _readable(palette: tuple[str, ...], background: str) -> Sequence[str]:
    """The colours that stand out from the background by 3:1, as WCAG reckons contrast."""
    behind = _luminance(background) + 0.05
    found = []
    for color in palette:
        light = _luminance(color) + 0.05
        if max(light, behind) / min(light, behind) >= 3:
            found.append(color)
    return found or palette


def _luminance(color: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    shares = (each / 255 for each in (tint(color).red, tint(color).green, tint(color).blue))
    red, green, blue = (
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hash(text: str) -> int:
    """The hash of npm's string-hash, by which a name finds its colour."""
    units = text[:10_000].encode("utf-16-le", "surrogatepass")
    number = 5381
    for at in range(len(units) - 2, -1, -2):
        number = ((number * 33) ^ (units[at] | units[at + 1] << 8)) & 0xFFFFFFFF
    return number
