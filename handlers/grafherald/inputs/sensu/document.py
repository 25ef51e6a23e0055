"""Sensu's events as a handler is given them: JSON on standard input or on a socket.

A refused event is a matter of milliseconds: what makes an `Event` is imported only for a good one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from grafherald.errors import InvalidEvent, excerpt
from grafherald.inputs import LIMIT
from grafherald.settings import schema

if TYPE_CHECKING:
    from grafherald.event import Event


def read(raw: bytes, *, now: datetime) -> list[Event]:
    """Read the event in *raw*, of Sensu Core or Go; [] for one that only brings metrics.

    Args:
        raw: one JSON object in UTF-8, at most `LIMIT` bytes; a BOM is passed over, wrapped-json
            as sensuctl prints it is unwrapped, a check's output may be in any encoding.
        now: stands in for a time that the event does not tell.

    Raises:
        InvalidEvent: it is no event; the text says in one line what it is, or names the field.
    """
    document = _parsed(_decoded(raw))
    wrapped = _is_wrapped(document)
    if wrapped or _is_go(document):
        return _go(document["spec"] if wrapped else document, now)
    if "client" in document or "check" in document:
        return _core(document, now)
    found = ", ".join(excerpt(name) for name in list(document)[:5]) or "nothing"
    raise InvalidEvent(
        f"input holds {found}, expected client and check (Sensu Core) or entity and check (Go)"
    )


def _go(document: Mapping[str, Any], now: datetime) -> list[Event]:
    given = {name: value for name, value in document.items() if value is not None}
    _check("sensu-go-event", given)
    if "check" not in given:
        return []
    from grafherald.inputs.sensu import go

    return [go.event(given, now)]


def _core(document: Mapping[str, Any], now: datetime) -> list[Event]:
    _check("sensu-core-event", document)
    from grafherald.inputs.sensu import core

    check = document["check"]
    is_metric = check.get("type") == "metric" and document.get("action") == "create"
    if is_metric and int(check["status"]) == 0:
        return []  # every result of a metric check comes as an event; its output is numbers

    return [core.event(document, now)]


def _check(name: str, document: Mapping[str, Any]) -> None:
    problems = schema.problems(name, document)
    if problems:
        raise InvalidEvent("; ".join(problems[:3]))


def _decoded(raw: bytes) -> str:
    if len(raw) > LIMIT:
        raise InvalidEvent(f"input is larger than {LIMIT // 1024 // 1024} MB, too large an event")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
        raise InvalidEvent("input is UTF-16 or binary, expected JSON in UTF-8")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        raise InvalidEvent("input is empty, expected one event as Sensu pipes it into a handler")
    return raw.decode(errors="replace")


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        # Not strict: a raw tab or line break inside a string is no reason to lose an alert.
        document = json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        raise InvalidEvent(_complaint(text, error)) from None
    except RecursionError:
        raise InvalidEvent("input is nested too deeply for an event") from None
    except ValueError:
        raise InvalidEvent("input holds a number of thousands of digits") from None
    if not isinstance(document, dict):
        raise InvalidEvent(f"input is {excerpt(text.strip())}, expected one event: a JSON object")
    return document


def _complaint(text: str, error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        return f"input goes on behind the event with {excerpt(text[error.pos :].strip())}"
    if not text.lstrip().startswith("{"):
        return f"input is not JSON, it starts with {excerpt(text.strip())}: does a mutator fail?"
    where = f"line {error.lineno}, column {error.colno}"
    return f"input is not valid JSON: {error.msg.lower()} ({where})"


def _is_wrapped(document: Mapping[str, Any]) -> bool:
    """Tell whether this is the output of ``sensuctl event info --format wrapped-json``."""
    if not isinstance(document.get("spec"), dict) or "entity" in document or "check" in document:
        return False
    kind = document.get("type", "Event")
    if kind != "Event":
        raise InvalidEvent(f"type: expected 'Event', got {excerpt(str(kind))}")
    return True


def _is_go(document: Mapping[str, Any]) -> bool:
    """Tell the two apart: Go has an entity, and names in metadata; Core has a client.

    An event that a mutator made out of one of Go's for old handlers has both; Go's part is whole.
    """
    if document.get("entity") is not None:
        return True
    check = document.get("check")
    named = isinstance(check, dict) and "metadata" in check
    return "client" not in document and (named or "metrics" in document)
