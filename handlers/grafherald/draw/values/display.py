"""How the values of one field are shown: text and colour, with unit, mappings and thresholds.

https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/field/displayProcessor.ts
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from grafherald.draw.frames.numbers import as_javascript, to_number
from grafherald.draw.values.colormode import ColorMode
from grafherald.draw.values.mappings import Mapper
from grafherald.draw.values.units import Manner, format_value

_TIME_UNITS = ("dateTime", "time:")


@dataclass(frozen=True)
class DisplayValue:
    """A value as it is to be read.

    Attributes:
        color: hex; None only where a field has no colours at all.
        number: the value as a number, or None.
        share: where the number lies in min..max, 0 to 1 (beyond where it lies outside).
        mapped: a value mapping gave the text.
    """

    text: str
    prefix: str = ""
    suffix: str = ""
    color: str | None = None
    number: float | None = None
    share: float = 0.0
    mapped: bool = False

    def __str__(self) -> str:
        return f"{self.prefix}{self.text}{self.suffix}"


@dataclass(frozen=True)
class Display:
    """See `Display.text`.

    Attributes:
        kind: the field's: time, number, string, boolean, other.
        decimals: None for as many as each value needs.
        low, high: the range that shares are of: the field's min and max, else that of all data.
        no_value: what stands where there is no value.
    """

    kind: str
    unit: str
    decimals: int | None
    colors: ColorMode
    manner: Manner
    mapper: Mapper | None = None
    low: float = 0.0
    high: float = 100.0
    no_value: str = ""

    def text(self, value: Any, decimals: int | None = None) -> DisplayValue:
        """Show one value.

        Args:
            value: anything that a field holds.
            decimals: those of its neighbours, as an axis wants; a field's own come first.
        """
        unit = self._unit()
        if isinstance(value, str) and unit.startswith(_TIME_UNITS):
            value = _milliseconds(value)
        number = None if unit == "string" else to_number(value)
        mapped = self.mapper(value) if self.mapper else None
        if mapped is not None and self.manner.version < (8, 0) and mapped.text is not None:
            number = _number_of_mapped(mapped.text, number)
        share = self.share(number)
        color = self._color(mapped.color if mapped else None, number, share)
        if mapped is not None and mapped.text is not None:
            return DisplayValue(mapped.text, "", "", color, number, share, mapped=True)
        if number is None or isinstance(value, bool):
            text = self._words(value)
            return DisplayValue(text, "", "", color, number, share)
        own = self.decimals if self.decimals is not None else decimals
        shown = format_value(unit, number, own, self.manner)
        return DisplayValue(shown.text, shown.prefix, shown.suffix, color, number, share)

    def share(self, number: float | None) -> float:
        """Where a number lies in the range; 0 for none, and in a range without width."""
        width = self.high - self.low
        if number is None or not width:
            return 0.0 if number is None or number <= self.low else 1.0
        share = (number - self.low) / width
        return share if share == share else 0.0  # noqa: PLR0124 - infinities give NaN

    def color(self, value: Any) -> str:
        """The hex of a value."""
        return self.text(value).color or self.colors.series_color()

    def _unit(self) -> str:
        if self.kind == "time" and not self.unit.startswith(_TIME_UNITS):
            return "dateTimeAsSystem"
        if self.kind == "boolean" and not self.unit.startswith("bool"):
            return "bool"
        if self.kind == "string" and not self.unit:
            return "string"
        return self.unit or "none"

    def _color(self, mapped: str | None, number: float | None, share: float) -> str:
        if mapped:
            return self.colors.theme.color(mapped)
        if self.kind == "boolean" and self.manner.version >= (8, 0):
            if self.colors.mode.startswith("continuous"):
                return self.colors.color(0.0, 1.0 if number else 0.0)
            return self.colors.theme.color("green" if number else "red")
        if number is None:
            return self.colors.color(float("-inf"), 0.0)
        return self.colors.color(number, share)

    def _words(self, value: Any) -> str:
        """The text of what is no number."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None or value != value:  # noqa: PLR0124 - true for NaN alone
            return self.no_value or ("" if value is None else "NaN")
        if isinstance(value, int | float):
            return as_javascript(value)
        if isinstance(value, str):
            return value or self.no_value
        return _json(value)


def _number_of_mapped(text: str, number: float | None) -> float | None:
    found = to_number(text)
    return number if found is None else found


def _json(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(each if isinstance(each, str) else _json(each) for each in value)[:2000]
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)[:2000]
    return str(value)


def _milliseconds(text: str) -> float | str:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.timestamp() * 1000
