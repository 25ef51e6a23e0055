"""Alerts added up by the value of a label, of the check and of the source, per hour.

A month by team is 720 hours for each team and severity, not a million alerts with their labels.
What an hour's rows say is what a look at the alerts and today's labels would: when a label of a
subject changes, its alerts move to the new value.
"""

from __future__ import annotations

import json
from collections import defaultdict

from grafherald.history.buckets import Buckets
from grafherald.history.conditions import KEYS
from grafherald.store import Database, Row

HOUR = 3_600_000  # milliseconds that one row adds up
FIELDS = ("check", "source")  # that are added up beside the labels
_ADDED = """ ON CONFLICT (field, slot, value, severity) DO UPDATE SET
    started = label_counts.started + excluded.started,
    ended = label_counts.ended + excluded.ended,
    lasted = label_counts.lasted + excluded.lasted"""
_INTO = "INSERT INTO label_counts (field, value, slot, severity, started, ended, lasted)"
_OF_SUBJECT = """(SELECT 'label:' || name AS field, value FROM labels WHERE subject_id = ?
    UNION ALL SELECT 'check', check_name FROM subjects WHERE id = ?
    UNION ALL SELECT 'source', source FROM subjects WHERE id = ?) f"""
_NUMBERS = ", ".join(["CAST(? AS BIGINT)"] * 5)
_BY_HOUR = f"""(SELECT started - started % {HOUR} AS slot, severity, 1 AS started, 0 AS ended,
        0 AS lasted FROM alerts WHERE subject_id = ?
    UNION ALL SELECT ended - ended % {HOUR}, severity, 0, 1, ended - started FROM alerts
        WHERE subject_id = ? AND ended IS NOT NULL) a"""


def add(  # noqa: PLR0913 - a subject's hour, and what is added to it
    database: Database,
    subject: int,
    at: int,
    severity: int,
    *,
    started: int = 0,
    ended: int = 0,
    lasted: int = 0,
) -> None:
    """Add to the sums of all that a subject is known by."""
    database.run(
        f"{_INTO} SELECT f.field, f.value, {_NUMBERS} FROM {_OF_SUBJECT} WHERE TRUE{_ADDED}",
        (at - at % HOUR, severity, started, ended, lasted, *([subject] * 3)),
    )


def relabel(database: Database, subject: int, name: str, old: str | None, new: str) -> None:
    """Move a subject's alerts from the *old* value of a label, if it had one, to the *new*."""
    changes = [(new, 1)] if old is None else [(old, -1), (new, 1)]
    for value, sign in changes:
        signed = ", ".join(f"{sign} * SUM(a.{name})" for name in ("started", "ended", "lasted"))
        database.run(
            f"{_INTO} SELECT CAST(? AS TEXT), CAST(? AS TEXT), a.slot, a.severity, {signed}"
            f" FROM {_BY_HOUR} WHERE TRUE GROUP BY a.slot, a.severity{_ADDED}",
            (f"label:{name}", value, subject, subject),
        )


def is_added_up(key: str) -> bool:
    """Tell whether there are sums by *key*: a label, or one of FIELDS."""
    return key in FIELDS or key not in KEYS


def field_of(key: str) -> str:
    """Under which ``field`` the sums by *key* are kept; our own keys and labels share the table."""
    return key if key in FIELDS else f"label:{key.removeprefix('label:')}"


def began(database: Database, when: Buckets, key: str, severities: frozenset[int]) -> list[Row]:
    """Add up how many alerts began: (hour, severity, value, number); "" for a label it lacks.

    Args:
        when: begins and ends at full hours.
    """
    rows = database.rows(
        "SELECT slot - slot % ?, severity, value, SUM(started) FROM label_counts"
        " WHERE field = ? AND slot >= ? AND slot < ? GROUP BY 1, 2, 3",
        (when.step, field_of(key), when.begin, when.stop),
    )
    found = [(at, code, value, int(n)) for at, code, value, n in rows if n > 0]
    if key not in FIELDS:
        found += _without(database, when, found)
    return [row for row in found if row[1] in severities]


def _without(
    database: Database, when: Buckets, labelled: list[tuple[int, int, str, int]]
) -> list[tuple[int, int, str, int]]:
    """Count those without the label, all but the *labelled*: (hour, severity, "", alerts)."""
    left: dict[tuple[int, int], int] = defaultdict(int)
    rows = database.rows(  # every alert has one source
        "SELECT slot - slot % ?, severity, SUM(started) FROM label_counts"
        " WHERE field = 'source' AND slot >= ? AND slot < ? GROUP BY 1, 2",
        (when.step, when.begin, when.stop),
    )
    for at, severity, number in rows:
        left[at, severity] += int(number)
    for at, severity, _, number in labelled:
        left[at, severity] -= number
    return [(at, severity, "", n) for (at, severity), n in left.items() if n > 0]


def lasted(database: Database, when: Buckets, key: str, severities: frozenset[int]) -> list[Row]:
    """Add up how long alerts lasted: (bucket, value, how many ended, their time in all).

    Those without a label are not in it.

    Args:
        when: begins at a full hour, and steps by hours.
    """
    rows = database.rows(
        "SELECT slot - slot % ?, value, SUM(ended), SUM(lasted) FROM label_counts"
        " WHERE field = ? AND slot >= ? AND slot < ?"
        f" AND severity IN {database.numbers} GROUP BY 1, 2",
        (when.step, field_of(key), when.begin, when.stop, json.dumps(sorted(severities))),
    )
    return [(at, value, int(number), int(total)) for at, value, number, total in rows if number > 0]
