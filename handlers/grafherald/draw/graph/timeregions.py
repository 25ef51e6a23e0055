"""The time regions of the old graph panel: hours or days, in UTC, that lie in another colour.

Figures and rules were read from Grafana 7.5's time_region_manager.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph.plotarea import PlotArea
from grafherald.draw.page.look import TimeRange
from grafherald.draw.page.svg import Canvas
from grafherald.draw.values.theme import Theme

_PAINTS = {  # by colorMode: area, line
    "red": ("rgba(234, 112, 112, 0.12)", "rgba(237, 46, 24, 0.60)"),
    "green": ("rgba(11, 237, 50, 0.09)", "rgba(6, 163, 69, 0.60)"),
    "blue": ("rgba(11, 125, 238, 0.12)", "rgba(11, 125, 238, 0.60)"),
    "yellow": ("rgba(235, 138, 14, 0.12)", "rgba(247, 149, 32, 0.60)"),
}
_MOST_RULES, _MOST_DAYS = 20, 1000
_CLOCK = re.compile(r"(\d{1,3}):?(\d{2})?")


@dataclass(frozen=True)
class _Moment:
    """A time of the day, and the day of the week (1 is Monday) or None for every day."""

    hour: int
    minute: int
    second: int
    day: int | None


def draw(canvas: Canvas, plot: PlotArea, panel: Mapping[str, Any], theme: Theme) -> None:
    """Draw the panel's time regions, which lie behind everything else."""
    rules = panel.get("timeRegions")
    box = plot.box
    for rule in rules[:_MOST_RULES] if isinstance(rules, list) else ():
        if not isinstance(rule, Mapping):
            continue
        area, line = _paints(rule, theme)
        for start, end in _regions(rule, plot.span):
            left, right = (min(box.right, max(box.x, plot.x(at))) for at in (start, end))
            if rule.get("fill") and right > left:
                width = right - left
                canvas.add("rect", x=left, y=box.y, width=width, height=box.height, fill=area)
            for at in (start, end) if rule.get("line") else ():
                x = round(plot.x(at)) + 0.5
                canvas.add("line", x1=x, y1=box.y, x2=x, y2=box.bottom, stroke=line)


def _paints(rule: Mapping[str, Any], theme: Theme) -> tuple[str, str]:
    mode = rule.get("colorMode")
    if mode == "custom":
        return theme.color(rule.get("fillColor")), theme.color(rule.get("lineColor"))
    if mode == "gray":
        ink = "255, 255, 255" if theme.dark else "0, 0, 0"
        return f"rgba({ink}, 0.09)", f"rgba({ink}, 0.2)"
    return _PAINTS.get(str(mode), _PAINTS["red"])


def _regions(rule: Mapping[str, Any], span: TimeRange) -> Iterator[tuple[float, float]]:
    """Each time within the range at which a rule begins, and when it ends after that."""
    found = _moments(rule)
    if found is None:
        return
    begin, end = found
    first = datetime.fromtimestamp(span.start / 1000, timezone.utc)
    day = first.replace(hour=0, minute=0, second=0, microsecond=0)
    # A region that is open when the range begins may have begun days before
    day -= timedelta(days=7 if begin.day else 1)
    for _ in range(_MOST_DAYS):
        start = day + timedelta(hours=begin.hour, minutes=begin.minute, seconds=begin.second)
        day += timedelta(days=1)
        if start.timestamp() * 1000 > span.end:
            return
        if begin.day and begin.day != start.isoweekday():
            continue
        until = start.replace(hour=end.hour, minute=end.minute, second=end.second)
        if end.hour < begin.hour:
            until += timedelta(days=1)
        while end.day and end.day != until.isoweekday():
            until += timedelta(days=1)
        if until.timestamp() * 1000 >= span.start:
            yield start.timestamp() * 1000, until.timestamp() * 1000


def _moments(rule: Mapping[str, Any]) -> tuple[_Moment, _Moment] | None:
    """When a rule begins and ends; where it says only one of them, it is both."""
    at = rule.get("from") or rule.get("to"), rule.get("to") or rule.get("from")
    day = (
        rule.get("fromDayOfWeek") or rule.get("toDayOfWeek"),
        rule.get("toDayOfWeek") or rule.get("fromDayOfWeek"),
    )
    begin, end = _moment(at[0], day[0], (0, 0, 0)), _moment(at[1], day[1], (23, 59, 59))
    return (begin, end) if begin and end else None


def _moment(at: Any, day: Any, whole: tuple[int, int, int]) -> _Moment | None:
    """*whole* is the time of a day that is meant as a whole."""
    number = to_number(day)
    weekday = int(number) if number is not None and 1 <= number <= 7 else None
    found = _CLOCK.match(str(at or ""))
    if found is None:
        return _Moment(*whole, weekday) if weekday else None
    return _Moment(min(23, int(found[1])), min(59, int(found[2] or 0)), 0, weekday)
