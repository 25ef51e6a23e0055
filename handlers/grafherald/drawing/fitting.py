"""Whether a panel shows what an alert's limits are limits of, and where they lie in it. Pure.

A check measures for itself, in units of its own, and says so in its performance data; the panel
beside it may show something else. So a limit of a check is drawn only where the check's value is
found among the panel's last ones: a line in the wrong place is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

from grafherald.draw.graph.series import Series
from grafherald.draw.page.look import Line
from grafherald.drawing.limits import AlertLimit

_COLORS = {"warning": "orange", "critical": "red"}
_NEAR = 0.1  # of the greater of two values that are taken for the same measurement
_LAST = 10  # samples at the end of a series that a check may have seen
_MOST = 6  # limits, or conditions of a panel's own alert, that are looked at

_BINARY = {"KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_DECIMAL = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
_TIMES = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
# How many of a panel's unit are a second.
_PANEL_TIMES = {"µs": 1e6, "ms": 1e3, "s": 1.0, "ns": 1e9, "m": 1 / 60, "dtdurationms": 1e3}
_PLAIN = ("", "none", "short", "locale", "string")


@dataclass(frozen=True)
class Fitted:
    """Limits in a panel's unit.

    Attributes:
        series: the one that they are limits of, where that is known.
        crossed: the limit that the alert is about, or None.
    """

    lines: tuple[Line, ...] = ()
    series: Series | None = None
    crossed: float | None = None


def fitted(
    panel: Mapping[str, Any], series: Sequence[Series], limits: Sequence[AlertLimit]
) -> Fitted:
    """Fit *limits* to what a panel shows; without any, those of its own (legacy) alert."""
    seen = [each for each in series if not each.hidden and _last(each) is not None]
    if not limits:
        limits = tuple(_conditions(panel))
    if not limits or not seen:
        return Fitted()
    if all(limit.measured is None for limit in limits):
        over = [each for each in seen if (_last(each) or 0.0) >= min(x.value for x in limits)]
        about = over if len(over) == 1 else seen if len(seen) == 1 else [None]
        return _fit(limits, 1.0, about[0], seen[0])
    for measured in dict.fromkeys((limit.measured, limit.unit) for limit in limits):
        found = _place(*measured, seen)
        if found is not None:
            factor, one = found
            mine = [limit for limit in limits if (limit.measured, limit.unit) == measured]
            return _fit(mine, factor, one, one)
    return Fitted()


def _conditions(panel: Mapping[str, Any]) -> Iterator[AlertLimit]:
    """The limits of the alert that a panel of Grafana 4 to 10 may carry.

    ``{"alert": {"conditions": [{"evaluator": {"type": "gt", "params": [90]}}]}}``
    https://grafana.com/docs/grafana/v7.5/alerting/create-alerts/
    """
    alert = panel.get("alert")
    conditions = alert.get("conditions") if isinstance(alert, Mapping) else None
    for condition in conditions[:_MOST] if isinstance(conditions, list) else ():
        evaluator = condition.get("evaluator") if isinstance(condition, Mapping) else None
        params = evaluator.get("params") if isinstance(evaluator, Mapping) else None
        for value in params[:2] if isinstance(params, list) else ():
            if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
                yield AlertLimit(float(value), "alert")


def _fit(
    limits: Sequence[AlertLimit], factor: float, series: Series | None, shown: Series
) -> Fitted:
    lines: dict[float, Line] = {}
    for limit in limits[:_MOST]:
        value = limit.value * factor
        text = f"{limit.severity} {shown.display.text(value)}".strip()
        lines[value] = Line(value, text, _COLORS.get(limit.severity, "red"))
    crossed = [limit.value * factor for limit in limits if limit.crossed]
    return Fitted(tuple(lines.values()), series, crossed[-1] if crossed else None)


def _place(
    measured: float | None, unit: str, series: Sequence[Series]
) -> tuple[float, Series] | None:
    """Find the series that shows what was *measured*, and the factor to its unit."""
    best: tuple[float, float, Series] | None = None
    for each in series:
        for factor in _factors(unit, each.unit):
            distance = _distance((measured or 0.0) * factor, each)
            if distance <= _NEAR and (best is None or distance < best[0]):
                best = (distance, factor, each)
    return None if best is None else best[1:]


def _distance(value: float, series: Series) -> float:
    """How far *value* is from the last samples, as a part of the greater of both."""
    last = [each for each in series.values[-_LAST:] if each is not None]
    low, high = min(last), max(last)
    if low <= value <= high:
        newest = last[-1]
        return _NEAR * abs(value - newest) / (high - low or 1.0)
    beyond = low - value if value < low else value - high
    return beyond / (max(abs(value), abs(low), abs(high)) or 1.0)


def _factors(unit: str, shown: str) -> tuple[float, ...]:
    """What a check's *unit* may be in the unit that a panel has."""
    if unit == "%":
        known = {"percent": 1.0, "percentunit": 0.01} | dict.fromkeys(_PLAIN, 1.0)
        return (known[shown],) if shown in known else ()
    if unit in _TIMES:
        if shown in _PANEL_TIMES:
            return (_TIMES[unit] * _PANEL_TIMES[shown],)
        return (1.0, _TIMES[unit]) if shown in _PLAIN else ()
    upper = unit.upper()
    if upper in _BINARY:
        if shown in ("bytes", "decbytes", *_PLAIN):
            return (_BINARY[upper], _DECIMAL[upper])
        return (1.0,) if shown.startswith(("mbytes", "decmbytes", "gbytes", "decgbytes")) else ()
    return (1.0,)


def _last(series: Series) -> float | None:
    last = next((each for each in reversed(series.values[-_LAST:]) if each is not None), None)
    return last if last is not None and -inf < last < inf else None
