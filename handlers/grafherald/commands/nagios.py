"""Notify about what Nagios or Icinga tells, in its environment or by --macro.

Nagios only fills the environment with enable_environment_macros=1; without it, name in the command
what is needed: --macro 'HOSTNAME=$HOSTNAME$'. contrib/nagios and contrib/icinga2 have both forms.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timezone

from grafherald import config as settings
from grafherald.acknowledge import linked
from grafherald.errors import InvalidEvent
from grafherald.event import Event
from grafherald.inputs import nagios


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--macro`` and ``--contact``."""
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
    (event,) = nagios.read(
        os.environ,
        _macros(args.macro),
        now=datetime.now(timezone.utc),
        contact=args.contact or "email",
    )
    config = settings.load(args.config, args.set, os.environ)
    if args.contact:
        event = _to_contact(event, args.contact)
    events = [linked(event, config.get("nagios", {}))]
    from grafherald import pipe

    if args.dry_run:
        pipe.rehearse(events, config)
        return 0
    return pipe.notify(events, config, started=started)


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
