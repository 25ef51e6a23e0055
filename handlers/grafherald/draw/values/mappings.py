"""Value mappings: what a panel says instead of a value, as "DOWN" for 0, in old and new form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.numbers import as_javascript, to_number
from grafherald.draw.frames.regexes import compiled, substituted


@dataclass(frozen=True)
class Mapped:
    """What stands for the value; None leaves the text, or the colour, as it would be."""

    text: str | None = None
    color: str | None = None


Mapper = Callable[[Any], Mapped | None]


def mapper(
    mappings: Any,
    color_of: Callable[[float], str | None] | None = None,
    version: tuple[int, ...] = (13, 0),
) -> Mapper | None:
    """Compile a field's ``mappings``; None when there are none.

    Args:
        mappings: new ones, ``{type: value|range|regex|special, options}``, and those of before 8,
            ``{type: 1|2, value|from, to, text}``.
        color_of: the colour that an old mapping gets from the thresholds when its text is a number.
    """
    if not isinstance(mappings, Sequence) or isinstance(mappings, str):
        return None
    if version < (12, 0):
        mappings = [_with_zeros(each) for each in mappings[:1000]]
    rules = [rule for each in mappings[:1000] if (rule := _rule(each, color_of)) is not None]
    if not rules:
        return None

    def mapped(value: Any) -> Mapped | None:
        return next((found for rule in rules if (found := rule(value)) is not None), None)

    return mapped


def _rule(mapping: Any, color_of: Callable[[float], str | None] | None) -> Mapper | None:
    if not isinstance(mapping, Mapping):
        return None
    kind, options = mapping.get("type"), mapping.get("options")
    if isinstance(options, Mapping) and kind in ("value", "range", "regex", "special"):
        return {"value": _values, "range": _range, "regex": _regex, "special": _special}[kind](
            options
        )
    return _old(mapping, color_of)


def _with_zeros(mapping: Any) -> Any:
    """Before 12 an end of a range that was left open (null) counted as 0."""
    options = mapping.get("options") if isinstance(mapping, Mapping) else None
    if not isinstance(options, Mapping) or mapping.get("type") != "range":
        return mapping
    ends = {key: 0 for key in ("from", "to") if key in options and options[key] is None}
    return {**mapping, "options": {**options, **ends}}


def _result(options: Any) -> Mapped:
    if not isinstance(options, Mapping):
        return Mapped()
    text, color = options.get("text"), options.get("color")
    return Mapped(None if text is None else str(text), color if isinstance(color, str) else None)


def _key(value: Any) -> str | None:
    """A value as JavaScript writes it when it is a key."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_javascript(value) if isinstance(value, int | float) else str(value)


def _values(options: Mapping[str, Any]) -> Mapper:
    results = {str(key): _result(result) for key, result in options.items()}
    return lambda value: results.get(_key(value) or "") if value is not None else None


def _range(options: Mapping[str, Any]) -> Mapper:
    low, high = _bound(options.get("from"), -math.inf), _bound(options.get("to"), math.inf)
    result = _result(options.get("result"))

    def mapped(value: Any) -> Mapped | None:
        number = to_number(value)
        return result if number is not None and low <= number <= high else None

    return mapped


def _bound(value: Any, default: float) -> float:
    number = to_number(value)
    return default if number is None else number


def _regex(options: Mapping[str, Any]) -> Mapper:
    pattern = compiled(str(options.get("pattern") or ""))
    result = _result(options.get("result"))

    def mapped(value: Any) -> Mapped | None:
        if pattern is None or not isinstance(value, str) or not pattern.search(value[:2000]):
            return None
        if result.text is None:
            return result
        return Mapped(substituted(pattern, result.text, value[:2000]), result.color)

    return mapped


_SPECIAL: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "nan": lambda value: isinstance(value, float) and math.isnan(value),
    "null+nan": lambda value: value is None or (isinstance(value, float) and math.isnan(value)),
    "true": lambda value: value is True or value == "true",
    "false": lambda value: value is False or value == "false",
    "empty": lambda value: value == "",
}


def _special(options: Mapping[str, Any]) -> Mapper:
    test = _SPECIAL.get(str(options.get("match")))
    result = _result(options.get("result"))
    return lambda value: result if test and test(value) else None


def _old(
    mapping: Mapping[str, Any], color_of: Callable[[float], str | None] | None
) -> Mapper | None:
    text = str(mapping.get("text") if mapping.get("text") is not None else "")
    number = to_number(text)
    result = Mapped(text, color_of(number) if color_of and number is not None else None)
    if mapping.get("type") in (2, "2"):
        if "null" in (mapping.get("from"), mapping.get("to")):
            return lambda value: result if value is None else None
        low, high = to_number(mapping.get("from")), to_number(mapping.get("to"))
        if low is None or high is None:
            return None
        return lambda value: (
            result if (n := to_number(value)) is not None and low <= n <= high else None
        )
    wanted = mapping.get("value")
    if wanted is None:
        return None
    if wanted == "null":
        return lambda value: result if value is None else None
    wanted_number = to_number(wanted)

    def same(value: Any) -> Mapped | None:
        if value is None:
            return None
        equal = _key(value) == str(wanted) or (
            wanted_number is not None and to_number(value) == wanted_number
        )
        return result if equal else None

    return same
