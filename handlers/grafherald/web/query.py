"""What the address of the board asks for, and the addresses of everything near. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

RANGES = {"1h": "1 hour", "6h": "6 hours", "24h": "24 hours", "7d": "7 days", "30d": "30 days"}
HOURS = {"1h": 1, "6h": 6, "24h": 24, "7d": 168, "30d": 720}
SEVERITIES = ("critical", "unknown", "warning")
SHOWS = ("", "new", "acknowledged", "silenced", "mine", "all")
ROWS, CARDS = "rows", "cards"
_LONGEST = 2000


@dataclass(frozen=True)
class Query:
    """One view of the board.

    Attributes:
        q: the search's words.
        show: which alerts, one of SHOWS; "" is all that nobody acknowledged or silenced, with
            the others apart.
        group: by what they are grouped: "" or a field.
        view: ROWS or CARDS.
        last: how far back those that ended are shown, one of RANGES.
        page: from 1 on.
    """

    q: str = ""
    severity: str = ""
    show: str = ""
    group: str = ""
    view: str = ROWS
    last: str = "24h"
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """Tell whether some open alerts may be left out."""
        return bool(self.q or self.severity or self.show not in ("", "all"))

    def link(self, **changes: Any) -> str:
        """The address of this view with some *changes*; all but that of a page lead to page 1."""
        changed = replace(self, **({"page": 1} | changes))
        usual = asdict(Query())
        kept = {key: value for key, value in asdict(changed).items() if value != usual[key]}
        return "/?" + urlencode(kept) if kept else "/"

    def narrowed(self, key: str, value: str) -> str:
        """The address of this view with one more condition, for a click on what it shows."""
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return self.link(q=f'{self.q} {key}="{quoted}"'.strip())


def query(asked: Mapping[str, str]) -> Query:
    """Read an address as a view of the board; a wrong part of it is as if it were not there."""

    def one_of(name: str, known: Any, usual: str) -> str:
        value = asked.get(name, usual)
        return value if value in known else usual

    page = asked.get("page", "1")
    return Query(
        q=asked.get("q", "")[:_LONGEST].strip(),
        severity=one_of("severity", SEVERITIES, ""),
        show=one_of("show", SHOWS, ""),
        group=asked.get("group", "")[:300].strip(),
        view=one_of("view", (ROWS, CARDS), ROWS),
        last=one_of("last", RANGES, "24h"),
        page=min(int(page), 10_000) if page.isdecimal() and int(page or 0) > 0 else 1,
    )
