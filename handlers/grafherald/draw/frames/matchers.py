"""Which fields an override or a transformation means: by name, pattern, type, query or value.

https://github.com/grafana/grafana/tree/main/packages/grafana-data/src/transformations/matchers
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from grafherald.draw.frames import reducers
from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.frames.regexes import compiled

Matches = Callable[[Field, Frame, str], bool]
"""(field, its frame, its display name before any override) -> whether it is meant"""

_LONGEST = 2000  # of a name that a pattern is tried on


def matcher(spec: Any) -> Matches | None:
    """Compile ``{id, options}``; None for a matcher that we don't know."""
    if not isinstance(spec, Mapping):
        return None
    found = _MATCHERS.get(str(spec.get("id")))
    return found(spec.get("options")) if found else None


def _by_name(options: Any) -> Matches:
    return _among({str(options)})


def _by_names(options: Any) -> Matches:
    given = options if isinstance(options, Mapping) else {"names": options}
    names = given.get("names")
    matches = _among({str(name) for name in names} if isinstance(names, list) else set())
    if given.get("mode") == "exclude":
        return lambda field, frame, name: not matches(field, frame, name)
    return matches


def _among(names: set[str]) -> Matches:
    """Time and Value are found under the names that datasources of later versions give them."""
    time = bool(names & {"Time", "time"})
    value = "Value" in names

    def matches(field: Field, frame: Frame, name: str) -> bool:
        if field.name in names or name in names:
            return True
        if value:
            return bool(field.labels) and field.labels.get("__name__") == field.name
        return time and field.kind == "time" and frame.meta.get("typeVersion") is None

    return matches


def _by_regexp(options: Any) -> Matches:
    pattern = compiled(str(options or ""))
    return lambda _field, _frame, name: bool(pattern and pattern.search(name[:_LONGEST]))


def _by_regexp_or_names(options: Any) -> Matches:
    given = options if isinstance(options, Mapping) else {}
    pattern, names = _by_regexp(given.get("pattern")), _by_names({"names": given.get("names")})
    return lambda field, frame, name: names(field, frame, name) or pattern(field, frame, name)


def _by_query(options: Any) -> Matches:
    return lambda _field, frame, _name: frame.ref_id == options


def _by_type(options: Any) -> Matches:
    return lambda field, _frame, _name: field.kind == options


def _by_types(options: Any) -> Matches:
    kinds = options if isinstance(options, list) else []
    return lambda field, _frame, _name: field.kind in kinds


def _combined(test: Callable[[Iterable[bool]], bool]) -> Callable[[Any], Matches]:
    """Of several matchers any, or all."""

    def build(options: Any) -> Matches:
        parts = [matcher(each) or _never for each in (options if isinstance(options, list) else ())]
        return lambda field, frame, name: test(part(field, frame, name) for part in parts)

    return build


def _inverted(options: Any) -> Matches:
    inner = matcher(options)
    if inner is None:
        return _never
    return lambda field, frame, name: not inner(field, frame, name)


def _never(_field: Field, _frame: Frame, _name: str) -> bool:
    return False


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "eq": operator.eq,
    "==": operator.eq,
    "neq": operator.ne,
    "!=": operator.ne,
    "lt": operator.lt,
    "<": operator.lt,
    "lte": operator.le,
    "<=": operator.le,
    "gt": operator.gt,
    ">": operator.gt,
    "gte": operator.ge,
    ">=": operator.ge,
}


def _by_value(options: Any) -> Matches:
    given = options if isinstance(options, Mapping) else {}
    reducer = str(given.get("reducer") or "")
    compare = _COMPARISONS.get(str(given.get("op") or "eq"))
    wanted = to_number(given.get("value"))

    def matches(field: Field, _frame: Frame, _name: str) -> bool:
        if not reducer or field.kind not in ("number", "time"):
            return False
        found = reducers.reduce(reducer, field.values)
        if isinstance(found, bool):
            return found
        number = to_number(found)
        if number is None or compare is None or wanted is None:
            return False
        return compare(number, wanted)

    return matches


_MATCHERS: Mapping[str, Callable[[Any], Matches]] = {
    "byName": _by_name,
    "byNames": _by_names,
    "byRegexp": _by_regexp,
    "byRegexpOrNames": _by_regexp_or_names,
    "byFrameRefID": _by_query,
    "byType": _by_type,
    "byTypes": _by_types,
    "anyMatch": _combined(any),
    "allMatch": _combined(all),
    "invertMatch": _inverted,
    "alwaysMatch": lambda _: lambda _field, _frame, _name: True,
    "neverMatch": lambda _: _never,
    "numeric": lambda _: _by_type("number"),
    "time": lambda _: _by_type("time"),
    "byValue": _by_value,
    "first": lambda _: lambda field, frame, _name: field is frame.fields[0],
    "firstTimeField": lambda _: lambda field, frame, _name: field is frame.first("time"),
}
