"""A number as Grafana prints it: prefix, text and suffix by unit, decimals and Grafana's version.

Found out by running npm's @grafana/data (7.5.5, 8.0.6 … 13.2.3) in Node; the tests hold thousands
of its answers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from grafherald.draw.values import unit_table as table
from grafherald.draw.values.durations import ago, as_time, clock, date, in_words, stepped
from grafherald.draw.values.formats import (
    Formatted,
    Formatter,
    Manner,
    binary,
    boolean,
    count,
    currency,
    currency_free,
    hexadecimal,
    local,
    percent,
    plain,
    scaled,
    scientific,
    si,
    si_free,
    with_unit,
)

__all__ = ["Formatted", "Manner", "format_value"]


def format_value(
    unit: str | None, value: float | None, decimals: int | None = None, manner: Manner | None = None
) -> Formatted:
    """Print *value* in *unit*; *decimals* of None are as many as the size of the value needs.

    A unit that this version doesn't know is free text behind the number, as "err/s" is.
    """
    if value is None:
        return Formatted("")
    if decimals is not None:
        decimals = max(0, min(int(decimals), 20))
    manner = manner or Manner()
    return _formatter(unit or "none", manner)(value, decimals, manner)


def _formatter(unit: str, manner: Manner) -> Formatter:
    if manner.version < table.SINCE.get(unit, ()):
        return with_unit(unit)
    before = table.BEFORE.get(unit)
    if before and manner.version < before[0]:
        _, way, name, steps = before
        return si(name, steps) if way == "si" else with_unit(name)
    known = _known().get(unit)
    if known:
        return known
    kind, colon, argument = unit.partition(":")
    make = _FREE.get(kind) if colon else None
    if make is None or (kind == "bool" and manner.version < (8, 0)):
        return with_unit(unit)
    return make(argument)


def _boolean_free(argument: str) -> Formatter:
    true, slash, false = argument.partition("/")
    return boolean(true, false if slash else "-")


_FREE: dict[str, Callable[[str], Formatter]] = {
    "prefix": lambda argument: with_unit(argument, before=True),
    "suffix": with_unit,
    "time": date,
    "si": si_free,
    "count": count,
    "currency": currency_free,
    "bool": _boolean_free,
}
"""Units with a colon, as "suffix:items" and "time:HH:mm"."""

_SHORT = ["", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept"]
_ISO = "YYYY-MM-DD HH:mm:ss"
_US = "MM/DD/YYYY h:mm:ss a"
_LOCAL = "MM/DD/YYYY, hh:mm:ss A"


@cache
def _known() -> dict[str, Formatter]:
    """Every unit by its id."""
    return {
        **{name: with_unit(unit) for name, unit in table.FIXED.items()},
        **{name: si(*unit) for name, unit in table.SI.items()},
        **{name: binary(*unit) for name, unit in table.BINARY.items()},
        **{name: count(what) for name, what in table.COUNT.items()},
        **{name: currency(symbol) for name, symbol in table.CURRENCY.items()},
        **{name: currency(symbol, True) for name, symbol in table.CURRENCY_BEHIND.items()},
        **{name: boolean(*words) for name, words in table.BOOLEAN.items()},
        **{name: stepped(name) for name in ("ns", "µs", "ms", "s", "m", "h", "d")},
        "farenheit": with_unit("°F"),
        "string": plain,
        "short": scaled(1000, _SHORT),
        "pressurepsi": scaled(1000, ["psi", "ksi", "Mpsi"]),
        "percent": percent(1),
        "percentunit": percent(100),
        "hex": hexadecimal(),
        "hex0x": hexadecimal("0x"),
        "sci": scientific,
        "locale": local,
        "timeticks": stepped("s", 100),
        "dtdurationms": in_words("millisecond"),
        "dtdurations": in_words("second"),
        "dthms": as_time(days=False),
        "dtdhms": as_time(days=True),
        "clockms": clock(1),
        "clocks": clock(1000),
        "dateTimeAsIso": date(_ISO),
        "dateTimeAsIsoNoDateIfToday": date(_ISO, "HH:mm:ss"),
        "dateTimeAsUS": date(_US),
        "dateTimeAsUSNoDateIfToday": date(_US, "h:mm:ss a"),
        "dateTimeAsLocal": date(_LOCAL),
        "dateTimeAsLocalNoDateIfToday": date(_LOCAL, "hh:mm:ss A"),
        "dateTimeAsSystem": date(_ISO),
        "dateTimeFromNow": ago,
    }
