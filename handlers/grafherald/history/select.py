"""Conditions become the subjects, severities and recipients that a question is about.

Equal values narrow the search in the database; all else is decided here, once per subject and not
once per alert. Nothing that was asked ever becomes a part of an SQL text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from grafherald.errors import QueryError, excerpt
from grafherald.history.conditions import KEYS, LONGEST, SEVERITIES, Condition, severities
from grafherald.store import Database, Row, text

_FEW = 200  # subjects
_NAMED = 40  # fields that an error lists
_COLUMNS = {"source": 1, "namespace": 2, "entity": 3, "check": 4}
_NAMES = {"entity": "entity", "check": "check_name", "source": "source", "namespace": "namespace"}
_SUBJECTS = "SELECT id, source, namespace, entity, check_name FROM subjects"

Clause = tuple[str, tuple[str, ...]]


class Selection(NamedTuple):
    """Some of the alerts.

    Attributes:
        subjects: whose they are; None for everybody's.
        severities: how bad they were at their worst, as codes.
        told: for each condition on channels, whether the alert went to one of these lanes.
    """

    subjects: frozenset[int] | None = None
    severities: frozenset[int] = frozenset(SEVERITIES.values())
    told: tuple[tuple[bool, tuple[int, ...]], ...] = ()

    @property
    def is_by_severity(self) -> bool:
        """Tell whether severity is all that it chooses by."""
        return self.subjects is None and not self.told

    def clause(self, database: Database) -> Clause:
        """Write the selection as SQL, to follow the WHERE of a statement on ``alerts a``."""
        sql = ""
        values: list[str] = []
        if self.subjects is not None:
            # many subjects are looked up for each alert of a range: a range each costs more
            column = "a.subject_id" if len(self.subjects) <= _FEW else "+a.subject_id"
            sql += f" AND {column} IN {database.numbers}"
            values.append(json.dumps(sorted(self.subjects)))
        if len(self.severities) < len(SEVERITIES):
            sql += f" AND a.severity IN {database.numbers}"
            values.append(json.dumps(sorted(self.severities)))
        for is_told, lanes in self.told:
            sql += (
                f" AND {'' if is_told else 'NOT '}EXISTS (SELECT 1 FROM deliveries d"
                f" WHERE d.alert_id = a.id AND d.lane_id IN {database.numbers})"
            )
            values.append(json.dumps(lanes))
        return sql, tuple(values)


EVERYTHING = Selection()


def select(database: Database, conditions: Iterable[Condition]) -> Selection:
    """Choose the alerts that meet all *conditions*.

    Raises:
        QueryError: a condition can't be checked.
    """
    conditions = tuple(conditions)
    about_subjects = [c for c in conditions if c.key not in ("severity", "channel")]
    chosen = None
    if about_subjects:
        chosen = frozenset(row[0] for row in subjects_where(database, about_subjects))
        if database.rows("SELECT COUNT(*) FROM subjects") == [(len(chosen),)]:
            chosen = None  # "all" is quicker to find than each of them
    told = tuple(
        (not c.is_negated, tuple(lanes_where(database, c.matcher())))
        for c in conditions
        if c.key == "channel"
    )
    return Selection(chosen, severities(conditions), told)


def fields(database: Database) -> list[str]:
    """What can be searched by: our own keys, then the names of the labels there are."""
    names = [row[0] for row in database.rows("SELECT DISTINCT name FROM labels ORDER BY name")]
    return [*KEYS, *(f"label:{name}" if name in KEYS else name for name in names)]


def check_fields(database: Database, conditions: Iterable[Condition]) -> None:
    """Refuse conditions on what is neither a key nor a label.

    Raises:
        QueryError: there is no such field; the text has those that there are.
    """
    asked = [c.key for c in conditions if c.key not in KEYS]
    known = fields(database) if asked else []
    labels_known = {name.removeprefix("label:") for name in known[len(KEYS) :]}
    for key in asked:
        if key.removeprefix("label:") in labels_known:
            continue
        near = _alike(key, known, 0.6)
        meant = f"did you mean {near[0]}? " if near else ""
        more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
        listed = ", ".join(known[:_NAMED])
        raise QueryError(f"no such field: {excerpt(key)}; {meant}Known: {listed}{more}")


def subjects_where(database: Database, conditions: Sequence[Condition]) -> list[Row]:
    """Find the subjects that meet all *conditions*: (id, source, namespace, entity, check)."""
    where: list[str] = []
    values: list[str] = []
    for wanted in conditions:
        if wanted.key in _NAMES and wanted.operator in ("=", "=|") and len(wanted.values) <= 100:
            marks = ", ".join("?" * len(wanted.values)) or "NULL"
            where.append(f"{_NAMES[wanted.key]} IN ({marks})")
            values += (text(value, LONGEST) for value in wanted.values)
    narrowed = f" WHERE {' AND '.join(where)}" if where else ""
    rows = database.rows(_SUBJECTS + narrowed, values)
    for wanted in conditions:
        read, matches, drop = reader(database, wanted.key), wanted.matcher(), wanted.is_negated
        rows = [row for row in rows if matches(read(row)) is not drop]
    return rows


def values_of(database: Database, key: str, subjects: Iterable[int]) -> dict[int, str]:
    """Look up *key*, a label or another name, for subjects known by their numbers."""
    read = reader(database, key)
    return {row[0]: read(row) for row in subjects_of(database, subjects)}


def subjects_of(database: Database, numbers: Iterable[int]) -> list[Row]:
    """Find subjects by their numbers, as `subjects_where` does."""
    asked = (json.dumps(list(numbers)),)
    return database.rows(f"{_SUBJECTS} WHERE id IN {database.numbers}", asked)


def lanes_where(database: Database, matches: Callable[[str], bool]) -> list[int]:
    """Find the recipients, by number, of channels whose name *matches*."""
    rows = database.rows("SELECT id, channel FROM lanes ORDER BY id")
    return [row[0] for row in rows if matches(row[1])]


def reader(database: Database, key: str) -> Callable[[Row], str]:
    """Make what reads the value of *key* from a row of `subjects_where`.

    Raises:
        QueryError: it is a label that nothing has, and nearly the name of a key.
    """
    if key == "name":
        return lambda row: f"{row[3]}/{row[4]}"
    if key in _COLUMNS:
        place = _COLUMNS[key]
        return lambda row: str(row[place])
    values = labels(database, key)
    meant = [] if values else _alike(key.lower(), KEYS, 0.8)
    if meant:
        raise QueryError(f"there is no label {excerpt(key)}; did you mean {meant[0]}?")
    return lambda row: values.get(row[0], "")


def _alike(word: str, known: Sequence[str], least: float) -> list[str]:
    """Find the known word that *word* is nearly, for at most one."""
    from difflib import get_close_matches  # who delivers an alert makes no such mistake

    return get_close_matches(word, known, 1, least)


def labels(database: Database, key: str) -> dict[int, str]:
    """Look up one label for all subjects; those that lack it are not in it."""
    find = "SELECT subject_id, value FROM labels WHERE name = ?"
    return {row[0]: row[1] for row in database.rows(find, (label_name(key),))}


def label_name(key: str) -> str:
    """Tell which label *key* means, without what a database refuses."""
    return text(key.removeprefix("label:"), LONGEST)
