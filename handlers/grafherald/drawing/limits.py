"""The limits that an alert is about, as its check names them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import NamedTuple

from grafherald.event import Event, State
from grafherald.notification.perfdata import Metric, Range, parse

ATTRIBUTE = "graph_threshold"

_NAMED = re.compile(
    r"(?:([A-Za-z]{1,20})\s*[=:]\s*)?([+-]?\d{1,18}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,2})?)\s*%?"
)
_MOST = 6  # limits in one attribute


class AlertLimit(NamedTuple):
    """A value not to be crossed.

    Attributes:
        severity: "warning", "critical", or "" for an operator's own line.
        measured: what the check measured beside it; None where it is known to be in the panel's
            own unit.
        unit: the check's: ``%``, ``ms``, ``MB``, or "".
        crossed: whether it was.
    """

    value: float
    severity: str = ""
    measured: float | None = None
    unit: str = ""
    crossed: bool = True


def limits_of(event: Event) -> tuple[AlertLimit, ...]:
    """Find the limits that a check names: ``graph_threshold``, else those of its measurements."""
    return _own(event.attribute(ATTRIBUTE)) or tuple(_measured(parse(event.perfdata)))


def _own(text: str) -> tuple[AlertLimit, ...]:
    """Read ``90``, ``80, 90`` (warning, critical) or ``warning=80, critical=90``."""
    found = [match for part in text.split(",") if (match := _NAMED.fullmatch(part.strip()))]
    if len(found) != len(text.split(",")) or len(found) > _MOST:
        return ()
    usual = ("warning", "critical") if len(found) == 2 else ("",) * len(found)
    return tuple(
        AlertLimit(float(match[2]), (match[1] or name).lower(), crossed=place == len(found) - 1)
        for place, (match, name) in enumerate(zip(found, usual, strict=True))
    )


def _measured(metrics: Iterable[Metric]) -> Iterator[AlertLimit]:
    worst = (State.CRITICAL, State.WARNING, State.UNKNOWN, State.OK)
    for metric in sorted(metrics, key=lambda each: worst.index(each.state)):
        if metric.value is None:
            continue
        for severity, given in (("warning", metric.warn), ("critical", metric.crit)):
            if given is not None:
                crossed = given.alerts(metric.value)
                for bound in _bounds(given, metric.value):
                    yield AlertLimit(bound, severity, metric.value, metric.unit, crossed)


def _bounds(given: Range, value: float) -> Sequence[float]:
    """The ends of a range that say something: of ``90`` only that, of ``10:20`` both."""
    if ":" not in given.text:
        return [given.high]
    bounds = [bound for bound in (given.low, given.high) if isfinite(bound)]
    return sorted(bounds, key=lambda bound: abs(bound - value))[:2]
