"""Text from outside, made harmless to show and short enough to send. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

# CSI and OSC sequences and the two-letter ones: colours, cursor, titles, hyperlinks of a terminal.
# https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
_TERMINAL = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]*[0-~]"
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
    """Return *text* such that showing it shows it, and does nothing else.

    Terminal sequences go, other control characters become their pictures (``␀``), overrides of
    the writing direction and lone surrogates become ``�``. Line ends become ``\\n``.
    """
    if _INERT.fullmatch(text):
        return text
    return _NEWLINES.sub("\n", _TERMINAL.sub("", text)).translate(_REPLACED)


def one_line(text: str) -> str:
    """Return *text* on one line, each run of blank space a single space."""
    return " ".join(text.split())


def cut(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """Return *text*, or its head and how much is missing, so that its *size* is within *limit*.

    *size* tells what a text costs where it is shown, say its length once escaped. The cut is
    between code points, at the end of a line where one is near.
    """

    def with_note(length: int) -> str:
        return f"{text[:length].rstrip()}\n… cut, {len(text) - length} more characters"

    if len(text) <= limit and size(text) <= limit:
        return text
    length = _longest(min(len(text), limit), lambda n: size(with_note(n)) <= limit)
    line_end = text.rfind("\n", 0, length)
    return with_note(line_end if line_end > length * 0.8 else length)


def shorten(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """Return *text*, or its head and ``…``, so that its *size* is within *limit*."""
    if len(text) <= limit and size(text) <= limit:
        return text
    length = _longest(min(len(text), limit), lambda n: size(text[:n].rstrip() + "…") <= limit)
    return text[:length].rstrip() + "…"


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return *text* with ``***`` in place of each of the *secrets*."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def without_login(text: str) -> str:
    """Return *text*, a URL or host, without user, password and query, however broken it is."""
    scheme, found, rest = text.partition("://")
    if not found:
        return _LOGIN.sub("***@", text)
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def _longest(most: int, fits: Callable[[int], bool]) -> int:
    """Return the largest length up to *most* that *fits*, found by halving; 0 if none does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
