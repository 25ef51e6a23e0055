"""What a heatmap panel asks for, read once: the old panel and the one since Grafana 9."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.page.look import TimeRange
from grafherald.draw.parts.buckets import Cut
from grafherald.draw.prepare import PreparedPanel

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d|w)")
_UNITS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
}
_COLUMNS = 30


@dataclass(frozen=True)
class Colors:
    """A scheme, or one colour in more or less opacity (*fill*, then *scheme* does not count)."""

    scheme: str
    fill: str = ""
    exponent: float = 1.0
    reverse: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Plan:
    """The options of a heatmap.

    *cut* is None where the data are buckets already. *named_at*: whether a bucket's name is the
    bound at its top, at its bottom, or stands in its middle.
    """

    cut: Cut | None
    colors: Colors
    unit: str = "short"
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    gap: float = 1.0
    hide_below: float | None = None
    reverse_rows: bool = False
    named_at: str = "top"
    legend: bool = False
    old: bool = False


def plan_of(ready: PreparedPanel, span: TimeRange) -> Plan:
    """Read the panel, old or new."""
    panel = ready.panel
    return _old(panel, span) if "dataFormat" in panel or "cards" in panel else _new(ready, span)


def _old(panel: Mapping[str, Any], span: TimeRange) -> Plan:
    axis, color = _mapping(panel.get("yAxis")), _mapping(panel.get("color"))
    cut = None
    if panel.get("dataFormat") != "tsbuckets":
        cut = Cut(
            _duration(panel.get("xBucketSize"))
            or max(1.0, (span.end - span.start) // _count(panel.get("xBucketNumber"), _COLUMNS)),
            _positive(panel.get("yBucketSize")),
            _count(panel.get("yBucketNumber"), 10),
            _base(axis.get("logBase")),
            _count(axis.get("splitFactor"), 1),
        )
    opaque = color.get("mode") != "opacity"
    exponent = to_number(color.get("exponent")) if color.get("colorScale", "sqrt") == "sqrt" else 1
    padding = to_number(_mapping(panel.get("cards")).get("cardPadding"))
    return Plan(
        cut,
        Colors(
            str(color.get("colorScheme") or "interpolateOranges"),
            "" if opaque else str(color.get("cardColor") or "#b4ff00"),
            0.5 if exponent is None else exponent,
            low=to_number(color.get("min")),
            high=to_number(color.get("max")),
        ),
        str(axis.get("format") or "short"),
        _decimals(axis.get("decimals")),
        to_number(axis.get("min")),
        to_number(axis.get("max")),
        1.0 if padding is None else min(10.0, max(0.0, padding)),
        0.0 if panel.get("hideZeroBuckets") else None,
        bool(panel.get("reverseYBuckets")),
        {"lower": "bottom", "middle": "middle"}.get(str(panel.get("yBucketBound")), "top"),
        bool(_mapping(panel.get("legend")).get("show")),
        old=True,
    )


def _new(ready: PreparedPanel, span: TimeRange) -> Plan:
    axis, color, cut = ready.group("yAxis"), ready.group("color"), None
    if ready.options.get("calculate"):
        asked = ready.group("calculation")
        across, up = _mapping(asked.get("xBuckets")), _mapping(asked.get("yBuckets"))
        scale = _mapping(up.get("scale"))
        wide, high = _sized(across), _sized(up)
        cut = Cut(
            wide or max(1.0, (span.end - span.start) // _counted(across, _COLUMNS)),
            high,
            _counted(up, 10),
            _base(scale.get("log") or 2) if scale.get("type") == "log" else 0.0,
            _count(up.get("value"), 1) if scale.get("type") == "log" else 1,
        )
    gap = to_number(ready.options.get("cellGap"))
    fields = _mapping(_mapping(ready.panel.get("fieldConfig")).get("defaults"))
    return Plan(
        cut,
        Colors(
            str(color.get("scheme") or "Oranges"),
            str(color.get("fill") or "dark-orange") if color.get("mode") == "opacity" else "",
            to_number(color.get("exponent")) or 0.5,
            bool(color.get("reverse")),
            to_number(color.get("min")),
            to_number(color.get("max")),
        ),
        str(axis.get("unit") or fields.get("unit") or "short"),
        _decimals(axis.get("decimals")),
        to_number(axis.get("min")),
        to_number(axis.get("max")),
        1.0 if gap is None else min(10.0, max(0.0, gap)),
        to_number(ready.group("filterValues").get("le")),
        bool(axis.get("reverse")),
        {"ge": "bottom", "unknown": "middle"}.get(
            str(ready.group("rowsFrame").get("layout")), "top"
        ),
        ready.group("legend").get("show", True) is not False,
    )


def _sized(buckets: Mapping[str, Any]) -> float | None:
    """A size that new panels write as ``{mode: size, value: "10m"}``."""
    return _duration(buckets.get("value")) if buckets.get("mode") != "count" else None


def _counted(buckets: Mapping[str, Any], default: int) -> int:
    return _count(buckets.get("value"), default) if buckets.get("mode") == "count" else default


def _duration(value: object) -> float | None:
    """Milliseconds of ``10m``, or a number that is one already."""
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(found[1]) * _UNITS[found[2]] if found else _positive(value)


def _positive(value: object) -> float | None:
    number = to_number(value)
    return number if number is not None and 0 < number < float("inf") else None


def _count(value: object, default: int) -> int:
    number = _positive(value)
    return default if number is None else int(min(500, max(1, number)))


def _base(value: object) -> float:
    """A logarithm's base; 0 for a linear axis."""
    number = to_number(value)
    return number if number is not None and 1 < number <= 1000 else 0.0


def _decimals(value: object) -> int | None:
    number = to_number(value)
    return None if number is None else int(min(15, max(0, number)))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
