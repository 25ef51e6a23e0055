"""Notify about what Nagios or Icinga tells, in its environment or by --macro.

Nagios only fills the environment with enable_environment_macros=1; without it, name in the command
what is needed: --macro 'HOSTNAME=$HOSTNAME$'. contrib/nagios and contrib/icinga2 have both forms.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timezone

from grafherald.errors import InvalidEvent
from grafherald.event import Event
from grafherald.inputs import nagios
from grafherald.server import handover


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--macro``, ``--contact`` and ``--socket``."""
    parser.add_argument(
        "--socket",
        metavar="PATH",
        help="hand over to the daemon that listens there; default: $GRAFHERALD_SOCKET",
    )
    parser.add_argument(
        "--macro",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="one macro, as HOSTNAME=web01; may be repeated, wins over the environment",
    )
    parser.add_argument(
        "--contact",
        nargs="?",
        const="email",
        choices=("email", "pager"),
        help="mail goes to the notified contact alone, at its email (or pager: in short form)",
    )


def run(args: argparse.Namespace) -> int:
    """Deliver the notification; 2 when a delivery failed."""
    started = time.monotonic()
    raw = captured(os.environ, args.macro, args.contact)
    path = args.socket or os.environ.get("GRAFHERALD_SOCKET", "")
    status = handover.told(path, "nagios", raw) if path and not args.dry_run else None
    if status is not None:
        return status
    event = read(raw, datetime.now(timezone.utc))
    from grafherald.commands import alert_settings as settings
    from grafherald.delivery import (
        run as pipe,  # a refused notification needs none of what it imports
    )

    return pipe.run([event], settings(args), started=started, dry_run=args.dry_run, raw=raw)


def captured(environment: Mapping[str, str], macros: list[str], contact: str | None) -> bytes:
    """Return what Nagios told, as one JSON object: to be kept, or handed over to the daemon."""
    told = {k: v for k, v in environment.items() if k.startswith(("NAGIOS_", "ICINGA_"))}
    document = {"environment": told, "macros": macros, "contact": contact}
    return json.dumps(document).encode()


def read(raw: bytes, now: datetime) -> Event:
    """Return the event that was `captured`.

    Raises:
        InvalidEvent: it is none.
    """
    try:
        document = json.loads(raw)
        environment, macros = dict(document["environment"]), list(document["macros"])
        contact = document.get("contact")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidEvent("expected what grafherald nagios hands over") from None
    (event,) = nagios.read(environment, _macros(macros), now=now, contact=contact or "email")
    return _to_contact(event, contact) if contact else event


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
    return replace(
        event,
        attributes={**event.attributes, "mail_to": event.addresses},
        overrides={**event.overrides, **overrides},
    )
