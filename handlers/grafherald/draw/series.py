"""The lines of a panel: what is drawn, in which colour and how its values read.

The old graph panel and the new one come out in one vocabulary: ``custom`` has the names of the
modern time series panel, and beside them what only the old one could say (``nullAsZero``,
``withBars``, ``axisDecimals``, ``axisSide``, ``zindex``, ``fillGradient``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import sub
from typing import Any

from grafherald.draw import legacy, reducers
from grafherald.draw.display import Display
from grafherald.draw.fieldconfig import Column, columns_of
from grafherald.draw.frame import Field, Frame
from grafherald.draw.numbers import to_number
from grafherald.draw.targets import as_asked
from grafherald.draw.transform import transformed
from grafherald.draw.units import Manner

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
_MOST_FILLED = 20_000  # samples that a series may have after its gaps were filled


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


def series_of(
    panel: Mapping[str, Any],
    frames: Sequence[Frame],
    theme: str,
    version: Version,
    timezone: str = "utc",
) -> list[Series]:
    """Every number field that has a time field beside it, with the panel's field config.

    Args:
        panel: the panel's JSON, old or new, with variables filled in.
        theme: "dark" or "light".
        version: of the Grafana whose words, colours and numbers are wanted.
    """
    panel = legacy.modern(panel)
    frames, _ = transformed(panel, as_asked(panel, frames))
    manner = Manner(version, timezone)
    series: list[Series] = []
    for frame, columns in zip(frames, columns_of(panel, frames, theme, manner), strict=True):
        time = frame.first("time")
        if time is not None:
            series.extend(
                _series(column, time) for column in columns if column.field.kind in _DRAWN
            )
    if panel.get("type") in ("graph", "timeseries"):
        # Here colours go by the lines that are drawn, whatever other fields a frame holds.
        series = [_placed(each, place) for place, each in enumerate(series)]
    return series


_DRAWN = ("number", "boolean")


def _placed(series: Series, place: int) -> Series:
    colors = series.display.colors
    if colors.place == place or colors.by_value:
        return replace(series, place=place)
    display = replace(series.display, colors=replace(colors, place=place))
    return replace(series, place=place, display=display, color=display.colors.series_color())


def _series(column: Column, time: Field) -> Series:
    times, values = _samples(time, column.field)
    step = _step(time, times)
    if step is not None:
        times, values = _filled(times, values, step)
    custom = {**_DEFAULTS, **{k: v for k, v in column.custom.items() if v is not None}}
    if custom.get("nullAsZero"):
        values = [0.0 if value is None else value for value in values]
    if column.config.get("nullValueMode") == "null as zero":
        values = [0.0 if value is None else value for value in values]
    return Series(
        name=column.name,
        times=times,
        values=values,
        labels=column.field.labels,
        ref_id=column.frame.ref_id,
        display=column.display,
        custom=custom,
        color=column.color,
        config=column.config,
        place=column.place,
        step=step,
    )


def _samples(time: Field, field: Field) -> tuple[Sequence[float], Sequence[float | None]]:
    """Times ascending and never None; NaN and the infinities are no values to draw."""
    times: list[Any] = list(time.values)
    values: list[Any] = list(field.values)
    if field.kind == "boolean":
        values = [None if value is None else float(value) for value in values]
    if None in times or not _all_finite(times):
        kept = [
            (at, value)
            for at, value in zip(times, values, strict=True)
            if at is not None and at - at == 0
        ]
        times, values = [at for at, _ in kept], [value for _, value in kept]
    if times != sorted(times):
        order = sorted(range(len(times)), key=times.__getitem__)
        times, values = [times[n] for n in order], [values[n] for n in order]
    if not _all_finite(values):
        values = [value if value is not None and value - value == 0 else None for value in values]
    return times, values


def _all_finite(values: Sequence[float | None]) -> bool:
    """Whether no NaN or infinity is among them; false too where only their sum is infinite."""
    try:
        return math.isfinite(sum(filter(None, values)))
    except OverflowError:
        return False


def _distances(times: Sequence[float]) -> Iterable[float]:
    return map(sub, times[1:], times)


def _step(time: Field, times: Sequence[float]) -> float | None:
    """What the datasource says, else the distance of nearly all neighbours."""
    said = to_number(time.config.get("interval"))
    if said is not None and said > 0:
        return said
    if len(times) < 10:
        return None
    (step, count), *_ = Counter(_distances(times)).most_common(1)
    return step if step > 0 and count >= 0.8 * (len(times) - 1) else None


def _filled(
    times: Sequence[float], values: Sequence[float | None], step: float
) -> tuple[Sequence[float], Sequence[float | None]]:
    """Put None where samples are missing: Prometheus and others leave them out."""
    if max(_distances(times), default=0) <= step * 1.5:
        return times, values
    if (times[-1] - times[0]) / step > _MOST_FILLED:
        return _broken(times, values, step)
    new_times, new_values = [times[0]], [values[0]]
    for at, value in zip(times[1:], values[1:], strict=True):
        missing = new_times[-1] + step
        while at - missing > step / 2:
            new_times.append(missing)
            new_values.append(None)
            missing += step
        new_times.append(at)
        new_values.append(value)
    return new_times, new_values


def _broken(
    times: Sequence[float], values: Sequence[float | None], step: float
) -> tuple[Sequence[float], Sequence[float | None]]:
    """One None in each gap, where one at each step would be too many."""
    new_times, new_values = [times[0]], [values[0]]
    for at, value in zip(times[1:], values[1:], strict=True):
        if at - new_times[-1] > step * 1.5:
            new_times.append(new_times[-1] + step)
            new_values.append(None)
        new_times.append(at)
        new_values.append(value)
    return new_times, new_values
