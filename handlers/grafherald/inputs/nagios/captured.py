"""What ``grafherald nagios`` gathered, read here or by the daemon."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from grafherald.errors import InvalidEvent
from grafherald.event import Event
from grafherald.inputs.nagios.notification import read

_CONTACTS = (None, "email", "pager")


def parse(raw: bytes, *, now: datetime) -> list[Event]:
    """Read the one notification; with a contact, mail goes to that contact alone.

    Raises:
        InvalidEvent: it is none.
    """
    try:
        document = json.loads(raw)
        environment, macros = dict(document["environment"]), list(document["macros"])
        contact = document.get("contact")
        if contact not in _CONTACTS or not all(map(_is_text, [*environment.values(), *macros])):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidEvent(
            "expected environment and macros in JSON, as grafherald sample nagios prints them"
        ) from None
    (event,) = read(environment, _macros(macros), now=now, contact=contact or "email")
    return [_to_contact(event, contact) if contact else event]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _macros(words: Iterable[str]) -> dict[str, str]:
    macros = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise InvalidEvent(f"--macro {name}: expected NAME=VALUE, as HOSTNAME=web01")
        macros[name] = value
    return macros


def _to_contact(event: Event, which: str) -> Event:
    if not event.addresses:
        raise InvalidEvent(
            f"CONTACT{which.upper()}: is no mail address, as --contact {which} needs"
        )
    overrides = {"template": "short"} if which == "pager" else {}
    return event._replace(
        attributes={**event.attributes, "mail_to": event.addresses},
        overrides={**event.overrides, **overrides},
    )
