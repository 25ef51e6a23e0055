"""What there is to choose from: targets, keys, values, and the query builder's fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grafherald.datasource.target import GROUPED, KINDS, chosen
from grafherald.errors import QueryError, excerpt
from grafherald.history.conditions import KEYS, SEVERITIES, Condition
from grafherald.history.grammar import parse, unescaped
from grafherald.history.select import reader, subjects_where
from grafherald.store import Database

_MOST = 1000  # values of one list
_LISTS = {
    "entities": "entity",
    "checks": "check",
    "severities": "severity",
    "sources": "source",
    "namespaces": "namespace",
    "channels": "channel",
    "names": "name",
}
_FIELDS = ("entity", "check", "severity", "channel")


def keys(database: Database) -> list[str]:
    """Offer what can be filtered by: our own keys, then the labels there are."""
    names = [row[0] for row in database.rows("SELECT DISTINCT name FROM labels ORDER BY name")]
    return [*KEYS, *(f"label:{name}" if name in KEYS else name for name in names[:_MOST])]


def values(database: Database, key: str, conditions: Iterable[Condition] = ()) -> list[str]:
    """Offer the values of *key* among the subjects that meet *conditions*, in order."""
    if key == "severity":
        return list(SEVERITIES)
    if key == "channel":
        rows = database.rows("SELECT DISTINCT channel FROM lanes ORDER BY channel")
        return [row[0] for row in rows][:_MOST]
    about = [c for c in conditions if c.key not in ("severity", "channel")]
    read = reader(database, key)
    found = {read(row) for row in subjects_where(database, about)}
    return sorted(found - {""})[:_MOST]


def variable(
    database: Database, words: str, conditions: Sequence[Condition] = ()
) -> list[str] | None:
    """Find the values that a variable's *words* ask for; None when they are no variable's.

    ``entities``, ``checks`` and the like, ``labels``, ``label team``; conditions may follow:
    ``entities check=disk*``.
    """
    name, _, rest = words.strip().partition(" ")
    if name == "labels" and not rest:
        return keys(database)[len(KEYS) :]
    if name in ("label", "values") and rest:
        key, _, rest = rest.strip().partition(" ")
        key = unescaped(key)
    elif name in _LISTS:
        key = _LISTS[name]
    else:
        return None
    return values(database, key, [*parse(rest, run_on=True), *conditions])


def known_variable(database: Database, words: str, conditions: Sequence[Condition]) -> list[str]:
    """Find a variable's values. See `variable`.

    Raises:
        QueryError: the words ask for none.
    """
    found = variable(database, words, conditions)
    if found is None:
        known = ", ".join((*_LISTS, "labels", "label <name>"))
        raise QueryError(f"there is no variable {excerpt(words)}; use one of {known}")
    return found


def search(database: Database, words: str) -> list[str]:
    """Complete *words*: a variable's values, else the targets that hold them, else all targets."""
    found = variable(database, words)
    if found is not None:
        return found
    targets = _targets(database)
    if words.startswith("state"):
        targets += [f"state {name}" for name in values(database, "name")]
    wanted = words.strip().lower()
    return [target for target in targets if wanted in target.lower()][:_MOST] or targets


def _targets(database: Database) -> list[str]:
    groups = [f"{kind} by {key}" for kind in GROUPED for key in keys(database) if key != "name"]
    return ["alerts", *groups, *(kind for kind in KINDS if kind != "alerts")]


_SHAPES = {
    "name": "type",
    "label": "As",
    "type": "select",
    "options": [{"label": "graph", "value": "timeserie"}, {"label": "table", "value": "table"}],
}


def metrics(database: Database, metric: str) -> list[dict[str, Any]]:
    """Describe the query builder's metrics with their fields; only *metric* unless it is ""."""
    groups = [_option(key) for key in keys(database) if key != "name"]
    found = [
        {"label": label, "value": kind, "payloads": _fields(kind, groups)}
        for kind, label in KINDS.items()
    ]
    if metric and metric not in KINDS:
        raise QueryError(f"there is no metric {excerpt(metric)}; use one of {', '.join(KINDS)}")
    return [one for one in found if metric in ("", one["value"])]


def _fields(kind: str, groups: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    shapes = [] if kind == "annotations" else [_SHAPES]
    if kind == "renders":
        return shapes
    shown = ("entity", "check") if kind in ("state", "flapping") else _FIELDS
    fields: list[dict[str, Any]] = [
        {"name": name, "label": name.capitalize(), "type": "multi-select", "width": 20}
        for name in shown
    ]
    if kind in GROUPED:
        grouped = [{"label": "nothing", "value": ""}, *groups]
        fields.insert(0, {"name": "by", "label": "By", "type": "select", "options": grouped})
    return [
        *fields,
        *shapes,
        {
            "name": "where",
            "label": "Where",
            "type": "input",
            "placeholder": "entity=web* severity>=warning",
            "width": 40,
        },
    ]


def options(database: Database, name: str, payload: Mapping[str, Any]) -> list[dict[str, str]]:
    """Offer the choices of a query builder's field, by its *name*.

    They are those that go with what was chosen in the *payload*'s other fields.
    """
    if name == "by":
        return [_option(key) for key in keys(database) if key != "name"]
    others = chosen(payload, [key for key in ("entity", "check") if key != name])
    return [_option(value) for value in values(database, name, others)]


def _option(value: str) -> dict[str, str]:
    return {"label": value, "value": value}
