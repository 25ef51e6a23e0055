"""A line of chat as words: blanks part them, quotes keep them together."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grafherald.errors import Refusal

_STRAIGHT = str.maketrans({**dict.fromkeys("“”„‟«»", '"'), **dict.fromkeys("‘’‚‛‹›", "'")})
_SINGLE = re.compile(r"(?<![^\s=:])'([^'\"]*)'(?![^\s:])")  # but not: it's
_FOLDED = str.maketrans({**_STRAIGHT, **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")})
_PART = re.compile(r'"([^"]*)"|([^"]+)')
_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')


@dataclass(frozen=True)
class Word:
    """One word, or several as one name: *raw* as it was written, quotes and all."""

    raw: str

    @property
    def text(self) -> str:
        """What it says, without its quotes."""
        return "".join(text for text, _ in self._parts())

    @property
    def quoted(self) -> bool:
        """Whether quotes stand in it, which make all of it mean what it says."""
        return '"' in self.raw

    def split(self, mark: str) -> tuple[Word, Word] | None:
        """Split at *mark*: what stands before and behind it, or None.

        A mark outside the quotes wins, so that a quoted name may hold one:
        ``"Disk: all":reads`` splits at its second colon, ``"web:reads"`` at its only one.
        """
        at = 0
        for text, quoted in self._parts():
            if not quoted and mark in text:
                place = self.raw.index(mark, at)
                return Word(self.raw[:place]), Word(self.raw[place + 1 :])
            at += len(text) + 2 * quoted
        before, found, behind = self.text.partition(mark)
        return (Word(f'"{before}"'), Word(f'"{behind}"')) if found else None

    def _parts(self) -> list[tuple[str, bool]]:
        return [(m[1] or m[2] or "", m[2] is None) for m in _PART.finditer(self.raw)]


def folded(text: str) -> str:
    """Write a name as it is compared: whatever its case, its dashes and quotes."""
    return " ".join(text.translate(_FOLDED).casefold().split())


def words(line: str) -> list[Word]:
    """Split *line* into words at its blanks; what is in quotes stays together.

    Raises:
        Refusal: a quote is open.
    """
    straight = _SINGLE.sub(r'"\1"', line.translate(_STRAIGHT))
    if straight.count('"') % 2:
        raise Refusal(
            'A quote (") is open.', hint='Close it, as in: graf db "Web frontend:CPU load"'
        )
    return [Word(match[0]) for match in _WORD.finditer(straight)]
