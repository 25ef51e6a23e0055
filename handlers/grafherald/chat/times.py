"""The times that Grafana's URLs take, checked: what Grafana does not understand it shows as 1970.

https://grafana.com/docs/grafana/latest/dashboards/use-dashboards/#time-units-and-relative-ranges
"""

from __future__ import annotations

import re
from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grafherald.errors import Refusal

HINT = (
    "Times are now-6h, now-1d/d, 2026-01-18T09:30 or epoch milliseconds; a variable is written"
    ' name=value, a name with blanks in quotes: graf db "Web frontend:CPU load"'
)

_RELATIVE = re.compile(r"now(?:[+-]\d+(?:ms|[smhdwMQy])|/(?:[smhdwMQy]|f[Qy]))*")
_MILLISECONDS = re.compile(r"\d{11,14}")
_COMPACT = {8: "%Y%m%d", 15: "%Y%m%dT%H%M%S"}
_SPOKEN = re.compile(r"(?:now)?\s*-?\s*(\d+)\s*([a-z]+)", re.IGNORECASE)
_UNITS = (
    ("m", ("m", "min", "mins", "minute", "minutes")),
    ("s", ("s", "sec", "secs", "second", "seconds")),
    ("h", ("h", "hr", "hrs", "hour", "hours")),
    ("d", ("d", "day", "days")),
    ("w", ("w", "wk", "week", "weeks")),
    ("M", ("mo", "mon", "month", "months")),
    ("y", ("y", "yr", "year", "years")),
)
_NAMED = {"today": "now/d", "yesterday": "now-1d/d"}


def checked(text: str, zone: str = "") -> str:
    """Return *text* as Grafana takes it; an ISO 8601 time becomes epoch milliseconds.

    Args:
        text: what was asked for.
        zone: where a time without an offset is meant, as ``Europe/Amsterdam``; UTC if it is
            empty or unknown here.

    Raises:
        Refusal: it is no time; the text says which one may be meant.
    """
    if _RELATIVE.fullmatch(text) or _MILLISECONDS.fullmatch(text) or _is_compact(text):
        return text
    moment = _iso(text)
    if moment is not None:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=_zone(zone))
        return str(round(aware.timestamp() * 1000))
    meant = _meant(text)
    question = f"; did you mean `{meant}`?" if meant else "."
    raise Refusal(f"`{text}` is not a time{question}", hint=HINT)


def _is_compact(text: str) -> bool:
    try:
        datetime.strptime(text, _COMPACT[len(text)])  # noqa: DTZ007 - only whether it is one
    except (KeyError, ValueError):
        return False
    return True


def _iso(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", text))
    except ValueError:
        return None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else timezone.utc
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone.utc


def _meant(text: str) -> str:
    if text.lower() in _NAMED:
        return _NAMED[text.lower()]
    if re.fullmatch(r"\d{10}", text):
        return f"{text}000"
    match = _SPOKEN.fullmatch(text)
    unit = match[2].lower() if match else ""
    found = next((short for short, names in _UNITS if unit in names), "")
    return f"now-{match[1]}{found}" if match and found else ""
