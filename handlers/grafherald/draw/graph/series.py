"""The lines of a panel: what is drawn, in which colour and how its values read.

The old graph panel and the new one come out in one vocabulary: ``custom`` has the names of the
modern time series panel, and beside them what only the old one could say (``nullAsZero``,
``withBars``, ``axisDecimals``, ``axisSide``, ``zindex``, ``fillGradient``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from grafherald.draw import legacy
from grafherald.draw.frames import reducers
from grafherald.draw.frames.frame import Frame
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.frames.targets import as_asked
from grafherald.draw.frames.transform import transformed
from grafherald.draw.graph.clock import MOST_FILLED, Clock, clock_of
from grafherald.draw.values.display import Display
from grafherald.draw.values.fieldconfig import Column, columns_of, left_out
from grafherald.draw.values.units import Manner

Version = tuple[int, int, int]

_DEFAULTS: Mapping[str, Any] = {
    "drawStyle": "line",
    "lineInterpolation": "linear",
    "lineWidth": 1,
    "fillOpacity": 0,
    "gradientMode": "none",
    "showPoints": "auto",
    "pointSize": 5,
    "spanNulls": False,
    "axisPlacement": "auto",
    "axisLabel": "",
    "barAlignment": 0,
    "scaleDistribution": {"type": "linear"},
    "stacking": {"mode": "none", "group": "A"},
    "thresholdsStyle": {"mode": "off"},
    "hideFrom": {"viz": False, "legend": False},
    "lineStyle": {"fill": "solid"},
}


@dataclass(frozen=True)
class Series:
    """One line.

    Attributes:
        times: epoch milliseconds, ascending.
        values: as long as times; None where there is no value. Where samples are missing in a row
            of equal steps, a None stands at each step: a line is broken there or not by
            ``custom["spanNulls"]`` alone.
        custom: see the module; every setting of the modern panel has its default.
        color: hex.
        place: which series of the panel it is, from 0; the palette goes by it.
        step: milliseconds between two samples, or None where they are irregular.
    """

    name: str
    times: Sequence[float]
    values: Sequence[float | None]
    labels: Mapping[str, str]
    ref_id: str
    display: Display
    custom: Mapping[str, Any]
    color: str
    config: Mapping[str, Any]
    place: int = 0
    step: float | None = None

    def reduce(self, reducer: str) -> Any:
        """One value of many, see `reducers.reduce`."""
        return reducers.reduce(reducer, self.values, self.display.manner.version)

    @property
    def unit(self) -> str:
        return self.display.unit

    @property
    def decimals(self) -> int | None:
        return self.display.decimals

    @property
    def min(self) -> float | None:
        """The lower end of the axis that the panel sets; None leaves it to the data."""
        return to_number(self.config.get("min"))

    @property
    def max(self) -> float | None:
        return to_number(self.config.get("max"))

    @property
    def soft_min(self) -> float | None:
        """The axis reaches at least down to here, and further where the data does."""
        return to_number(self.custom.get("axisSoftMin"))

    @property
    def soft_max(self) -> float | None:
        return to_number(self.custom.get("axisSoftMax"))

    @cached_property
    def hidden(self) -> bool:
        """Not drawn; it may still stand in the legend."""
        return bool(self._hidden_from("viz") or self._hidden_from("graph"))

    @cached_property
    def unlisted(self) -> bool:
        """Not in the legend."""
        return bool(self._hidden_from("legend"))

    def _hidden_from(self, place: str) -> Any:
        hide = self.custom.get("hideFrom")
        return hide.get(place) if isinstance(hide, Mapping) else False


def series_of(  # noqa: PLR0913 - what a panel is read with, and where to say what is left out
    panel: Mapping[str, Any],
    frames: Sequence[Frame],
    theme: str,
    version: Version,
    timezone: str = "utc",
    *,
    notes: list[str] | None = None,
) -> list[Series]:
    """Every number field that has a time field beside it, with the panel's field config.

    Args:
        panel: the panel's JSON, old or new, with variables filled in.
        theme: "dark" or "light".
        version: of the Grafana whose words, colours and numbers are wanted.
        notes: gets what could not be done with them.
    """
    panel = legacy.modern(panel)
    frames, not_applied = transformed(panel, as_asked(panel, frames))
    if notes is not None:
        notes += [*not_applied, *left_out(panel)]
    manner = Manner(version, timezone)
    series: list[Series] = []
    clock: Clock | None = None
    for frame, columns in zip(frames, columns_of(panel, frames, theme, manner), strict=True):
        time = frame.first("time")
        if time is None:
            continue
        if clock is None or not clock.serves(time):
            clock = clock_of(time)
        drawn = [column for column in columns if column.field.kind in _DRAWN]
        series.extend(_series(column, clock) for column in drawn)
    if panel.get("type") in ("graph", "timeseries"):
        # Here colours go by the lines that are drawn, whatever other fields a frame holds.
        series = [placed(each, place) for place, each in enumerate(series)]
    return series


_DRAWN = ("number", "boolean")


def placed(series: Series, place: int) -> Series:
    """The series as the *place*-th of its panel, with the palette's colour for that."""
    colors = series.display.colors
    if colors.place == place or colors.by_value:
        return replace(series, place=place)
    display = replace(series.display, colors=replace(colors, place=place))
    return replace(series, place=place, display=display, color=display.colors.series_color())


def _series(column: Column, clock: Clock) -> Series:
    values = clock.values(column.field)
    custom = {**_DEFAULTS, **{k: v for k, v in column.custom.items() if v is not None}}
    if custom.get("nullAsZero"):
        values = [0.0 if value is None else value for value in values]
    if column.config.get("nullValueMode") == "null as zero":
        values = [0.0 if value is None else value for value in values]
    return Series(
        name=column.name,
        times=clock.times,
        values=values,
        labels=column.field.labels,
        ref_id=column.frame.ref_id,
        display=column.display,
        custom=custom,
        color=column.color,
        config=column.config,
        place=column.place,
        step=clock.step,
    )


def to_the_ends(series: Series, start: float, end: float) -> Series:
    """A series whose gaps are zeros, with zeros from *start* on and until *end*."""
    step = series.step
    if not step or not series.times or (end - start) / step > MOST_FILLED:
        return series
    before = max(0, math.floor((series.times[0] - start) / step))
    after = max(0, math.floor((end - series.times[-1]) / step))
    first, last = series.times[0] - before * step, series.times[-1] + step
    return replace(
        series,
        times=[
            *(first + step * at for at in range(before)),
            *series.times,
            *(last + step * at for at in range(after)),
        ],
        values=[*(0.0,) * before, *series.values, *(0.0,) * after],
    )
