"""Draw every notification as its reader sees it: a picture for each reader, scheme and width."""

from __future__ import annotations

import sys
import tempfile
from itertools import product
from pathlib import Path

from . import browser
from .cases import CASES
from .readers import READERS

_HEIGHT = 1100  # pixels of each frame
_ROW = 6  # frames side by side


def main(directory: Path) -> None:
    """Write the pictures into *directory*."""
    directory.mkdir(parents=True, exist_ok=True)
    for (reader, show), dark, width in product(READERS.items(), (False, True), (360, 640)):
        html = browser.page({name: show(case) for name, case in CASES.items()}, width, _HEIGHT)
        size = (_ROW * (width + 15), -(-len(CASES) // _ROW) * (_HEIGHT + 15))
        picture = directory / f"{reader}-{'dark' if dark else 'light'}-{width}.png"
        with tempfile.TemporaryDirectory() as folder:
            browser.draw(html, Path(folder), picture.absolute(), dark=dark, size=size)


main(Path(sys.argv[1]))
