"""The heatmap panel: how many samples lie in which cell of time and value.

Places and sizes follow the old panel's rendering.ts (Grafana 7.5).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timezone
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.frames.numbers import as_javascript, to_number
from grafherald.draw.graph.axis import AxisScale
from grafherald.draw.graph.timeaxis import d3_ticks, zone
from grafherald.draw.page.bigtext import Font
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import Canvas, clean, number
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts import heatcells
from grafherald.draw.parts.buckets import MOST_ROWS, MOST_SAMPLES, Cell, Grid, counted, stacked
from grafherald.draw.parts.heataxis import HeatAxis, heat_axis, tick_step
from grafherald.draw.parts.heatplan import Colors, Plan, plan_of
from grafherald.draw.prepare import prepare
from grafherald.draw.values.fieldconfig import Column
from grafherald.draw.values.schemes import Ramp
from grafherald.draw.values.tint import tint
from grafherald.draw.values.units import Manner, format_value

_SIZE = 11.0
_TOP, _BOTTOM, _RIGHT, _AWAY = 10.0, 31.0, 15.0, 5.0
_LEGEND = 17.0
_SHADES = 64

Shade = Callable[[float], tuple[str, float]]
"""A count's colour and opacity."""


@dataclass(frozen=True)
class _Plot:
    """Where the cells lie: the area, its values and its time."""

    box: Box
    scale: AxisScale
    span: TimeRange

    def x(self, time: float) -> float:
        """Pixels from the plot's left edge."""
        return (time - self.span.start) / max(1, self.span.end - self.span.start) * self.box.width

    def y(self, value: float) -> float:
        """Pixels from the picture's top."""
        return self.box.bottom - self.scale.at(value) * self.box.height


def draw_heatmap(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw a heatmap; see `grafherald.draw.draw`."""
    del marks
    sheet = Sheet(look)
    ready = prepare(panel, frames, look)
    plan = plan_of(ready, span)
    grid, notes = _grid(ready.columns, plan)
    if not grid.cells:
        sheet.nothing()
        return sheet.done(ready.notes)
    manner = Manner(look.version, look.timezone)
    plot, axis = _plot(sheet, grid, plan, span, manner)
    _lines(sheet, plot, axis)
    shade, low, high = _shades(grid.cells, plan.colors, sheet)
    _cells(sheet.canvas, grid.cells, shade, plot, plan.gap)
    if plan.legend:
        least = min(each.count for each in grid.cells)
        low = min(0.0, low) if plan.old else low
        shades = [shade(low + (high - low) * at / 10) for at in range(11)]
        ticks = _legend_ticks(low, high, least) if plan.old else [low, high]
        _legend(sheet, plot, shades, _legend_words((low, high), ticks, plan, manner))
    return sheet.done([*ready.notes, *notes])


def _grid(frames: Sequence[Sequence[Column]], plan: Plan) -> tuple[Grid, list[str]]:
    """The cells of the series that are within reason, and what was left out."""
    if cells := next((each for each in frames if heatcells.is_cells(each)), None):
        return _seen(heatcells.grid_of(cells), plan), []
    columns = [each for row in frames for each in row if each.field.kind == "number"]
    room, kept, notes = MOST_SAMPLES, [], []
    for column in columns:
        room -= len(column.field.values)
        if room < 0:
            break
        kept.append(column)
    if len(kept) < len(columns):
        notes.append(f"+ {len(columns) - len(kept)} more series")
    series = [(clean(each.name, 60), _samples(each)) for each in kept]
    if plan.cut:
        return counted([samples for _, samples in series], plan.cut), notes
    bounds = {name: _bound(name) for name, _ in series}
    if None not in bounds.values():
        series.sort(key=lambda row: bounds[row[0]] or 0.0)
    if len(series) > MOST_ROWS:
        notes.append(f"+ {len(series) - MOST_ROWS} more rows")
    return _seen(stacked(series[::-1] if plan.reverse_rows else series), plan), notes


def _seen(grid: Grid, plan: Plan) -> Grid:
    """Without the cells whose count the panel hides."""
    if plan.hide_below is None:
        return grid
    return replace(grid, cells=[each for each in grid.cells if each.count > plan.hide_below])


def _bound(name: str) -> float | None:
    """The number that a bucket's name is, infinity included."""
    words = name.strip().lower()
    return math.inf if words in ("+inf", "inf") else to_number(words)


def _samples(column: Column) -> list[tuple[float, float | None]]:
    time = column.frame.first("time")
    if time is None:
        return []
    pairs = zip(time.values, column.field.values, strict=False)
    return [(at, value) for at, value in pairs if at is not None and math.isfinite(at)]


def _plot(
    sheet: Sheet, grid: Grid, plan: Plan, span: TimeRange, manner: Manner
) -> tuple[_Plot, HeatAxis]:
    area = sheet.area
    height = max(1.0, area.height - _TOP - _BOTTOM - (_LEGEND if plan.legend else 0.0))
    axis = heat_axis(grid, plan, height, manner)
    font = Font(sheet.theme.font)
    wide = max((font.width(each, _SIZE) for _, each in axis.labels), default=0.0)
    left = area.x + min(wide, area.width / 3) + _AWAY
    box = Box(left, area.y + _TOP, max(1.0, area.right - _RIGHT - left), height)
    return _Plot(box, axis.scale, span), axis


def _lines(sheet: Sheet, plot: _Plot, axis: HeatAxis) -> None:
    """The grid, below the cells, and the words at its left and below."""
    box, theme, canvas = plot.box, sheet.theme, sheet.canvas
    font = Font(theme.font)
    how = {"fill": theme.text, "font_size": _SIZE}
    for value, words in axis.labels:
        y = plot.y(value)
        if not box.y - 1 <= y <= box.bottom + 1:
            continue
        y_line = round(y) + 0.5
        canvas.add("line", x1=box.x, y1=y_line, x2=box.right, y2=y_line, stroke=theme.flot_grid)
        fitted = font.fit(words, box.x - sheet.area.x - _AWAY + 1, _SIZE)
        canvas.text(box.x - _AWAY, y + 4, fitted, text_anchor="end", **how)
    where = zone(sheet.look.timezone)
    if where is None:
        canvas.notes.append(f"times in UTC: this machine lacks {clean(sheet.look.timezone, 60)}")
        where = timezone.utc
    for tick in d3_ticks(plot.span, box.width, where):
        x = round(box.x + plot.x(tick.time)) + 0.5
        canvas.add("line", x1=x, y1=box.y, x2=x, y2=box.bottom, stroke=theme.flot_grid)
        canvas.text(x, box.bottom + 18, tick.label, text_anchor="middle", **how)


def _shades(cells: Sequence[Cell], colors: Colors, sheet: Sheet) -> tuple[Shade, float, float]:
    """The colours of counts, and the counts at the ends of the scale."""
    low = max(0.0, min(each.count for each in cells)) if colors.low is None else colors.low
    high = max(each.count for each in cells) if colors.high is None else colors.high
    width = high - low
    fill = sheet.theme.color(colors.fill) if colors.fill else ""
    name = "dark" if sheet.theme.dark else "light"
    ramp = Ramp(colors.scheme, name, reverse=colors.reverse)

    def shade(count: float) -> tuple[str, float]:
        share = (count - low) / width if width > 0 else 1.0
        share = round(min(1.0, max(0.0, share)) * _SHADES) / _SHADES
        if fill:
            return tint(fill).css(), share**colors.exponent
        return ramp.at(share).css(), 1.0

    return shade, low, high


def _cells(canvas: Canvas, cells: Sequence[Cell], shade: Shade, plot: _Plot, gap: float) -> None:
    """Fill the cells, those of one shade as one path."""
    box = plot.box
    paths: dict[tuple[str, float], list[str]] = {}
    for cell in cells:
        left, wide = plot.x(cell.begin), plot.x(cell.end) - plot.x(cell.begin)
        wide = max(1.0, math.floor(wide) - 2 * gap) if wide > 3 else wide
        right = min(box.width, left + (gap if wide > 3 else 0.0) + wide)
        left = max(0.0, left) + (gap if wide > 3 else 0.0)
        low, high = plot.y(cell.low), plot.y(cell.high)
        space = gap if low - high > 3 else 0.0
        top, bottom = max(box.y, high + space), min(box.bottom, low - space)
        if right <= left or bottom <= top:
            continue
        step = f"M{number(box.x + left)} {number(top)}H{number(box.x + right)}V{number(bottom)}"
        paths.setdefault(shade(cell.count), []).append(f"{step}H{number(box.x + left)}Z")
    for (color, opacity), steps in paths.items():
        canvas.path("".join(steps), fill=color, fill_opacity=opacity if opacity < 1 else None)


def _legend_ticks(low: float, high: float, least: float) -> list[float]:
    """The counts below the old panel's scale of colours (color_legend.ts of 7.5)."""
    step = tick_step(low, high, 3)
    if not step:
        return [low, high]
    first = math.floor(low / step) * step if low < 0 else 0.0
    ticks = {high}
    for at in range(min(20, math.ceil((high - low) / step))):
        value = first + step * at
        ticks.add(least if abs(least - value) < step * 0.3 else value)
    return sorted(each for each in ticks if each == high or abs(high - each) >= step * 0.3)


def _legend_words(
    ends: tuple[float, float], ticks: Sequence[float], plan: Plan, manner: Manner
) -> list[tuple[float, str]]:
    """Where along the scale, from 0 to 1, each count stands."""
    low, high = ends
    width = (high - low) or 1.0
    words = (
        as_javascript(each) if plan.old else str(format_value("short", each, None, manner))
        for each in ticks
    )
    return [((each - low) / width, word) for each, word in zip(ticks, words, strict=True)]


def _legend(
    sheet: Sheet,
    plot: _Plot,
    shades: Sequence[tuple[str, float]],
    words: Sequence[tuple[float, str]],
) -> None:
    """The scale of colours below the plot, with counts below it."""
    area, canvas = sheet.area, sheet.canvas
    x, wide = area.x + 26, min(271.0, max(10.0, area.width - 40))
    y = plot.box.bottom + 23.5
    stops = [(at / 10, color, opacity) for at, (color, opacity) in enumerate(shades)]
    paint = canvas.gradient(stops, (x, y), (x + wide, y))
    canvas.add("rect", x=x, y=y, width=wide, height=6, fill=paint)
    how = {"fill": sheet.theme.text, "font_size": _SIZE, "text_anchor": "middle"}
    for share, word in words:
        canvas.text(x + share * wide, y + 17, word, **how)
