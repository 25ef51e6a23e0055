"""The thresholds that a panel itself draws into its graph: as lines, dashes or areas.

The modern ones are those of the field config (https://grafana.com/docs/grafana/latest/panels-
visualizations/visualizations/time-series/#graph-styles-options); the graph panel has a list of its
own, whose colours were read from Grafana 7.5's threshold_manager.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph.plotarea import PlotArea
from grafherald.draw.graph.plotted import part
from grafherald.draw.graph.valueaxes import Axis
from grafherald.draw.page.svg import Canvas
from grafherald.draw.values.theme import Theme

_OLD = {  # by colorMode: area, line
    "critical": ("rgba(234, 112, 112, 0.12)", "rgba(237, 46, 24, 0.60)"),
    "warning": ("rgba(235, 138, 14, 0.12)", "rgba(247, 149, 32, 0.60)"),
    "ok": ("rgba(11, 237, 50, 0.09)", "rgba(6, 163, 69, 0.60)"),
}
_MOST = 50


@dataclass(frozen=True)
class DrawnLimit:
    """A line at *low*, or an area from there to *high*, in a paint of the picture."""

    low: float
    color: str
    high: float | None = None
    dashed: bool = False
    width: float = 1.0


def of_graph(
    panel: Mapping[str, Any], axes: Sequence[Axis], theme: Theme
) -> list[tuple[Axis, DrawnLimit]]:
    """The thresholds of the graph panel."""
    listed = panel.get("thresholds")
    if not isinstance(listed, list) or not axes:
        return []
    found = []
    rules = [each for each in listed[:_MOST] if isinstance(each, Mapping)]
    for place, rule in enumerate(rules):
        if (value := to_number(rule.get("value"))) is None:
            continue
        axis = next((each for each in axes if each.key == rule.get("yaxis")), axes[0])
        area, line = _paints(rule, theme)
        if rule.get("fill"):
            found.append((axis, DrawnLimit(value, area, _end(rule, rules[place + 1 :], value))))
        if rule.get("line"):
            found.append((axis, DrawnLimit(value, line)))
    return found


def _paints(rule: Mapping[str, Any], theme: Theme) -> tuple[str, str]:
    mode = str(rule.get("colorMode") or "critical")
    if mode == "custom":
        return theme.color(rule.get("fillColor")), theme.color(rule.get("lineColor"))
    return _OLD.get(mode, _OLD["critical"])


def _end(rule: Mapping[str, Any], after: Sequence[Mapping[str, Any]], value: float) -> float:
    """Where the area of a threshold ends: at the next one, if that lies on its side."""
    below = rule.get("op") == "lt"
    following = to_number(after[0].get("value")) if after else None
    if following is not None and (following < value if below else following > value):
        return following
    return -math.inf if below else math.inf


def of_fields(axes: Sequence[Axis]) -> list[tuple[Axis, DrawnLimit]]:
    """The thresholds of modern panels, once for each axis and set of steps."""
    found: list[tuple[Axis, DrawnLimit]] = []
    for axis in axes:
        for member in axis.members:
            mode = str(part(member.custom, "thresholdsStyle").get("mode") or "off")
            if mode not in ("off", "series"):
                new = [(axis, each) for each in _steps(member.series.display, axis, mode)]
                found.extend(each for each in new if each not in found)
        if len(found) > _MOST:
            break
    return found[:_MOST]


def _steps(display: Any, axis: Axis, mode: str) -> Iterator[DrawnLimit]:
    theme, thresholds = display.colors.theme, display.colors.thresholds
    steps = list(thresholds.steps)
    if thresholds.percentage:
        low, width = display.low, display.high - display.low
        steps = [replace(each, value=low + width * each.value / 100) for each in steps]
    ends = [*(each.value for each in steps[1:]), math.inf]
    if "area" in mode:
        for step, end in zip(steps, ends, strict=False):
            if (color := _alpha(theme, step.color, 0.15)) is not None:
                yield DrawnLimit(step.value, color, end)
    if "line" in mode or "dashed" in mode:
        for step in steps:
            color = _alpha(theme, step.color, 0.7)
            if color is not None and axis.scale.holds(step.value):
                yield DrawnLimit(step.value, color, dashed="dashed" in mode, width=2.0)


def _alpha(theme: Theme, name: str, alpha: float) -> str | None:
    """The colour at this strength, unless it has one of its own; None for what is not seen."""
    paint = theme.paint(name)
    if paint.alpha == 0:
        return None
    return f"{paint.css()}{round(255 * (alpha if paint.alpha == 1 else paint.alpha)):02x}"


def draw(canvas: Canvas, plot: PlotArea, limits: Sequence[tuple[Axis, DrawnLimit]]) -> None:
    """Draw them behind the series, areas first."""
    box = plot.box
    for axis, limit in sorted(limits, key=lambda pair: pair[1].high is None):
        if limit.high is None:
            if axis.scale.holds(limit.low):
                y = round(plot.y(limit.low, axis.scale)) + 0.5
                dash = "10 10" if limit.dashed else None
                how = {"stroke": limit.color, "stroke_width": limit.width, "stroke_dasharray": dash}
                canvas.add("line", x1=box.x, y1=y, x2=box.right, y2=y, **how)
            continue
        ends = sorted(
            min(box.bottom, max(box.y, plot.y(_near(each, axis), axis.scale)))
            for each in (limit.low, limit.high)
        )
        canvas.add(
            "rect", x=box.x, y=ends[0], width=box.width, height=ends[1] - ends[0], fill=limit.color
        )


def _near(value: float, axis: Axis) -> float:
    """A value that can be placed on the axis: what is beyond it is at its end."""
    return min(axis.scale.high, max(axis.scale.low, value))
