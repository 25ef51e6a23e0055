"""What the settings say about drawing, read in this one place."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from grafherald.settings import Config

MARKS = ("alert", "problem", "threshold", "series", "earlier")
MISSING = "drawing needs resvg-py: pip install 'grafherald[draw]'"

_ZONES = "zoneinfo/"
_LENGTH = re.compile(r"(\d{1,4})([mhdw])")
_MILLISECONDS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


@dataclass(frozen=True)
class Options:
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
    variables: Mapping[str, str] = field(default_factory=dict)
    marks: frozenset[str] = frozenset(MARKS)
    compare: int = 0
    compare_text: str = ""
    reuse: float = 30.0

    @property
    def draws(self) -> bool:
        """Tell whether any picture may be drawn."""
        return self.policy != "never"


def available() -> bool:
    """Tell whether the extra ``draw`` is installed."""
    return find_spec("resvg_py") is not None


def options(config: Config) -> Options:
    """Take them from the settings."""
    policy = str(config.get("graph.draw", "fallback"))
    if policy == "fallback" and not available():
        policy = "never"
    compare = str(config.get("graph.compare", ""))
    return Options(
        policy=policy,
        after=float(config.get("graph.draw_after", 1)),
        theme=str(config.get("graph.theme", "dark")),
        timezone=str(config.get("timezone", "")) or _machine_zone(),
        variables={str(k): str(v) for k, v in config.get("graph.variables", {}).items()},
        marks=_marks(config.get("graph.marks", True)),
        compare=_length(compare),
        compare_text=f"{_words(compare)} earlier" if compare else "",
        reuse=float(config.get("graph.reuse", 30)),
    )


def _marks(given: bool | list[str]) -> frozenset[str]:
    if isinstance(given, bool):
        return frozenset(MARKS if given else ())
    return frozenset(given)


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
