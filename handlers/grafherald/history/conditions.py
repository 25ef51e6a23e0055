"""Which alerts a question is about: conditions, and the few words that they are written in. Pure.

    entity=web* check=disk severity>=warning team!=db|infra name=~"web\\d+/cpu" frontend

A word without an operator is looked for in ``entity/check``. ``*`` and ``?`` stand for any text and
any letter, whatever the case, after ``=`` and ``!=``; ``|`` separates alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate

from grafherald.errors import QueryError, excerpt
from grafherald.event import State
from grafherald.history import CODES, rank
from grafherald.text import one_line

OPERATORS = ("=", "!=", "=~", "!~", "<", "<=", ">", ">=", "=|", "!=|")
KEYS = ("entity", "check", "severity", "source", "namespace", "channel", "name")
SEVERITIES = {state.value: code for state, code in CODES.items() if state is not State.OK}
LONGEST = 2000  # characters of one value
_MOST = 1000  # values of one condition
_MEMORY = 1 << 20  # bytes that a regular expression may take
_WORD = re.compile(
    r"\s*(?:(?P<key>[^\W\d][\w.:/-]*?)(?P<operator>=~|!~|!=|>=|<=|=|<|>))?"
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"(?!\S)|(?P<bare>\S*))'
)
_WILD = re.compile(r"[*?]")


@dataclass(frozen=True)
class Condition:
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
        """Return what tells whether a value matches, before it is negated.

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
    """Return the condition, checked.

    Raises:
        QueryError: there is no such operator, or a value is missing or too long.
    """
    if operator not in OPERATORS:
        raise QueryError(f"{excerpt(operator)} is no operator; use one of {' '.join(OPERATORS)}")
    if not key or len(key) > 300:
        raise QueryError("a filter has no key; choose one of /tag-keys")
    many = operator in ("=", "!=", "=|", "!=|")
    if len(values) > _MOST or (len(values) != 1 and not many):
        raise QueryError(f"{excerpt(key)} {operator} takes {'1000 values' if many else 'a value'}")
    if any(len(value) > LONGEST for value in values):
        raise QueryError(f"{excerpt(key)} {operator}: the value is longer than {LONGEST}")
    return Condition(key, operator, tuple(values))


def loosely(key: str, operator: str, values: Sequence[str]) -> Condition:
    """Return the condition for ``=`` or ``!=``, with wildcards where *values* have some.

    Raises:
        QueryError: see `condition`.
    """
    checked = condition(key, operator, values)
    if any(_WILD.search(value) for value in values):
        return Condition(key, "=*" if operator == "=" else "!*", tuple(values))
    return checked


def parse(words: str, *, whole_names: bool = False) -> tuple[Condition, ...]:
    """Return the conditions that *words* are.

    Args:
        whole_names: a word without an operator is all of an ``entity/check``, not a part.

    Raises:
        QueryError: a word is none; the text names it.
    """
    found, place = [], 0
    text = words.rstrip()
    while place < len(text):
        match = _WORD.match(text, place)
        if match is None or match.end() == place:
            raise QueryError(f"the query can't be read at {excerpt(text[place:])}")
        place = match.end()
        found.append(_condition(match, whole_names))
    return tuple(found)


def _condition(match: re.Match[str], whole_names: bool) -> Condition:
    key, operator, quoted, bare = match.group("key", "operator", "quoted", "bare")
    if key is None:
        text = _unquoted(quoted) if quoted is not None else bare
        if len(text) > LONGEST:
            raise QueryError(f"the word {excerpt(text)} is longer than {LONGEST}")
        if whole_names:
            return loosely("name", "=", [text])
        return Condition("name", "=*", (f"*{_literal(text)}*",))
    if quoted is not None:
        return condition(key, operator, [_unquoted(quoted)])
    if not bare:
        raise QueryError(f'{key}{operator} has no value; write {key}{operator}""  for none')
    if operator not in ("=", "!="):
        return condition(key, operator, [bare])
    return loosely(key, operator, _alternatives(bare))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _literal(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)


def _alternatives(bare: str) -> list[str]:
    """Return the values of ``a|b``; also as Grafana writes a variable's: ``(a|b)``, ``{a,b}``."""
    if bare.startswith("{") and bare.endswith("}"):
        return bare[1:-1].split(",")
    if bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1]
    return [_unquoted(value) for value in bare.split("|")]


def _regular(wanted: Condition) -> Callable[[str], bool]:
    """Return what matches a regular expression in linear time, whoever wrote it."""
    try:
        import re2  # type: ignore[import-untyped]  # it has no stubs
    except ModuleNotFoundError:
        raise QueryError(f"{wanted.operator} needs google-re2 on the server") from None
    options = re2.Options()
    options.log_errors, options.max_mem = False, _MEMORY
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
    """Return what compares: severities by how bad they are, numbers as numbers, else texts."""
    holds, bound = _ORDER[wanted.operator], wanted.values[0]
    if wanted.key == "severity":
        if bound not in SEVERITIES:
            known = ", ".join(SEVERITIES)
            raise QueryError(f"severity {wanted.operator} {excerpt(bound)}: use one of {known}")
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
    """Return the codes of the severities that meet all *conditions* on severity."""
    kept = set(SEVERITIES)
    for wanted in conditions:
        if wanted.key == "severity":
            matches = wanted.matcher()
            kept = {name for name in kept if matches(name) is not wanted.is_negated}
    return frozenset(SEVERITIES[name] for name in kept)
