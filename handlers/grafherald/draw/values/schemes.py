"""Colour schemes of heatmaps: the ColorBrewer and matplotlib ramps that Grafana names.

Each is eleven colours at equal distances, sampled from d3-scale-chromatic's interpolators
(https://d3js.org/d3-scale-chromatic); between two of them we go straight, which is at most a few
steps of 255 off.
"""

from __future__ import annotations

from grafherald.draw.values.tint import Tint, tint

_ALWAYS, _DARK, _LIGHT = "always", "dark", "light"

_SCHEMES = {
    "Spectral": (
        _ALWAYS,
        "9e0142 d13c4b f0704a fcac63 fedd8d fbf8b0 e0f3a1 a9dda2 69bda9 4288b5 5e4fa2",
    ),
    "RdYlGn": (
        _ALWAYS,
        "a50026 d4322c f16e43 fcac63 fedd8d f9f7ae d7ee8e a4d86e 64bc61 22964f 006837",
    ),
    "Blues": (
        _DARK,
        "f7fbff e3eef9 cfe1f2 b5d4e9 93c3df 6daed5 4b97c9 2f7ebc 1864aa 0a4a90 08306b",
    ),
    "Greens": (
        _DARK,
        "f7fcf5 e8f6e3 d3eecd b7e2b1 97d494 73c378 4daf62 2f984f 157f3b 036429 00441b",
    ),
    "Greys": (
        _DARK,
        "ffffff f2f2f2 e2e2e2 cecece b4b4b4 979797 7a7a7a 5f5f5f 404040 1e1e1e 000000",
    ),
    "Oranges": (
        _DARK,
        "fff5eb fee8d3 fdd8b3 fdc28c fda762 fb8d3d f2701d e25609 c44103 9f3303 7f2704",
    ),
    "Purples": (
        _DARK,
        "fcfbfd f1eff6 e2e1ef cecee5 b6b5d8 9e9bc9 8782bc 7363ac 61409b 501f8c 3f007d",
    ),
    "Reds": (
        _DARK,
        "fff5f0 fee3d6 fdc9b4 fcaa8e fc8a6b f9694c ef4533 d92723 bb151a 970b13 67000d",
    ),
    "Turbo": (
        _LIGHT,
        "23171b 4a58dd 2f9df5 27d7c4 4df884 95fb51 dedd32 ffa423 f65f18 ba2208 900c00",
    ),
    "Cividis": (
        _LIGHT,
        "002051 0a326a 2b446e 4d566d 696970 7f7c75 948f78 ada476 caba6a ead156 fdea45",
    ),
    "Viridis": (
        _LIGHT,
        "440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725",
    ),
    "Magma": (
        _LIGHT,
        "000004 140e36 3b0f70 641a80 8c2981 b73779 de4968 f7705c fe9f6d fecf92 fcfdbf",
    ),
    "Inferno": (
        _LIGHT,
        "000004 160b39 420a68 6a176e 932667 bc3754 dd513a f37819 fca50a f6d746 fcffa4",
    ),
    "Plasma": (
        _LIGHT,
        "0d0887 41049d 6a00a8 8f0da4 b12a90 cc4778 e16462 f2844b fca636 fcce25 f0f921",
    ),
    "Warm": (
        _LIGHT,
        "6e40aa 963db3 bf3caf e4419d fe4b83 ff5e63 ff7847 fb9633 e2b72f c6d63c aff05b",
    ),
    "Cool": (
        _LIGHT,
        "6e40aa 6054c8 4c6edb 368ce1 23abd8 1ac7c2 1ddfa3 30ef82 52f667 7ff658 aff05b",
    ),
    "Cubehelix": (
        _LIGHT,
        "000000 1a1530 163d4e 1f6642 54792f a07949 d07e93 cf9cda c1caf3 d2eeef ffffff",
    ),
    "BuGn": (
        _DARK,
        "f7fcfd e8f6f9 d5efed b7e4da 8fd3c1 68c2a3 49b17f 2f9959 157f3c 036429 00441b",
    ),
    "BuPu": (
        _DARK,
        "f7fcfd e4eef5 ccddec b2cae1 9cb3d5 8f95c6 8c74b5 8952a5 852d8f 730f71 4d004b",
    ),
    "GnBu": (
        _DARK,
        "f7fcf0 e5f5df d3eece bde5bf 9ed9bb 7bcbc4 58b7cd 399cc6 1d7eb7 0b60a1 084081",
    ),
    "OrRd": (
        _DARK,
        "fff7ec feebcf fddcaf fdca94 fdb07a fa8e5d f16c49 e04530 c81d13 a70403 7f0000",
    ),
    "PuBuGn": (
        _DARK,
        "fff7fb efe7f2 dbd8ea bec9e2 98b9d9 69a8cf 4096c0 19879f 037877 016353 014636",
    ),
    "PuBu": (
        _DARK,
        "fff7fb efeaf4 dbdaeb bfc9e2 9bb9d9 72a8cf 4394c3 1a7db6 0667a1 045281 023858",
    ),
    "PuRd": (
        _DARK,
        "f7f4f9 eae3f0 dcc9e2 d0aad2 d08ac2 dd63ae e33890 d71c6c b70b4f 8f023a 67001f",
    ),
    "RdPu": (
        _DARK,
        "fff7f3 fde4e1 fccfcc fbb5bc f993b0 f369a3 e03e98 c01788 99037c 700174 49006a",
    ),
    "YlGnBu": (
        _DARK,
        "ffffd9 eff9bd d5eeb3 a9ddb7 73c9bd 45b4c2 2897bf 2073b2 234ea0 1c3185 081d58",
    ),
    "YlGn": (
        _DARK,
        "ffffe5 f7fcc4 e4f4ac c7e89b a2d88a 78c578 4eaf63 2f944e 15793f 036034 004529",
    ),
    "YlOrBr": (
        _DARK,
        "ffffe5 fff8c4 feeaa1 fed676 feba4a fb992c ee7918 d85b0a b74304 8f3204 662506",
    ),
    "YlOrRd": (
        _DARK,
        "ffffcc fff0a9 fee087 fec965 feab4b fd893c fa5c2e ec3023 d31121 af0225 800026",
    ),
    "RdBu": (
        _ALWAYS,
        "67001f ac202f d56050 f1a385 fbd7c4 f2efee cde3ee 8fc2dd 4b94c4 2265a3 053061",
    ),
    "PiYG": (
        _ALWAYS,
        "8e0152 c0267e dd72ad f0b3d6 fadded f5f3ef e1f2ca b6de87 80bb47 4f9125 276419",
    ),
    "PRGn": (
        _ALWAYS,
        "40004b 732f80 9a6daa c1a4cd e4d2e6 eff0ef d6eed1 a2d79e 5cad65 217839 00441b",
    ),
    "PuOr": (
        _ALWAYS,
        "2d004b 552d84 8170ac b0aad0 d7d7e9 f3eeea fdddb3 f8b664 dd841f b25a09 7f3b08",
    ),
    "BrBG": (
        _ALWAYS,
        "543005 8b540f bc8435 debe7b f2e4c0 eef1ea c3e7e2 7fc9bf 39988f 0a675f 003c30",
    ),
    "RdGy": (
        _ALWAYS,
        "67001f ac202f d56050 f1a385 fcd8c5 faf4f1 dfdfdf b8b8b8 868686 4e4e4e 1a1a1a",
    ),
    "RdYlBu": (
        _ALWAYS,
        "a50026 d4322c f16e43 fcac64 fedd90 faf8c1 dcf1ec abd6e8 75abd0 4a74b4 313695",
    ),
}


class Ramp:
    """A scheme made ready for a theme: a colour for each share from 0 (low) to 1 (high)."""

    def __init__(self, name: str, theme: str, *, reverse: bool = False) -> None:
        """Take Grafana's *name* of a scheme, ``Oranges`` or ``interpolateOranges``.

        An unknown one is Oranges, as Grafana has it. Grafana turns a scheme around for the theme
        in which its low end would otherwise be the loudest.
        """
        name = name.removeprefix("interpolate").removesuffix("Default")
        inverted, colors = _SCHEMES.get(name, _SCHEMES["Oranges"])
        self._stops = [tint("#" + each) for each in colors.split()]
        if (inverted in (_ALWAYS, theme)) != reverse:
            self._stops.reverse()

    def at(self, share: float) -> Tint:
        """The colour at this share; what lies outside of 0 to 1 is the end's colour."""
        share = min(1.0, max(0.0, share))
        place = share * (len(self._stops) - 1)
        below = min(int(place), len(self._stops) - 2)
        return self._stops[below].mix(self._stops[below + 1], place - below)
