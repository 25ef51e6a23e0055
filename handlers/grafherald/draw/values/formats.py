"""Ways to print a number that several units share: fixed, scaled by 1000 or 1024, currency, hex.

What changed between Grafana's versions stands beside the code that knows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal

from grafherald.draw.frames.numbers import as_javascript, round_half_up

Version = tuple[int, ...]


@dataclass(frozen=True)
class Formatted:
    """Three parts, as big values print them in sizes of their own; joined there is no space."""

    text: str
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.prefix}{self.text}{self.suffix}"


@dataclass(frozen=True)
class Manner:
    """Which Grafana prints, and where and when the reader is.

    Attributes:
        now: epoch milliseconds, for units such as dateTimeFromNow; None: dates in full.
    """

    version: Version = (13, 0)
    timezone: str = "utc"
    now: float | None = None


Formatter = Callable[[float, int | None, Manner], Formatted]


def fixed(value: float, decimals: int | None, version: Version = (13, 0)) -> str:
    """Round half up to *decimals* places; None takes about three significant digits."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if decimals is None:
        decimals = _decimals_for(value, version)
    if decimals > 100:
        return as_javascript(value)
    if value == 0 and version < (9, 0):
        return "0"
    factor = 10.0**decimals
    scaled = value * factor
    if math.isinf(scaled):
        return as_javascript(value)
    text = as_javascript(round_half_up(scaled) / factor)
    if "e" in text:
        return text
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(decimals, '0')}" if decimals else text


def _decimals_for(value: float, version: Version) -> int:
    if value % 1 == 0:
        return 0
    places = 1 - math.floor(math.log(abs(value)) / math.log(10))
    if places > 300:
        return places
    # Before 9.1 a negative number never counted as "large", and so had a decimal less.
    size = value if version < (9, 1) else abs(value)
    if size / 10.0**-places > 2.25:
        places += 1
    return max(0, places)


def with_unit(unit: str, before: bool = False) -> Formatter:
    """The number with a unit behind it after a space, or close before it."""

    def formatter(value: float, decimals: int | None, manner: Manner) -> Formatted:
        text = fixed(value, decimals, manner.version)
        if before:
            return Formatted(text, prefix=unit)
        return Formatted(text, suffix=f" {unit}" if unit else "")

    return formatter


def percent(factor: int) -> Formatter:
    """*factor* 100 makes a share a percentage."""
    return lambda value, decimals, manner: Formatted(
        fixed(factor * value, decimals, manner.version), suffix="%"
    )


_SI = ["f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"]
_SI_PLAIN = 5
_BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]
_THOUSANDS = ["", "K", "M", "B", "T"]


def si(unit: str, steps: int = 0) -> Formatter:
    """``12.3 kW``; *steps* counts the prefixes that a value of 1 already has."""
    return scaled(1000, [f" {prefix}{unit}" for prefix in _SI], _SI_PLAIN + steps)


def si_free(unit: str) -> Formatter:
    """ "mV": a unit of the user's own, its first letter a prefix if it can be one."""
    letter = "µ" if unit[:1] == "μ" else unit[:1]
    steps = _SI.index(letter) - _SI_PLAIN if letter and letter in _SI else 0
    return si(unit[1:] if steps else unit, steps)


def binary(unit: str, steps: int = 0) -> Formatter:
    """``23.8 MiB``."""
    return scaled(1024, [f" {prefix}{unit}" for prefix in _BINARY], steps)


def scaled(factor: int, units: Sequence[str], start: int = 0) -> Formatter:
    """Divide until the number is small; ``units[start]`` is that of the number as it is."""

    def formatter(value: float, decimals: int | None, manner: Manner) -> Formatted:
        if not math.isfinite(value):
            return Formatted(fixed(value, None))
        if manner.version < (9, 0):
            return _scaled_up(factor, units[start:], value, decimals, manner)
        step = 0 if value == 0 else math.floor(math.log10(abs(value)) / math.log10(factor))
        last = len(units) - 1
        number = value / float(factor) ** max(-start, min(step, last - start))
        suffix = units[max(0, min(start + step, last))]
        return Formatted(fixed(number, decimals, manner.version), suffix=suffix)

    return formatter


def _scaled_up(
    factor: int, units: Sequence[str], value: float, decimals: int | None, manner: Manner
) -> Formatted:
    """Before 9.0: small values keep the plain unit, and too large ones are not available."""
    step = 0
    while abs(value) >= factor:
        step += 1
        value /= factor
        if step >= len(units):
            return Formatted("NA")
    return Formatted(fixed(value, decimals, manner.version), suffix=units[step])


def count(what: str) -> Formatter:
    """``12.3K req/s``."""
    scale = scaled(1000, _THOUSANDS)

    def formatter(value: float, decimals: int | None, manner: Manner) -> Formatted:
        shown = scale(value, decimals, manner)
        if not shown.suffix and shown.text in ("NA", "∞", "-∞", "NaN"):
            # Grafana's own slip, kept so that the texts are the same.
            return replace(shown, suffix=f"undefined {what}")
        return replace(shown, suffix=f"{shown.suffix} {what}")

    return formatter


def currency(symbol: str, behind: bool = False) -> Formatter:
    """``$12.3K``, or ``12.3Kkr``."""
    scale = scaled(1000, _THOUSANDS)

    def formatter(value: float, decimals: int | None, manner: Manner) -> Formatted:
        # Since 9.5 the minus stands before the symbol.
        minus = "-" if value < 0 and manner.version >= (9, 5) else ""
        shown = scale(abs(value) if minus else value, decimals, manner)
        if behind:
            symbol_behind = "" if shown.text == "NA" else symbol
            return replace(shown, prefix=minus, suffix=shown.suffix + symbol_behind)
        return replace(shown, prefix=minus + symbol)

    return formatter


def currency_free(argument: str) -> Formatter:
    """ "€", or since 12 "financial:€[:suffix]" for all digits."""
    parts = argument.split(":")
    short = currency(argument)
    if parts[0] != "financial" or len(parts) < 2:
        return short
    symbol, behind = parts[1], parts[2:3] == ["suffix"]

    def formatter(value: float, decimals: int | None, manner: Manner) -> Formatted:
        if manner.version < (12, 0):
            return short(value, decimals, manner)
        if not symbol:
            return Formatted(fixed(value, decimals, manner.version))
        text = _grouped(value, decimals or 0, 1 if decimals is None else decimals)
        return Formatted(text, "", symbol) if behind else Formatted(text, symbol)

    return formatter


def local(value: float, decimals: int | None, _manner: Manner) -> Formatted:
    """``12,345.678``, as a browser in English prints it."""
    return Formatted(_grouped(value, 0, 3 if decimals is None else decimals))


def _grouped(value: float, least: int, most: int) -> str:
    if not math.isfinite(value):
        return fixed(value, None)
    rounded = _rounded(Decimal(repr(float(value))), most)
    whole, _, fraction = format(rounded, ",f").partition(".")
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{whole}.{fraction}" if fraction else whole


_EXACT = Context(prec=800)  # a double has up to 767 digits


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)


def boolean(true: str, false: str) -> Formatter:
    return lambda value, _decimals, _manner: Formatted(
        true if value and not math.isnan(value) else false
    )


def plain(value: float, _decimals: int | None, _manner: Manner) -> Formatted:
    """All digits, as a text has them."""
    return Formatted(as_javascript(value))


def scientific(value: float, decimals: int | None, _manner: Manner) -> Formatted:
    """``1.23e+4``."""
    if not math.isfinite(value) or value == 0:
        zero = f"{0:.{decimals or 0}f}e+0"
        return Formatted(zero if value == 0 else as_javascript(value))
    number = Decimal(value) if decimals is not None else Decimal(repr(float(value)))
    exponent = number.adjusted()
    digits = number.scaleb(-exponent, _EXACT)
    if decimals is None:
        return Formatted(f"{digits.normalize():f}e{exponent:+d}")
    digits = _rounded(digits, decimals)
    if abs(digits) >= 10:
        digits, exponent = _rounded(digits / 10, decimals), exponent + 1
    return Formatted(f"{digits:f}e{exponent:+d}")


def hexadecimal(prefix: str = "") -> Formatter:
    """``FF``, or ``-0xA.8``."""

    def formatter(value: float, decimals: int | None, manner: Manner) -> Formatted:
        if not math.isfinite(value):
            return Formatted(prefix + "NAN")
        number = float(fixed(value, decimals, manner.version))
        sign = "-" if number < 0 else ""
        return Formatted(sign + prefix + _hexadecimal(abs(number)))

    return formatter


def _hexadecimal(number: float) -> str:
    """As many digits as tell the number from its neighbours."""
    whole, fraction = math.floor(number), number % 1
    error = (math.nextafter(number, math.inf) - number) / 2
    digits: list[int] = []
    while fraction >= error and fraction and len(digits) < 60:
        fraction, error = fraction * 16, error * 16
        digit = int(fraction)
        fraction -= digit
        if fraction > 0.5 and fraction + error > 1:
            digit, fraction = digit + 1, 0.0
        digits.append(min(digit, 15))
    tail = "".join(f"{digit:X}" for digit in digits)
    return f"{whole:X}.{tail}" if tail else f"{whole:X}"
