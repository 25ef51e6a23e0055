"""Grafana's time expressions, as "now-6h" and "now/d", as moments.

https://grafana.com/docs/grafana/latest/dashboards/use-dashboards/#time-units-and-relative-ranges
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from grafherald.draw.frames.decode import CannotRead
from grafherald.draw.page.look import TimeRange
from grafherald.draw.values.moments import at, zone
from grafherald.errors import excerpt

_STEP = re.compile(r"([+-]\d{0,6}|/)(fQ|fy|[smhdwMyQ])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_MILLISECONDS = re.compile(r"-?\d{8,16}")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?)?")


@dataclass(frozen=True)
class Asked:
    """The range that a URL asks for; ``relative``: it was given as "now-...", not as moments."""

    span: TimeRange
    relative: bool


def asked_range(start: str, end: str, now: int, timezone_name: str) -> Asked:
    """Read a URL's ``from`` and ``to``; *now* in epoch milliseconds.

    Raises:
        CannotRead: one of them is no time, or the range is empty.
    """
    first = moment(start, now, timezone_name)
    last = moment(end, now, timezone_name, end=True)
    if last <= first:
        raise CannotRead(f"the time range from {excerpt(start)} to {excerpt(end)} is empty")
    return Asked(TimeRange(first, last), start.strip().startswith("now"))


def moment(expression: str, now: int, timezone_name: str, *, end: bool = False) -> int:
    """The epoch milliseconds of "now-1d/d", "1795610400000" or "2026-11-25T12:40:00Z".

    ``/d`` goes to the beginning of the day, or to its *end* for the end of a range.
    """
    text = expression.strip()
    if text.startswith("now"):
        return _relative(text, now, timezone_name, end)
    if _MILLISECONDS.fullmatch(text):
        return int(text)
    found = _COMPACT.fullmatch(text)
    if found:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        text = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
    try:
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if when.tzinfo is None:
            when = when.replace(tzinfo=zone(timezone_name))
        return round(when.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise CannotRead(f"{excerpt(expression)} is no time that Grafana knows") from None


def _relative(text: str, now: int, timezone_name: str, end: bool) -> int:
    when = at(now, timezone_name)
    rest = text[3:]
    while rest and when is not None:
        step = _STEP.match(rest)
        if step is None:
            raise CannotRead(f"{excerpt(text)} is no time that Grafana knows")
        sign, unit = step.groups()
        rest = rest[step.end() :]
        unit = {"fy": "y", "fQ": "Q"}.get(unit, unit)  # fiscal years begin in January by default
        try:
            if sign == "/":
                when = _bound(when, unit, end)
            else:
                count = int(sign[1:] or 1)
                when = _shifted(when, -count if sign[0] == "-" else count, unit)
        except (OverflowError, ValueError):
            when = None
    if when is None:
        raise CannotRead(f"{excerpt(text)} lies outside of the calendar")
    return round(when.timestamp() * 1000)


def _shifted(when: datetime, count: int, unit: str) -> datetime:
    if unit in ("s", "m", "h"):
        return (when.astimezone(timezone.utc) + timedelta(seconds=count * _UNITS[unit])).astimezone(
            when.tzinfo
        )
    if unit in _UNITS:
        return when + timedelta(seconds=count * _UNITS[unit])
    months = count * {"M": 1, "Q": 3, "y": 12}[unit] + when.year * 12 + when.month - 1
    year, month = divmod(months, 12)
    day = min(when.day, monthrange(year, month + 1)[1])
    return when.replace(year=year, month=month + 1, day=day)


def _bound(when: datetime, unit: str, end: bool) -> datetime:
    """The first or the last moment of the unit that *when* lies in."""
    start = when.replace(microsecond=0)
    if unit != "s":
        start = start.replace(second=0)
    if unit not in ("s", "m"):
        start = start.replace(minute=0)
    if unit not in ("s", "m", "h"):
        start = start.replace(hour=0)
    if unit == "w":
        start -= timedelta(days=start.isoweekday() % 7)  # weeks begin on Sunday, as in moment.js
    if unit in ("M", "Q", "y"):
        month = {"M": start.month, "Q": (start.month - 1) // 3 * 3 + 1, "y": 1}[unit]
        start = start.replace(day=1, month=month)
    return _shifted(start, 1, unit) - timedelta(milliseconds=1) if end else start


def panels_range(
    panel: Mapping[str, Any], asked: Asked, now: int, timezone_name: str
) -> tuple[TimeRange, tuple[str, ...]]:
    """The range of a panel with its own ``timeFrom`` and ``timeShift``, and what to say of it.

    As in Grafana, ``timeFrom`` counts only where the range was asked for as "now-...", and of
    neither is anything said where the panel says so (``hideTimeOverride``).
    """
    span, notes = asked.span, []
    back = str(panel.get("timeFrom") or "").strip()
    if back and asked.relative:
        first = moment(back if back.startswith("now") else f"now-{back}", now, timezone_name)
        if first < now:
            span = TimeRange(first, now)
            notes.append(_last(back))
    shift = str(panel.get("timeShift") or "").strip()
    if shift:
        span = TimeRange(
            moment(f"now-{shift}", span.start, timezone_name),
            moment(f"now-{shift}", span.end, timezone_name, end=True),
        )
        notes.append(f"timeshift -{shift}")
    return span, () if panel.get("hideTimeOverride") is True else tuple(notes)


_NAMES = {
    **{"s": "second", "m": "minute", "h": "hour", "d": "day"},
    **{"w": "week", "M": "month", "y": "year"},
}


def _last(back: str) -> str:
    """In Grafana's words: "Last 2 hours"."""
    plain = re.fullmatch(r"(?:now-)?(\d+)([smhdwMy])", back)
    if not plain:
        return f"last {back}"
    count, unit = plain.groups()
    return f"Last {count} {_NAMES[unit]}{'' if count == '1' else 's'}"
