"""The value axes of one time graph: which series share one, its range, its labels and its place."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.graph import axis as ranges
from grafherald.draw.graph.aligned import aligned
from grafherald.draw.graph.axis import AxisScale, Bounds, Tick
from grafherald.draw.graph.plotted import Plotted, extent, part
from grafherald.draw.graph.series import Series
from grafherald.draw.page import text
from grafherald.draw.page.look import TimeRange
from grafherald.draw.page.svg import clean
from grafherald.draw.values.display import Display
from grafherald.draw.values.theme import Theme
from grafherald.draw.values.units import format_value

_BINARY = frozenset({"bytes", "bits", "kbytes", "mbytes", "gbytes", "tbytes", "pbytes"})
_BINARY_RATES = frozenset(
    {"binBps", "binbps", "KiBs", "Kibits", "MiBs", "Mibits", "GiBs", "Gibits"}
)
_COUNTED = frozenset({"none", "short", "sishort", "locale", "percent"})
_LONGEST_LABEL = 40
_AROUND = 32.0  # pixels that Flot counts above and below a plot when it chooses its lines
_WIDEST = 400.0  # pixels of an axis


@dataclass
class Axis:
    """One value axis.

    Attributes:
        right: it stands at the right of the plot.
        shown: it has labels.
        width: pixels of its labels, its title and what stands before them.
        tail: pixels of the small lines that point at its labels.
    """

    key: Hashable
    right: bool
    shown: bool
    scale: AxisScale
    ticks: list[Tick]
    labels: list[str]
    title: str = ""
    width: float = 0.0
    tail: float = 0.0
    members: list[Plotted] = field(default_factory=list)


@dataclass(frozen=True)
class AxisManner:
    """Whose manner axes are drawn in: *old* is the graph panel's (Flot).

    *timed*: there is a time axis. *level*: a value that both axes have at the same height.
    """

    old: bool
    theme: Theme
    timed: bool = True
    level: float | None = None

    @property
    def label_size(self) -> float:
        """Pixels of the labels' letters."""
        return 14 / 1.2 if self.old else 12.0  # Flot says "smaller", of 14


def keys(series: Sequence[Series], manner: AxisManner) -> dict[int, Hashable]:
    """Which axis each series belongs to, by its `id`.

    The graph panel has two. Others have one for each unit; since 8 also for each placement, range
    and kind of scale.
    """
    found: dict[int, Hashable] = {}
    for each in series:
        if manner.old:
            found[id(each)] = "right" if each.custom.get("axisSide") == "right" else "left"
        elif not manner.theme.modern:
            found[id(each)] = each.unit or ""
        else:
            kind = part(each.custom, "scaleDistribution")
            found[id(each)] = (
                *(_placement(each), each.unit or "", each.min, each.max),
                *(each.soft_min, each.soft_max, str(kind.get("type")), str(kind.get("log"))),
            )
    return found


def build(
    plotted: Sequence[Plotted],
    span: TimeRange,
    height: float,
    manner: AxisManner,
    inside: Mapping[Hashable, Sequence[float]],
) -> list[Axis]:
    """The axes of these series, in order; *inside* are values that an axis must reach to."""
    groups: dict[Hashable, list[Plotted]] = {}
    for each in plotted:
        groups.setdefault(each.axis, []).append(each)
    extents = {
        key: _extent(members, span, manner, inside.get(key, ())) for key, members in groups.items()
    }
    levelled = _levelled(extents, groups, height, manner)
    axes: list[Axis] = []
    for key, members in groups.items():
        scaled = levelled.get(key) or _scale(members, extents[key], height, manner)
        axes.append(_axis(key, members, axes, manner, scaled))
    return axes


@dataclass(frozen=True)
class _Extent:
    """The values that an axis must reach to, *positive* the least above zero; and its limits."""

    low: float
    positive: float
    high: float
    bounds: Bounds


def _levelled(
    extents: Mapping[Hashable, _Extent],
    groups: Mapping[Hashable, list[Plotted]],
    height: float,
    manner: AxisManner,
) -> Mapping[Hashable, tuple[AxisScale, list[Tick]]]:
    """The graph panel's two axes where a value shall be at the same height in both.

    As in Flot, their ranges are levelled and widened to lines in turns, levelled last.
    """
    if manner.level is None or len(groups) != 2 or any(_log(m[0]) for m in groups.values()):
        return {}
    keys = sorted(extents, key=lambda key: key == "right")
    bounds = [extents[key].bounds for key in keys]
    found = [
        ranges.flot_range(extents[key].low, extents[key].high, extents[key].bounds) for key in keys
    ]
    spans = aligned(found[0], found[1], manner.level)
    lines: list[list[float]] = []
    for _ in range(2):
        snapped = [
            ranges.flot_snapped(span, limits, height + _AROUND)
            for span, limits in zip(spans, bounds, strict=True)
        ]
        lines = [values for _, values in snapped]
        spans = aligned(snapped[0][0], snapped[1][0], manner.level)
    scales = [ranges.flot_scale(*each) for each in zip(spans, lines, strict=True)]
    return dict(zip(keys, scales, strict=True))


def _axis(
    key: Hashable,
    members: list[Plotted],
    others: Sequence[Axis],
    manner: AxisManner,
    scaled: tuple[AxisScale, list[Tick]],
) -> Axis:
    scale, ticks = scaled
    placement = _placement(members[0].series)
    right = _at_right(placement, any(not each.right and each.shown for each in others))
    shown = placement != "hidden"
    labels = _labels(members[0], ticks, manner)
    title = clean(members[0].custom.get("axisLabel") or "", 100) if shown else ""
    made = Axis(key, right, shown, scale, ticks, labels, title, members=members)
    if shown:
        made.tail = _tail(manner, any(each.shown for each in others))
        made.width = _width(made, manner)
    return made


def _at_right(placement: str, has_left: bool) -> bool:
    return placement == "right" or (placement == "auto" and has_left)


def right_ones(plotted: Sequence[Plotted]) -> set[Hashable]:
    """The keys of the axes that `build` will put at the right."""
    placed: dict[Hashable, str] = {}
    for each in plotted:
        placed.setdefault(each.axis, _placement(each.series))
    right: set[Hashable] = set()
    has_left = False
    for key, placement in placed.items():
        if _at_right(placement, has_left):
            right.add(key)
        else:
            has_left = has_left or placement != "hidden"
    return right


def _placement(series: Series) -> str:
    placement = series.custom.get("axisPlacement")
    return placement if placement in ("left", "right", "hidden") else "auto"


def _width(axis: Axis, manner: AxisManner) -> float:
    size, font = manner.label_size, manner.theme.font
    widest = max((text.width(each, size, font) for each in axis.labels), default=0.0)
    if manner.old:
        return widest + 6 + axis.tail + (20 if axis.title else 0)
    said = to_number(axis.members[0].custom.get("axisWidth")) or 0.0
    wide = said or widest + 8 + axis.tail
    return min(wide, _WIDEST) + (18 if axis.title else 0)


def _tail(manner: AxisManner, second: bool) -> float:
    """Flot has such lines for all axes but the first, whose lines cross the whole plot."""
    if manner.old:
        return 5.0 if second else 0.0
    return 10.0


def _bounds(members: Sequence[Plotted]) -> Bounds:
    """The limits of all members together."""

    def of(values: Sequence[float | None], pick: object) -> float | None:
        known = [each for each in values if each is not None and math.isfinite(each)]
        return (min(known) if pick is min else max(known)) if known else None

    series = [each.series for each in members]
    low, high = of([each.min for each in series], min), of([each.max for each in series], max)
    if low is not None and high is not None and low >= high:
        low = high = None
    return Bounds(
        low,
        high,
        of([each.soft_min for each in series], min),
        of([each.soft_max for each in series], max),
    )


def _extent(
    members: Sequence[Plotted], span: TimeRange, manner: AxisManner, inside: Sequence[float]
) -> _Extent:
    bounds = _bounds(members)
    found = extent(members, span)
    low, positive, high = found or (0.0, 1.0, 1.0)
    if any(each.percent for each in members):
        bounds, low = _percent_bounds(bounds, manner), min(low, 0.0)
    low, high = min((low, *inside)), max((high, *inside))
    positive = min((positive, *(each for each in inside if each > 0)))
    bounds = _reach(bounds, inside)
    if manner.theme.modern and any(each.custom.get("drawStyle") == "bars" for each in members):
        low, high = min(low, 0.0), max(high, 0.0)
    return _Extent(low, positive, high, bounds)


def _scale(
    members: Sequence[Plotted],
    wanted: _Extent,
    height: float,
    manner: AxisManner,
) -> tuple[AxisScale, list[Tick]]:
    low, positive, high, bounds = wanted.low, wanted.positive, wanted.high, wanted.bounds
    base = _log(members[0])
    if base and high > 0:
        return _log_scale((positive, high), base, bounds, height, manner)
    binary = _binary(members[0])
    if manner.old and _placement(members[0].series) == "hidden":
        return AxisScale(*ranges.flot_range(low, high, bounds)), []
    if manner.old:
        return ranges.flot_axis(low, high, bounds, height + _AROUND, binary=binary)
    digits = None if manner.theme.modern else 6
    scale = AxisScale(*ranges.uplot_range(low, high, bounds, digits))
    if manner.theme.modern and (members[0].series.unit or "").startswith("bool"):
        return scale, [Tick(value) for value in (0.0, 1.0) if scale.holds(value)]
    whole = manner.theme.modern and _counts(members[0])
    return scale, ranges.uplot_ticks(scale, height, binary=binary, whole=whole)


def _log_scale(
    extent_: tuple[float, float], base: float, bounds: Bounds, height: float, manner: AxisManner
) -> tuple[AxisScale, list[Tick]]:
    if manner.old:
        return ranges.flot_log_axis(*extent_, base, bounds, height + 60)
    scale = AxisScale(*ranges.log_range(*extent_, base, bounds), base)
    return scale, ranges.log_ticks(scale, height)


def _log(member: Plotted) -> float:
    kind = part(member.custom, "scaleDistribution")
    if kind.get("type") != "log":
        return 0.0
    base = kind.get("log") or 2
    return float(base) if isinstance(base, (int, float)) and 1 < base <= 1024 else 10.0


def _binary(member: Plotted) -> bool:
    """Whether steps of powers of two give rounder labels, as 512 MiB."""
    unit = member.series.unit or ""
    return unit in _BINARY or unit in _BINARY_RATES


def _counts(member: Plotted) -> bool:
    """Whether nothing lies between two whole numbers: 0.5 s is 500 ms, but no half request is."""
    return member.series.decimals == 0 and (member.series.unit or "none") in _COUNTED


def _percent_bounds(bounds: Bounds, manner: AxisManner) -> Bounds:
    return bounds if manner.old else Bounds(0.0, 1.0)


def _reach(bounds: Bounds, inside: Sequence[float]) -> Bounds:
    """Fixed limits moved so far that the values *inside* can be seen."""
    if not inside:
        return bounds
    low = min(bounds.low, *inside) if bounds.low is not None else None
    high = bounds.high
    if high is not None and max(inside) >= high:
        high = max(inside) + (max(inside) - (bounds.low or 0.0)) * 0.05
    return Bounds(low, high, bounds.soft_low, bounds.soft_high)


def _labels(member: Plotted, ticks: Sequence[Tick], manner: AxisManner) -> list[str]:
    display = member.series.display
    decimals = _decimals(ticks) if manner.theme.modern and not manner.old else None
    if manner.old:
        own = member.custom.get("axisDecimals")
        display = replace(display, decimals=None if own is None else int(own))
    unit = ("percent" if manner.old else "percentunit") if member.percent else None
    labels = []
    for tick in ticks:
        if not tick.labelled:
            labels.append("")
            continue
        words = (
            str(format_value(unit, tick.value, display.decimals, display.manner))
            if unit
            else _text(display, tick.value, decimals)
        )
        labels.append(clean(words, _LONGEST_LABEL))
    return labels


def _text(display: Display, value: float, decimals: int | None) -> str:
    """A value as the axis prints it.

    Zeros at the end go where the axis' step gave the decimals: 0.25 s is 250 ms, not 250.00 ms.
    """
    shown = display.text(value, decimals)
    if decimals is not None and display.decimals is None and not shown.mapped:
        whole, point, rest = shown.text.partition(".")
        if point and rest.isdigit():
            shown = replace(shown, text=f"{whole}.{rest}".rstrip("0").rstrip("."))
    return str(shown)


def _decimals(ticks: Sequence[Tick]) -> int | None:
    """As many as the distance of two lines needs; None if that is whole."""
    if len(ticks) < 2:
        return None
    step = abs(ticks[1].value - ticks[0].value)
    digits = f"{step:.9f}".rstrip("0").partition(".")[2]
    return len(digits) or None
