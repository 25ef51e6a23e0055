"""What a table shows: which frame, which columns, in which order of rows, and their sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames import reducers
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.page.bigtext import whole
from grafherald.draw.prepare import PreparedPanel
from grafherald.draw.values.fieldconfig import Column

_MOST = 100_000  # rows that are sorted
_GAUGES = {"gradient-gauge": "gradient", "lcd-gauge": "lcd", "basic": "basic"}


@dataclass(frozen=True)
class Table:
    """Columns, and the rows' indexes in the order in which they are shown."""

    columns: tuple[Column, ...]
    order: Sequence[int]
    notes: tuple[str, ...] = ()


def table_of(ready: PreparedPanel) -> Table:
    """The table that a panel shows: of several frames the one that it chose, else the first."""
    frames = [columns for columns in ready.columns if columns]
    if not frames:
        return Table((), ())
    chosen = to_number(ready.options.get("frameIndex")) or 0
    at = int(chosen) if 0 <= chosen < len(frames) else 0
    columns = frames[at]
    notes = (f"table {at + 1} of {len(frames)}",) if len(frames) > 1 else ()
    rows = range(min(_MOST, len(columns[0].field.values)))
    shown = tuple(each for each in columns if not _hidden(each))
    return Table(shown, _sorted(columns, rows, ready.options.get("sortBy")), notes)


def _hidden(column: Column) -> bool:
    """Whether a column is hidden; 7.5 showed it all the same."""
    hide = column.custom.get("hideFrom")
    wished = column.custom.get("hidden") or (isinstance(hide, Mapping) and hide.get("viz"))
    return bool(wished) and not _before_8(column)


def _before_8(column: Column) -> bool:
    return column.display.manner.version < (8, 0)


def _sorted(columns: Sequence[Column], rows: Sequence[int], sort: object) -> Sequence[int]:
    """Sort by the last column first: the sort is stable, so the first one decides."""
    for each in reversed(sort if isinstance(sort, list) else []):
        if not isinstance(each, Mapping):
            continue
        column = next((one for one in columns if one.name == each.get("displayName")), None)
        if column is not None:
            values = [_key(column, column.field.values[at]) for at in range(len(rows))]
            rows = sorted(rows, key=values.__getitem__, reverse=bool(each.get("desc")))
    return rows


def _key(column: Column, value: Any) -> tuple[int, float, str]:
    """Numbers and times by size, all else by its letters, whether great or small."""
    if column.field.kind in ("number", "time"):
        number = to_number(value)
        return (0, 0.0, "") if number is None else (1, number, "")
    return (1, 0.0, str(value).casefold())


def cell_mode(column: Column) -> tuple[str, str]:
    """How a column's cells look, as (type, mode) of Grafana's ``cellOptions``.

    7.5 has one ``displayMode`` for both, as "lcd-gauge".
    """
    options = column.custom.get("cellOptions")
    if isinstance(options, Mapping):
        kind, mode = str(options.get("type") or "auto"), str(options.get("mode") or "gradient")
        return ("gauge", mode) if kind == "gauge" else (kind, mode)
    mode = str(column.custom.get("displayMode") or "auto")
    if mode in _GAUGES:
        return "gauge", _GAUGES[mode]
    if mode == "color-background-solid" and _before_8(column):
        return "auto", ""
    if mode == "color-background-solid":
        return "color-background", "basic"
    return mode, "gradient"


def footer(table: Table, options: Mapping[str, Any]) -> dict[int, str]:
    """The footer's words by the column's place."""
    calcs = options.get("reducer")
    calc = str(calcs[0]) if isinstance(calcs, list) and calcs else "sum"
    if options.get("countRows") and calc == "count":
        return {0: f"Count {len(table.order)}"}
    fields = options.get("fields")
    wanted = set(map(str, fields)) if isinstance(fields, list) and fields else None
    said: dict[int, str] = {}
    for place, column in enumerate(table.columns):
        if column.field.kind == "number" and (wanted is None or column.name in wanted):
            value = reducers.reduce(calc, column.field.values, column.display.manner.version)
            plain = calc in reducers.WITHOUT_UNIT
            said[place] = str(value) if plain else whole(column.display.text(value))
    if 0 not in said and said:
        said[0] = reducers.label(calc, column.display.manner.version)
    return said
