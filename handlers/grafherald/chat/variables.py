"""A dashboard's variables: a query sets those that are there, by Grafana's own names. Pure.

Grafana passes over a variable that it does not know, and shows the graph of another server.
https://grafana.com/docs/grafana/latest/dashboards/variables/
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.chat.arguments import OPTIONS
from grafherald.chat.shapes import mapping, mappings
from grafherald.errors import Refusal

_ALL = "$__all"
_MOST_NAMED = 10
_CHOSEN = ("query", "custom", "interval", "datasource")  # types whose values are a choice

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ResolvedVariables:
    """The variables that a query sets.

    Attributes:
        variables: by Grafana's names, one pair for each value.
        notes: what should be said about them, sentences.
    """

    variables: Pairs = ()
    notes: tuple[str, ...] = ()


def variables(dashboard: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the dashboard's variables as its JSON has them."""
    return mappings(mapping(dashboard.get("templating")).get("list"))


def resolve(dashboard: Mapping[str, Any], given: Pairs) -> ResolvedVariables:
    """Find what is meant by each of the *given* names and values.

    A name is taken in any case and with ``var-``; several values stand between commas.

    Raises:
        Refusal: the dashboard has no such variable, or the variable no such value.
    """
    found: list[tuple[str, str]] = []
    notes: list[str] = []
    for name, text in given:
        variable = _named(dashboard, name)
        for value in _values(variable, text):
            known, note = _value(variable, value)
            found.append((str(variable["name"]), known))
            notes += [note] if note else []
    return ResolvedVariables(tuple(found), tuple(dict.fromkeys(notes)))


def _named(dashboard: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    known = {str(one.get("name")): one for one in variables(dashboard) if one.get("name")}
    short = name[4:] if name.lower().startswith("var-") else name
    for wanted in (name, short):
        if wanted in known:
            return known[wanted]
    same = [each for each in known if each.lower() == short.lower()]
    if len(same) == 1:
        return known[same[0]]
    raise _no_variable(dashboard, short, list(known))


def _no_variable(dashboard: Mapping[str, Any], name: str, known: Sequence[str]) -> Refusal:
    title = str(dashboard.get("title") or "The dashboard")
    has = f"it has {', '.join(known)}" if known else "it has none"
    close = [each for each in known if name and each.lower().startswith(name.lower())]
    close += difflib.get_close_matches(name, known, 1)
    option = next((one for one in OPTIONS if one.lower() == name.lower()), "")
    meant = option or (close[0] if close else "")
    hint = f"Did you mean `{meant}=...`?" if meant else ""
    return Refusal(f"{title} has no variable `{name}`; {has}.", hint=hint)


def _values(variable: Mapping[str, Any], text: str) -> Iterator[str]:
    """Part several values; a value that is known as it is may have commas."""
    is_choice = str(variable.get("type") or "query") in _CHOSEN
    if "," not in text or not is_choice or _option(variable, text) is not None:
        yield text
        return
    yield from (value.strip() for value in text.split(","))


def _value(variable: Mapping[str, Any], text: str) -> tuple[str, str]:
    """Find the value as Grafana knows it, and what to say when it may know none."""
    if text.lower() in ("all", _ALL) and variable.get("includeAll"):
        return _ALL, ""
    found = _option(variable, text)
    if found is not None or not text:
        return found or text, ""
    options = [value for value in map(_text, _options(variable)) if value != _ALL]
    is_fixed = variable.get("type") == "custom" or (
        variable.get("type") == "query" and not variable.get("refresh")
    )
    if not options or variable.get("type") not in _CHOSEN:
        return text, ""
    named = ", ".join(options[:_MOST_NAMED]) + (", ..." if len(options) > _MOST_NAMED else "")
    if is_fixed:
        raise Refusal(f"`{variable['name']}` has no value `{text}`; it has {named}.")
    return text, f"`{variable['name']}` had no `{text}` when the dashboard was saved, but {named}."


def _option(variable: Mapping[str, Any], text: str) -> str | None:
    for same in (str, str.lower):
        for option in _options(variable):
            if same(text) in (same(_text(option)), same(str(option.get("text") or ""))):
                return _text(option)
    return None


def _options(variable: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return mappings(variable.get("options"))


def _text(option: Mapping[str, Any]) -> str:
    return str(option.get("value") or "")
