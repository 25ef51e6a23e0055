"""A target's few words. Pure.

    alerts by team entity=web* severity>=warning
    table alerts entity=web*
    state web01/cpu
    notifications channel=oncall

What the words leave open, the successor's query builder says in its payload, as
``{"entity": ["web01"], "by": "check", "type": "table"}``: it has no other way to ask for tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.errors import QueryError, excerpt
from grafherald.history.conditions import KEYS, Condition
from grafherald.history.grammar import equal, parse, unescaped

KINDS = {
    "alerts": "Alerts that began, by severity",
    "open": "Alerts that are open, by severity",
    "state": "State of a check, 0 to 3",
    "notifications": "Notifications: sent, failed, latency",
    "renders": "Renders: seconds, failed",
    "mttr": "Mean time to resolve, seconds",
    "flapping": "State changes of the checks that have most",
    "annotations": "Alerts as annotations",
}
GROUPED = ("alerts", "mttr")
FILTERED = (*KEYS, "where")  # names of the payload that are conditions
_FORMS = ("by", "type")
_ALL = ("", "$__all", "All")  # how Grafana says that a variable holds no choice
_BY = re.compile(r"by\s+(?P<key>\S+)\s*")


@dataclass(frozen=True)
class Target:
    """What is asked for.

    Attributes:
        kind: one of KINDS.
        by: what alerts are grouped by; "" for nothing.
        is_table: a table is wanted; what is asked may say so elsewhere too.
    """

    kind: str
    by: str
    conditions: tuple[Condition, ...]
    is_table: bool = False


def target(words: str, payload: Any, *, is_annotation: bool = False) -> Target:
    """Read *words* and *payload* as the target that a panel asks for.

    Args:
        payload: an object, JSON as a text, or None.
        is_annotation: the words may be nothing but conditions.

    Raises:
        QueryError: they are none.
    """
    kind, _, rest = words.strip().partition(" ")
    is_table = kind == "table"
    if is_table:
        kind, _, rest = rest.strip().partition(" ")
    if is_annotation:
        kind, rest = "annotations", rest if kind in KINDS else words
    if kind not in KINDS:
        raise QueryError(f"there is no target {excerpt(kind)}; use one of {', '.join(KINDS)}")
    rest = rest.strip()
    by = _BY.match(rest)
    rest = rest[by.end() :] if by else rest
    given = payload_of(payload)
    check_names(given, (*FILTERED, *_FORMS))
    grouped = unescaped(by["key"] if by else _text(given.get("by")))
    if is_annotation or grouped in _ALL:
        grouped = ""
    if grouped and kind not in GROUPED:
        raise QueryError(f"{kind} can't be grouped; only {' and '.join(GROUPED)} can")
    conditions = parse(rest, whole_names=kind == "state", run_on=True) + chosen(given)
    is_table = is_table or kind == "annotations" or _text(given.get("type")) == "table"
    return Target(kind, grouped, conditions, is_table)


def payload_of(given: Any, *, is_target: bool = False) -> Mapping[str, Any]:
    """Read a *payload* as an object: it comes as one, as JSON in a text, or not at all.

    Args:
        is_target: a text that is no JSON is ``{"target": text}``.

    Raises:
        QueryError: it is something else.
    """
    if isinstance(given, str):
        try:
            read = json.loads(given) if given.strip() else {}
        except (ValueError, RecursionError):
            read = None
        given = {"target": given} if is_target and not isinstance(read, dict) else read
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise QueryError("payload: expected an object")
    return given


def check_names(payload: Mapping[str, Any], known: Sequence[str]) -> None:
    """Refuse what would be passed over: nobody would see that the answer is about more.

    Raises:
        QueryError: *payload* has a name that is not *known*.
    """
    for name in payload:
        if name not in known:
            hint = "; a label goes into where" if "where" in known else ""
            raise QueryError(
                f"payload: there is no {excerpt(str(name))}; use {', '.join(known)}{hint}"
            )


def chosen(payload: Mapping[str, Any], names: Sequence[str] = FILTERED) -> tuple[Condition, ...]:
    """Read the conditions in a payload: of its fields *names*, those that have a choice."""
    found: list[Condition] = []
    for key in names:
        value = payload.get(key)
        if key == "where":
            found += parse(_text(value), run_on=True)
            continue
        each = value if isinstance(value, list) else [value]
        texts = [_text(one) for one in each if one is not None]
        if texts and not any(one in _ALL for one in texts):
            found.append(equal(key, "=", texts, as_is=True))
    return tuple(found)


def _text(value: Any) -> str:
    """Read a payload's value; an option of a list comes as ``{"label": ..., "value": ...}``."""
    if isinstance(value, Mapping):
        value = value.get("value")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise QueryError("payload: expected texts")
    return value
