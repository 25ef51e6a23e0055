"""The table panel of before 7 ("table-old"): its rows, and what its column styles make of them.

The rules are those of table-old/transformers.ts and renderer.ts of Grafana 7.5:
https://github.com/grafana/grafana/tree/v7.5.5/public/app/plugins/panel/table-old
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grafherald.draw.frames import tables
from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.frames.names import Naming
from grafherald.draw.frames.numbers import as_javascript, to_number
from grafherald.draw.frames.reducers import reduce
from grafherald.draw.frames.regexes import compiled
from grafherald.draw.frames.targets import as_asked
from grafherald.draw.frames.transform import transformed
from grafherald.draw.legacy import STATS
from grafherald.draw.page.look import Look
from grafherald.draw.page.svg import clean
from grafherald.draw.values import moments
from grafherald.draw.values.units import Manner, format_value

_PAGE = 100  # rows, unless the panel says how many
_MOST_ROWS = 100_000
_LONGEST = 500


@dataclass(frozen=True)
class OldColumn:
    """A column: *arrow* is "down" or "up" where the rows are sorted by it.

    *filterable*: two hidden buttons stand in its cells.
    """

    title: str
    align: str
    link: bool
    filterable: bool
    arrow: str = ""


@dataclass(frozen=True)
class OldCell:
    """A cell's text, in a *color* or on a *fill* of its own; "" for none."""

    words: str
    color: str = ""
    fill: str = ""


@dataclass(frozen=True)
class OldTable:
    """The first page of a table: *fills* are the colours of whole rows, *pages* how many it has."""

    columns: Sequence[OldColumn]
    rows: Sequence[Sequence[OldCell]]
    fills: Sequence[str]
    count: int
    pages: int
    notes: tuple[str, ...] = ()


def table_of(panel: Mapping[str, Any], frames: Sequence[Frame], look: Look) -> OldTable:
    """Make the table that the panel shows."""
    frames, notes = transformed(panel, as_asked(panel, frames))
    names, rows = _rows(panel, frames, look)
    filterable = {f.name for each in frames for f in each.fields if f.config.get("filterable")}
    styles = [_Style.of(name, panel, look) for name in names]
    shown = [at for at, style in enumerate(styles) if style.kind != "hidden"]
    sort, down, rows = _sorted(panel, rows, len(names))
    wanted = to_number(panel.get("pageSize")) or 0
    size = int(min(1000, wanted)) if wanted >= 1 else _PAGE
    columns = [
        OldColumn(
            styles[at].title(names[at]),
            styles[at].align,
            styles[at].link,
            names[at] in filterable,
            "" if at != sort else "down" if down else "up",
        )
        for at in shown
    ]
    cells, fills = [], []
    for row in rows[:size]:
        made = [styles[at].cell(row[at]) for at in shown]
        cells.append([cell for cell, _ in made])
        fills.append(next((fill for _, fill in reversed(made) if fill), ""))
    return OldTable(columns, cells, fills, len(rows), -(-len(rows) // size), notes)


def _rows(
    panel: Mapping[str, Any], frames: Sequence[Frame], look: Look
) -> tuple[list[str], list[list[Any]]]:
    """The columns' names and the rows, as the panel's ``transform`` makes them."""
    kind = panel.get("transform")
    if kind not in ("timeseries_to_rows", "timeseries_to_columns", "timeseries_aggregations"):
        tables_ = [each for each in frames if each.fields]
        merged = tables.merged(tables_, {}) if len(tables_) > 1 else tables_
        fields = merged[0].fields if merged else ()
        count = min(_MOST_ROWS, len(fields[0].values)) if fields else 0
        return [each.name for each in fields], [
            [each.values[at] for each in fields] for at in range(count)
        ]
    naming = Naming(frames)
    series = [
        (clean(naming.name(value, each), _LONGEST), time, value)
        for each in frames
        if (time := each.first("time")) and (value := each.first("number"))
    ]
    if kind == "timeseries_aggregations":
        return _aggregated(panel, series, look)
    if kind == "timeseries_to_rows":
        found = [
            [at, name, number]
            for name, time, value in series
            for at, number in zip(time.values, value.values, strict=False)
        ]
        return ["Time", "Metric", "Value"], found[:_MOST_ROWS]
    return _in_columns(series)


def _aggregated(
    panel: Mapping[str, Any], series: Sequence[tuple[str, Field, Field]], look: Look
) -> tuple[list[str], list[list[Any]]]:
    columns = panel.get("columns")
    wanted = (
        [each for each in columns if isinstance(each, Mapping)] if isinstance(columns, list) else []
    )
    calcs = [STATS.get(str(each.get("value")), "") for each in wanted]
    rows = [
        [name, *(reduce(calc, value.values, look.version) if calc else None for calc in calcs)]
        for name, _, value in series
    ]
    return ["Metric", *(str(each.get("text") or "") for each in wanted)], rows


def _in_columns(
    series: Sequence[tuple[str, Field, Field]],
) -> tuple[list[str], list[list[Any]]]:
    points: dict[Any, list[Any]] = {}
    for at, (_, time, value) in enumerate(series):
        for moment, number in zip(time.values, value.values, strict=False):
            if moment in points or len(points) < _MOST_ROWS:
                points.setdefault(moment, [None] * len(series))[at] = number
    return ["Time", *(name for name, _, _ in series)], [[at, *row] for at, row in points.items()]


def _sorted(
    panel: Mapping[str, Any], rows: list[list[Any]], count: int
) -> tuple[int | None, bool, list[list[Any]]]:
    """Which column the rows are sorted by, whether downwards, and the rows."""
    sort = panel.get("sort")
    sort = sort if isinstance(sort, Mapping) else {}
    column = sort.get("col")
    down = bool(sort.get("desc"))
    if not isinstance(column, int) or not 0 <= column < count:
        return None, down, rows

    def key(row: list[Any]) -> tuple[bool, bool, float, str]:
        value = row[column]
        number = to_number(value) if not isinstance(value, str) else None
        return (value is None, number is None, number or 0.0, "" if number else str(value))

    ordered = sorted(rows, key=key)
    return column, down, ordered[::-1] if down else ordered


@dataclass(frozen=True)
class _Style:
    """The first of the panel's styles whose pattern a column's name meets."""

    given: Mapping[str, Any]
    pattern: re.Pattern[str] | None
    look: Look
    kind: str = ""
    limits: tuple[float, ...] = ()
    colors: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, name: str, panel: Mapping[str, Any], look: Look) -> _Style:
        styles = panel.get("styles")
        for style in styles if isinstance(styles, list) else ():
            if not isinstance(style, Mapping) or not isinstance(style.get("pattern"), str):
                continue
            words = style["pattern"]
            pattern = compiled(words if words.startswith("/") else re.escape(words))
            if pattern is not None and pattern.search(name):
                limits = [to_number(each) for each in _list(style.get("thresholds"))]
                return cls(
                    style,
                    pattern,
                    look,
                    str(style.get("type") or ""),
                    tuple(each for each in limits if each is not None),
                    tuple(look.colors.color(each) for each in _list(style.get("colors"))[:20]),
                )
        return cls({}, None, look)

    @property
    def align(self) -> str:
        said = str(self.given.get("align"))
        return said if said in ("left", "center", "right") else "left"

    @property
    def link(self) -> bool:
        return bool(self.given.get("link"))

    def title(self, name: str) -> str:
        """The column's name, or its alias with the parts that the pattern found."""
        alias = self.given.get("alias")
        if not isinstance(alias, str) or not alias or self.pattern is None:
            return clean(name, _LONGEST)

        def filled(hit: re.Match[str]) -> str:
            groups = (hit[0], *(each or "" for each in hit.groups()))
            return re.sub(
                r"\$(\d{1,2})",
                lambda one: groups[int(one[1])] if int(one[1]) < len(groups) else one[0],
                alias,
            )

        return clean(self.pattern.sub(filled, name, count=1), _LONGEST)

    def cell(self, value: Any) -> tuple[OldCell, str]:
        """A cell, and the colour that it gives to its whole row."""
        words, colored = self._words(value)
        color = self._color(value) if colored else ""
        mode = self.given.get("colorMode")
        cell = OldCell(
            clean(words, _LONGEST),
            color if mode == "value" else "",
            color if mode == "cell" else "",
        )
        return cell, color if mode == "row" else ""

    def _words(self, value: Any) -> tuple[str, bool]:
        """The text, and whether the value may colour it."""
        if self.kind in ("date", "number") and value is None:
            return "-", False
        if self.kind == "date":
            return self._date(value), False
        if self.kind == "number":
            return self._number(value)
        if self.kind == "string":
            mapped = self._mapped(value)
            words = "-" if value is None else _plain(value)
            return (words if mapped is None else mapped), value is not None
        return ("" if value is None else _plain(value)), False

    def _number(self, value: Any) -> tuple[str, bool]:
        number = to_number(value)
        if number is None:
            return _plain(value), False
        decimals = to_number(self.given.get("decimals"))
        places = None if decimals is None else int(max(0, min(decimals, 20)))
        unit = str(self.given.get("unit") or "none")
        manner = Manner(self.look.version, self.look.timezone)
        return str(format_value(unit, number, places, manner)), True

    def _date(self, value: Any) -> str:
        number = to_number(value)
        if number is None:
            return _plain(value)
        form = str(self.given.get("dateFormat") or "YYYY-MM-DDTHH:mm:ssZ")
        return moments.text(number, form, self.look.timezone)

    def _mapped(self, value: Any) -> str | None:
        kind = to_number(self.given.get("mappingType"))
        number = to_number(value)
        if kind == 1:
            for each in _maps(self.given.get("valueMaps")):
                wanted = each.get("value")
                same = value is None and wanted == "null"
                if value is not None:
                    is_number = not isinstance(value, str) and number is not None
                    same = wanted == value or (is_number and to_number(wanted) == number)
                if same:
                    return str(each.get("text"))
        if kind == 2:
            for each in _maps(self.given.get("rangeMaps")):
                if value is None and each.get("from") == each.get("to") == "null":
                    return str(each.get("text"))
                low, high = to_number(each.get("from")), to_number(each.get("to"))
                if (
                    number is not None
                    and low is not None
                    and high is not None
                    and low <= number <= high
                ):
                    return str(each.get("text"))
        return None

    def _color(self, value: Any) -> str:
        number = to_number(value)
        if number is None or not self.colors:
            return ""
        reached = [at for at, limit in enumerate(self.limits, 1) if number >= limit]
        return self.colors[min(reached[-1] if reached else 0, len(self.colors) - 1)]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return as_javascript(value)
    return ", ".join(map(str, value[:100])) if isinstance(value, list) else str(value)[:_LONGEST]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [each for each in _list(value)[:1000] if isinstance(each, Mapping)]
