"""Pages in headless Chromium: each in a frame of its reader's width, measured and drawn."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium")
_TALL = 4000  # pixels of a frame: all of a message, but for the longest outputs
_MEASURE = (Path(__file__).parent / "measure.js").read_text()


def page(frames: Mapping[str, str], width: int, height: int = _TALL) -> str:
    """Return a page that shows documents side by side, by their names.

    Args:
        frames: the HTML of each.
        width: of each frame in pixels; what a style sheet's media queries see.
    """
    shown = "".join(
        f'<iframe name="{escape(name)}" srcdoc="{escape(html)}"></iframe>'
        for name, html in frames.items()
    )
    style = f"iframe{{width:{width}px;height:{height}px;border:0;margin:5px}}body{{margin:0}}"
    head = f'<meta charset="utf-8"><meta name="color-scheme" content="light dark">{style}'
    head = head.replace(style, f"<style>{style}</style>")
    return f"<!DOCTYPE html>{head}{shown}<pre id=found></pre><script>{_MEASURE}</script>"


def measured(html: str, folder: Path, *, dark: bool) -> dict[str, dict[str, Any]]:
    """Return what ``measure.js`` found in each frame of a page, by the frame's name."""
    dom = _run(html, folder, "--dump-dom", "--virtual-time-budget=20000", dark=dark)
    found = re.search(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)
    assert found, dom[-500:]
    result: dict[str, dict[str, Any]] = json.loads(unescape(found[1]))
    return result


def draw(html: str, folder: Path, picture: Path, *, dark: bool, size: tuple[int, int]) -> None:
    """Write a page's *picture*, *size* pixels large."""
    window = f"--window-size={size[0]},{size[1]}"
    _run(html, folder, f"--screenshot={picture}", window, "--hide-scrollbars", dark=dark)


def _run(html: str, folder: Path, *flags: str, dark: bool) -> str:
    assert PROGRAM
    (folder / "page.html").write_text(html)
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile")
    command = [PROGRAM, *quiet, scheme, *flags, (folder / "page.html").as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
