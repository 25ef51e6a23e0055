"""What a bar chart shows: its categories, the series that have a bar in each, and their colours.

The rules are those of Grafana's barchart/utils.ts (8 to 12):
https://github.com/grafana/grafana/blob/main/public/app/plugins/panel/barchart/utils.ts
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone, tzinfo
from typing import Any

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph.series import Series, placed
from grafherald.draw.graph.timeaxis import zone
from grafherald.draw.page.look import Look
from grafherald.draw.page.svg import clean
from grafherald.draw.prepare import PreparedPanel
from grafherald.draw.values.fieldconfig import Column

_MOST_CATEGORIES, _MOST_BARS = 1000, 4000
_MOST_SERIES = 100
_LONGEST_LABEL = 100
_DEFAULTS: Mapping[str, Any] = {
    "lineWidth": 1,
    "fillOpacity": 80,
    "gradientMode": "none",
    "axisLabel": "",
}
_FORMATS = (  # for times that are less than this many milliseconds apart
    (60_000, "%H:%M:%S"),
    (3_600_000, "%H:%M"),
    (86_400_000, "%m/%d %H:%M"),
    (28 * 86_400_000, "%m/%d"),
    (365 * 86_400_000, "%Y-%m"),
    (math.inf, "%Y"),
)


@dataclass(frozen=True)
class BarPlan:
    """A chart's content.

    Attributes:
        labels: the categories' names, whole.
        series: their ``times`` are the categories' places, from 0; ``values`` the bars' lengths.
        colors: of each bar, by series and category, where a value or another field gives it;
            None where a series has one colour.
        trouble: why there is nothing to show, in Grafana's words; "" if there is something.
    """

    labels: tuple[str, ...]
    series: tuple[Series, ...]
    colors: tuple[Sequence[str], ...] | None = None
    notes: tuple[str, ...] = ()
    trouble: str = ""


def plan_of(ready: PreparedPanel, look: Look) -> BarPlan:
    """Read the panel and its data."""
    frames = [row for row in ready.columns if row and len(row[0].field.values)]
    if not frames:
        return BarPlan((), (), trouble="No data")
    timed = frames[0][0].frame.first("time") is not None
    joined = timed and len(frames) > 1
    columns = _joined(frames) if joined else frames[0]
    along = _along(columns, ready.options.get("xField"))
    if along is None:
        return BarPlan((), (), trouble="Bar charts require a string or time field")
    numbers = [each for each in columns if each.field.kind == "number" and each is not along]
    if not numbers:
        return BarPlan((), (), trouble="No numeric fields found")
    notes = [] if joined or len(frames) == 1 else [f"table 1 of {len(frames)}"]
    count = len(along.field.values)
    most = min(_MOST_CATEGORIES, _MOST_BARS // min(len(numbers), _MOST_SERIES))
    if count > most:
        notes.append(f"+ {count - most} more bars")
        columns = [_with(each, each.field.values[:most]) for each in columns]
        numbers = [_with(each, each.field.values[:most]) for each in numbers]
        along = _with(along, along.field.values[:most])
    series = [_series(each, place, ready.options) for place, each in enumerate(numbers)]
    shown = [each for each in series if not each.hidden]
    if len(shown) > _MOST_SERIES:
        notes.append(f"+ {len(shown) - _MOST_SERIES} more series")
    shown = shown[:_MOST_SERIES]
    if not shown:
        return BarPlan((), (), trouble="No data")
    by = _named(columns, ready.options.get("colorByField"))
    return BarPlan(_labels(along, look), tuple(shown), _colors(shown, by), tuple(notes))


def _along(columns: Sequence[Column], name: object) -> Column | None:
    """The field of the categories: the one that is named, else the first text, else the time."""
    found = _named(columns, name)
    for kind in ("string", "time"):
        found = found or next((each for each in columns if each.field.kind == kind), None)
    return found


def _named(columns: Sequence[Column], name: object) -> Column | None:
    if not isinstance(name, str) or not name:
        return None
    return next((each for each in columns if name in (each.name, each.field.name)), None)


def _joined(frames: Sequence[Sequence[Column]]) -> list[Column]:
    """All frames as one, by their times."""
    clocks = [_times(columns) for columns in frames]
    times = sorted({at for clock in clocks for at in clock if at is not None})
    first = next(each for each in frames[0] if each.field.kind == "time")
    found = [_with(first, times)]
    for columns, clock in zip(frames, clocks, strict=True):
        places = {at: place for place, at in enumerate(clock)}
        for each in columns:
            if each.field.kind != "time":
                values = each.field.values
                rows = [places.get(at) for at in times]
                found.append(_with(each, [None if at is None else values[at] for at in rows]))
    return found


def _times(columns: Sequence[Column]) -> Sequence[float | None]:
    return next((each.field.values for each in columns if each.field.kind == "time"), ())


def _with(column: Column, values: Sequence[Any]) -> Column:
    return replace(column, field=replace(column.field, values=values))


def _series(column: Column, place: int, options: Mapping[str, Any]) -> Series:
    """A number field as the series of its bars; what is not finite is no bar."""
    values = [to_number(each) for each in column.field.values]
    mode = str(options.get("stacking") or "none")
    custom = {**_DEFAULTS, **{k: v for k, v in column.custom.items() if v is not None}}
    custom.update({"drawStyle": "bars", "stacking": {"mode": mode, "group": "_"}})
    if custom.get("axisPlacement") not in ("right", "hidden"):
        custom["axisPlacement"] = "left"
    if to_number(column.config.get("min")) is None:
        custom.setdefault("axisSoftMin", 0)
    if to_number(column.config.get("max")) is None:
        custom.setdefault("axisSoftMax", 0)
    return placed(
        Series(
            name=column.name,
            times=range(len(values)),
            values=[each if each is not None and math.isfinite(each) else None for each in values],
            labels=column.field.labels,
            ref_id=column.frame.ref_id,
            display=column.display,
            custom=custom,
            color=column.color,
            config=column.config,
        ),
        place,
    )


def _colors(series: Sequence[Series], by: Column | None) -> tuple[Sequence[str], ...] | None:
    """Each bar's own colour: another field's, or its value's by threshold or value mapping."""
    if by is not None:
        shades = [by.display.color(value) for value in by.field.values]
        return tuple(shades for _ in series)
    if any(each.display.colors.mode == "thresholds" or _paints(each) for each in series):
        return tuple([each.display.color(value) for value in each.values] for each in series)
    return None


def _paints(series: Series) -> bool:
    """Whether a value mapping gives one of the bars a colour."""
    mapper = series.display.mapper
    mapped = [mapper(value) for value in series.values] if mapper else []
    return any(each is not None and each.color for each in mapped)


def _labels(along: Column, look: Look) -> tuple[str, ...]:
    values = along.field.values
    if along.field.kind != "time" or str(along.config.get("unit") or "").startswith("time:"):
        return tuple(clean(along.display.text(value), _LONGEST_LABEL) for value in values)
    where = zone(look.timezone) or timezone.utc
    known = [each for each in values if each is not None]
    apart = abs(known[1] - known[0]) if len(known) > 1 else 0
    form = next(form for limit, form in _FORMATS if apart < limit)
    return tuple(_moment(each, where, form) for each in values)


def _moment(time: float | None, where: tzinfo, form: str) -> str:
    try:
        return datetime.fromtimestamp((time or 0) / 1000, where).strftime(form) if time else ""
    except (ValueError, OverflowError, OSError):
        return ""
