"""What surrounds a panel's data: when, how big, in which look, and what stands beside an alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grafherald.draw.frames.frame import Frame
from grafherald.draw.values.theme import Theme, Version, theme_of


@dataclass(frozen=True)
class TimeRange:
    """The picture's time range in epoch milliseconds."""

    start: int
    end: int


@dataclass(frozen=True)
class Line:
    """A threshold that was crossed, such as ``Line(90, "critical 90 %", "#ED2E18")``."""

    value: float
    text: str = ""
    color: str = "red"


@dataclass(frozen=True)
class Marks:
    """What a picture beside an alert shows more than the panel does; every part is optional.

    Attributes:
        alert: when the alert was raised, epoch milliseconds, with its label.
        since: when the problem began: shaded from there to the alert, or to *until*.
        until: when it was resolved.
        lines: thresholds crossed; the plotted range grows until they are inside.
        earlier: earlier alerts of the same check.
        strong: labels that name the offending series: those stay strong, the others get pale.
        compare: the panel's frames of an earlier time range, *compare_shift* milliseconds ago,
            drawn dashed; *compare_text* says which, as "7 days earlier".
    """

    alert: int | None = None
    alert_label: str = ""
    since: int | None = None
    until: int | None = None
    lines: tuple[Line, ...] = ()
    earlier: tuple[int, ...] = ()
    strong: Mapping[str, str] = field(default_factory=dict)
    compare: tuple[Frame, ...] | None = None
    compare_shift: int = 0
    compare_text: str = ""


@dataclass(frozen=True)
class Look:
    """How the picture is to look.

    Attributes:
        theme: "dark" or "light".
        timezone: a name of the IANA database, or "utc".
        version: of the Grafana whose look and words are wanted.
        title: the panel's title with its variables filled in.
        notes: what the reader must know, as "all instances"; small where the foot is.
        period: those of the notes that Grafana writes beside the title, as "timeshift -1h".
        foot: who drew it, small beside the title or at the bottom; "" leaves it out.
    """

    theme: str = "dark"
    width: int = 1000
    height: int = 500
    timezone: str = "utc"
    version: Version = (10, 4, 2)
    title: str = ""
    notes: tuple[str, ...] = ()
    period: tuple[str, ...] = ()
    foot: str = "drawn by grafherald"

    @property
    def colors(self) -> Theme:
        """The theme's colours."""
        return theme_of(self.theme, self.version)


@dataclass(frozen=True)
class Drawing:
    """A picture as SVG text, and what it could not show, each as a few words."""

    svg: str
    notes: tuple[str, ...] = ()
