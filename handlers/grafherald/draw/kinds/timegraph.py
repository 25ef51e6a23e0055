"""Time graphs: the timeseries panel of 7.4 and later and the old graph panel."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from grafherald.draw import legacy
from grafherald.draw.errors import CannotDraw
from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph import limits, plotarea, serieslegend, timeregions, valueaxes
from grafherald.draw.graph.marking import NEAR, ROOM, Marking
from grafherald.draw.graph.plotarea import PlotArea
from grafherald.draw.graph.plotted import MOST_SERIES, Plotted, emphasize, outlines, part, plot
from grafherald.draw.graph.series import Series, series_of, to_the_ends
from grafherald.draw.graph.strokes import Pen
from grafherald.draw.graph.timeaxis import TimeTick
from grafherald.draw.graph.valueaxes import Axis, AxisManner
from grafherald.draw.page.legend import Entry, Legend
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts import xmodes
from grafherald.draw.parts.xmodes import PlacedGraph

_MOST_READ = 1000  # fields whose names and colours are found out


def draw_timegraph(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """See `kinds.Drawer`."""
    _refuse(panel, span)
    graph = _Graph(panel, span, look, marks)
    return graph.draw(frames)


def _refuse(panel: Mapping[str, Any], span: TimeRange) -> None:
    mode = part(panel, "xaxis").get("mode")
    if panel.get("type") == "graph" and mode not in (None, "time", "series", "histogram"):
        raise CannotDraw(f'A graph with the x-axis mode "{str(mode)[:40]}" is not drawn')
    if span.end <= span.start:
        raise CannotDraw("The time range ends before it begins")


def _level(yaxis: Mapping[str, Any]) -> float | None:
    """The value that the graph panel's two axes have at the same height, if they shall."""
    return (to_number(yaxis.get("alignLevel")) or 0.0) if yaxis.get("align") is True else None


class _Graph:
    """One time graph while it is drawn."""

    def __init__(self, panel: Mapping[str, Any], span: TimeRange, look: Look, marks: Marks) -> None:
        self.panel, self.span, self.look, self.marks = panel, span, look, marks
        self.options = part(legacy.modern(panel), "options")
        timed = part(panel, "xaxis").get("show") is not False
        old = panel.get("type") == "graph"
        level = _level(part(panel, "yaxis")) if old else None
        self.manner = AxisManner(old, look.colors, timed, level)
        self.sheet = Sheet(look)
        self.canvas = self.sheet.canvas
        self.ticks: list[TimeTick] | None = None  # where they are no times

    def draw(self, frames: Sequence[Frame]) -> Drawing:
        listed, drawn = self._series(frames)
        if not drawn:
            return self._nothing(frames)
        if placed := self._placed(drawn):
            listed = listed if placed.listed is None else placed.listed
            drawn, self.span, self.ticks = placed.series, placed.span, placed.ticks
            self.marks = Marks(lines=self.marks.lines, strong=self.marks.strong)
            self.canvas.notes.extend(placed.notes)
        plotted = emphasize(self._plotted(drawn), self.marks.strong)
        legend = self._legend(listed, plotted)
        rest = self._beside(legend)
        if self._has_moments():
            rest = Box(rest.x, rest.y + ROOM - 4, rest.width, rest.height - ROOM + 4)
        self._graph(rest, plotted, self._compared(plotted))
        if _away(plotted, self.span):
            self._say("Data outside time range")
        legend.draw(self.canvas)
        return self.sheet.done()

    def _area(self) -> Box:
        """Where graph and legend go; the graph panel's canvas is a little wider."""
        area = self.sheet.area
        left, right = (area.x, area.right + 2) if self.manner.old else (area.x + 1, area.right + 1)
        return Box(left, area.y, right - left, area.height)

    def _beside(self, legend: Legend) -> Box:
        """What the legend leaves to the graph; uPlot's canvas begins a pixel later."""
        area, left = self._area(), 0 if self.manner.old else 1
        rest = legend.plan(Box(area.x - left, area.y, area.width, area.height))
        below = 0.0  # Flot's canvas is as high as what stands beside or below it lets it be
        if self.manner.old:
            below = -4.0 if not legend.entries else 2.0 if legend.style.right else 0.0
        return Box(rest.x + left, rest.y, rest.width, rest.height + below)

    def _nothing(self, frames: Sequence[Frame]) -> Drawing:
        """No data; the graph panel has its axes all the same."""
        words = _no_data(self.manner, self.panel)
        if not self.manner.old:
            self.sheet.nothing(words)
            return self.sheet.done()
        if any(map(len, frames)) and not any(frame.first("time") for frame in frames):
            words = "Unable to graph data"
        times = [self.span.start, self.span.end]
        fields = (Field("Time", "time", times), Field("Value", "number", [None, None]))
        bare = {k: v for k, v in self.panel.items() if k in ("type", "yaxes")}
        look = self.look
        unseen = [
            replace(each, config={"min": -1, "max": 1, **each.config})
            for each in series_of(bare, [Frame(fields)], look.theme, look.version, look.timezone)
        ]
        area = self._area()
        self._graph(area, self._plotted(unseen), [])
        self._say(words)
        return self.sheet.done()

    def _say(self, words: str) -> None:
        """Write over the middle of the graph why it is empty."""
        how = {"fill": self.manner.theme.text, "font_size": 14, "text_anchor": "middle"}
        self.canvas.text(self.look.width / 2, self.look.height / 2 - 14, words, **how)

    # ---- what is drawn

    def _series(self, frames: Sequence[Frame]) -> tuple[list[Series], list[Series]]:
        """The series of the legend and those of the plot, both bounded."""
        frames, left_out = _bounded(frames)
        found = self._read(frames)
        drawn = [each for each in found if not each.hidden and each.times]
        more = len(drawn) + left_out - MOST_SERIES
        if more > 0:
            self.canvas.notes.append(f"+ {more} more series")
        listed = [each for each in found if not each.unlisted]
        return listed[:MOST_SERIES], drawn[:MOST_SERIES]

    def _read(self, frames: Sequence[Frame]) -> list[Series]:
        look = self.look
        notes: list[str] = []
        found = series_of(self.panel, frames, look.theme, look.version, look.timezone, notes=notes)
        self.canvas.notes.extend(each for each in notes if each not in self.canvas.notes)
        if not self.manner.old and not self.manner.theme.modern:
            found = [replace(each, custom=_as_7_5(each.custom)) for each in found]
        if self.manner.old:
            found = self._ordered([self._padded(each) for each in found])
        return found

    def _padded(self, series: Series) -> Series:
        """What is missing at the ends is zero, or null: so Prometheus' frontend gave it up to 7."""
        if series.custom.get("nullAsZero"):
            return to_the_ends(series, self.span.start, self.span.end, 0.0)
        if series.asked and self.look.version < (8, 0, 0):
            return to_the_ends(series, self.span.start, self.span.end, None)
        return series

    def _ordered(self, series: list[Series]) -> list[Series]:
        """In which order the graph panel draws and stacks: by zindex, or as its table is sorted."""
        legend = part(self.options, "legend")
        by = str(legend.get("sortBy"))
        if self.panel.get("stack") and by in (legend.get("calcs") or ()):
            return serieslegend.ordered(series, legend, [by])
        return sorted(series, key=lambda each: each.custom.get("zindex") or 0)

    def _plotted(self, series: Sequence[Series]) -> list[Plotted]:
        keys = valueaxes.keys(series, self.manner)
        return plot(series, self.span, keys, old=self.manner.old)

    def _compared(self, today: Sequence[Plotted]) -> list[Plotted]:
        """The same series of an earlier time, moved to lie beside today's and in their colours."""
        if not self.marks.compare:
            return []
        shift = self.marks.compare_shift
        before = TimeRange(self.span.start - shift, self.span.end - shift)
        series = [each for each in self._read(_bounded(self.marks.compare)[0]) if not each.hidden][
            :MOST_SERIES
        ]
        keys = valueaxes.keys(series, self.manner)
        found = plot(series, before, keys, old=self.manner.old)
        known = {each.series.name: each for each in today}
        return [_as_compared(each, shift, known.get(each.series.name)) for each in found]

    def _placed(self, series: Sequence[Series]) -> PlacedGraph | None:
        """What a graph shows whose x axis is no time."""
        xaxis = part(self.panel, "xaxis") if self.manner.old else {}
        if xaxis.get("mode") == "series":
            return xmodes.by_series(series, xaxis)
        if xaxis.get("mode") == "histogram":
            stacked = self.panel.get("stack") is True
            return xmodes.histogram(series, xaxis, self._area().width, stacked=stacked)
        return None

    def _has_moments(self) -> bool:
        return self.marks.alert is not None or self.marks.until is not None

    # ---- the plot

    def _graph(self, area: Box, plotted: list[Plotted], before: list[Plotted]) -> None:
        height = plotarea.plot_height(area, self.manner)
        inside = self._inside(plotted)
        axes = valueaxes.build([*plotted, *before], self.span, height, self.manner, inside)
        box = plotarea.between(area, axes, self.manner)
        place = PlotArea(box, self.span)
        wide = area.width if self.manner.old else box.width
        ticks = self.ticks
        if ticks is None:
            ticks = plotarea.time_ticks(place, wide, self.look.timezone, self.manner, self.canvas)
        box = plotarea.with_room(box, area, ticks, self.manner)
        place = PlotArea(box, self.span)
        marking = Marking(self.canvas, place, self.manner.theme, self.marks)
        plotarea.draw_grid(self.canvas, place, axes, self.manner, ticks)
        clip = self.canvas.clip(box.x, box.y - 1, box.width + 1, box.height + 2)
        with self.canvas.group(clip_path=clip):
            if self.manner.old:
                timeregions.draw(self.canvas, place, self.panel, self.manner.theme)
            limits.draw(self.canvas, place, self._limits(axes))
            marking.behind()
            self._strokes(place, axes, before, plotted)
        plotarea.draw_labels(self.canvas, place, axes, self.manner, ticks)
        marked = self._marked(plotted, axes)
        limits_at = (
            [place.y(line.value, marked.scale) for line in self.marks.lines] if marked else []
        )
        marking.above(marked, _ink(place, axes, limits_at))

    def _inside(self, plotted: Sequence[Plotted]) -> Mapping[Hashable, Sequence[float]]:
        """The limits that were crossed, on the axis of the series that matter."""
        values = [line.value for line in self.marks.lines if math.isfinite(line.value)]
        if not values:
            return {}
        chosen = next((each for each in plotted if each.emphasized), plotted[0])
        return {chosen.axis: values}

    def _marked(self, plotted: Sequence[Plotted], axes: Sequence[Axis]) -> Axis | None:
        chosen = next((each for each in plotted if each.emphasized), plotted[0])
        return next((each for each in axes if each.key == chosen.axis), None)

    def _limits(self, axes: Sequence[Axis]) -> list[tuple[Axis, limits.DrawnLimit]]:
        if self.manner.old:
            return limits.of_graph(self.panel, axes, self.manner.theme)
        return limits.of_fields(axes) if self.manner.theme.modern else []

    def _strokes(self, place: PlotArea, axes: Sequence[Axis], *layers: Sequence[Plotted]) -> None:
        pen = Pen(
            self.canvas,
            place,
            self.manner.theme,
            old=self.manner.old,
            column=self._column(layers[-1]),
            piles=outlines(layers[-1], old=self.manner.old),
        )
        by_key = {each.key: each for each in axes}
        for plotted in layers:
            by_name = {each.series.name: each for each in plotted}
            for each in sorted(plotted, key=lambda one: one.emphasized):
                below = by_name.get(str(each.custom.get("fillBelowTo") or ""))
                pen.draw(each, by_key[each.axis], None if below is each else below)

    def _column(self, plotted: Sequence[Plotted]) -> float:
        """7.4 and 7.5: a bar is as wide as the first two of all series' times are apart."""
        if self.manner.old or self.manner.theme.modern:
            return 0.0
        first = sorted({time for each in plotted for time in each.times[:2]})
        return first[1] - first[0] if len(first) > 1 else 0.0

    # ---- the legend

    def _legend(self, series: Sequence[Series], plotted: Sequence[Plotted]) -> Legend:
        wish = serieslegend.wish_of(self.options, self.manner.old, self.look.version)
        strength = {id(each.series): each.strength for each in plotted}
        at_right = valueaxes.right_ones(plotted)
        right = {id(each.series) for each in plotted if each.axis in at_right}
        entries = [
            replace(entry, right=id(each) in right, pale=strength.get(id(each), 1.0) < 1)
            for each, entry in serieslegend.entries(series, wish)
        ]
        if self.marks.compare and entries:
            words = self.marks.compare_text or "before"
            empty = ("",) * len(wish.calcs)
            entries.append(Entry(words, self.manner.theme.weak, empty, dashed=True))
        return Legend(entries, wish.style, self.manner.theme)


def _bounded(frames: Sequence[Frame]) -> tuple[list[Frame], int]:
    """The frames of at most `_MOST_READ` fields, and how many fields were left out."""
    kept: list[Frame] = []
    room = _MOST_READ
    for frame in frames:
        if room > 0:
            kept.append(replace(frame, fields=frame.fields[: room + 1]))
        room -= len(frame.fields) - 1
    return kept, max(0, -room)


def _as_7_5(custom: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options that 7.4 and 7.5 know: no stacks, nothing below zero, no drawn thresholds."""
    later = ("stacking", "transform", "thresholdsStyle")
    return {key: value for key, value in custom.items() if key not in later}


def _as_compared(each: Plotted, shift: int, today: Plotted | None) -> Plotted:
    custom = {
        **each.custom,
        "drawStyle": "line",
        "fillOpacity": 0,
        "lineStyle": {"fill": "dash", "dash": [4, 4]},
        "showPoints": "never",
        "withBars": False,
        "lineWidth": 1.2,
        "fillBelowTo": "",
    }
    color = today.series.color if today else each.series.color
    return replace(
        each,
        series=replace(each.series, custom=custom, color=color),
        times=[time + shift for time in each.times],
        strength=0.25 if today and today.strength < 1 else 0.6,
    )


def _away(plotted: Sequence[Plotted], span: TimeRange) -> bool:
    """Whether all samples are before the range, or all after it."""
    times = [each.times for each in plotted if each.times]
    before = all(each[-1] < span.start for each in times)
    return bool(times) and (before or all(each[0] > span.end for each in times))


def _no_data(manner: AxisManner, panel: Mapping[str, Any]) -> str:
    no_value = part(part(panel, "fieldConfig"), "defaults").get("noValue")
    if isinstance(no_value, str) and no_value and manner.theme.modern:
        return no_value
    return "No data" if manner.old or manner.theme.modern else "No data found in response"


def _ink(
    place: PlotArea, axes: Sequence[Axis], heights: Sequence[float]
) -> Iterator[tuple[float, float]]:
    """Where the lines are near some *heights*, in pixels.

    Between points that are far apart there are also places between, wherever they are.
    """
    if not heights:
        return
    low, high = max(heights) + NEAR, min(heights) - NEAR  # pixels count downwards
    for axis in axes:
        least, most = place.value(low, axis.scale), place.value(high, axis.scale)
        for each in axis.members:
            points = list(zip(each.times, each.values, strict=False))
            near = [(t, v) for t, v in points if v is not None and least < v < most]
            if len(points) <= place.box.width / 8:
                near = [(t, v) for t, v in points if v is not None]
            xs = place.xs([time for time, _ in near])
            found = list(zip(xs, place.ys([value for _, value in near], axis.scale), strict=True))
            yield from found if len(points) > place.box.width / 8 else _dense(found)


def _dense(points: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    yield from points[:1]
    for (x0, y0), (x1, y1) in pairwise(points):
        steps = min(100, max(1, int((x1 - x0) // 8)))
        for step in range(1, steps + 1):
            yield x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
