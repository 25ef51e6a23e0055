"""A moment as moment.js prints it, which is how Grafana's users write their date formats."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_LONG = {
    "LTS": "h:mm:ss A",
    "LT": "h:mm A",
    "LLLL": "dddd, MMMM D, YYYY h:mm A",
    "LLL": "MMMM D, YYYY h:mm A",
    "LL": "MMMM D, YYYY",
    "L": "MM/DD/YYYY",
}
_LONG_TOKEN = re.compile(r"(\[[^\[\]]*\]|\\.)|LTS|LT|LL?L?L?")
# https://momentjs.com/docs/#/displaying/format/
_TOKEN = re.compile(
    r"\[[^\[\]]*\]|\\.|Mo|MM?M?M?|Do|DDDo|DD?D?D?|do|dd?d?d?|YYYY|YY|Q|[hH]mm(?:ss)?|WW?|ww?"
    r"|HH?|hh?|kk?|mm?|ss?|S{1,9}|ZZ?|z{1,2}|[aAxXeE]"
)


def zone(name: str) -> timezone | ZoneInfo:
    """The time zone that a URL's ``tz`` or a dashboard names; UTC for one that isn't known."""
    if name.lower() in ("", "utc", "browser"):
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return timezone.utc


def at(milliseconds: float, zone_name: str) -> datetime | None:
    """The moment in a zone; None for what no calendar knows, such as NaN or the year 300000."""
    if not math.isfinite(milliseconds):
        return None
    try:
        start = datetime(1970, 1, 1, tzinfo=timezone.utc)
        return (start + timedelta(milliseconds=math.trunc(milliseconds))).astimezone(
            zone(zone_name)
        )
    except (OverflowError, ValueError):
        return None


def text(milliseconds: float, pattern: str, zone_name: str = "utc") -> str:
    """Print epoch *milliseconds*; what no calendar knows is "Invalid date", as Grafana says."""
    moment = at(milliseconds, zone_name)
    if moment is None:
        return "Invalid date"
    pattern = _LONG_TOKEN.sub(
        lambda found: found[1] or _LONG.get(found[0], found[0]),
        pattern or "YYYY-MM-DDTHH:mm:ssZ",
    )
    return _TOKEN.sub(lambda found: _part(found[0], moment), pattern)


def _part(token: str, moment: datetime) -> str:
    if token.startswith("["):
        return token[1:-1]
    if token.startswith("\\"):
        return token[1:]
    if token[0] == "S":
        return f"{moment.microsecond:06d}000"[: len(token)]
    return _PARTS[token](moment) if token in _PARTS else token


def _ordinal(number: int) -> str:
    tail = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def _offset(moment: datetime, colon: str) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02d}{colon}{minutes % 60:02d}"


def _week(moment: datetime) -> int:
    """Weeks begin on Sunday, and the first is that of January the first, as in America."""
    first = moment.replace(month=1, day=1)
    return (moment.timetuple().tm_yday + first.isoweekday() % 7 - 1) // 7 + 1


_Part = Callable[[datetime], str]
_PARTS: dict[str, _Part] = {
    "YYYY": lambda at: f"{at.year:04d}",
    "YY": lambda at: f"{at.year % 100:02d}",
    "Q": lambda at: str((at.month + 2) // 3),
    "M": lambda at: str(at.month),
    "Mo": lambda at: _ordinal(at.month),
    "MM": lambda at: f"{at.month:02d}",
    "MMM": lambda at: _MONTHS[at.month - 1][:3],
    "MMMM": lambda at: _MONTHS[at.month - 1],
    "D": lambda at: str(at.day),
    "Do": lambda at: _ordinal(at.day),
    "DD": lambda at: f"{at.day:02d}",
    "DDD": lambda at: str(at.timetuple().tm_yday),
    "DDDo": lambda at: _ordinal(at.timetuple().tm_yday),
    "DDDD": lambda at: f"{at.timetuple().tm_yday:03d}",
    "d": lambda at: str(at.isoweekday() % 7),
    "do": lambda at: _ordinal(at.isoweekday() % 7),
    "dd": lambda at: _DAYS[at.weekday()][:2],
    "ddd": lambda at: _DAYS[at.weekday()][:3],
    "dddd": lambda at: _DAYS[at.weekday()],
    "e": lambda at: str(at.isoweekday() % 7),
    "E": lambda at: str(at.isoweekday()),
    "w": lambda at: str(_week(at)),
    "ww": lambda at: f"{_week(at):02d}",
    "W": lambda at: str(at.isocalendar()[1]),
    "WW": lambda at: f"{at.isocalendar()[1]:02d}",
    "H": lambda at: str(at.hour),
    "HH": lambda at: f"{at.hour:02d}",
    "h": lambda at: str((at.hour + 11) % 12 + 1),
    "hh": lambda at: f"{(at.hour + 11) % 12 + 1:02d}",
    "k": lambda at: str(at.hour or 24),
    "kk": lambda at: f"{at.hour or 24:02d}",
    "Hmm": lambda at: f"{at.hour}{at.minute:02d}",
    "Hmmss": lambda at: f"{at.hour}{at.minute:02d}{at.second:02d}",
    "hmm": lambda at: f"{(at.hour + 11) % 12 + 1}{at.minute:02d}",
    "hmmss": lambda at: f"{(at.hour + 11) % 12 + 1}{at.minute:02d}{at.second:02d}",
    "m": lambda at: str(at.minute),
    "mm": lambda at: f"{at.minute:02d}",
    "s": lambda at: str(at.second),
    "ss": lambda at: f"{at.second:02d}",
    "a": lambda at: "am" if at.hour < 12 else "pm",
    "A": lambda at: "AM" if at.hour < 12 else "PM",
    "Z": lambda at: _offset(at, ":"),
    "ZZ": lambda at: _offset(at, ""),
    "z": lambda at: at.tzname() or "",
    "zz": lambda at: at.tzname() or "",
    "X": lambda at: str(math.floor(at.timestamp())),
    "x": lambda at: str(math.floor(at.timestamp() * 1000)),
}

# Up to how many of a unit, and how the distance is then said.
_DISTANCES = [
    (44, 1, "a few seconds"),
    (89, 60, "a minute"),
    (44 * 60 + 59, 60, "{} minutes"),
    (89 * 60 + 59, 3600, "an hour"),
    (21 * 3600 + 1799, 3600, "{} hours"),
    (35 * 3600 + 1799, 86400, "a day"),
    (25 * 86400 + 43199, 86400, "{} days"),
    (45 * 86400 + 43199, 2629746, "a month"),
    (319 * 86400, 2629746, "{} months"),
    (547 * 86400, 31556952, "a year"),
]


def distance(milliseconds: float, now: float) -> str:
    """ "5 minutes ago" or "in 2 days", seen from *now* (epoch milliseconds)."""
    if not (math.isfinite(milliseconds) and math.isfinite(now)):
        return "Invalid date"
    seconds = round(abs(milliseconds - now) / 1000)
    words, size = next(
        ((words, size) for limit, size, words in _DISTANCES if seconds <= limit),
        ("{} years", 31556952),
    )
    said = words.format(math.floor(seconds / size + 0.5))
    return f"in {said}" if milliseconds > now else f"{said} ago"
