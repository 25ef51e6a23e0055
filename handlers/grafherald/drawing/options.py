"""What the settings say about drawing, read in this one place."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import NamedTuple

from grafherald.settings import Settings

MARKS = ("alert", "problem", "threshold", "series", "earlier")
MISSING = "drawing needs resvg-py: pip install 'grafherald[draw]'"

_ZONES = "zoneinfo/"
_LENGTH = re.compile(r"(\d{1,4})([mhdw])")
_MILLISECONDS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


class DrawOptions(NamedTuple):
    """How drawn pictures are wanted.

    Attributes:
        policy: ``graph.draw``; "never" too where nothing can be drawn and nobody insisted.
        after: seconds that the renderer has before a picture is drawn too.
        timezone: a name of the IANA database, where neither URL nor dashboard has one.
        variables: which of an alert's names a dashboard's variable takes.
        marks: which of `MARKS` are drawn.
        compare: milliseconds to an earlier time that is drawn dashed; 0 for none.
        compare_text: what that line is called.
        reuse: seconds for which data is given again.
    """

    policy: str = "fallback"
    after: float = 1.0
    theme: str = "dark"
    timezone: str = "utc"
    variables: Mapping[str, str] = {}
    marks: frozenset[str] = frozenset(MARKS)
    compare: int = 0
    compare_text: str = ""
    reuse: float = 30.0

    @property
    def draws(self) -> bool:
        """Tell whether any picture may be drawn."""
        return self.policy != "never"

    @property
    def is_replaced(self) -> bool:
        """Tell whether Grafana's own picture takes a drawn one's place when it comes."""
        return self.policy == "fallback"


def available() -> bool:
    """Tell whether the extra ``draw`` is installed."""
    return find_spec("resvg_py") is not None


def options(config: Settings) -> DrawOptions:
    """Take them from the settings."""
    graph, policy = config.graph, config.graph.draw
    if policy == "fallback" and not available():
        policy = "never"
    marks = MARKS if graph.marks is True else graph.marks or ()
    return DrawOptions(
        policy=policy,
        after=graph.draw_after,
        theme=graph.theme,
        timezone=config.timezone or _machine_zone(),
        variables=graph.variables,
        marks=frozenset(marks),
        compare=_length(graph.compare),
        compare_text=f"{_words(graph.compare)} earlier" if graph.compare else "",
        reuse=graph.reuse,
    )


def _length(text: str) -> int:
    match = _LENGTH.fullmatch(text)
    return int(match[1]) * _MILLISECONDS[match[2]] if match else 0


def _words(text: str) -> str:
    """Say ``7d`` as people do: ``7 days``."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        return text
    unit = {"m": "minute", "h": "hour", "d": "day", "w": "week"}[match[2]]
    count = int(match[1])
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _machine_zone() -> str:
    """Find the name of this machine's time zone, as the times in a message are in."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named:
        return named
    try:
        path = os.path.realpath("/etc/localtime", strict=True)
    except OSError:
        return "utc"
    return path.partition(_ZONES)[2].removeprefix("posix/") or "utc"
