"""Units of time: how long something took, and when it was."""

from __future__ import annotations

import math

from grafherald.draw.values import moments
from grafherald.draw.values.formats import Formatted, Formatter, Manner, fixed

# unit -> (below this size, divide by, suffix, plural when larger than 1)
_STEPS: dict[str, list[tuple[float, float, str, bool]]] = {
    "ns": [
        (1e3, 1, "ns", False),
        (1e6, 1e3, "µs", False),
        (1e9, 1e6, "ms", False),
        (6e10, 1e9, "s", False),
        (36e11, 6e10, "min", True),
        (864e11, 36e11, "hour", True),
        (math.inf, 864e11, "day", True),
    ],
    "µs": [(1e3, 1, "µs", False), (1e6, 1e3, "ms", False), (math.inf, 1e6, "s", False)],
    "ms": [
        (1e3, 1, "ms", False),
        (6e4, 1e3, "s", False),
        (36e5, 6e4, "min", True),
        (864e5, 36e5, "hour", True),
        (31536e6, 864e5, "day", True),
        (math.inf, 31536e6, "year", True),
    ],
    "s": [
        (1e-6, 1e-9, "ns", False),
        (1e-3, 1e-6, "µs", False),
        (1, 1e-3, "ms", False),
        (60, 1, "s", False),
        (3600, 60, "min", True),
        (86400, 3600, "hour", True),
        (604800, 86400, "day", True),
        (31536e3, 604800, "week", True),
        (math.inf, 31556900, "year", True),
    ],
    "m": [
        (60, 1, "min", False),
        (1440, 60, "hour", True),
        (10080, 1440, "day", True),
        (604800, 10080, "week", True),
        (math.inf, 525948, "year", True),
    ],
    "h": [
        (24, 1, "hour", False),
        (168, 24, "day", True),
        (8760, 168, "week", True),
        (math.inf, 8760, "year", True),
    ],
    "d": [(7, 1, "day", True), (365, 7, "week", True), (math.inf, 365, "year", True)],
}


def stepped(unit: str, divisor: int = 1) -> Formatter:
    """``1.5 hours``: the largest unit that the size reaches; *divisor* comes first."""
    steps = _STEPS[unit]

    def formatter(value: float, decimals: int | None, manner: Manner) -> Formatted:
        value /= divisor
        if unit == "s" and value == 0:
            return Formatted("0", suffix=" s")
        step = next((step for step in steps if abs(value) < step[0]), steps[-1])
        _, by, suffix, plural = step
        # Multiplying is what Grafana does with a part of a second; dividing rounds otherwise.
        number = value * round(1 / by) if by < 1 else value / by
        # Plurals came with 10.2, and that of a plain day with 11.1.
        since = (11, 1) if (unit, suffix) == ("d", "day") else (10, 2)
        many = plural and abs(number) > 1 and manner.version >= since
        suffix = f" {suffix}s" if many else f" {suffix}"
        return Formatted(fixed(number, decimals, manner.version), suffix=suffix)

    return formatter


_INTERVALS = [
    ("year", 31536000000),
    ("month", 2592000000),
    ("week", 604800000),
    ("day", 86400000),
    ("hour", 3600000),
    ("minute", 60000),
    ("second", 1000),
    ("millisecond", 1),
]


def in_words(unit: str) -> Formatter:
    """``1 day, 2 hours``: the largest part, and as many more as there are decimals."""
    factor = 1000 if unit == "second" else 1

    def formatter(value: float, decimals: int | None, _manner: Manner) -> Formatted:
        if value == 0 or not math.isfinite(value * factor):
            return Formatted(fixed(value, 0), suffix=f" {unit}s" if value == 0 else "")
        rest = abs(value) * factor
        parts: list[str] = []
        for name, size in _INTERVALS:
            if len(parts) > (decimals or 0):
                break
            if rest >= size or parts:
                number = math.floor(rest / size)
                parts.append(f"{number} {name}{'' if number == 1 else 's'}")
                rest %= size
        return Formatted(", ".join(parts), suffix=" ago" if value < 0 else "")

    return formatter


def as_time(days: bool) -> Formatter:
    """``26:03:04``, or with *days* ``1 d 02:03:04``."""

    def formatter(value: float, _decimals: int | None, _manner: Manner) -> Formatted:
        if not math.isfinite(value):
            return Formatted(fixed(value, None))
        rest, suffix = abs(value), " ago" if value < 0 else ""
        day = math.floor(rest / 86400) if days else 0
        rest = rest % 86400 if days else rest
        hours, minutes = math.floor(rest / 3600), math.floor(rest % 3600 / 60)
        text = f"{hours:02d}:{minutes:02d}:{math.floor(rest % 3600 % 60):02d}"
        return Formatted(f"{day} d {text}" if day else text, suffix=suffix)

    return formatter


def clock(factor: int) -> Formatter:
    """``1h:02m:03s:004ms``, cut after as many parts behind the first as there are decimals."""

    def formatter(value: float, decimals: int | None, manner: Manner) -> Formatted:
        if not math.isfinite(value * factor):
            return Formatted(fixed(value, None))
        return Formatted(_clock(math.trunc(value * factor), decimals, manner))

    return formatter


def _clock(milliseconds: int, decimals: int | None, manner: Manner) -> str:
    seconds = milliseconds // 1000
    parts = [
        f"{seconds // 60 % 60:02d}m",
        f"{seconds % 60:02d}s",
        f"{milliseconds % 1000:03d}ms",
    ]
    if milliseconds < 1000:
        return parts[2]
    if milliseconds < 60_000:
        return parts[1] if decimals == 0 else ":".join(parts[1:])
    if milliseconds < 3_600_000:
        return ":".join(parts[: decimals + 1] if decimals in (0, 1) else parts)
    # Before 11.1 hours had two digits, always: 277 hours were "77h".
    hours = seconds // 3600
    first = f"{hours}h" if manner.version >= (11, 1) else f"{hours:02d}"[-2:] + "h"
    return ":".join([first, *(parts[:decimals] if decimals in (0, 1, 2) else parts)])


def date(pattern: str, today: str = "") -> Formatter:
    """A moment by a pattern of moment.js; *today* is a shorter one for moments of today."""

    def formatter(value: float, _decimals: int | None, manner: Manner) -> Formatted:
        zone, now = manner.timezone, manner.now
        if today and now is not None:
            is_today = moments.text(value, "L", zone) == moments.text(now, "L", zone)
            return Formatted(moments.text(value, today if is_today else pattern, zone))
        return Formatted(moments.text(value, pattern, zone))

    return formatter


def ago(value: float, _decimals: int | None, manner: Manner) -> Formatted:
    """``5 minutes ago``; the moment itself where nobody says when now is."""
    if manner.now is None:
        return Formatted(moments.text(value, "YYYY-MM-DD HH:mm:ss", manner.timezone))
    return Formatted(moments.distance(value, manner.now))
