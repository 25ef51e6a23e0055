"""Where the bars of a bar chart stand, and the numbers beside them.

Shares and sizes follow Grafana's barchart/distribute.ts and bars.ts (8 to 12):
https://github.com/grafana/grafana/blob/main/public/app/plugins/panel/barchart/bars.ts
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import floor

from grafherald.draw.graph.plotted import Plotted
from grafherald.draw.graph.valueaxes import Axis
from grafherald.draw.page.bigtext import Font, largest
from grafherald.draw.page.tiles import Box

_SMALLEST, _LARGEST = 8.0, 30.0  # font sizes of the numbers
_NARROWEST = 4.0  # pixels: the smallest digit
_ROOM = 0.65  # of a bar's thickness for its number
_CAPITAL = 0.72  # em: how high digits are
_AWAY = {True: (0.15, 10.0), False: (0.1, 5.0)}  # by lying: share of a bar's thickness, at most


@dataclass(frozen=True)
class Widths:
    """Shares from 0 to 1: a *group*'s of its category, a *bar*'s of its group."""

    group: float = 0.7
    bar: float = 0.97


@dataclass(frozen=True)
class Bar:
    """One bar: its series and category, and its rectangle; *end* is where its value is."""

    series: int
    category: int
    box: Box
    end: float
    negative: bool


@dataclass(frozen=True)
class ChartArea:
    """A plot whose categories run to the right, or down where bars are *lying*."""

    box: Box
    lying: bool
    count: int
    widths: Widths

    @property
    def length(self) -> float:
        """Pixels along the values."""
        return self.box.width if self.lying else self.box.height

    def at(self, value: float, axis: Axis) -> float:
        """The x (of a lying bar) or y of a value."""
        share = axis.scale.at(value)
        if self.lying:
            return self.box.x + share * self.box.width
        return self.box.bottom - share * self.box.height

    def middle(self, category: int) -> float:
        """The x, or y of a lying group's middle."""
        start, size = self._groups[category]
        return self._along(start + size / 2)

    @cached_property
    def _groups(self) -> list[tuple[float, float]]:
        return _spread(self.count, self.widths.group)

    def _along(self, share: float) -> float:
        if self.lying:
            return self.box.y + share * self.box.height
        return self.box.x + share * self.box.width

    def bars(self, plotted: Sequence[Plotted], axes: Sequence[Axis]) -> list[list[Bar]]:
        """The rectangles of each series' bars; stacked ones stand at the same place."""
        by_key = {each.key: each for each in axes}
        stacked = any(each.bases is not None for each in plotted)
        parts = _spread(1 if stacked else len(plotted), self.widths.bar)
        found: list[list[Bar]] = []
        for place, each in enumerate(plotted):
            row: list[Bar] = []
            found.append(row)
            start, size = parts[0 if stacked else place]
            axis = by_key[each.axis]
            for at, (category, value) in enumerate(zip(each.times, each.values, strict=False)):
                if value is None:
                    continue
                begin, wide = self._groups[int(category)]
                edges = (begin + wide * start, begin + wide * (start + size))
                base = each.bases[at] if each.bases is not None else 0.0
                row.append(self._bar((place, int(category)), edges, (base, value), axis))
        return found

    def _bar(
        self,
        which: tuple[int, int],
        edges: tuple[float, float],
        values: tuple[float, float],
        axis: Axis,
    ) -> Bar:
        root, end = (self._inside(self.at(each, axis)) for each in values)
        near, far = self._along(edges[0]), self._along(edges[1])
        low, long, thick = min(root, end), abs(end - root), far - near
        box = Box(low, near, long, thick) if self.lying else Box(near, low, thick, long)
        return Bar(*which, box, end, values[1] < values[0])

    def _inside(self, place: float) -> float:
        low, high = (self.box.x, self.box.right) if self.lying else (self.box.y, self.box.bottom)
        return min(high, max(low, place))


def _spread(count: int, share: float) -> list[tuple[float, float]]:
    """Begin and size of *count* things that fill this *share* together, with equal gaps."""
    size = share / max(1, count)
    if count < 2:
        return [((1 - share) / 2, size)]
    gap = (1 - share) / (count - 1)
    return [(at * (size + gap), size) for at in range(count)]


@dataclass(frozen=True)
class BarNumber:
    """The number of a bar: its baseline's beginning, middle or end, as *anchor* says."""

    words: str
    x: float
    y: float
    anchor: str


def numbers(
    area: ChartArea, bars: Sequence[tuple[Bar, str]], font: Font, fixed: float, *, all_: bool
) -> tuple[float, list[BarNumber]]:
    """The font size and the numbers of *bars* that have room; none where they would be too small.

    *fixed* is a size that the panel wants, 0 for none; with *all_* they may lie upon each other.
    """
    if not bars:
        return 0.0, []
    share, most = _AWAY[area.lying]
    thick = min(each.box.height if area.lying else each.box.width for each, _ in bars)
    if not fixed and thick * _ROOM < _NARROWEST:
        return 0.0, []
    away = min(most, round(share * thick))
    room = min(_free(area, each) for each, _ in bars) - away
    wide, high = (room, thick * _ROOM) if area.lying else (thick * _ROOM, room)
    size = fixed or floor(
        min(_LARGEST, *(largest(words, (wide, max(0.0, high)), font) for _, words in bars)) + 0.5
    )
    if size < _SMALLEST:
        return 0.0, []
    found: list[BarNumber] = []
    taken: dict[int, list[Box]] = {}
    for bar, words in bars:
        place = _number(area, bar, words, (away, size))
        box = _box(place, font.width(words, size), size)
        others = taken.setdefault(bar.category, [])
        if all_ or not any(_touch(box, each) for each in others):
            others.append(box)
            found.append(place)
    return size, found


def _free(area: ChartArea, bar: Bar) -> float:
    """Pixels from a bar's end to the plot's edge."""
    if area.lying:
        return bar.end - area.box.x if bar.negative else area.box.right - bar.end
    return area.box.bottom - bar.end if bar.negative else bar.end - area.box.y


def _number(area: ChartArea, bar: Bar, words: str, how: tuple[float, float]) -> BarNumber:
    away, size = how
    if area.lying:
        x = bar.end - away if bar.negative else bar.end + away
        y = bar.box.y + bar.box.height / 2 + size * _CAPITAL / 2
        return BarNumber(words, x, y, "end" if bar.negative else "start")
    y = bar.end + away + size * _CAPITAL if bar.negative else bar.end - away
    return BarNumber(words, bar.box.x + bar.box.width / 2, y, "middle")


def _box(number: BarNumber, wide: float, size: float) -> Box:
    left = number.x - {"start": 0.0, "middle": wide / 2, "end": wide}[number.anchor]
    return Box(left, number.y - size * _CAPITAL, wide, size * _CAPITAL)


def _touch(one: Box, two: Box) -> bool:
    return one.x < two.right and two.x < one.right and one.y < two.bottom and two.y < one.bottom
