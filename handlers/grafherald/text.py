"""Text from outside, made harmless to show and short enough to send. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

# CSI and OSC sequences and the two-letter ones: colours, cursor, titles, hyperlinks of a terminal.
# https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
# Each is taken out up to its end, on its line. What never ends is text, whatever it begins with: a
# letter of another encoding looks like a beginning (U+009D is half of a "ž" read as Latin-1).
_TERMINAL = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"
    "|\x9b[0-?]+[ -/]*[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]{0,4096}(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]*[0-OQ-WYZ\\\\`-~]"
)
_LOGIN = re.compile(r"\S*:\S*@")
_NEWLINES = re.compile("\r+\n|[\r\u2028\u2029\x0b\x0c\x85]")
_INERT = re.compile("[\n\t -~]*")
_REPLACED = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys(
        (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD
    ),
    **dict.fromkeys((0xFFF9, 0xFFFA, 0xFFFB, 0xFFFE, 0xFFFF), 0xFFFD),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
    0xFEFF: None,
}


def plain(text: str) -> str:
    """Make hostile *text* harmless: showing it shows it, and does nothing else.

    Terminal sequences go, other control characters become their pictures (``␀``), overrides of
    the writing direction and lone surrogates become ``�``. Line ends become ``\\n``.
    """
    if _INERT.fullmatch(text):
        return text
    return _NEWLINES.sub("\n", _TERMINAL.sub("", text)).translate(_REPLACED)


def one_line(text: str) -> str:
    """Put *text* on one line, each run of blank space a single space."""
    return " ".join(text.split())


def cut(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """Fit *text* into *limit*: a long one keeps its head and tail, and says how much is missing.

    A traceback says at its end what happened, most else at its beginning. *size* tells what a
    text costs where it is shown, say its length once escaped. The cuts are between code points,
    at the end of a line or a word where one is near.
    """

    def with_note(length: int) -> str:
        end, start = length - length // 3, len(text) - length // 3
        end, start = _break_before(text, end), _break_after(text, start)
        note = f"… {start - end} characters left out …"
        return f"{text[:end].rstrip()}\n{note}\n{text[start:].lstrip()}".rstrip("\n")

    if len(text) <= limit and size(text) <= limit:
        return text
    return with_note(_longest(min(len(text), limit), lambda n: size(with_note(n)) <= limit))


def shorten(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """Fit *text* into *limit* by its head alone and ``…``; *size* as `cut` has it."""
    if len(text) <= limit and size(text) <= limit:
        return text
    length = _longest(min(len(text), limit), lambda n: size(text[:n].rstrip() + "…") <= limit)
    return text[:length].rstrip() + "…"


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Keep *secrets* out of what people read: each is ``***``."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def without_login(text: str) -> str:
    """Make a URL or host fit for a log: no user, password and query, however broken it is."""
    scheme, found, rest = text.partition("://")
    if not found:
        return _LOGIN.sub("***@", text)
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def _longest(most: int, fits: Callable[[int], bool]) -> int:
    """Find the largest length up to *most* that *fits*, by halving; 0 if none does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _break_before(text: str, end: int) -> int:
    """Find where a line or else a word ends, shortly before *end*; else *end*."""
    if text[end : end + 1].isspace():
        return end
    for blank, far in _breaks(end):
        place = text.rfind(blank, end - far, end)
        if place >= 0:
            return place
    return end


def _break_after(text: str, start: int) -> int:
    """Find where a line or else a word begins, shortly after *start*; else *start*."""
    if start in (0, len(text)) or text[start - 1].isspace():
        return start
    for blank, far in _breaks(len(text) - start):
        place = text.find(blank, start, start + far)
        if place >= 0:
            return place + 1
    return start


def _breaks(length: int) -> tuple[tuple[str, int], ...]:
    """What a text of *length* may be broken at, and how many characters each may cost."""
    return ("\n", length // 5), (" ", max(length // 5, min(length // 2, 200)))
