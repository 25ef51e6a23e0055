"""How wide a text will be, so that labels do not run into each other, without opening a font.

``fonts/advances.json`` holds the advance widths of the bundled fonts; kerning is left out, it makes
a text at most a pixel narrower.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

ELLIPSIS = "…"


@dataclass(frozen=True)
class Face:
    """One font in one weight: characters and their widths in units of which *em* are the size."""

    em: int
    widths: dict[str, int]


@cache
def _faces() -> dict[str, Face]:
    source = (resources.files(__package__) / "fonts" / "advances.json").read_text("utf-8")
    return {
        name: Face(
            table["em"],
            {
                character: int(wide)
                for wide, characters in table["widths"].items()
                for character in characters
            },
        )
        for name, table in json.loads(source).items()
    }


def _face(font: str, weight: int) -> Face:
    return _faces()[f"{font}-{'500' if weight >= 500 else '400'}"]


def _guess(character: str, em: int) -> float:
    """Width of a character that the bundled fonts lack and a font of the system will draw."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0.0
    wide = unicodedata.east_asian_width(character) in "WF"
    return em * (1.0 if wide else 0.62)


def width(text: str, size: float, font: str, weight: int = 400) -> float:
    """Pixels that *text* takes in a line at this font size."""
    face = _face(font, weight)
    known = face.widths
    units = sum(
        known[character] if character in known else _guess(character, face.em) for character in text
    )
    return units * size / face.em


def fit(text: str, room: float, size: float, font: str, weight: int = 400) -> str:
    """*text*, or as much of its beginning as fits in *room* pixels, with an ellipsis."""
    if width(text, size, font, weight) <= room:
        return text
    if room <= 0:
        return ""
    face = _face(font, weight)
    units = room * face.em / size - face.widths[ELLIPSIS]
    if units < 0:
        return ""
    for place, character in enumerate(text):
        units -= face.widths.get(character) or _guess(character, face.em)
        if units < 0:
            return text[:place].rstrip() + ELLIPSIS
    return text


def bundled(text: str, font: str) -> bool:
    """Whether the *font* we ship has every character of *text*."""
    known = _face(font, 400).widths
    return all(character in known or character == "\n" for character in set(text))


def runs(text: str, font: str) -> list[tuple[str, bool]]:
    """*text* in pieces: those that our *font* can write, and those it can't.

    A renderer that looks for one missing character takes the whole piece from another font.
    """
    if text.isascii():
        return [(text, True)]
    known = _face(font, 400).widths
    found: list[tuple[str, bool]] = []
    for character in text:
        ours = character in known
        if found and found[-1][1] == ours:
            found[-1] = (found[-1][0] + character, ours)
        else:
            found.append((character, ours))
    return found
