"""How far apart samples are asked for: Grafana's intervals and their floors.

https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/datetime/rangeutil.ts
"""

from __future__ import annotations

import re

_UNITS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "M": 2_592_000_000,
    "y": 31_536_000_000,
}
_DURATION = re.compile(r"[<>=\s]*(\d{1,9}(?:\.\d{1,6})?)\s*(ms|[smhdwMy])?\s*")
# An interval below the first is rounded to the second, all in milliseconds.
_ROUNDED = (
    (10, 1),
    (15, 10),
    (35, 20),
    (75, 50),
    (150, 100),
    (350, 200),
    (750, 500),
    (1500, 1000),
    (3500, 2000),
    (7500, 5000),
    (12_500, 10_000),
    (17_500, 15_000),
    (25_000, 20_000),
    (45_000, 30_000),
    (90_000, 60_000),
    (210_000, 120_000),
    (450_000, 300_000),
    (750_000, 600_000),
    (1_050_000, 900_000),
    (1_500_000, 1_200_000),
    (2_700_000, 1_800_000),
    (5_400_000, 3_600_000),
    (9_000_000, 7_200_000),
    (16_200_000, 10_800_000),
    (32_400_000, 21_600_000),
    (86_400_000, 43_200_000),
    (604_800_000, 86_400_000),
    (1_814_400_000, 604_800_000),
    (3_628_800_000, 2_592_000_000),
)
_LARGEST = 31_536_000_000
_MOST_POINTS = 11_000  # that Prometheus answers for one series


def milliseconds(duration: str | None) -> float | None:
    """ "20s", ">1m" or a bare number of seconds; None for what is no duration."""
    found = _DURATION.fullmatch(duration or "")
    return float(found[1]) * _UNITS[found[2] or "s"] if found else None


def text(interval: float) -> str:
    """The largest unit alone, as Grafana writes an interval: "20s", "1m", "500ms"."""
    for unit in ("y", "d", "h", "m", "s"):
        if interval >= _UNITS[unit]:
            return f"{int(interval // _UNITS[unit])}{unit}"
    return f"{max(1, int(interval))}ms"


def interval(span: float, points: int, floor: str | None = None) -> float:
    """The milliseconds between two of *points* samples in *span* milliseconds, rounded."""
    exact = span / max(1, points)
    rounded = next((to for below, to in _ROUNDED if exact < below), _LARGEST)
    return max(rounded, milliseconds(floor) or 1)


def prometheus_step(asked: float, span: float, floor: float, factor: int) -> float:
    """The step of a Prometheus query: never below its own floor nor over 11,000 samples."""
    least = span / _MOST_POINTS
    if least > 1000:
        least = -(-least // 1000) * 1000
    return max(asked * max(1, factor), floor, least, 1)


def rate_interval(step: float, scrape: float) -> float:
    """``$__rate_interval``: long enough that each step sees four samples."""
    scrape = scrape or 15_000
    return max(step + scrape, 4 * scrape)
