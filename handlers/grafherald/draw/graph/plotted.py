"""What a time graph draws of each series: its values turned, stacked and cut to the time range."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grafherald.draw.graph.series import Series
from grafherald.draw.graph.stack import Layer, Piled, flot_stack, stack
from grafherald.draw.page.look import TimeRange

MOST_SERIES = 100
Values = Sequence[float | None]


@dataclass(frozen=True)
class Plotted:
    """One series as it is drawn.

    Attributes:
        values: by time; None where nothing is.
        bases: what the area below it reaches down to, at each time; None for the axis' zero.
        axis: which value axis it belongs to.
        strength: 1, or less where another series is the one that matters.
        shift: milliseconds by which its times were moved to lie beside the others.
    """

    series: Series
    times: Sequence[float]
    values: Values
    axis: Hashable
    bases: Sequence[float] | None = None
    percent: bool = False
    strength: float = 1.0
    shift: int = 0

    @property
    def custom(self) -> Mapping[str, Any]:
        """The series' drawing options."""
        return self.series.custom

    @property
    def emphasized(self) -> bool:
        """Whether it is the series that matters."""
        return self.strength > 1


def part(custom: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An option that is an object of its own, as ``stacking``; empty if it is none."""
    value = custom.get(name)
    return value if isinstance(value, Mapping) else {}


def plot(
    series: Sequence[Series], span: TimeRange, axis_of: Mapping[int, Hashable], *, old: bool
) -> list[Plotted]:
    """Turn, cut and stack the series; *axis_of* is by `id`, *old* the manner of the graph panel."""
    cuts: dict[int, _Cut] = {}
    for one in series:
        if id(one.times) not in cuts:
            cuts[id(one.times)] = _cut(one.times, span)
    found = [_one(each, span, axis_of[id(each)], cuts[id(each.times)]) for each in series]
    groups: dict[Hashable, list[int]] = {}
    for place, each in enumerate(found):
        if (key := stack_of(each, old=old)) is not None:
            groups.setdefault(key, []).append(place)
    for key, places in groups.items():
        percent = isinstance(key, tuple) and "percent" in key
        layers = _piled([found[place] for place in places], percent, old)
        for place, layer in zip(places, layers, strict=True):
            found[place] = replace(
                found[place],
                times=layer.times,
                values=layer.tops,
                bases=layer.bases,
                percent=percent,
            )
    return found


_Cut = tuple[Sequence[float], slice]


def _cut(times: Sequence[float], span: TimeRange) -> _Cut:
    """The times from the last one before the range to the first one after it, and their places."""
    places = slice(max(0, bisect_left(times, span.start) - 1), bisect_right(times, span.end) + 1)
    return times[places], places


def _one(series: Series, span: TimeRange, axis: Hashable, cut: _Cut) -> Plotted:
    """The part of a series that is drawn; those with the same times keep them in common."""
    times, drawn = cut[0], series.values[cut[1]]
    turn = series.custom.get("transform")
    if turn == "negative-Y":
        drawn = [None if value is None else -value for value in drawn]
    if turn == "constant":
        value = next((each for each in drawn if each is not None), None)
        times, drawn = [span.start, span.end], [value, value]
    return Plotted(series, times, drawn, axis)


def _grounded(each: Plotted) -> Plotted:
    """Flot lets a series that joins over its gaps lie on what is below it there."""
    if each.custom.get("spanNulls") is not True:
        return each
    return replace(each, values=[0.0 if value is None else value for value in each.values])


def _piled(members: list[Plotted], percent: bool, old: bool) -> list[Layer]:
    if old:
        members[1:] = map(_grounded, members[1:])
    if old and not percent:
        return flot_stack(
            [Piled(each.times, each.values, each.series.step is not None) for each in members]
        )
    whole = (100.0 if old else 1.0) if percent else 0.0
    return stack([(each.times, each.values) for each in members], whole)


def stack_of(each: Plotted, *, old: bool) -> Hashable | None:
    """Which pile a series lies in; None for one that stands alone.

    The graph panel piles up whatever is in a group, on both axes and above and below zero.
    """
    stacking = part(each.custom, "stacking")
    mode = stacking.get("mode")
    if mode not in ("normal", "percent"):
        return None
    if old:
        return (mode, str(stacking.get("group")))
    turned = each.custom.get("transform") == "negative-Y"
    bars = each.custom.get("drawStyle") == "bars"
    return (each.axis, mode, str(stacking.get("group")), turned, bars)


def outlines(plotted: Sequence[Plotted], *, old: bool) -> dict[Hashable, tuple[int, Values]]:
    """How many series each pile has, and the one whose edge shows best where it changes.

    That is the uppermost one, or where all reach the same height the one in the middle.
    """
    piles: dict[Hashable, list[Plotted]] = {}
    for each in plotted:
        if each.bases is not None:
            piles.setdefault(stack_of(each, old=old), []).append(each)
    return {
        key: (len(pile), pile[len(pile) // 2 if pile[0].percent else -1].values)
        for key, pile in piles.items()
    }


def extent(plotted: Sequence[Plotted], span: TimeRange) -> tuple[float, float, float] | None:
    """Lowest, lowest positive and highest value within the range; None without any."""
    low, positive, high = math.inf, math.inf, -math.inf
    for each in plotted:
        first, last = bisect_left(each.times, span.start), bisect_right(each.times, span.end)
        inside = each.values[first:last]
        numbers = [value for value in inside if value is not None]
        if numbers:
            least = min(numbers)
            low, high = min(low, least), max(high, *numbers)
            above = (value for value in numbers if value > 0) if least <= 0 else (least,)
            positive = min((positive, *above))
    return (low, positive, high) if low <= high else None


def matches(labels: Mapping[str, str], name: str, wanted: Mapping[str, str]) -> bool:
    """Whether an alert's labels mean this series: by the labels both have, else by its name.

    ``web01`` means ``web01:9100`` too: an alert of a host says no port.
    """
    common = [key for key in wanted if key in labels]
    if common:
        return all(_same(labels[key], wanted[key]) for key in common)
    return any(value and _same(name, value) for value in wanted.values())


def _same(have: str, want: str) -> bool:
    return have == want or (have.startswith(want + ":") and have[len(want) + 1 :].isdigit())


def emphasize(plotted: Sequence[Plotted], wanted: Mapping[str, str]) -> list[Plotted]:
    """Make the series that the alert names stand out; all stay as they are if it names none."""
    strong = [
        bool(wanted) and matches(each.series.labels, each.series.name, wanted) for each in plotted
    ]
    if not any(strong) or all(strong):
        return list(plotted)
    return [
        replace(each, strength=1.5 if is_strong else 0.38)
        for each, is_strong in zip(plotted, strong, strict=True)
    ]
