"""Thresholds of a field: which step a value has reached, and what colour that is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.numbers import to_number

_FALLBACK = "gray"  # Grafana's colour where no threshold is set


@dataclass(frozen=True)
class ThresholdStep:
    """From this value on; the first step is from minus infinity. ``color`` is Grafana's name."""

    value: float
    color: str


@dataclass(frozen=True)
class Thresholds:
    """Steps in the order of the panel; ``percentage``: the values are of min..max."""

    steps: tuple[ThresholdStep, ...] = ()
    percentage: bool = False

    def color(self, value: float, share: float) -> str:
        """The name of the colour of a value that lies at *share* (0 to 1) of min..max."""
        step = self.active(value, share)
        return step.color if step else _FALLBACK

    def active(self, value: float, share: float) -> ThresholdStep | None:
        """The last step that the value has reached; the first where it reached none."""
        if not self.steps:
            return None
        reached, number = self.steps[0], share * 100 if self.percentage else value
        for step in self.steps:
            if not number >= step.value:
                break
            reached = step
        return reached


def thresholds_of(config: Any) -> Thresholds:
    """Read ``{mode: absolute|percentage, steps: [{value, color}]}``."""
    if not isinstance(config, Mapping) or not isinstance(config.get("steps"), list):
        return Thresholds()
    steps = []
    for place, each in enumerate(config["steps"][:200]):
        if isinstance(each, Mapping):
            value = to_number(each.get("value"))
            if value is None or place == 0:
                value = -math.inf if place == 0 and value is None else value
            if value is not None:
                steps.append(ThresholdStep(value, str(each.get("color") or _FALLBACK)))
    return Thresholds(tuple(steps), config.get("mode") == "percentage")
