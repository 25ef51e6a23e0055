"""Where a value lies between its field's min and max, and in which colours that range is cut."""

from __future__ import annotations

import math
from dataclasses import dataclass

from grafherald.draw.frames.numbers import as_javascript
from grafherald.draw.values.display import Display
from grafherald.draw.values.thresholds import ThresholdStep

_SAMPLES = 8  # of a continuous colour scheme


@dataclass(frozen=True)
class Scale:
    """The range of a field: shares are 0 at its min, 1 at its max."""

    display: Display

    @property
    def low(self) -> float:
        """The field's min."""
        return self.display.low

    @property
    def high(self) -> float:
        """The field's max."""
        return self.display.high

    def share(self, number: float | None) -> float:
        """Where *number* lies, kept within 0 and 1."""
        share = self.display.share(number)
        return min(1.0, max(0.0, share)) if math.isfinite(share) else float(share > 0)

    def color(self, number: float) -> str:
        """The hex of a value."""
        return self.display.color(number)

    def _hex(self, name: str) -> str:
        return self.display.colors.theme.color(name)

    @property
    def _steps(self) -> tuple[ThresholdStep, ...]:
        """The thresholds, where it is they that colour values."""
        colors = self.display.colors
        return colors.thresholds.steps if colors.mode == "thresholds" else ()

    def _place(self, step: ThresholdStep) -> float:
        """Where a threshold lies; it may be outside of 0 to 1."""
        if self.display.colors.thresholds.percentage:
            return step.value / 100
        width = self.high - self.low
        return (step.value - self.low) / width if width else 0.0

    def bands(self) -> list[tuple[float, str]]:
        """The range cut at its thresholds: each band's upper end and colour, from below."""
        bands: list[tuple[float, str]] = []
        color = ""
        for step in self._steps:
            place = self._place(step)
            if place >= 1.0:
                break
            if place > 0.0 and color:
                bands.append((place, self._hex(color)))
            color = step.color
        return [*bands, (1.0, self._hex(color))] if color else []

    def labels(self) -> list[tuple[float, str]]:
        """What is written at the ends of the range and at each threshold inside of it."""
        percentage = self.display.colors.thresholds.percentage
        low, high = (0.0, 100.0) if percentage else (self.low, self.high)
        digits = self.display.decimals if self.display.decimals is not None else 2
        ends = [
            (at, as_javascript(round(value, digits)))
            for at, value in ((0.0, low), (1.0, high))
            if math.isfinite(value)
        ]
        return ends + [
            (place, as_javascript(step.value))
            for step in self._steps
            if 0.0 < (place := self._place(step)) < 1.0
        ]

    def stops(self, number: float) -> list[tuple[float, str]]:
        """The colours of a gradient that ends at this value: shares of the whole range.

        A last share of infinity is the end of the filled part. Empty: the value's colour alone.
        """
        colors = self.display.colors
        if scheme := colors.scheme:
            return [(at / (len(scheme) - 1), color) for at, color in enumerate(scheme)]
        if colors.by_value and not self._steps:
            return [
                (at / _SAMPLES, colors.color(math.nan, at / _SAMPLES))
                for at in range(_SAMPLES + 1)
                if colors.mode != "thresholds"
            ]
        stops: list[tuple[float, str]] = []
        before, color = 0.0, ""
        for step in self._steps:
            place = self._place(step)
            if color:
                if not self.share(number) >= place:
                    break
                # Each colour is reached half way between two thresholds, as Grafana has it
                stops.append(((place + before) / 2, self._hex(color)))
                before = place
            color = step.color
        if not stops:
            return []
        return [(0.0, stops[0][1]), *stops, (math.inf, self._hex(color))]
