"""The bar gauge panel: a bar, a name and a value for each reading.

Places and sizes follow Grafana's BarGauge (7.5 to 11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.page import tiles
from grafherald.draw.page.bigtext import Font, largest, set_value
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import Canvas
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts.bars import BarStyle, draw_bar
from grafherald.draw.parts.readings import Reading, Readings, fixed_size, readings
from grafherald.draw.prepare import PreparedPanel, prepare
from grafherald.draw.values.tint import tint

_LEAST = 12.0  # pixels; where Grafana scrolls at 10, ours can still be read
_NAME_LINE = 1.5
_PADDING = 10.0
_LARGEST_VALUE = 50.0
_TALLEST = 300.0  # pixels of a lying bar since Grafana 10.3


@dataclass(frozen=True)
class _Style:
    """The panel's options, read once, and the longest texts, which decide all sizes."""

    bar: BarStyle
    name: str
    value: str
    placement: str  # auto, top, left or hidden
    value_mode: str  # color, text or hidden
    name_size: float
    value_size: float

    @property
    def font(self) -> Font:
        """The one font of the panel."""
        return Font(self.bar.theme.font)


@dataclass(frozen=True)
class _Plan:
    """Where the parts of one bar stand, and the font sizes."""

    name: Box
    scale: Box
    value: Box
    name_size: float
    value_size: float


def draw_bargauge(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw a bar gauge; see `grafherald.draw.draw`."""
    del span, marks
    sheet = Sheet(look)
    ready = prepare(panel, frames, look)
    found = readings(ready, look)
    style = _style(ready, found, sheet)
    boxes = _boxes(sheet.area, len(found.all), style, look)
    for reading, box in zip(found.all, boxes, strict=False):
        _bar(sheet.canvas, reading, box, style)
    return sheet.done([*ready.notes, *found.notes(len(boxes))])


def _style(ready: PreparedPanel, found: Readings, sheet: Sheet) -> _Style:
    options, sizes = ready.options, ready.group("text")
    orientation = options.get("orientation") or "auto"
    mode = options.get("displayMode")
    bar = BarStyle(
        str(mode) if mode in ("lcd", "basic") else "gradient",
        orientation == "vertical"
        or (orientation != "horizontal" and sheet.area.width > sheet.area.height),
        options.get("showUnfilled", True) is not False,
        sheet.theme,
    )
    placement = str(options.get("namePlacement") or "auto")
    return _Style(
        bar,
        found.longest_name if found.named and placement != "hidden" else "",
        found.longest_value,
        placement,
        str(options.get("valueMode") or "color"),
        fixed_size(sizes.get("titleSize")),
        fixed_size(sizes.get("valueSize")),
    )


def _boxes(area: Box, count: int, style: _Style, look: Look) -> list[Box]:
    """One box a bar, as many as can be read."""
    gap = 2.0 if style.bar.mode == "lcd" else 10.0
    if style.bar.standing:
        return tiles.row(area, min(count, max(1, int((area.width + gap) // (4 + gap)))), gap)
    boxes = tiles.column(area, min(count, max(1, int((area.height + gap) // (_LEAST + gap)))), gap)
    if look.version >= (10, 3, 0) and boxes[0].height > _TALLEST:
        return [
            Box(box.x, area.y + at * (_TALLEST + gap), box.width, _TALLEST)
            for at, box in enumerate(boxes)
        ]
    return boxes


def _bar(canvas: Canvas, reading: Reading, box: Box, style: _Style) -> None:
    """One bar with its name and value."""
    plan = _standing(box, style) if style.bar.standing else _lying(box, style)
    filled = draw_bar(canvas, reading, plan.scale, style.bar)
    if style.name:
        _name(canvas, reading.name, plan, style)
    if style.value_mode == "hidden":
        return
    color = tint(reading.color).css()
    if style.value_mode == "text":
        color = style.bar.theme.text
    room = plan.value.width - (0.0 if style.bar.standing else 2 * _PADDING)
    value = set_value(reading.shown, room, plan.value_size, style.font, color)
    free = 0.0
    if not style.bar.unfilled and style.bar.mode != "lcd":
        # Without the rest of the scale the value stands at the bar's end
        free = (plan.scale.height if style.bar.standing else plan.scale.width) - filled
    if style.bar.standing:
        top = plan.value.y + free + (plan.value.height - value.size) / 2
        x = plan.value.x + plan.value.width / 2
        value.write(canvas, x, style.font.baseline(top, value.size), "middle")
    else:
        top = plan.value.y + (plan.value.height - value.size) / 2
        right = plan.value.right - _PADDING - free
        value.write(canvas, right, style.font.baseline(top, value.size), "end")


def _name(canvas: Canvas, name: str, plan: _Plan, style: _Style) -> None:
    """A name above, left of or below its bar."""
    box, size = plan.name, plan.name_size
    x, align = box.x, "start"
    if style.bar.standing:
        x, align = box.x + box.width / 2, "middle"
    elif plan.scale.x > box.x:
        x, align = box.right - _PADDING, "end"
    room = box.width - (_PADDING if align == "end" else 0.0)
    top = box.y + (box.height - size * _NAME_LINE) / 2
    canvas.text(
        x,
        style.font.baseline(top, size, _NAME_LINE),
        style.font.fit(name, room, size),
        fill=style.bar.theme.text,
        font_size=size,
        text_anchor=align,
    )


def _standing(box: Box, style: _Style) -> _Plan:
    """A standing bar: the value above, the name below."""
    name_size = (style.name_size or 14.0) if style.name else 0.0
    below = name_size * _NAME_LINE
    above = style.value_size or min(max(box.height * 0.1, 18.0), _LARGEST_VALUE)
    if style.value_mode == "hidden":
        above = 0.0
    size = style.value_size or largest(style.value, (box.width, max(1.0, above)), style.font)
    scale = Box(box.x, box.y + above, box.width, max(1.0, box.height - above - below))
    return _Plan(
        Box(box.x, box.bottom - below, box.width, below),
        scale,
        Box(box.x, box.y, box.width, above),
        name_size,
        size,
    )


def _lying(box: Box, style: _Style) -> _Plan:
    """A lying bar: the name above it or to its left, the value at its right."""
    name, name_size = Box(box.x, box.y, box.width, 0.0), 0.0
    above = beside = 0.0
    if style.name and (style.placement == "top" or (style.placement == "auto" and box.height > 40)):
        above = style.name_size * _NAME_LINE or max(min(box.height * 0.45, 50.0), 17.0)
        name_size = above / _NAME_LINE
        name = Box(box.x, box.y, box.width, above)
    elif style.name:
        name_size = max(box.height * 0.6, 18.0) / _NAME_LINE
        beside = style.font.width(style.name, name_size) + 15
        beside = min(beside, box.width * (0.4 if style.bar.theme.modern else 0.6))
        name = Box(box.x, box.y, beside, box.height)
        name_size = style.name_size or name_size
    wide = 0.0
    if style.value_mode != "hidden":
        measured = style.value_size or max(name_size, 12.0)
        wide = style.font.width(style.value, measured) + 2 * _PADDING
        wide = min(max(min(box.width * 0.2, 150.0), wide), box.width - beside)
    height = max(1.0, box.height - above)
    scale = Box(box.x + beside, box.y + above, max(1.0, box.width - beside - wide), height)
    value = Box(scale.right, scale.y, wide, height)
    size = style.value_size or largest(
        style.value, (max(1.0, wide - 2 * _PADDING), height), style.font
    )
    return _Plan(name, scale, value, name_size, size)
