"""What only a terminal is shown: colours, and one line on how far long work is.

A pipe, a file and cron get neither. ``NO_COLOR`` (https://no-color.org) keeps colours away; it is
asked here since it is about the terminal and no setting of ours.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO, TypeVar

Item = TypeVar("Item")

GREEN, YELLOW, RED, DIM = "32", "33", "31", "2"
_CLEAR = "\r\x1b[K"


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Colour *text* where *stream*, standard output by default, is a terminal that may have it."""
    stream = stream or sys.stdout
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain or not stream.isatty() else f"\x1b[{colour}m{text}\x1b[0m"


def counted(items: Sequence[Item], what: str) -> Iterator[Item]:
    """Go through *items*, and say on stderr which of them it is at: ``panels 3/17``."""
    shown = sys.stderr.isatty()
    try:
        for number, item in enumerate(items, 1):
            if shown:
                sys.stderr.write(f"{_CLEAR}{what} {number}/{len(items)}")
                sys.stderr.flush()
            yield item
    finally:
        if shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
