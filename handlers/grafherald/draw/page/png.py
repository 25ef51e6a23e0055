"""SVG to PNG with resvg: no browser, no system library."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from grafherald.draw.errors import CannotDraw
from grafherald.draw.page.text import bundled

FONTS = ("Roboto-400.ttf", "Roboto-500.ttf", "Inter-400.ttf", "Inter-500.ttf")


@cache
def _fonts() -> tuple[str, ...]:
    folder = Path(str(resources.files(__package__) / "fonts"))
    return tuple(str(folder / name) for name in FONTS)


def png(svg: str, width: int, height: int) -> bytes:
    """The picture as the bytes of a PNG of this size.

    It holds the interpreter's lock for 20 to 200 ms: a server calls it in a process of its own. The
    system's fonts are searched only for characters that ours lack (CJK, emoji).

    Raises:
        CannotDraw: resvg-py is missing or refuses the document.
    """
    try:
        import resvg_py
    except ImportError:
        raise CannotDraw(
            "Drawing pictures needs resvg-py: pip install 'grafherald[draw]'"
        ) from None
    font = "Inter" if 'font-family="Inter' in svg[:400] else "Roboto"
    try:
        return resvg_py.svg_to_bytes(
            svg_string=svg,
            width=width,
            height=height,
            skip_system_fonts=bundled(svg, font),
            font_files=[each for each in _fonts() if Path(each).name.startswith(font)],
            font_family=font,
            sans_serif_family=font,
        )
    except ValueError as refusal:
        raise CannotDraw(f"resvg cannot draw the picture: {refusal}") from None
