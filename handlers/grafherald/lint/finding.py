"""One thing that is wrong, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches


@dataclass(frozen=True)
class LintFinding:
    """One sentence about one place.

    Attributes:
        message: what is wrong and what to do; never holds a secret.
        line: from 1, or None when it is not known.
        check: the check's name, or "" when it is about the file.
    """

    message: str
    line: int | None = None
    check: str = ""
    file: str = ""

    def within(self, file: str) -> LintFinding:
        """Name the *file* that it is about, which a rule that reads text does not know."""
        return replace(self, file=file)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        about = f"check {self.check}: " if self.check else ""
        return f"{place}: {about}{self.message}"


def mistyped(name: str, keys: Iterable[str]) -> str:
    """A hint where *name* is missing and one of *keys* may be meant to be it, else ""."""
    near = get_close_matches(name, list(keys), 1, cutoff=0.75)
    return f" ({near[0]} is not read)" if near else ""
