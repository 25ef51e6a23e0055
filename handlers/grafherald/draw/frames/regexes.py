"""A pattern as a dashboard writes it, "/web.*/i" or "web.*", as Python's regular expression."""

from __future__ import annotations

import importlib
import re
import sys
import warnings
from functools import lru_cache
from re import Pattern
from typing import Any

_SLASHES = re.compile(r"/(.*)/([a-z]*)", re.DOTALL)
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_LONGEST = 2000


@lru_cache(maxsize=256)
def compiled(pattern: str, whole: bool = True) -> Pattern[str] | None:
    """Compile a pattern between slashes; without them it is *whole* (``^pattern$``) or a part.

    None for what is no pattern, or what could take forever on a long name: a repeat in a repeat.
    Use ``search`` on the result.
    """
    found = _SLASHES.fullmatch(pattern)
    source, flags = (found[1], found[2]) if found else (pattern, "")
    if not found and whole:
        source = f"^{source}$"
    if len(source) > _LONGEST:
        return None
    source = re.sub(r"\(\?<(?![=!])", "(?P<", source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # FutureWarning of "[[": JavaScript's meaning is ours
            if _explosive(source):
                return None
            return re.compile(source, sum(_FLAGS.get(flag, 0) for flag in set(flags)))
    except (re.error, OverflowError, RecursionError):
        return None


def replacement(text: str) -> str:
    """JavaScript's "$1 of $<name>" as a template for ``re.sub``."""
    text = text.replace("\\", "\\\\")
    text = re.sub(r"\$<(\w+)>", r"\\g<\1>", text)
    text = re.sub(r"\$(\d{1,2})", r"\\g<\1>", text)
    return text.replace("$&", "\\g<0>").replace("$$", "$")


def substituted(pattern: Pattern[str], new: str, text: str, count: int = 1) -> str:
    """Replace as JavaScript does; a group that the pattern hasn't leaves the text alone."""
    try:
        return pattern.sub(replacement(new), text, count=count)
    except (re.error, IndexError):
        return text


def _explosive(source: str) -> bool:
    """Whether an unbounded repeat holds another one, as ``(a+)+``: exponential in Python's re."""
    # The parser is private; 3.10 has it by another name.
    name = "re._parser" if sys.version_info >= (3, 11) else "sre_parse"
    return _nested(importlib.import_module(name).parse(source), False)


def _nested(parsed: Any, inside: bool) -> bool:
    for operation, argument in parsed:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, most, body = argument
            many = int(most) > 10
            if (many and inside) or _nested(body, inside or many):
                return True
        elif name == "BRANCH":
            if any(_nested(each, inside) for each in argument[1]):
                return True
        elif name == "SUBPATTERN":
            if _nested(argument[-1], inside):
                return True
        elif name in ("ASSERT", "ASSERT_NOT") and _nested(argument[1], inside):
            return True
    return False
