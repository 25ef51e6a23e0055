"""Numbers as JavaScript has them: how it rounds, prints and reads them."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any


def as_javascript(value: float) -> str:
    """The shortest digits that give this number back, with an exponent from 1e21 and below 1e-6."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    text = repr(float(value))
    if 1e-6 <= abs(value) < 1e21:
        if "e" in text:
            text = format(Decimal(text), "f")
        return text[:-2] if text.endswith(".0") else text
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"


def round_half_up(value: float) -> float:
    """To the next integer, halves up, as JavaScript's Math.round."""
    if abs(value) >= 2**52:
        return value
    low = math.floor(value)
    return float(low + 1 if value - low >= 0.5 else low)


def to_number(value: Any) -> float | None:
    """A number, or a text that is one; None for anything else and for NaN."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        try:
            return None if value != value else float(value)  # noqa: PLR0124 - true for NaN alone
        except OverflowError:
            return None
    if isinstance(value, str) and value.strip() and len(value) < 400:
        try:
            number = float(value)
        except ValueError:
            return None
        return None if math.isnan(number) or "_" in value else number
    return None
