"""Events become alerts: a problem opens one, another state changes it, a resolve ends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from grafherald.event import RECIPIENT_ENDINGS, Event, Kind, State
from grafherald.history import CODES, SLOT, reach, worse
from grafherald.history.sums import add, relabel
from grafherald.store import Database, Row, milliseconds, moment, text

_STATES = (Kind.PROBLEM, Kind.RESOLVE, Kind.OK, Kind.FLAPPING, Kind.FLAPPING_END)
_OLDEST, _NEWEST = timedelta(days=7), timedelta(minutes=5)
_SEARCHED = ("runbook", "playbook", "dashboard", *RECIPIENT_ENDINGS)
_OUTPUT = 4000  # characters of a check's output that the history shows; the event has it whole


class Place(NamedTuple):
    """Where an event belongs.

    Attributes:
        subject: the number of its source, namespace, entity and check.
        alert: the alert that it opened, changed or ended, or None.
    """

    subject: int
    alert: int | None


def record(database: Database, event: Event, now: datetime) -> Place:
    """Write *event* into the history; the same event once more changes nothing.

    A time that can't be true, from a clock in 1970 or a sample of years ago, is taken as *now*.
    An event older than the last known state of its subject came late and changes nothing, but for
    a state in the future: a clock that was ahead wrote that.
    """
    with database.transaction(alone=True):
        subject = _subject(database, event)
        _label(database, subject, event)
        if event.kind is Kind.ACKNOWLEDGEMENT:
            said = text(f"{event.author}: {event.comment}".strip(": ") or "acknowledged", 1000)
            set_said = "UPDATE alerts SET acknowledged = ? WHERE subject_id = ? AND ended IS NULL"
            database.run(set_said, (said, subject))
        if event.kind not in _STATES:
            return Place(subject, _latest_alert(database, subject))
        return Place(subject, _follow(database, subject, event, now))


def states_of(database: Database, alert: int) -> tuple[State, ...]:
    """Which states an alert has been in since it began: its end goes where they went."""
    rows = database.rows(
        "SELECT state FROM states WHERE alert_id = ? UNION SELECT severity FROM alerts"
        " WHERE id = ?",
        (alert, alert),
    )
    codes = {row[0] for row in rows}
    return tuple(state for state, code in CODES.items() if code and code in codes)


def open_states(database: Database, source: str) -> dict[tuple[str, str], int]:
    """Which of a source's entities and checks have an open alert, each with its state's code."""
    rows = database.rows(
        "SELECT s.entity, s.check_name, a.state FROM alerts a JOIN subjects s ON s.id ="
        " a.subject_id WHERE a.ended IS NULL AND s.source = ?",
        (source,),
    )
    return {(entity, check): code for entity, check, code in rows}


def open_inputs(database: Database, source: str, limit: int) -> list[bytes]:
    """What a source last sent of each of its open alerts, the oldest alert first."""
    rows = database.rows(
        "SELECT e.raw FROM events e JOIN (SELECT MAX(x.id) AS id FROM events x JOIN alerts a ON"
        " a.id = x.alert_id JOIN subjects s ON s.id = a.subject_id WHERE a.ended IS NULL"
        " AND s.source = ? AND LENGTH(x.raw) > 0 GROUP BY a.id ORDER BY a.id LIMIT ?) latest"
        " ON latest.id = e.id",
        (source, limit),
    )
    return [bytes(row[0]) for row in rows]


def latest_problems(database: Database, limit: int) -> list[Event]:
    """Find something to try the routes on: each subject's latest problem, the newest *limit*.

    It has what routes ask for: names, labels and the worst state.
    """
    rows = database.rows(
        "SELECT s.id, s.source, s.namespace, s.entity, s.check_name, a.severity, a.started"
        " FROM alerts a JOIN subjects s ON s.id = a.subject_id WHERE a.id IN"
        " (SELECT MAX(id) FROM alerts GROUP BY subject_id) ORDER BY a.id DESC LIMIT ?",
        (limit,),
    )
    states = {code: state for state, code in CODES.items()}
    return [
        Event(
            source=source,
            kind=Kind.PROBLEM,
            state=states[code],
            status=code,
            entity=entity,
            check=check,
            output="",
            occurred_at=moment(started),
            namespace=namespace,
            labels={
                row[0]: row[1]
                for row in database.rows(
                    "SELECT name, value FROM labels WHERE subject_id = ?", (subject,)
                )
            },
        )
        for subject, source, namespace, entity, check, code, started in rows
    ]


def illustrate(database: Database, alert: int, picture: str, panel: str) -> None:
    """Remember the alert's first picture (its public URL, or "") and the live panel's link."""
    database.run(
        "UPDATE alerts SET picture = CASE WHEN picture = '' THEN ? ELSE picture END, panel = ?"
        " WHERE id = ?",
        (text(picture, 4000), text(panel, 4000), alert),
    )


def rendered(database: Database, at: datetime, took: timedelta, *, failed: bool) -> None:
    """Remember how long a notification waited for its pictures, and whether one was missing."""
    database.run(
        "INSERT INTO renders (at, took, failed) VALUES (?, ?, ?)",
        (milliseconds(at), took // timedelta(milliseconds=1), int(failed)),
    )


def subject_key(event: Event) -> str:
    """Tell subjects apart, in `subjects.key`: by source, namespace, entity and check.

    Where a check has several problems at once, each is a subject of its own.
    """
    names = [event.source, event.namespace, event.entity, event.check]
    names += [event.part] if event.part else []
    return sha256("\0".join(names).encode("utf-8", "replace")).hexdigest()[:32]


def _subject(database: Database, event: Event) -> int:
    names = (event.source, event.namespace, event.entity, event.check)
    key = subject_key(event)
    found = database.rows("SELECT id FROM subjects WHERE key = ?", (key,))
    if found:
        return int(found[0][0])
    return database.insert(
        "INSERT INTO subjects (key, source, namespace, entity, check_name) VALUES (?, ?, ?, ?, ?)",
        (key, *(text(name, 300) for name in names)),
    )


def _label(database: Database, subject: int, event: Event) -> None:
    """Keep what the subject can be searched by: its labels, and attributes where none is so called.

    Which panels and which text an event names is not searched for.
    """
    searched = (name for name in event.attributes if name.endswith(_SEARCHED))
    attributes = {name: event.attribute(name) for name in searched}
    names = {**attributes, **event.labels}
    if not names:
        return
    find = "SELECT name, value FROM labels WHERE subject_id = ?"
    known = {row[0]: row[1] for row in database.rows(find, (subject,))}
    if names.items() <= known.items():
        return
    changed = {text(name, 300): text(value, 300) for name, value in names.items()}
    changed = {name: value for name, value in changed.items() if known.get(name) != value}
    has_alerts = bool(changed) and _latest_alert(database, subject) is not None
    for name, value in changed.items():
        if has_alerts:
            relabel(database, subject, name, known.get(name), value)
        database.run(
            "INSERT INTO labels (subject_id, name, value) VALUES (?, ?, ?)"
            " ON CONFLICT (subject_id, name) DO UPDATE SET value = excluded.value",
            (subject, name, value),
        )


def _follow(database: Database, subject: int, event: Event, now: datetime) -> int | None:
    at, since = _times(event, now)
    last = database.rows(
        "SELECT at, state FROM states WHERE subject_id = ? ORDER BY at DESC, id DESC LIMIT 1",
        (subject,),
    )
    if last and at < last[0][0] <= milliseconds(now + _NEWEST):
        return _latest_alert(database, subject)
    code = CODES[event.state]
    alerts = database.rows(
        "SELECT id, severity, started FROM alerts WHERE subject_id = ? AND ended IS NULL",
        (subject,),
    )
    if code == 0:
        alert = _end(database, subject, alerts[0], event, at) if alerts else None
    elif alerts:
        alert = _change(database, subject, alerts[0], event, at)
    else:
        at = max(since, last[0][0]) if last else since
        alert = _open(database, subject, event, at)
    if not last or last[0][1] != code:
        database.insert(
            "INSERT INTO states (subject_id, at, state, alert_id) VALUES (?, ?, ?, ?)",
            (subject, at, code, alert),
        )
    return alert


def _times(event: Event, now: datetime) -> tuple[int, int]:
    """When the check ran and its problem began; both are *now* where its clock can't be right."""
    if not now - _OLDEST <= event.occurred_at <= now + _NEWEST:
        return milliseconds(now), milliseconds(now)
    at = milliseconds(event.occurred_at)
    return at, min(at, milliseconds(event.since)) if event.since else at


def _latest_alert(database: Database, subject: int) -> int | None:
    latest = "SELECT id FROM alerts WHERE subject_id = ? ORDER BY started DESC, id DESC LIMIT 1"
    rows = database.rows(latest, (subject,))
    return int(rows[0][0]) if rows else None


def _open(database: Database, subject: int, event: Event, at: int) -> int:
    code = CODES[event.state]
    _count(database, subject, at, code, started=1)
    return database.insert(
        "INSERT INTO alerts (subject_id, incident, severity, state, started, seen, occurrences,"
        " output) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (subject, text(event.incident, 300), code, code, at, at, *_said(event)),
    )


def _change(database: Database, subject: int, alert: Row, event: Event, at: int) -> int:
    number, severity, started = alert
    code = CODES[event.state]
    worst = worse(severity, code)
    if worst != severity:
        _count(database, subject, started, severity, started=-1)
        _count(database, subject, started, worst, started=1)
    database.run(
        "UPDATE alerts SET severity = ?, state = ?, seen = ?, occurrences = ?, output = ?"
        " WHERE id = ?",
        (worst, code, at, *_said(event), number),
    )
    return int(number)


def _end(database: Database, subject: int, alert: Row, event: Event, at: int) -> int:
    number, severity, started = alert
    at = max(at, started)
    _count(database, subject, at, severity, ended=1, lasted=at - started)
    database.run(
        "UPDATE alerts SET state = 0, ended = ?, reach = ?, seen = ?, output = ? WHERE id = ?",
        (at, reach(at - started), at, _said(event)[1], number),
    )
    return int(number)


def _said(event: Event) -> tuple[int, str]:
    return min(event.occurrences, 2**62), text(event.output, _OUTPUT)


def _count(  # noqa: PLR0913 - a row's key, and what is added to each of its columns
    database: Database,
    subject: int,
    at: int,
    severity: int,
    *,
    started: int = 0,
    ended: int = 0,
    lasted: int = 0,
) -> None:
    database.run(
        "INSERT INTO alert_counts (slot, severity, started, ended, lasted) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (slot, severity) DO UPDATE SET started = alert_counts.started"
        " + excluded.started, ended = alert_counts.ended + excluded.ended,"
        " lasted = alert_counts.lasted + excluded.lasted",
        (at - at % SLOT, severity, started, ended, lasted),
    )
    add(database, subject, at, severity, started=started, ended=ended, lasted=lasted)
