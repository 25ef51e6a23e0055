"""What our picture shows more than Grafana's: the alert, the problem, the limit, what was before.

Nothing here covers the data: areas lie behind them, labels stand above the plot or where the fewest
points are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grafherald.draw.graph.plotarea import PlotArea
from grafherald.draw.graph.valueaxes import Axis
from grafherald.draw.page import text
from grafherald.draw.page.look import Line, Marks
from grafherald.draw.page.svg import Canvas, clean
from grafherald.draw.page.tiles import Box
from grafherald.draw.values.theme import Theme

ROOM = 18.0  # pixels above the plot that the labels of moments need
NEAR = 22.0  # pixels from a limit within which its label may hide something
_MOST_EARLIER = 200
_LONGEST = 60
_SIZE = 11.0
_ALERT, _RESOLVED = "red", "green"


@dataclass(frozen=True)
class Marking:
    """Draws the marks of one plot: some of them before the series, some after."""

    canvas: Canvas
    plot: PlotArea
    theme: Theme
    marks: Marks

    def behind(self) -> None:
        """The time of the problem, shaded."""
        marks, box = self.marks, self.plot.box
        if marks.since is None:
            return
        end = next(
            (each for each in (marks.until, marks.alert) if each is not None), self.plot.span.end
        )
        left, right = (min(box.right, max(box.x, self.plot.x(t))) for t in (marks.since, end))
        if right - left < 1:
            return
        color = self.theme.color(_ALERT)
        self.canvas.add(
            "rect",
            x=left,
            y=box.y,
            width=right - left,
            height=box.height,
            fill=color,
            fill_opacity=0.09 if self.theme.dark else 0.07,
        )
        if box.x < left:
            self.canvas.add(
                "line",
                x1=left,
                y1=box.y,
                x2=left,
                y2=box.bottom,
                stroke=color,
                stroke_opacity=0.5,
                stroke_dasharray="2 3",
            )

    def above(self, axis: Axis | None, ink: Iterable[tuple[float, float]]) -> None:
        """Limits, moments and earlier alerts; *ink* is where the series are, in pixels."""
        if axis is not None and self.marks.lines:
            self._limits(axis, list(ink))
        taken: list[tuple[float, float]] = []
        if self.marks.alert is not None:
            label = clean(self.marks.alert_label, _LONGEST) or "alert"
            self._moment(self.marks.alert, label, _ALERT, taken)
        if self.marks.until is not None:
            self._moment(self.marks.until, "resolved", _RESOLVED, taken)
        self._earlier()

    # ---- limits

    def _limits(self, axis: Axis, ink: Sequence[tuple[float, float]]) -> None:
        taken: list[Box] = []
        for line in self.marks.lines[:10]:
            if not axis.scale.holds(line.value):
                words = clean(line.text, _LONGEST) or f"{line.value:g}"
                self.canvas.notes.append(f"a limit is out of range: {words}")
                continue
            y = self.plot.y(line.value, axis.scale)
            color = self.theme.color(line.color)
            box = self.plot.box
            self.canvas.add(
                "line",
                x1=box.x,
                y1=y,
                x2=box.right,
                y2=y,
                stroke=color,
                stroke_width=1.5,
                stroke_dasharray="6 4",
            )
            near = [point for point in ink if abs(point[1] - y) < NEAR]
            self._limit_label(line, y, color, near, taken)

    def _limit_label(
        self,
        line: Line,
        y: float,
        color: str,
        points: Sequence[tuple[float, float]],
        taken: list[Box],
    ) -> None:
        words = clean(line.text, _LONGEST) or f"{line.value:g}"
        words = text.fit(words, self.plot.box.width / 2, _SIZE, self.theme.font, 500)
        wide = text.width(words, _SIZE, self.theme.font, 500) + 10
        place = self._free(wide, y, points, taken)
        taken.append(place)
        self.canvas.add(
            "rect",
            x=place.x,
            y=place.y,
            width=place.width,
            height=place.height,
            rx=3,
            fill=self.theme.panel,
            fill_opacity=0.75,
        )
        self.canvas.text(
            place.x + 5,
            place.y + 11.5,
            words,
            fill=color,
            font_size=_SIZE,
            font_weight=500,
        )

    def _free(
        self, wide: float, y: float, points: Sequence[tuple[float, float]], taken: Sequence[Box]
    ) -> Box:
        """The place above or below a line, from right to left, that hides the fewest points."""
        box, high = self.plot.box, 15.0
        best, fewest = Box(box.right - wide - 4, y - high - 2, wide, high), float("inf")
        for step in range(12):
            x = box.right - wide - 4 - step * (box.width - wide - 8) / 11
            for top in (y - high - 2, y + 2):
                spot = Box(x, top, wide, high)
                if top < box.y or top + high > box.bottom:
                    continue
                hidden = sum(
                    spot.x - 3 <= px <= spot.right + 3 and top - 2 <= py <= spot.bottom + 2
                    for px, py in points
                )
                hidden += 1000 * sum(_overlap(spot, each) for each in taken)
                if hidden < fewest:
                    best, fewest = spot, hidden
                if not hidden:
                    return spot
        return best

    # ---- moments

    def _moment(self, time: int, label: str, name: str, taken: list[tuple[float, float]]) -> None:
        span, box = self.plot.span, self.plot.box
        if not span.start <= time <= span.end:
            return
        x, color = self.plot.x(time), self.theme.color(name)
        self.canvas.add(
            "line",
            x1=x,
            y1=box.y - 3,
            x2=x,
            y2=box.bottom,
            stroke=color,
            stroke_width=1.5,
        )
        words = text.fit(label, box.width * 0.6, _SIZE, self.theme.font, 500)
        wide = text.width(words, _SIZE, self.theme.font, 500) + 12
        left = min(max(box.x, x - wide / 2), box.right - wide)
        for before, after in taken:
            if left < after and left + wide > before:
                left = before - wide - 4 if before - wide - 4 >= box.x else after + 4
        taken.append((left, left + wide))
        self.canvas.add("rect", x=left, y=box.y - ROOM - 2, width=wide, height=16, rx=3, fill=color)
        self.canvas.text(
            left + wide / 2,
            box.y - ROOM + 10,
            words,
            fill="#ffffff" if self.theme.paint(name).brightness < 150 else "#111217",
            font_size=_SIZE,
            font_weight=500,
            text_anchor="middle",
        )

    def _earlier(self) -> None:
        """A small triangle below the plot for each earlier alert."""
        span, bottom = self.plot.span, self.plot.box.bottom
        steps = [
            f"M{self.plot.x(time):.1f} {bottom + 2:.1f}l3.5 6h-7z"
            for time in self.marks.earlier[:_MOST_EARLIER]
            if span.start <= time <= span.end
        ]
        self.canvas.path("".join(steps), fill=self.theme.color(_ALERT), fill_opacity=0.75)


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )
