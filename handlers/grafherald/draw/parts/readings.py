"""Fields made single values: what stats, gauges, bar gauges and pies show.

The rules are those of getFieldDisplayValues in @grafana/data (7.5 and later).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.frames.reducers import reduce
from grafherald.draw.frames.regexes import compiled
from grafherald.draw.graph.clock import clock_of
from grafherald.draw.page.bigtext import LONGEST, whole
from grafherald.draw.page.look import Look
from grafherald.draw.page.svg import clean
from grafherald.draw.parts.change import share_of
from grafherald.draw.parts.trend import Trend
from grafherald.draw.prepare import PreparedPanel
from grafherald.draw.values.display import DisplayValue
from grafherald.draw.values.fieldconfig import Column, columns_of
from grafherald.draw.values.scale import Scale
from grafherald.draw.values.tint import FALLBACK
from grafherald.draw.values.units import Manner

_MOST = 1000
_MOST_ROWS = 25  # of each row shown as a value of its own, unless the panel says more


@dataclass(frozen=True)
class Reading:
    """One value with its name; *change*: from first to last sample, as a share of the first."""

    name: str
    shown: DisplayValue
    scale: Scale
    trend: Trend | None = None
    change: float | None = None

    @property
    def color(self) -> str:
        """The value's hex."""
        return self.shown.color or FALLBACK

    @property
    def number(self) -> float:
        """The value; NaN where there is none."""
        number = self.shown.number
        return math.nan if number is None else float(number)


@dataclass(frozen=True)
class Readings:
    """All values of a panel; *named*: more than one, or the panel names them."""

    all: tuple[Reading, ...]
    named: bool
    left_out: int = 0

    @property
    def longest_name(self) -> str:
        """The name of the most characters."""
        return max((each.name for each in self.all), key=len, default="")

    @property
    def longest_value(self) -> str:
        """The longest prefix, text and suffix, each on its own, as Grafana aligns values."""
        shown = [each.shown for each in self.all]
        return whole(
            DisplayValue(
                max((each.text for each in shown), key=len, default=""),
                max((each.prefix for each in shown), key=len, default=""),
                max((each.suffix for each in shown), key=len, default=""),
            )
        )

    def notes(self, drawn: int) -> list[str]:
        """How many values have no place in the picture."""
        more = len(self.all) - drawn + self.left_out
        return [f"+ {more} more"] if more > 0 else []


def fixed_size(value: object) -> float:
    """A font size that a panel fixes, within reason; 0 leaves it to the layout."""
    return min(300.0, float(value)) if isinstance(value, (int, float)) and value > 0 else 0.0


def readings(ready: PreparedPanel, look: Look) -> Readings:
    """What the panel's ``reduceOptions`` make of its data; "No data" where there is none."""
    options = ready.group("reduceOptions")
    columns = [
        column for row in ready.columns for column in row if _wanted(column, options.get("fields"))
    ]
    left_out = 0
    if options.get("values"):
        limit = to_number(options.get("limit")) or _MOST_ROWS
        found = list(_rows(columns, look, int(max(0.0, min(limit, _MOST)))))
    else:
        calcs = options.get("calcs")
        calcs = (
            [str(each) for each in calcs[:20]] if isinstance(calcs, list) and calcs else ["last"]
        )
        found = [each for column in columns[:_MOST] for each in _reduced(column, calcs, look)]
        left_out = max(0, len(columns) - _MOST)
    if not found:
        return Readings((_nothing(ready, look),), ready.named)
    found = [_with_words(each, ready.options) for each in found]
    return Readings(tuple(found), ready.named or len(found) > 1, left_out)


def _with_words(reading: Reading, options: Mapping[str, Any]) -> Reading:
    """The words that a singlestat of old puts around its value."""
    before, behind = str(options.get("prefix") or ""), str(options.get("postfix") or "")
    if not before and not behind:
        return reading
    shown = reading.shown
    shown = replace(shown, prefix=before + shown.prefix, suffix=shown.suffix + behind)
    return replace(reading, shown=shown)


def _wanted(column: Column, fields: object) -> bool:
    """Whether the panel shows this field: numbers, unless it names others by a pattern."""
    if not isinstance(fields, str) or not fields:
        return column.field.kind == "number"
    pattern = compiled(fields)
    return pattern is not None and bool(pattern.search(column.name))


def _reduced(column: Column, calcs: Sequence[str], look: Look) -> Iterator[Reading]:
    time = column.frame.first("time")
    trend = None
    if time is not None and column.field.kind == "number":
        low, high = to_number(column.config.get("min")), to_number(column.config.get("max"))
        clock = clock_of(time)
        if clock.said is None:
            trend = Trend(time.values, column.field.values, low, high)
        else:  # a sample that is missing is a gap
            trend = Trend(clock.times, clock.values(column.field), low, high)
    change = share_of(column.field.values) if column.field.kind == "number" else None
    for calc in calcs:
        value = reduce(calc, column.field.values, look.version)
        name = f"{calc} {column.name}" if len(calcs) > 1 else column.name
        shown = column.display.text(value)
        yield Reading(_short(name), shown, Scale(column.display), trend, change)


def _rows(columns: Sequence[Column], look: Look, limit: int) -> Iterator[Reading]:
    """Each row as a value of its own, named by the texts beside it (since Grafana 8)."""
    count = 0
    for column in columns:
        for at, value in enumerate(column.field.values):
            if count >= limit:
                return
            count += 1
            name = column.name if look.version < (8, 0, 0) else _row_name(column, at)
            yield Reading(_short(name), column.display.text(value), Scale(column.display))


def _row_name(column: Column, at: int) -> str:
    if column.config.get("displayName"):
        return column.name
    others = [each for each in column.frame.fields if each is not column.field]
    parts = [str(each.values[at]) for each in others if each.kind == "string" and each.values[at]]
    if not parts or any(each.kind == "number" for each in others):
        parts.append(column.name)
    return " ".join(parts)


def _short(name: str) -> str:
    return clean(name, LONGEST)


def _nothing(ready: PreparedPanel, look: Look) -> Reading:
    """What stands where there is no data: the panel's words for nothing, else "No data"."""
    empty = Frame((Field("", "other", [None]),))
    manner = Manner(look.version, look.timezone)
    display = columns_of(ready.panel, [empty], look.theme, manner)[0][0].display
    shown = display.text(None)
    if not str(shown).strip():
        shown = replace(shown, text="No data")
    return Reading("No data", shown, Scale(display))
