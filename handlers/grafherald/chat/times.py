"""The times that people say, as Grafana's URLs take them: what Grafana can't read it shows as 1970.

https://grafana.com/docs/grafana/latest/dashboards/use-dashboards/#time-units-and-relative-ranges
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from grafherald.errors import Refusal

HINT = (
    "Times are now-6h, 6h, last 6 hours, yesterday, now-1d/d, 2026-01-18T09:30 or epoch"
    " milliseconds; a variable is written name=value, a name with blanks in quotes:"
    ' graf db "Web frontend:CPU load"'
)

_RELATIVE = re.compile(r"now(?:[+-]\d{1,12}(?:ms|[smhdwMQy])|/(?:[smhdwMQy]|f[Qy]))*")
_STEP = re.compile(r"([+-]\d+|/f?)(ms|[smhdwMQy])")
_EPOCH = re.compile(r"\d{10,14}")
_COMPACT = {8: "%Y%m%d", 15: "%Y%m%dT%H%M%S"}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LENGTH = re.compile(r"(?P<count>\d{1,12}) ?(?P<unit>[a-z]+)", re.IGNORECASE)
_NEAR_MISS = re.compile(r"now\W.*|\d{4}-\d\d?-.*", re.IGNORECASE)
_UNITS = (
    ("m", ("m", "min", "mins", "minute", "minutes")),
    ("s", ("s", "sec", "secs", "second", "seconds")),
    ("h", ("h", "hr", "hrs", "hour", "hours")),
    ("d", ("d", "day", "days")),
    ("w", ("w", "wk", "week", "weeks")),
    ("M", ("mo", "mon", "month", "months")),
    ("y", ("y", "yr", "year", "years")),
)
_SECONDS = {
    "ms": 0.001,
    "s": 1,
    "m": 60,
    "h": 3600,
    "d": 86400,
    "w": 604800,
    "M": 2592000,
    "Q": 7776000,
    "y": 31536000,
}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_LONGEST = 4  # words: the last 6 hours


@dataclass(frozen=True)
class Moment:
    """A time as a question names it, read.

    Attributes:
        start: what it is where a range begins.
        end: what it is where a range ends; a day ends with its last moment.
        alone: where the range ends that it is by itself, or "" for now.
    """

    start: str
    end: str
    alone: str = ""


def read(words: Sequence[str], zone: str = "") -> tuple[Moment, int] | None:
    """Read the time that the first of *words* are; tell how many they are. None: they are none.

    Args:
        words: of what was said.
        zone: where a time without an offset is meant, as ``Europe/Amsterdam``; default UTC.
    """
    for count in range(min(_LONGEST, len(words)), 0, -1):
        moment = _moment(" ".join(words[:count]).translate(_DASHES), zone)
        if moment is not None:
            return moment, count
    return None


def is_near_miss(word: str) -> bool:
    """Tell whether *word* was meant as a time, though it is none."""
    return bool(_NEAR_MISS.fullmatch(word.translate(_DASHES)))


def refused(word: str) -> Refusal:
    """Say that *word* is no time, and which one may be meant."""
    plain = word.translate(_DASHES)
    length = _LENGTH.fullmatch(re.sub(r"^now\s*-?\s*", "", plain, flags=re.IGNORECASE))
    meant = _ago(length) if length else ""
    question = f"; did you mean `{meant}`?" if meant else "."
    return Refusal(f"`{word}` is not a time{question}", hint=HINT)


def is_zone(name: str) -> bool:
    """Tell whether Grafana and we know the time zone *name*."""
    if name.lower() in ("utc", "browser"):
        return True
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return not available_timezones()  # a machine that knows none can't tell
    return True


def check_order(start: str, end: str, now: datetime, zone: str = "") -> None:
    """Refuse a range that ends before it begins: Grafana shows it as an empty graph.

    Raises:
        Refusal: it does.
    """
    begun, ended = _at(start, now, zone, up=False), _at(end, now, zone, up=True)
    if begun is not None and ended is not None and begun >= ended:
        raise Refusal(
            f"The range ends before it begins: from {start} to {end}.",
            hint="The earlier time comes first, as in: graf db web:cpu now-6h now-1h",
        )


def _moment(text: str, zone: str) -> Moment | None:
    if _RELATIVE.fullmatch(text) or _is_compact(text):
        return Moment(text, text)
    if _EPOCH.fullmatch(text):
        milliseconds = text + "000" if len(text) == 10 else text
        return Moment(milliseconds, milliseconds)
    return _day(text.lower()) or _length(text) or _clock(text) or _iso(text, zone)


def _day(text: str) -> Moment | None:
    if text == "yesterday":
        return Moment("now-1d/d", "now-1d/d", alone="now-1d/d")
    if text == "today":
        return Moment("now/d", "now/d")
    this = re.fullmatch(r"this ([a-z]+)", text)
    unit = _unit(this[1]) if this else ""
    return Moment(f"now/{unit}", f"now/{unit}") if unit else None


def _length(text: str) -> Moment | None:
    """Read ``6h``, ``-6h``, ``6 hours``, ``last 6 hours``, ``last hour``, ``6 hours ago``."""
    words = re.sub(r"^-\s*|^(?:the )?(?:last|past) |\s+ago$", "", text, flags=re.IGNORECASE)
    if words != text and re.fullmatch(r"[A-Za-z]+", words):
        words = f"1 {words}"
    match = _LENGTH.fullmatch(words)
    ago = _ago(match) if match else ""
    return Moment(ago, ago) if ago else None


def _ago(length: re.Match[str]) -> str:
    unit = _unit(length["unit"])
    return f"now-{length['count']}{unit}" if unit else ""


def _unit(name: str) -> str:
    if name == "M":
        return "M"
    return next((short for short, names in _UNITS if name.lower() in names), "")


def _clock(text: str) -> Moment | None:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    today = f"now/d+{int(match[1])}h+{int(match[2])}m"
    return Moment(today, today)


def _is_compact(text: str) -> bool:
    try:
        datetime.strptime(text, _COMPACT[len(text)])  # noqa: DTZ007 - only whether it is one
    except (KeyError, ValueError):
        return False
    return True


def _iso(text: str, zone: str) -> Moment | None:
    if not _DATE.match(text):
        return None
    try:
        at = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", text))
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=_zone(zone))
    is_day = _DATE.fullmatch(text) is not None
    last = aware + timedelta(days=1, milliseconds=-1) if is_day else aware
    return Moment(*(str(round(one.timestamp() * 1000)) for one in (aware, last)))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name.lower() not in ("", "utc", "browser") else timezone.utc
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone.utc


def _at(text: str, now: datetime, zone: str, *, up: bool) -> datetime | None:
    """Work out when *text* is, months and years about; None where it can't be told."""
    if _EPOCH.fullmatch(text):
        try:
            return datetime.fromtimestamp(int(text) / 1000, timezone.utc)
        except (ValueError, OverflowError, OSError):
            return None
    if not _RELATIVE.fullmatch(text):
        return None
    at = now.astimezone(_zone(zone))
    try:
        for step, unit in _STEP.findall(text):
            length = timedelta(seconds=_SECONDS[unit])
            if step.startswith("/"):
                since = (at.replace(tzinfo=timezone.utc) - _MONDAY) % length
                at = at - since + (length if up else timedelta())
            else:
                at += int(step) * length
    except OverflowError:
        return None
    return at


_MONDAY = datetime(1970, 1, 5, tzinfo=timezone.utc)
