"""An Event as JSON and back, as it is kept in the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from grafherald.event import Event, Kind, State


def to_json(event: Event) -> str:
    """Write *event* as the store keeps it: JSON in ASCII, without the fields that are empty."""
    fields = {name: value for name, value in event._asdict().items() if value not in _EMPTY}
    return json.dumps(fields, default=_plain, separators=(",", ":"))


def from_json(document: str) -> Event:
    """Read an event that `to_json` wrote, here or in a newer version."""
    fields: dict[str, Any] = json.loads(document)
    for name in fields.keys() - _FIELDS:  # a newer version's, in a rolling upgrade
        del fields[name]
    for name in _READ.keys() & fields.keys():
        fields[name] = _READ[name](fields[name])
    return Event(
        **dict.fromkeys(("source", "entity", "check", "output"), "") | {"status": 0} | fields
    )


_FIELDS = frozenset(Event._fields)
_EMPTY: tuple[Any, ...] = ("", None, (), {}, 0)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"an event can't hold a {type(value).__name__}")


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple((label, said) for label, said in value)


_READ: dict[str, Callable[[Any], Any]] = {
    "kind": Kind,
    "state": State,
    "occurred_at": datetime.fromisoformat,
    "since": datetime.fromisoformat,
    "history": tuple,
    "attributes": lambda value: {name: tuple(texts) for name, texts in value.items()},
    "silenced": tuple,
    "details": _pairs,
    "links": _pairs,
    "addresses": tuple,
    "seen": lambda value: tuple(map(State, value)),
}


def fingerprint(event: Event) -> str:
    """Know an event that is delivered twice: this is the same, also on another machine.

    Sensu Core's id is the incident's, so its state, count and history are needed beside it; what
    has no id is known by its time. The day is there for counters that start anew, as Nagios' do.
    """
    when = event.occurred_at.date() if event.id else event.occurred_at
    what = (event.source, event.namespace, event.entity, event.check, event.id or event.incident)
    which = (event.kind.value, event.status, event.occurrences, event.history, str(when))
    return sha256(json.dumps(what + which).encode()).hexdigest()[:32]
