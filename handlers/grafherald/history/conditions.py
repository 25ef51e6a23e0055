"""Which alerts a question is about: conditions on keys, and what meets them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import translate
from typing import NamedTuple

from grafherald.errors import QueryError, excerpt
from grafherald.event import State
from grafherald.history import CODES, rank
from grafherald.text import one_line

OPERATORS = ("=", "!=", "=~", "!~", "<", "<=", ">", ">=", "=|", "!=|")
KEYS = ("entity", "check", "severity", "source", "namespace", "channel", "name")
SEVERITIES = {state.value: code for state, code in CODES.items() if state is not State.OK}
LONGEST = 2000  # characters of one value
MOST = 1000  # values of one condition
_MEMORY = 1 << 20  # bytes that a regular expression may take


class Condition(NamedTuple):
    """What the value of one key must be.

    Attributes:
        key: one of KEYS, or a label's name; ``label:entity`` is a label that is called as a key
            is. A label that is not there counts as "".
        operator: one of OPERATORS, which mean what Grafana's ad hoc filters mean by them, or
            ``=*`` and ``!*`` for a pattern with wildcards. A regular expression has to match all
            of the value.
        values: one, or any number for ``=``, ``!=``, ``=|`` and ``!=|``.
    """

    key: str
    operator: str
    values: tuple[str, ...]

    @property
    def is_negated(self) -> bool:
        """Tell whether it is met by what does *not* match; with no value at all, that is all."""
        return self.operator.startswith("!")

    def matcher(self) -> Callable[[str], bool]:
        """Make what tells whether a value matches; whoever asks turns it round for a negated one.

        Raises:
            QueryError: a regular expression or a severity is none.
        """
        if self.operator in ("=~", "!~"):
            return _regular(self)
        if self.operator in ("=*", "!*"):
            patterns = [re.compile(translate(value.lower())) for value in self.values]
            return lambda value: any(pattern.match(value.lower()) for pattern in patterns)
        if self.operator in _ORDER:
            return _ordered(self)
        wanted = frozenset(self.values)
        return lambda value: value in wanted


def condition(key: str, operator: str, values: Sequence[str]) -> Condition:
    """Make a condition of what somebody asks for, once it is checked.

    Raises:
        QueryError: there is no such operator, or a value is missing or too long.
    """
    if operator not in OPERATORS:
        raise QueryError(f"{excerpt(operator)} is no operator; use one of {' '.join(OPERATORS)}")
    if not key or len(key) > 300:
        raise QueryError("a filter has no key; choose one of /tag-keys")
    many = operator in ("=", "!=", "=|", "!=|")
    if len(values) > MOST or (len(values) != 1 and not many):
        raise QueryError(f"{excerpt(key)} {operator} takes {'1000 values' if many else 'a value'}")
    if any(len(value) > LONGEST for value in values):
        raise QueryError(f"{excerpt(key)} {operator}: the value is longer than {LONGEST}")
    if key == "severity" and operator not in ("=~", "!~"):
        values = [value.lower() for value in values]
    return Condition(key, operator, tuple(values))


def _regular(wanted: Condition) -> Callable[[str], bool]:
    """Match a regular expression in linear time, whoever wrote it."""
    try:
        import re2  # type: ignore[import-untyped]  # it has no stubs
    except ModuleNotFoundError:
        raise QueryError(f"{wanted.operator} needs google-re2 on the server") from None
    options = re2.Options()
    options.log_errors, options.max_mem = False, _MEMORY
    options.case_sensitive = wanted.key != "severity"
    try:
        pattern = re2.compile(wanted.values[0], options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args else ""
        said = one_line(reason)[:100]
        text = f"{wanted.key} {wanted.operator}: is no regular expression: {said}"
        raise QueryError(text) from None
    return lambda value: pattern.fullmatch(value) is not None


_ORDER: dict[str, Callable[[float | str, float | str], bool]] = {
    "<": lambda one, other: one < other,  # type: ignore[operator]  # both are of one type
    "<=": lambda one, other: one <= other,  # type: ignore[operator]
    ">": lambda one, other: one > other,  # type: ignore[operator]
    ">=": lambda one, other: one >= other,  # type: ignore[operator]
}


def _ordered(wanted: Condition) -> Callable[[str], bool]:
    """Compare severities by how bad they are, numbers as numbers, all else as text."""
    holds, bound = _ORDER[wanted.operator], wanted.values[0]
    if wanted.key == "severity":
        return lambda value: holds(rank(SEVERITIES[value]), rank(SEVERITIES[bound]))
    number = _number(bound)
    if number is None:
        return lambda value: holds(value, bound)

    def compare(value: str) -> bool:
        other = _number(value)
        return other is not None and holds(other, number)

    return compare


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def severities(conditions: Iterable[Condition]) -> frozenset[int]:
    """Decide which severities meet all *conditions* on severity, as their codes.

    Raises:
        QueryError: one is on something that is no severity: an empty answer would not say so.
    """
    kept = set(SEVERITIES)
    for wanted in conditions:
        if wanted.key == "severity":
            matches = _of_severity(wanted)
            kept = {name for name in kept if matches(name) is not wanted.is_negated}
    return frozenset(SEVERITIES[name] for name in kept)


def _of_severity(wanted: Condition) -> Callable[[str], bool]:
    """Match severities, once each value of *wanted* is known to match one."""
    if wanted.operator in ("=", "!=", "=|", "!=|") or wanted.operator in _ORDER:
        unknown = [value for value in wanted.values if value not in SEVERITIES]
    else:
        each = (Condition(wanted.key, wanted.operator, (value,)) for value in wanted.values)
        unknown = [one.values[0] for one in each if not any(map(one.matcher(), SEVERITIES))]
    if unknown:
        known = ", ".join(SEVERITIES)
        operator = {"=*": "=", "!*": "!="}.get(wanted.operator, wanted.operator)
        raise QueryError(f"severity {operator} {excerpt(unknown[0])}: use one of {known}")
    return wanted.matcher()
