r"""The few words that conditions are written in. Pure.

    entity=web* check="load (5m)" severity>=warning team!=db|infra name=~"web\d+/cpu" frontend

A word without an operator is looked for in ``entity/check``. After ``=`` and ``!=``, ``*`` and
``?`` stand for any text and any letter, whatever the case, and ``|`` separates alternatives; in
quotes they mean themselves.

Grafana fills variables in as regular expressions, whatever stands around them: a value escaped,
several as ``(a|b)``, all of them often as ``.*``. So a backslash makes the next letter mean itself,
and these two forms are understood after ``=`` and in quotes, too.
https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/#regex
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grafherald.errors import QueryError, excerpt
from grafherald.history.conditions import LONGEST, MOST, Condition, condition

_HEAD = r"[^\W\d][\w.:/-]*?(?:=~|!~|!=|>=|<=|=|<|>)"
_START = re.compile(rf"\s*(?P<head>{_HEAD})?")
_KEY = re.compile(r"(.*?)(=~|!~|!=|>=|<=|=|<|>)\Z", re.DOTALL)
# Grafana escapes no quotes: the one that ends a value has nothing or a condition behind it, or it
# is the first one and words follow.
_QUOTED = re.compile(
    rf'"(?P<all>(?:\\.|[^\\])*?)"(?=\Z|\s+{_HEAD})|"(?P<first>(?:\\.|[^"\\])*)"(?=\s)', re.DOTALL
)
_QUOTED_WORD = re.compile(r'"((?:\\.|[^"\\])*)"(?!\S)', re.DOTALL)
_WORD = re.compile(r"(?:\((?:\\.|[^\\()])*\)|\S)+", re.DOTALL)
_RUN_ON = re.compile(rf"\S+(?:\s+(?!{_HEAD})\S+)*")
_GROUP = re.compile(
    r"\\.|\((?P<inner>(?:\\.|[^\\()|])*(?:\|(?:\\.|[^\\()|])*)+)\)|(?P<bar>\|)", re.DOTALL
)
_LETTER = re.compile(r"\\(.)|(.)", re.DOTALL)
_EVERY_PART = re.compile(r"(?<![^/])\.\*(?![^/])")


def parse(words: str, *, whole_names: bool = False, run_on: bool = False) -> tuple[Condition, ...]:
    """Read the conditions that *words* are.

    Args:
        whole_names: what stands before the first operator is all of an ``entity/check``.
        run_on: a value without quotes goes on to the next condition, blanks and all, since a
            variable may be filled in there. Words without an operator then come first, or after
            a quoted value or a severity.

    Raises:
        QueryError: a word is none; the text names it.
    """
    found: list[Condition] = []
    place, text = 0, words.strip()
    while place < len(text):
        start = _START.match(text, place)
        place = start.end() if start else place
        head = start["head"] if start else None
        if head is None:
            one, place = _word(text, place, whole_names)
        else:
            one, place = _after(head, text, place, run_on)
        found.append(one)
    return tuple(found)


def _word(text: str, place: int, whole_names: bool) -> tuple[Condition, int]:
    """Read what has no operator at *place*; return where it ends, too."""
    quoted = _QUOTED_WORD.match(text, place)
    match = quoted or (_RUN_ON if whole_names else _WORD).match(text, place)
    if match is None:
        raise QueryError(f"the query can't be read at {excerpt(text[place:])}")
    word = quoted[1] if quoted else match[0]
    if len(word) > LONGEST:
        raise QueryError(f"the word {excerpt(word)} is longer than {LONGEST}")
    if whole_names:
        every = _EVERY_PART.sub("*", word)
        return equal("name", "=", [every], literal=bool(quoted) and every == word), match.end()
    parts = [pattern for pattern, _ in map(_pattern, choices(word))]
    return Condition("name", "=*", tuple(f"*{part}*" for part in parts)), match.end()


def _after(head: str, text: str, place: int, run_on: bool) -> tuple[Condition, int]:
    """Read the value that follows key and operator at *place*; return where it ends, too."""
    parts = _KEY.match(head)
    key, operator = parts.groups() if parts else (head, "")
    quoted = _QUOTED.match(text, place)
    if quoted:
        value = quoted["first"] if quoted["all"] is None else quoted["all"]
        return _condition(key, operator, value, literal=True), quoted.end()
    bare = (_RUN_ON if run_on and key != "severity" else _WORD).match(text, place)
    if bare is None or text[place].isspace():
        raise QueryError(f'{head} has no value; write {head}""  for none')
    return _condition(key, operator, bare[0], literal=False), bare.end()


def _condition(key: str, operator: str, value: str, *, literal: bool) -> Condition:
    if operator in ("=", "!="):
        return equal(key, operator, [value], literal=literal)
    if operator in ("=~", "!~"):
        return condition(key, operator, [value])
    return condition(key, operator, [unescaped(value)])


def equal(
    key: str, operator: str, texts: Sequence[str], *, literal: bool = False, as_is: bool = False
) -> Condition:
    """Make the condition for ``=`` or ``!=``: with wildcards where one of *texts* has some.

    Args:
        literal: ``*``, ``?`` and ``|`` mean themselves.
        as_is: a text with backslashes may also be a value that nobody escaped.

    Raises:
        QueryError: see `condition`.
    """
    each = [choice for text in texts for choice in choices(text, bars=not literal)]
    read = [_pattern(choice, wild=not literal) for choice in each]
    if any(is_wild for _, is_wild in read):
        patterns = [pattern for pattern, _ in read]
        checked = condition(key, operator, patterns)
        return Condition(key, "=*" if operator == "=" else "!*", checked.values)
    values = [unescaped(choice) for choice in each]
    also = [choice for choice in each if "\\" in choice] if as_is else []
    return condition(key, operator, values + also)


def choices(text: str, *, bars: bool = False) -> list[str]:
    r"""Split ``(a|b)`` into its alternatives, still escaped, with what stands around them.

    ``disk (\/|\/var)`` is ``disk \/`` and ``disk \/var``; ``{a,b}`` is how some of Grafana's own
    formats write the same.

    Args:
        bars: ``a|b`` without parentheses are two, too.

    Raises:
        QueryError: there are more than a condition takes.
    """
    if text.startswith("{") and text.endswith("}"):
        return text[1:-1].split(",")
    done: list[str] = []
    made, place = [""], 0
    for match in _GROUP.finditer(text):
        inner, bar = match["inner"], match["bar"] and bars
        if inner is None and not bar:
            continue
        before, place = text[place : match.start()], match.end()
        if inner is None:
            done += [one + before for one in made]
            made = [""]
        else:
            options = choices(inner, bars=True)
            if len(made) * len(options) > MOST:
                raise QueryError(f"{excerpt(text)} is more than {MOST} values")
            made = [one + before + option for one in made for option in options]
    return done + [one + text[place:] for one in made]


def _pattern(choice: str, *, wild: bool = False) -> tuple[str, bool]:
    """Make a pattern of `fnmatch` that means *choice*; tell whether it has wildcards."""
    if choice == ".*":
        return "*", True
    pattern, is_wild = "", False
    for escaped, plain in _LETTER.findall(choice):
        if wild and plain and plain in "*?":
            pattern, is_wild = pattern + plain, True
        else:
            letter = escaped or plain
            pattern += f"[{letter}]" if letter in "*?[" else letter
    return pattern, is_wild


def unescaped(text: str) -> str:
    """Take the backslashes away that make a letter mean itself."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
