"""The bar chart panel: bars by category, side by side or stacked, standing or lying."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph import limits, plotarea, serieslegend, valueaxes
from grafherald.draw.graph.paints import Paints
from grafherald.draw.graph.plotarea import PlotArea
from grafherald.draw.graph.plotted import Plotted, part, plot
from grafherald.draw.graph.valueaxes import Axis, AxisManner
from grafherald.draw.page.bigtext import Font
from grafherald.draw.page.legend import Legend
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import clean, number
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.barplaces import Bar, ChartArea, Widths, numbers
from grafherald.draw.parts.barplan import BarPlan, plan_of
from grafherald.draw.parts.readings import fixed_size
from grafherald.draw.prepare import prepare
from grafherald.draw.values.tint import tint
from grafherald.draw.values.units import format_value

_SIZE = 12.0
_BELOW, _TOP = 33.0, 9.0  # pixels around a plot
_GAP = 15.0  # between the plot and its labels
_APART = 40.0  # pixels at least between lines of an axis below


@dataclass(frozen=True)
class _Wish:
    """The panel's options, read once."""

    lying: bool
    shown: str  # auto, always or never
    number_size: float
    turned: float  # degrees of the categories' names, clockwise
    longest: int
    stacked: bool
    spacing: float  # pixels between names; below zero the last one is sure to be there
    widths: Widths
    radius: float


def draw_barchart(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw a bar chart; see `grafherald.draw.draw`."""
    del span, marks
    sheet = Sheet(look)
    ready = prepare(panel, frames, look)
    plan = plan_of(ready, look)
    if plan.trouble:
        sheet.nothing(plan.trouble)
        return sheet.done(ready.notes)
    wish = _wish(ready.options, plan, sheet.area)
    asked = serieslegend.wish_of(ready.options, old=False, version=look.version)
    listed = [each for each in plan.series if not each.unlisted]
    legend = Legend(
        [entry for _, entry in serieslegend.entries(listed, asked)], asked.style, sheet.theme
    )
    _Chart(sheet, plan, wish).draw(legend.plan(sheet.area))
    legend.draw(sheet.canvas)
    return sheet.done([*ready.notes, *plan.notes])


def _wish(options: Mapping[str, Any], plan: BarPlan, area: Box) -> _Wish:
    orientation = str(options.get("orientation") or "auto")
    lying = orientation == "horizontal" or (orientation != "vertical" and area.width < area.height)
    turned = to_number(options.get("xTickLabelRotation")) or 0.0
    turned = 0.0 if lying else max(-90.0, min(90.0, turned))
    longest = to_number(options.get("xTickLabelMaxLength")) or 0.0
    stacked = options.get("stacking") in ("normal", "percent")
    group, bar = _share(options.get("groupWidth"), 0.7), _share(options.get("barWidth"), 0.97)
    if stacked or len(plan.series) == 1:
        group, bar = bar, 1.0
    radius = min(0.5, max(0.0, to_number(options.get("barRadius")) or 0.0))
    return _Wish(
        lying,
        str(options.get("showValue") or "auto"),
        fixed_size(part(options, "text").get("valueSize")),
        turned,
        int(min(100.0, longest)) if longest > 0 else 100,
        stacked,
        to_number(options.get("xTickLabelSpacing")) or 0.0,
        Widths(group, bar),
        0.0 if options.get("stacking") == "percent" else radius,
    )


def _share(value: object, default: float) -> float:
    found = to_number(value)
    return default if found is None else min(1.0, max(0.01, found))


class _Chart:
    """One bar chart while it is drawn."""

    def __init__(self, sheet: Sheet, plan: BarPlan, wish: _Wish) -> None:
        self.sheet, self.plan, self.wish = sheet, plan, wish
        self.canvas, self.theme = sheet.canvas, sheet.theme
        self.font = Font(sheet.theme.font)
        self.manner = AxisManner(False, sheet.theme)
        longest = wish.longest
        self.labels = [
            each if len(each) <= longest else f"{each[:longest]}..." for each in plan.labels
        ]
        places = TimeRange(0, max(1, len(plan.labels) - 1))
        keys = valueaxes.keys(plan.series, self.manner)
        self.plotted = plot(plan.series, places, keys, old=False)
        self.places = places
        self._below = 0.0  # pixels that turned names may go down
        # Of a pile the uppermost bar alone is round, and none where all reach the top
        self._round = len(self.plotted) - 1 if wish.stacked else -1

    def draw(self, area: Box) -> None:
        """Axes, bars and their numbers."""
        around = self._lying(area) if self.wish.lying else self._standing(area)
        chart, axes = around
        self._lines(chart, axes)
        self._limits(chart, axes)
        bars = chart.bars(self.plotted, axes)
        for place, each in enumerate(self.plotted):
            axis = next(one for one in axes if one.key == each.axis)
            self._series(chart, (place, each), axis, bars[place])
        self._names(chart)
        if self.wish.shown != "never":
            self._numbers(chart, [bar for row in bars for bar in row])

    # ---- where things are

    def _axes(self, pixels: float) -> list[Axis]:
        return valueaxes.build(self.plotted, self.places, pixels, self.manner, {})

    def _standing(self, area: Box) -> tuple[ChartArea, list[Axis]]:
        """The plot of standing bars; turned names take room below and at the side they lean to."""
        wide = max((self.font.width(each, _SIZE) for each in self.labels), default=0.0)
        angle = math.radians(self.wish.turned)
        below = _BELOW
        if angle:
            self._below = min(area.height / 2 - _GAP, abs(math.sin(angle)) * wide)
            below = max(below, self._below + _GAP + 4)
        height = max(10.0, area.height - _TOP - below)
        axes = self._axes(height)
        left = sum(each.width for each in axes if each.shown and not each.right) or 10.0
        right = sum(each.width for each in axes if each.shown and each.right) or 9.0
        if angle and self.labels:
            end = self.font.width(self.labels[-1 if angle > 0 else 0], _SIZE) * math.cos(angle)
            most = area.width / 4
            right = max(right, min(end, most)) if angle > 0 else right
            left = max(left, min(end, most)) if angle < 0 else left
        width = max(10.0, area.width - left - right)
        box = Box(area.x + left, area.y + _TOP, width, height)
        return ChartArea(box, False, len(self.labels), self.wish.widths), axes

    def _lying(self, area: Box) -> tuple[ChartArea, list[Axis]]:
        """The plot of lying bars: the names at the left, the values' axes below."""
        wide = max((self.font.width(each, _SIZE) for each in self.labels), default=0.0)
        left = min(area.width * 0.4, wide) + _GAP
        width = max(10.0, area.width - left - 20)
        axes = self._axes(width * 30 / _APART)
        widest = max((self.font.width(w, _SIZE) for each in axes for w in each.labels), default=0)
        if widest + 12 > _APART:
            axes = self._axes(width * 30 / (widest + 12))
        below = sum(
            _BELOW + (18 if each.title else 0) for each in axes if each.shown and not each.right
        )
        above = sum(_BELOW for each in axes if each.shown and each.right)
        height = max(10.0, area.height - _TOP - above - (below or _TOP))
        box = Box(area.x + left, area.y + _TOP + above, width, height)
        return ChartArea(box, True, len(self.labels), self.wish.widths), axes

    # ---- what is drawn

    def _lines(self, chart: ChartArea, axes: Sequence[Axis]) -> None:
        """The grid, and the values beside it."""
        if not chart.lying:
            place = PlotArea(chart.box, self.places)
            plotarea.draw_grid(self.canvas, place, axes, self.manner, ())
            plotarea.draw_labels(self.canvas, place, axes, self.manner, ())
            return
        box = chart.box
        edges = {False: box.bottom, True: box.y}
        for at, axis in enumerate(each for each in axes if each.shown):
            edge, out = edges[axis.right], -1 if axis.right else 1
            baseline = edge + (_GAP + 9.5 if out > 0 else 6 - _GAP)
            for tick, label in zip(axis.ticks, axis.labels, strict=True):
                x = round(chart.at(tick.value, axis)) + 0.5
                if not at:
                    how = {"stroke": self.theme.grid}
                    self.canvas.add("line", x1=x, y1=box.y, x2=x, y2=box.bottom, **how)
                self._write(x, baseline, label)
            if axis.title:
                self._write(box.x + box.width / 2, baseline + 18 * out, axis.title)
            edges[axis.right] += out * (_BELOW + (18 if axis.title else 0))

    def _write(self, x: float, y: float, words: str, **more: object) -> None:
        how = {"fill": self.theme.text, "font_size": _SIZE, "text_anchor": "middle", **more}
        self.canvas.text(x, y, words, **how)

    def _limits(self, chart: ChartArea, axes: Sequence[Axis]) -> None:
        """The thresholds that the panel draws."""
        found = limits.of_fields(axes)
        if not chart.lying:
            limits.draw(self.canvas, PlotArea(chart.box, self.places), found)
            return
        box = chart.box
        for axis, limit in sorted(found, key=lambda pair: pair[1].high is None):
            ends = [limit.low, limit.low if limit.high is None else limit.high]
            low, high = (min(box.right, max(box.x, chart.at(end, axis))) for end in ends)
            if limit.high is not None:
                where = {"x": low, "y": box.y, "width": high - low, "height": box.height}
                self.canvas.add("rect", **where, fill=limit.color)
            elif axis.scale.holds(limit.low):
                dash = "10 10" if limit.dashed else None
                how = {"stroke": limit.color, "stroke_width": limit.width, "stroke_dasharray": dash}
                self.canvas.add("line", x1=low, y1=box.y, x2=low, y2=box.bottom, **how)

    def _series(
        self, chart: ChartArea, which: tuple[int, Plotted], axis: Axis, bars: Sequence[Bar]
    ) -> None:
        """The bars of one series, those of one colour as one path."""
        box = chart.box
        place, each = which
        low, high = (0.0, box.bottom), (0.0, box.y)
        if chart.lying:
            low, high = (box.x, 0.0), (box.right, 0.0)
        paints = Paints(self.canvas, self.theme, low, high)
        percent = to_number(each.custom.get("fillOpacity")) or 0.0
        opacity = min(1.0, max(0.0, percent / 100))
        line = min(20.0, max(0.0, to_number(each.custom.get("lineWidth")) or 0.0))
        own = self.plan.colors[place] if self.plan.colors else None
        by_color: dict[str, list[str]] = {}
        for bar in bars:
            color = own[bar.category] if own else ""
            by_color.setdefault(color, []).append(self._steps(chart, bar, line))
        for color, steps in by_color.items():
            fill, strength = (color, opacity) if color else paints.area(each, axis, opacity)
            self.canvas.path(
                "".join(steps),
                fill=tint(fill).css() if color else fill,
                fill_opacity=strength if strength < 1 else None,
                stroke=(color or paints.line(each, axis)) if line else None,
                stroke_width=line or None,
            )

    def _steps(self, chart: ChartArea, bar: Bar, line: float) -> str:
        """The outline of a bar, round where its value is if the panel wants that."""
        box = bar.box.inset(min(line, bar.box.width, bar.box.height) / 2)
        thick = box.height if chart.lying else box.width
        round_ = self.wish.radius if bar.series == self._round or self._round < 0 else 0.0
        radius = min(thick * round_, box.width if chart.lying else box.height)
        if radius < 0.5:
            right, bottom, left = number(box.right), number(box.bottom), number(box.x)
            return f"M{left} {number(box.y)}H{right}V{bottom}H{left}Z"
        return _rounded(box, radius, chart.lying, bar.negative)

    def _names(self, chart: ChartArea) -> None:
        """The categories' names: as many as do not run into each other."""
        each = self._every(chart)
        last = len(self.labels) - 1
        for at, words in enumerate(self.labels):
            if (last - at if self.wish.spacing < 0 else at) % each:
                continue
            middle = chart.middle(at)
            if chart.lying:
                room = chart.box.x - _GAP - self.sheet.area.x
                fitted = self.font.fit(words, room, _SIZE)
                self._write(chart.box.x - _GAP, middle + 4, fitted, text_anchor="end")
            elif self.wish.turned:
                self._turned(chart, middle, words)
            else:
                self._write(middle, chart.box.bottom + _GAP + 9.5, words)

    def _turned(self, chart: ChartArea, x: float, words: str) -> None:
        y, angle = chart.box.bottom + _GAP, self.wish.turned
        deep = self._below / max(0.1, abs(math.sin(math.radians(angle))))
        self._write(
            x,
            y + 4,
            self.font.fit(words, deep, _SIZE),
            text_anchor="start" if angle > 0 else "end",
            transform=f"rotate({angle:.0f} {x:.1f} {y:.1f})",
        )

    def _every(self, chart: ChartArea) -> int:
        """One in how many names is written."""
        count = len(self.labels)
        pitch = (chart.box.height if chart.lying else chart.box.width) / count
        if self.wish.spacing and not chart.lying:
            most = max(1.0, chart.box.width / abs(self.wish.spacing))
            return 1 if count < most else math.ceil(count / int(most))
        if chart.lying or self.wish.turned:
            return max(1, math.ceil(_SIZE / pitch))
        wide = max((self.font.width(each, _SIZE) for each in self.labels), default=0.0) + 4
        return max(1, math.ceil(wide / pitch))

    def _numbers(self, chart: ChartArea, bars: Sequence[Bar]) -> None:
        known = [(bar, self._number(bar)) for bar in bars]
        always = self.wish.shown == "always"
        size, found = numbers(chart, known, self.font, self.wish.number_size, all_=always)
        for each in found:
            self._write(each.x, each.y, each.words, font_size=size, text_anchor=each.anchor)

    def _number(self, bar: Bar) -> str:
        """A bar's value as it reads; its share where bars are piled up to the whole."""
        each = self.plotted[bar.series]
        value, display = each.series.values[bar.category], each.series.display
        if not each.percent:
            return clean(display.text(value), 60)
        place = bar.category  # all series of a chart have the same categories
        share = (each.values[place] or 0.0) - (each.bases[place] if each.bases else 0.0)
        return clean(format_value("percentunit", share, display.decimals, display.manner), 60)


def _rounded(box: Box, radius: float, lying: bool, negative: bool) -> str:
    """A rectangle with two round corners: those at the bar's end."""
    far = -radius if negative else radius
    if lying:
        root, end = (box.right, box.x) if negative else (box.x, box.right)
        corner = f"H{number(end - far)}Q{number(end)} {number(box.y)} {number(end)}"
        back = f"V{number(box.bottom - radius)}Q{number(end)} {number(box.bottom)}"
        return (
            f"M{number(root)} {number(box.y)}{corner} {number(box.y + radius)}"
            f"{back} {number(end - far)} {number(box.bottom)}H{number(root)}Z"
        )
    root, end = (box.y, box.bottom) if negative else (box.bottom, box.y)
    corner = f"V{number(end + far)}Q{number(box.x)} {number(end)} {number(box.x + radius)}"
    back = f"H{number(box.right - radius)}Q{number(box.right)} {number(end)}"
    return (
        f"M{number(box.x)} {number(root)}{corner} {number(end)}"
        f"{back} {number(box.right)} {number(end + far)}V{number(root)}Z"
    )
