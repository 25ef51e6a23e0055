"""The stat panel: values as large as they fit, with their names and a small graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.frame import Frame
from grafherald.draw.kinds.gauge import draw_gauge
from grafherald.draw.kinds.singlestat import draw_singlestat
from grafherald.draw.page import tiles
from grafherald.draw.page.bigtext import Align, BigText, Font, Words, set_lines, set_value
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.sheet import Sheet
from grafherald.draw.page.svg import Canvas
from grafherald.draw.page.tiles import Box
from grafherald.draw.parts import change
from grafherald.draw.parts.bigvalue import LINE, Sizes, Texts, arrange, padding
from grafherald.draw.parts.change import Change
from grafherald.draw.parts.readings import Reading, Readings, fixed_size, readings
from grafherald.draw.parts.trend import Paint, draw_trend
from grafherald.draw.prepare import PreparedPanel, prepare
from grafherald.draw.values.display import DisplayValue
from grafherald.draw.values.theme import Theme
from grafherald.draw.values.tint import readable_on, tint

_GAP = 3.0
_BETWEEN = 6.0  # pixels between the parts of a line that stands in the middle
_LEAST = 14.0  # pixels; smaller tiles cannot be read
_OLD = ("singlestat", "grafana-singlestat-panel")  # of 7.5 and before
_FILLED = ("background", "background_solid")
_UNPAINTED = "#808080"  # the graph of a stat without colours, up to 7.5


@dataclass(frozen=True)
class _Style:
    """The panel's options, read once."""

    color: str  # value, background, background_solid or none
    graph: bool
    centered: bool
    words: str  # value, value_and_name, name or none
    name_size: float
    value_size: float
    theme: Theme
    change: str  # standard, inverted or same_as_value; "" shows none


def draw_stat(
    panel: Mapping[str, Any], frames: Sequence[Frame], span: TimeRange, look: Look, marks: Marks
) -> Drawing:
    """Draw a stat, or the singlestat of old; see `grafherald.draw.draw`."""
    if str(panel.get("type")) in _OLD and look.version < (8, 0, 0):
        return draw_singlestat(panel, frames, span, look, marks)
    ready = prepare(panel, frames, look)
    if ready.panel.get("type") == "gauge":  # a singlestat that showed itself as one
        return draw_gauge(panel, frames, span, look, marks)
    sheet = Sheet(look, flush=True)
    found = readings(ready, look)
    boxes = sheet.squeezed(_boxes(sheet.planned, len(found.all), ready.options.get("orientation")))
    style = _style(ready, look, len(found.all))
    texts = _texts(found, style)
    for reading, box in zip(found.all, boxes, strict=False):
        _tile(sheet.canvas, reading, box, (texts, style), span)
    return sheet.done([*ready.notes, *found.notes(len(boxes))])


def _style(ready: PreparedPanel, look: Look, count: int) -> _Style:
    options, sizes = ready.options, ready.group("text")
    words = options.get("textMode") or "auto"
    if words == "auto":
        words = "value_and_name" if ready.named or not look.title or count > 1 else "value"
    return _Style(
        str(options.get("colorMode") or "value"),
        options.get("graphMode", "area") != "none",
        options.get("justifyMode") == "center",
        str(words),
        fixed_size(sizes.get("titleSize")),
        fixed_size(sizes.get("valueSize")),
        look.colors,
        _change_mode(options, look),
    )


def _change_mode(options: Mapping[str, Any], look: Look) -> str:
    if not options.get("showPercentChange") or look.version < change.SINCE:
        return ""
    return str(options.get("percentChangeColorMode") or "standard")


def _boxes(area: Box, count: int, orientation: object) -> list[Box]:
    """The tiles that can be read; the values for which there is none are said to be left out."""
    if orientation == "horizontal":
        return tiles.column(area, min(count, _room(area.height)), _GAP)
    if orientation == "vertical":
        return tiles.row(area, min(count, _room(area.width)), _GAP)
    most = int((area.width // (2 * _LEAST)) * (area.height // (2 * _LEAST)))
    return tiles.grid(area, min(count, max(1, most)), _GAP)


def _room(length: float) -> int:
    """How many tiles that can be read fit in this many pixels."""
    return max(1, int((length + _GAP) // (_LEAST + _GAP)))


def _texts(found: Readings, style: _Style) -> Texts:
    """The longest texts, by which all tiles get the same sizes."""
    name, value = found.longest_name, found.longest_value
    if style.words == "name":
        name, value = "", name
    elif style.words == "value":
        name = ""
    elif style.words == "none":
        name, value = "", "1"
    font, strong = Font(style.theme.font), Font(style.theme.font, 500)
    modern = style.theme.modern
    measured = strong if modern else font
    return Texts(name, value, font, measured, modern, style.name_size, style.value_size)


def _tile(
    canvas: Canvas, reading: Reading, box: Box, how: tuple[Texts, _Style], span: TimeRange
) -> None:
    texts, style = how
    filled = style.color in _FILLED
    if filled:
        _background(canvas, box, reading.color, style)
    graph = style.graph and reading.trend is not None
    sizes = arrange(box, texts, graph)
    if reading.trend and sizes.graph > 1:
        base = Box(box.x, box.bottom - sizes.graph, box.width, sizes.graph)
        draw_trend(canvas, reading.trend, base, span, _graph_paint(reading.color, style))
    said = _said(reading, style, sizes, box.inset(padding(box)))
    _write(canvas, box.inset(padding(box)), sizes, said)


@dataclass(frozen=True)
class _Said:
    """Name and value of one tile, set and coloured."""

    name: str
    name_color: str
    font: Font
    value: BigText
    centered: bool
    change: Change | None = None
    above: tuple[BigText, ...] = ()  # lines of the value before its last one


def _said(reading: Reading, style: _Style, sizes: Sizes, box: Box) -> _Said:
    room = box.width
    color = {"value": reading.color, "none": style.theme.text}.get(style.color, reading.color)
    name_color = style.theme.text
    if style.color in _FILLED:
        color = name_color = readable_on(reading.color)
    name, words = _words(reading, style.words)
    strong = Font(style.theme.font, 500)
    lines = not style.theme.modern and not sizes.beside
    how = (words, room, sizes.value, strong, color)
    *above, value = set_lines(*how) if lines else [set_value(*how)]
    font = Font(style.theme.font)
    name = font.fit(name, max(0.0, room - value.width) if sizes.beside else room, sizes.name)
    centered = style.centered or not name
    changed = _change(reading, style, value, box)
    return _Said(name, name_color, font, value, centered, changed, tuple(above))


def _change(reading: Reading, style: _Style, value: BigText, box: Box) -> Change | None:
    """By how much the value changed, where the panel shows that."""
    if not style.change or reading.change is None:
        return None
    color = change.color_of(reading.change, style.change, value.color, style.theme)
    color = value.color if style.color in _FILLED else color
    size = change.size_of(value.size)
    if style.words == "none":
        size = change.size_alone(reading.change, box, value.font)
    return Change(reading.change, size, color, value.font)


def _words(reading: Reading, mode: str) -> tuple[str, Words]:
    """Name and value that a tile shows."""
    if mode == "name":
        return "", DisplayValue(reading.name)
    if mode == "none":
        return "", DisplayValue("")
    return (reading.name if mode == "value_and_name" else ""), reading.shown


def _background(canvas: Canvas, box: Box, color: str, style: _Style) -> None:
    """Fill a tile; Grafana mixes two shades of the colour, at 120 degrees of CSS."""
    fill = tint(color).css()
    if style.color == "background":
        factor = 1.0 if style.theme.dark else -0.7
        shades = (tint(color).darken(15 * factor).spin(8), tint(color).darken(5 * factor).spin(-8))
        half = (box.width * 0.866 + box.height * 0.5) / 2
        x, y = box.x + box.width / 2, box.y + box.height / 2
        fill = canvas.gradient(
            [(at, shade.css(), tint(color).alpha) for at, shade in enumerate(shades)],
            (x - half * 0.866, y - half * 0.5),
            (x + half * 0.866, y + half * 0.5),
        )
    canvas.add("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=3, fill=fill)


def _graph_paint(color: str, style: _Style) -> tuple[Paint, Paint]:
    """The paints of the small graph's line and area."""
    if style.color in _FILLED:
        return Paint(tint(color).brighten(40).css()), Paint("#ffffff", 0.4)
    if style.color == "none" and not style.theme.modern:
        return Paint(_UNPAINTED), Paint(_UNPAINTED)
    return Paint(tint(color).css()), Paint(tint(color).css(), 0.2)


def _write(canvas: Canvas, room: Box, sizes: Sizes, said: _Said) -> None:
    """Write name and value beside or below each other."""
    if said.change and not said.value.head:
        size = said.change.size
        y = said.change.font.baseline(room.y + (room.height - size * LINE) / 2, size, LINE)
        said.change.write(canvas, room.x + room.width / 2, y, "middle")
        return
    top = room.y
    height = sizes.value * LINE * (1 + len(said.above))
    if said.name:
        height = max(sizes.name * LINE, height) if sizes.beside else height + sizes.name * LINE
    if said.change and not sizes.beside:
        height += said.change.height
    if said.centered or not sizes.top:
        top += (room.height - height) / 2
    if sizes.beside:
        _write_beside(canvas, room, (top, height), sizes, said)
        return
    x = room.x + room.width / 2 if said.centered else room.x
    align: Align = "middle" if said.centered else "start"
    if said.name:
        y = said.font.baseline(top, sizes.name, LINE)
        _name(canvas, (x, y), sizes.name, said, align)
        top += sizes.name * LINE
    for line in said.above:
        line.write(canvas, x, line.font.baseline(top, sizes.value, LINE), align)
        top += sizes.value * LINE
    said.value.write(canvas, x, said.value.font.baseline(top, sizes.value, LINE), align)
    if said.change:
        top += sizes.value * LINE + said.change.height - said.change.size * LINE
        baseline = said.change.font.baseline(top, said.change.size, LINE)
        said.change.write(canvas, x, baseline, align)


def _write_beside(
    canvas: Canvas, room: Box, line: tuple[float, float], sizes: Sizes, said: _Said
) -> None:
    """Write both in one line: at its ends, or together in its middle."""
    top, height = line
    lift = 0.0 if sizes.top and not said.centered else 0.5
    name_y = top + (height - sizes.name * LINE) * lift
    value_y = said.value.font.baseline(
        top + (height - sizes.value * LINE) * lift, sizes.value, LINE
    )
    wide = [said.font.width(said.name, sizes.name) if said.name else 0.0, said.value.width]
    wide += [said.change.width] if said.change else []
    left, between = room.x, (room.width - sum(wide)) / max(1, len(wide) - 1)
    if said.centered:
        between = _BETWEEN if said.change else 0.0
        left += (room.width - sum(wide) - between * (len(wide) - 1)) / 2
    if said.name:
        y = said.font.baseline(name_y, sizes.name, LINE)
        _name(canvas, (left, y), sizes.name, said, "start")
    right = left + wide[0] + between + wide[1]
    said.value.write(canvas, right, value_y, "end")
    if said.change:
        said.change.write(canvas, right + between, value_y, "start")


def _name(canvas: Canvas, at: tuple[float, float], size: float, said: _Said, align: Align) -> None:
    canvas.text(*at, said.name, fill=said.name_color, font_size=size, text_anchor=align)
