"""What a field's values are called and how they are coloured over time: the rows of a timeline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from grafherald.draw.page.bigtext import LONGEST, whole
from grafherald.draw.page.look import TimeRange
from grafherald.draw.page.svg import clean
from grafherald.draw.values.fieldconfig import Column
from grafherald.draw.values.formats import fixed
from grafherald.draw.values.thresholds import ThresholdStep


@dataclass(frozen=True)
class StateLabel:
    """A value as its box says it."""

    text: str
    color: str


@dataclass(frozen=True)
class Stretch:
    """A state from *begin* to *end*, epoch milliseconds."""

    begin: float
    end: float
    state: StateLabel


def stretches(column: Column, span: TimeRange, *, merge: bool) -> list[Stretch]:
    """The states of a field in the time range: each lasts until the next sample, the last one on.

    A null ends a state. *merge*: the same state twice is one.
    """
    found: list[Stretch] = []
    known: dict[object, StateLabel] = {}
    samples = in_order(column)
    for at, (begin, value) in enumerate(samples):
        end = samples[at + 1][0] if at + 1 < len(samples) else float(span.end)
        if value is None or end < span.start or begin > span.end:
            continue
        key = (type(value), value) if isinstance(value, (str, int, float)) else str(value)
        if key not in known:
            if len(known) > 1000:
                known.clear()
            known[key] = state_of(column, value)
        state, last = known[key], found[-1] if found else None
        if merge and last and last.state == state and last.end >= begin:
            found[-1] = Stretch(last.begin, end, state)
        else:
            found.append(Stretch(begin, end, state))
    return found


def in_order(column: Column) -> list[tuple[float, object]]:
    """The field's samples by time; without a time there are none."""
    time = column.frame.first("time")
    if time is None:
        return []
    pairs = [
        (float(at), value)
        for at, value in zip(time.values, column.field.values, strict=False)
        if at is not None and math.isfinite(at)
    ]
    return sorted(pairs, key=lambda pair: pair[0])


def state_of(column: Column, value: object) -> StateLabel:
    """What one value is called: its mapping, the threshold that it reached, or its own text."""
    display = column.display
    shown = display.text(value)
    color = shown.color or column.color
    if not shown.mapped and shown.number is not None and display.colors.mode == "thresholds":
        thresholds = display.colors.thresholds
        step = thresholds.active(shown.number, shown.share)
        if step is not None and column.field.kind == "number":
            return StateLabel(step_text(column, step), color)
    return StateLabel(clean(whole(shown), LONGEST), color)


def step_text(column: Column, step: ThresholdStep) -> str:
    """A threshold as a legend writes it: "< 80" for what lies below the first, else "80+"."""
    thresholds = column.display.colors.thresholds
    suffix = "%" if thresholds.percentage else ""
    above = [each.value for each in thresholds.steps if each.value > step.value]
    if math.isfinite(step.value):
        return f"{_plain(step.value)}{suffix}+"
    return f"< {_plain(min(above))}{suffix}" if above else "all"


def _plain(value: float) -> str:
    return fixed(value, None if value % 1 else 0)


def legend_of(columns: Sequence[Column], rows: Sequence[Sequence[Stretch]]) -> list[StateLabel]:
    """The states for a legend: all thresholds, or those that occur, each once."""
    found: dict[StateLabel, None] = {}
    for column, row in zip(columns, rows, strict=True):
        colors = column.display.colors
        if (
            colors.mode == "thresholds"
            and column.field.kind == "number"
            and not column.display.mapper
        ):
            for step in colors.thresholds.steps:
                found[StateLabel(step_text(column, step), colors.theme.color(step.color))] = None
            continue
        if colors.by_value and column.field.kind == "number" and not column.display.mapper:
            continue  # a gradient has no entries
        for each in row:
            found.setdefault(each.state)
    return list(found)[:50]
