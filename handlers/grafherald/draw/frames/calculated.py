"""New columns of a table: a calculation over each row, or two values with an operator.

See `transform`, which gives this its name; options are Grafana's own.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grafherald.draw.frames import reducers
from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.frames.names import Naming
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.frames.tables import by_name, joined, mapping

_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else math.copysign(math.inf, a) if a else math.nan,
    "**": lambda a, b: a**b,
    "%": lambda a, b: math.fmod(a, b) if b else math.nan,
}


def calculated(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    """A new column of each row's values: one calculation over them, or two with an operator."""
    if len(frames) > 1 and all(frame.first("time") for frame in frames):
        frames = joined(frames, {})
    naming = Naming(frames)
    done = []
    for frame in frames:
        field = (
            _of_two(frame, mapping(options.get("binary")), naming)
            if options.get("mode") == "binary"
            else _of_row(frame, mapping(options.get("reduce")), naming)
        )
        if field is None:
            done.append(frame)
            continue
        field = replace(field, name=str(options.get("alias") or field.name))
        others = frame.fields
        if options.get("replaceFields"):
            others = tuple(each for each in others if each.kind == "time")
        done.append(replace(frame, fields=(*others, field)))
    return done


def _of_row(frame: Frame, options: Mapping[str, Any], naming: Naming) -> Field | None:
    names, calc = options.get("include"), str(options.get("reducer") or "sum")
    fields = [
        field
        for field in frame.fields
        if field.kind == "number"
        and (not names or field.name in names or naming.name(field, frame) in names)
    ]
    if not fields:
        return None
    columns = [field.values for field in fields]
    values = [reducers.reduce(calc, list(row)) for row in zip(*columns, strict=True)]
    return Field(reducers.label(calc), "number", values)


def _of_two(frame: Frame, options: Mapping[str, Any], naming: Naming) -> Field | None:
    sign = str(options.get("operator") or "+")
    left = _operand(frame, options.get("left"), naming)
    right = _operand(frame, options.get("right"), naming)
    act = _OPERATORS.get(sign)
    if left is None or right is None or act is None:
        return None
    values: list[float | None] = []
    for a, b in zip(left[1], right[1], strict=True):
        try:
            number = None if a is None or b is None else act(a, b)
        except (OverflowError, ZeroDivisionError):
            number = math.inf
        values.append(number if isinstance(number, int | float) else None)
    return Field(f"{left[0]} {sign} {right[0]}", "number", values)


def _operand(frame: Frame, given: Any, naming: Naming) -> tuple[str, Sequence[float | None]] | None:
    """A field by its name, or a number; 10.3 and later write ``{matcher}`` or ``{fixed}``."""
    if isinstance(given, Mapping):
        found = mapping(given.get("matcher")).get("options")
        given = given.get("fixed") if found is None else found
    field = by_name(frame, str(given), naming)
    if field is not None and field.kind == "number":
        return naming.name(field, frame), field.values
    number = to_number(given)
    return None if number is None else (str(given), [number] * len(frame))
