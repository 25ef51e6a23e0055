"""Texts of a certain form, as the ``format`` of a schema names them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

_RELATIVE = r"now(?:[+-]\d+(?:ms|[smhdwMQy])|/(?:[smhdwMQy]|f[Qy]))*"
_MILLISECONDS = r"\d{11,14}"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_COMPACT = {8: "%Y%m%d", 15: "%Y%m%dT%H%M%S"}


class Format(NamedTuple):
    """A form: whether a text has it, and what to write instead where it has not."""

    fits: Callable[[str], bool]
    expected: str


def is_time(text: str) -> bool:
    """Tell whether Grafana takes *text* as a time; what it does not know it shows as 1970.

    https://grafana.com/docs/grafana/latest/dashboards/use-dashboards/#time-units-and-relative-ranges
    """
    if re.fullmatch(_RELATIVE, text) or re.fullmatch(_MILLISECONDS, text):
        return True
    try:
        datetime.strptime(text, _COMPACT[len(text)])  # noqa: DTZ007 - only whether it is one
    except (KeyError, ValueError):
        return False
    return True


def is_web_url(text: str) -> bool:
    """Tell whether *text* is an absolute http or https URL with a host."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return good and text.isprintable() and " " not in text


def is_address(text: str) -> bool:
    """Tell whether *text* is HOST:PORT, ``[::1]:80`` for a literal with colons; or :PORT."""
    host, colon, port = text.rpartition(":")
    is_port = port.isascii() and port.isdigit() and int(port) <= 65535
    return bool(colon) and is_port and (":" not in host or host.startswith("["))


def is_store(text: str) -> bool:
    """Tell whether *text* names a database that we can use."""
    schemes = ("sqlite:///", "postgresql://", "postgres://")
    return any(text.startswith(scheme) and len(text) > len(scheme) for scheme in schemes)


def is_length(text: str) -> bool:
    """Tell whether *text* is a length of time as Grafana writes it: ``7d``."""
    return bool(re.fullmatch(r"[1-9]\d{0,3}[mhdw]", text, re.ASCII))


def is_zone(text: str) -> bool:
    """Tell whether *text* names a time zone that this machine knows."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        return text.lower() == "utc"
    return True


def weekdays(text: str) -> frozenset[int]:
    """Read days of the week, Monday is 0: ``sat-sun``, ``mon,wed``, ``Friday``.

    Raises:
        ValueError: it names none.
    """
    found: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        start = _day(first)
        end = _day(last) if dash else start
        found.update((start + n) % 7 for n in range((end - start) % 7 + 1))
    return frozenset(found)


def _day(name: str) -> int:
    found = [number for number, day in enumerate(_DAYS) if day.startswith(name) and len(name) > 2]
    if not found:
        raise ValueError(name)
    return found[0]


def minutes(text: str) -> tuple[int, int]:
    """Read a time of the day, from and to, in minutes since midnight: ``22:00-06:00``.

    Raises:
        ValueError: it is no such text.
    """
    match = re.fullmatch(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)", text.replace(" ", ""), re.ASCII)
    if match is None:
        raise ValueError(text)
    first, second, third, fourth = map(int, match.groups())
    start, end = 60 * first + second, 60 * third + fourth
    if max(second, fourth) > 59 or start >= 1440 or end > 1440 or start == end:
        raise ValueError(text)
    return start, end


def _reads(read: Callable[[str], object]) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return fits


FORMATS: Mapping[str, Format] = {
    "grafana-time": Format(is_time, "a time as Grafana takes it, such as now-6h or now-1d/d"),
    "web-url": Format(is_web_url, "an http or https URL"),
    "address": Format(is_address, "HOST:PORT"),
    "length": Format(is_length, "a length of time such as 7d, 12h or 2w"),
    "zone": Format(is_zone, "a time zone's name, such as Europe/Warsaw or UTC"),
    "days": Format(_reads(weekdays), "weekdays, such as sat-sun or mon,wed"),
    "hours": Format(_reads(minutes), "hours, such as 22:00-06:00"),
    "store": Format(is_store, "sqlite:////path/to/file or postgresql://user@host/database"),
}
