"""How large a stat's name, value and small graph are: the four layouts of Grafana's BigValue.

Read from BigValueLayout of Grafana 7.5.5 and @grafana/ui 10.4.2; the two differ in what an absent
name takes and in the weight with which a value is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from grafherald.draw.page.bigtext import Font, largest
from grafherald.draw.page.tiles import Box

LINE = 1.2
_LARGEST_NAME = 30.0
_WIDE = 2.5  # a tile that is wider has its name beside the value


@dataclass(frozen=True)
class Texts:
    """What decides the sizes: the longest name and value of all tiles, and sizes that are fixed.

    An empty name is none; a size of 0 is free.
    """

    name: str
    value: str
    font: Font
    measured: Font
    modern: bool
    name_size: float = 0.0
    value_size: float = 0.0

    def largest_name(self, width: float, height: float) -> float:
        """The size of names in this much room."""
        if self.name_size:
            return self.name_size
        if not self.name:
            return 0.0 if self.modern else 14.0
        return largest(self.name, (width, height), self.font, LINE, _LARGEST_NAME)

    def largest_value(self, width: float, height: float) -> float:
        """The size of values in this much room."""
        if self.value_size:
            return self.value_size
        return largest(self.value, (width, max(1.0, height)), self.measured, LINE)

    def smaller(self, name: float, value: float) -> float:
        """A name's size, made smaller than its value's."""
        return name if self.name_size or not self.name else min(value * 0.7, name)


@dataclass(frozen=True)
class Sizes:
    """Font sizes and the height of the small graph in pixels; 0 is no graph.

    *beside*: name and value stand in one line. *top*: they stand at the top, not in the middle.
    """

    name: float
    value: float
    graph: float
    beside: bool
    top: bool


def arrange(box: Box, texts: Texts, graph: bool) -> Sizes:
    """Find the sizes for one tile."""
    room = box.inset(padding(box))
    if box.width / box.height > _WIDE:
        if graph and box.height > 50:
            return _wide_with_graph(box, room, texts)
        return _wide(room, texts)
    if graph and box.height > 100:
        return _stacked_with_graph(box, room, texts)
    return _stacked(box, room, texts)


def padding(box: Box) -> float:
    """What is free around a tile's texts."""
    return 12.0 if box.height > 100 else 8.0


def _wide(room: Box, texts: Texts) -> Sizes:
    value = texts.largest_value(room.width * (0.3 if texts.name else 1.0), room.height)
    name = texts.largest_name(room.width * 0.6, room.height)
    return Sizes(texts.smaller(name, value), value, 0.0, beside=True, top=False)


def _wide_with_graph(box: Box, room: Box, texts: Texts) -> Sizes:
    name = texts.largest_name(room.width * 0.6, room.height * 0.4)
    value = texts.largest_value(room.width * 0.4, room.height * 0.5)
    return Sizes(name, value, box.height * 0.5, beside=True, top=True)


def _stacked_with_graph(box: Box, room: Box, texts: Texts) -> Sizes:
    name = texts.largest_name(room.width, box.height * 0.15)
    value = texts.largest_value(room.width, room.height - box.height * 0.25 - name * LINE)
    name = texts.smaller(name, value)
    graph = max(0.0, box.height - (name + value) * LINE)
    return Sizes(name, value, graph, beside=False, top=True)


def _stacked(box: Box, room: Box, texts: Texts) -> Sizes:
    name = texts.largest_name(room.width, box.height * 0.15)
    above = name * LINE if texts.name or texts.name_size else 0.0
    value = texts.largest_value(room.width, room.height - above)
    return Sizes(texts.smaller(name, value), value, 0.0, beside=False, top=False)
