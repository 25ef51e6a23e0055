"""JSON values as a column's: nanoseconds, numbers, texts, booleans."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from grafherald_plugin.frames import FieldType

_NUMBERS = {int, float, bool, type(None)}
_SECONDS = (10**8, 10**11)  # as seconds 1973 to 5138; as milliseconds the first years of 1970


def nanoseconds(values: Sequence[Any]) -> list[int | None]:
    """Read times as nanoseconds since the epoch, from milliseconds or ISO 8601 texts.

    Numbers that are all seconds count as such: many an API forgets the milliseconds.

    Raises:
        ValueError: a value is neither.
    """
    if set(map(type, values)) <= {int}:
        unit = _unit(values)
        return [value * unit for value in values]
    unit = _unit([value for value in values if type(value) in (int, float)])
    return [None if value is None else _moment(value, unit) for value in values]


def _unit(values: Sequence[int | float]) -> int:
    """Tell how many nanoseconds these times count in: those of a second or a millisecond."""
    least, most = _SECONDS
    in_seconds = values and least <= min(values) and max(values) < most
    return 1_000_000_000 if in_seconds else 1_000_000


def _moment(value: object, unit: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("expected milliseconds since the epoch")
    if isinstance(value, str):
        at = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        aware = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
        return round(aware.timestamp() * 1_000) * 1_000_000
    return round(value * unit)


def numbers(values: Sequence[Any]) -> list[float | None]:
    """Read *values* as numbers; texts that are numbers count as such.

    Raises:
        ValueError: a value is no number.
    """
    if set(map(type, values)) <= _NUMBERS:
        return list(values)
    return [_number(value) for value in values]


def _number(value: object) -> float | None:
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        return float(value)
    raise ValueError("expected a number")


def booleans(values: Sequence[Any]) -> list[bool | None]:
    """Take *values* as they are if all of them are true, false or null.

    Raises:
        ValueError: one is not.
    """
    if set(map(type, values)) <= {bool, type(None)}:
        return list(values)
    raise ValueError("expected true or false")


def texts(values: Sequence[Any]) -> list[str | None]:
    """Make texts of *values*; what is neither a text nor null becomes its JSON."""
    if set(map(type, values)) <= {str, type(None)}:
        return list(values)
    return [
        value if value is None or isinstance(value, str) else json.dumps(value) for value in values
    ]


def labels(tags: Mapping[str, Any]) -> dict[str, str]:
    """Read labels: texts as they are, anything else in JSON's words (``true``, not ``True``)."""
    return {name: tag if isinstance(tag, str) else json.dumps(tag) for name, tag in tags.items()}


def typed(declared: str, values: Sequence[Any]) -> tuple[FieldType, Sequence[Any]]:
    """Find a type that fits all of *values*, and read them so: as *declared* if they all fit.

    Otherwise as booleans, numbers or texts, the first that fits all: a wrong or missing
    declaration loses no value.
    """
    if declared in _READERS:
        try:
            return FieldType(declared), _READERS[declared](values)
        except (ValueError, OverflowError):
            pass
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {bool}:
        return FieldType.BOOLEAN, values
    if kinds and kinds <= _NUMBERS:
        return FieldType.NUMBER, values
    return FieldType.TEXT, texts(values)


_READERS: dict[str, Callable[[Sequence[Any]], Sequence[Any]]] = {
    "time": nanoseconds,
    "number": numbers,
    "string": texts,
    "boolean": booleans,
}
