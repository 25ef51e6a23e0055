"""The two looks of Grafana, dark and light, of 7.x and of 8 and later.

The figures were read from @grafana/data 7.5.5 and 13.2.3 and from their pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from grafherald.draw.values.tint import Tint, tint

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Theme:
    """What a drawing needs to know of one theme of one generation; colours are hex.

    Attributes:
        modern: of Grafana 8 and later.
        panel: the picture's background.
        weak: text of less weight, as "No data".
        link: heads of legend tables.
        grid: lines of a time graph; `flot_grid` those of the old graph panel.
        line: lines between rows of a table and the panel's border.
        raised: a surface that stands out, as every second row.
        palette: the classic palette, in order.
        named: Grafana's own colour names, as "semi-dark-red".
    """

    dark: bool
    modern: bool
    font: str
    panel: str
    text: str
    weak: str
    strong: str
    link: str
    grid: str
    flot_grid: str
    line: str
    raised: str
    palette: tuple[str, ...]
    named: Mapping[str, str]

    def color(self, name: object) -> str:
        """The hex of a colour as a dashboard writes it: Grafana's name, hex, rgb(), CSS word.

        Translucent colours have eight digits; what can't be read is grey, as in Grafana.
        """
        return _hex(tint(_named_color(self, str(name)[:80])))

    def paint(self, name: object) -> Tint:
        """The same as a `Tint` to count with."""
        return tint(self.color(name))


def theme_of(name: str, version: Version) -> Theme:
    """The theme *name* ("light", or dark for anything else) of this version of Grafana."""
    return _theme(name != "light", version >= (8, 0, 0), version >= (12, 0, 0))


@cache
def _theme(dark: bool, modern: bool, latest: bool) -> Theme:
    named = _named(dark)
    hues = _HUES if latest else _FIRST_HUES if modern else ()
    palette = (*(named.get(hue, hue) for hue in hues), *_CLASSIC[10 if modern else 0 :])
    surface = (_MODERN if modern else _SEVEN)["dark" if dark else "light"]
    return Theme(dark, modern, "Inter" if modern else "Roboto", *surface, palette, named)


def _named_color(theme: Theme, name: str) -> str:
    if name in ("text", "panel-bg", "transparent"):
        return {"text": theme.text, "panel-bg": theme.panel}.get(name, "#00000000")
    return theme.named.get(name) or _CSS.get(name.lower(), name)


def _hex(color: Tint) -> str:
    alpha = "" if color.alpha >= 1 else f"{round(color.alpha * 255):02x}"
    return color.css() + alpha


# Order: panel, text, weak, strong, link, grid, flot_grid, line, raised
_SEVEN = {
    "dark": (
        *("#141619", "#c7d0d9", "#7b8087", "#f7f8fa", "#33a2e5"),
        *("#2c3235", "#c8c8c838", "#202226", "#202226"),
    ),
    "light": (
        *("#ffffff", "#464c54", "#7b8087", "#202226", "#33a2e5"),
        *("#dce1e6", "#a1a1a138", "#dce1e6", "#f1f5f9"),
    ),
}
_MODERN = {
    "dark": (
        *("#181b1f", "#ccccdc", "#ccccdca6", "#ffffff", "#6e9fff"),
        *("#f0faff17", "#c8c8c838", "#ccccdc1f", "#22252b"),
    ),
    "light": (
        *("#ffffff", "#24292e", "#24292ebf", "#000000", "#1f62e0"),
        *("#000a1717", "#a1a1a138", "#24292e1f", "#f4f5f5"),
    ),
}
_CLASSIC = (
    *("#7EB26D", "#EAB839", "#6ED0E0", "#EF843C", "#E24D42", "#1F78C1", "#BA43A9", "#705DA0"),
    *("#508642", "#CCA300", "#447EBC", "#C15C17", "#890F02", "#0A437C", "#6D1F62", "#584477"),
    *("#B7DBAB", "#F4D598", "#70DBED", "#F9BA8F", "#F29191", "#82B5D8", "#E5A8E2", "#AEA2E0"),
    *("#629E51", "#E5AC0E", "#64B0C8", "#E0752D", "#BF1B00", "#0A50A1", "#962D82", "#614D93"),
    *("#9AC48A", "#F2C96D", "#65C5DB", "#F9934E", "#EA6460", "#5195CE", "#D683CE", "#806EB7"),
    *("#3F6833", "#967302", "#2F575E", "#99440A", "#58140C", "#052B51", "#511749", "#3F2B5B"),
    *("#E0F9D7", "#FCEACA", "#CFFAFF", "#F9E2D2", "#FCE2DE", "#BADFF4", "#F9D9F9", "#DEDAF7"),
)
# Of 8.0 to 11.6, in place of the first ten classic colours; 12.0 brought the others.
_FIRST_HUES = (
    *("green", "semi-dark-yellow", "light-blue", "semi-dark-orange", "red", "blue", "purple"),
    *("#705DA0", "dark-green", "yellow"),
)
_HUES = (
    *("green", "semi-dark-yellow", "blue", "orange", "red", "purple"),
    *("dark-green", "dark-yellow", "dark-blue", "dark-orange", "dark-red", "dark-purple"),
    *("super-light-green", "super-light-yellow", "super-light-blue"),
    *("super-light-orange", "super-light-red", "super-light-purple"),
)
# From lightest to darkest: the dark theme takes the first five, the light one the last five
_SCALES = {
    "red": "#FFA6B0 #FF7383 #F2495C #E02F44 #C4162A #AD0317",
    "orange": "#FFCB7D #FFB357 #FF9830 #FF780A #FA6400 #E55400",
    "yellow": "#FFF899 #FFEE52 #FADE2A #F2CC0C #E0B400 #CC9D00",
    "green": "#C8F2C2 #96D98D #73BF69 #56A64B #37872D #19730E",
    "blue": "#C0D8FF #8AB8FF #5794F2 #3274D9 #1F60C4 #1250B0",
    "purple": "#DEB6F2 #CA95E5 #B877D9 #A352CC #8F3BB8 #7C2EA3",
}
_SHADES = ("super-light-", "light-", "", "semi-dark-", "dark-")


def _named(dark: bool) -> dict[str, str]:
    return {
        f"{shade}{hue}": scale.split()[place + (not dark)]
        for hue, scale in _SCALES.items()
        for place, shade in enumerate(_SHADES)
    }


# The words of CSS that occur in dashboards beside Grafana's own
_CSS = {
    **{"white": "#ffffff", "black": "#000000", "gray": "#808080", "grey": "#808080"},
    **{"silver": "#c0c0c0", "maroon": "#800000", "olive": "#808000", "lime": "#00ff00"},
    **{"teal": "#008080", "aqua": "#00ffff", "cyan": "#00ffff", "navy": "#000080"},
    **{"fuchsia": "#ff00ff", "magenta": "#ff00ff", "brown": "#a52a2a", "pink": "#ffc0cb"},
    **{"gold": "#ffd700", "tomato": "#ff6347", "crimson": "#dc143c", "indigo": "#4b0082"},
    **{"violet": "#ee82ee", "darkgreen": "#006400", "darkred": "#8b0000", "darkblue": "#00008b"},
    **{"lightblue": "#add8e6", "lightgreen": "#90ee90", "lightgrey": "#d3d3d3"},
    **{"lightgray": "#d3d3d3", "darkorange": "#ff8c00", "steelblue": "#4682b4"},
}
