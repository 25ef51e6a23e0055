"""What a legend says of series: which of them, in which order, and their reduced values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grafherald.draw.frames import reducers
from grafherald.draw.frames.reducers import Version
from grafherald.draw.graph.plotted import part
from grafherald.draw.graph.series import Series
from grafherald.draw.page.legend import Entry, Style

_OLD_TITLES = {"mean": "avg", "lastNotNull": "current", "sum": "total"}
_MOST_VALUES = 12


@dataclass(frozen=True)
class LegendWish:
    """A panel's ``legend`` option as read: how it looks, and the reducers of its values."""

    options: Mapping[str, Any]
    style: Style
    calcs: tuple[str, ...]
    hidden: bool


def wish_of(options: Mapping[str, Any], old: bool, version: Version) -> LegendWish:
    """Read a panel's options; *old* is the graph panel's manner."""
    legend = part(options, "legend")
    table = legend.get("displayMode") == "table"
    named = legend.get("calcs")
    named = named if isinstance(named, list) else []
    calcs = tuple(each for each in named if isinstance(each, str))[:_MOST_VALUES]
    style = Style(
        table=table,
        right=legend.get("placement") == "right",
        old=old,
        width=_width(legend.get("width")),
        titles=tuple(_title(each, table, old, version) for each in calcs),
        sorted_by=_sorted_by(legend, calcs, old, version) if table else "",
        upwards=legend.get("sortDesc") is not True,
    )
    hidden = legend.get("showLegend") is False or legend.get("displayMode") == "hidden"
    return LegendWish(legend, style, calcs, hidden)


def entries(series: Sequence[Series], wish: LegendWish) -> list[tuple[Series, Entry]]:
    """The series of a legend in its order, each with its entry."""
    if wish.hidden:
        return []
    rows = _wanted(series, wish.options)
    if wish.style.old and wish.style.sorted_by and not wish.style.upwards:
        # of what is equal the last one comes first
        rows = ordered(rows, {**wish.options, "sortDesc": False}, wish.calcs)[::-1]
    else:
        rows = ordered(rows, wish.options, wish.calcs)
    return [
        (each, Entry(each.name, each.color, tuple(_text(each, calc) for calc in wish.calcs)))
        for each in rows
    ]


def _sorted_by(legend: Mapping[str, Any], calcs: Sequence[str], old: bool, version: Version) -> str:
    """The title of the column that a table is sorted by."""
    by = legend.get("sortBy")
    found = next((each for each in calcs if by in (each, reducers.label(each))), None)
    return _title(found, True, old, version) if found else ""


def ordered(series: list[Series], legend: Mapping[str, Any], calcs: Sequence[str]) -> list[Series]:
    """The series as a legend's table is sorted."""
    by = legend.get("sortBy")
    if not isinstance(by, str) or legend.get("displayMode") != "table":
        return series
    calc = next((each for each in calcs if by in (each, reducers.label(each))), None)
    if calc is None:
        if by == "Name":
            return sorted(series, key=lambda e: e.name, reverse=legend.get("sortDesc") is True)
        return series

    def key(each: Series) -> float:
        value = _value(each, calc)
        return value if isinstance(value, (int, float)) else float("-inf")

    return sorted(series, key=key, reverse=legend.get("sortDesc") is True)


def _title(calc: str, table: bool, old: bool, version: Version) -> str:
    if not old:
        return reducers.label(calc, version)
    name = _OLD_TITLES.get(calc, calc)
    return name if table else name.title()


def _wanted(series: Sequence[Series], legend: Mapping[str, Any]) -> list[Series]:
    """Without the series that the old panel leaves out: those of nulls or of zeros alone."""
    rows = list(series)
    if legend.get("hideEmpty"):
        rows = [each for each in rows if any(value is not None for value in each.values)]
    if legend.get("hideZero"):
        rows = [each for each in rows if any(value for value in each.values)]
    return rows


def _value(series: Series, calc: str) -> Any:
    """A reduced value.

    The graph panel's "current" is its last sample, or the one before: a series that has ended has
    none. https://github.com/grafana/grafana/blob/v7.5.5/public/app/core/time_series2.ts
    """
    old = "axisSide" in series.custom and series.custom.get("spanNulls") is not True
    if old and calc == "lastNotNull":
        return next((each for each in series.values[:-3:-1] if each is not None), None)
    return series.reduce(calc)


def _text(series: Series, calc: str) -> str:
    """A reduced value as the legend prints it."""
    value = _value(series, calc)
    display = series.display
    if calc in reducers.WITHOUT_UNIT:
        display = replace(display, unit="none", mapper=None)
    return str(display.text(value))[:60]


def _width(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and 0 < value < 5000 else 0.0
