"""Notifications of Nagios 3 and 4, Icinga 1 and 2: macros in the environment or by ``--macro``.

The command puts them into one JSON object, ``{"environment": {}, "macros": [], "contact": null}``,
which is also what ``POST /events/nagios`` takes.
"""

from __future__ import annotations

from grafherald.inputs import InputType

TYPE_CHECKING = False  # see `grafherald.inputs`
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from grafherald.event import Event

_PREFIXES = ("NAGIOS_", "ICINGA_")


def _capture(
    options: Mapping[str, Any], environment: Mapping[str, str], _read: Callable[[], bytes], /
) -> bytes:
    import json

    told = {name: text for name, text in environment.items() if name.startswith(_PREFIXES)}
    macros, contact = options.get("macro") or [], options.get("contact")
    return json.dumps({"environment": told, "macros": macros, "contact": contact}).encode()


def _parse(raw: bytes, *, now: datetime) -> list[Event]:
    from grafherald.inputs.nagios.captured import parse

    return parse(raw, now=now)


def _links(event: Event, settings: Mapping[str, Any], /) -> tuple[str, str]:
    from grafherald.inputs.nagios.links import pages

    return pages(event, settings)


TYPE = InputType(
    "nagios",
    summary="""Notify about what Nagios or Icinga tells, in its environment or by --macro.

Nagios only fills the environment with enable_environment_macros=1; without it, name in the command
what is needed: --macro 'HOSTNAME=$HOSTNAME$'. contrib/nagios and contrib/icinga2 have both forms.
""",
    parse=_parse,
    sample=b"""{
  "environment": {
    "NAGIOS_NOTIFICATIONTYPE": "PROBLEM",
    "NAGIOS_HOSTNAME": "db01",
    "NAGIOS_SERVICEDESC": "disk",
    "NAGIOS_SERVICESTATE": "CRITICAL",
    "NAGIOS_SERVICEOUTPUT": "DISK CRITICAL - /srv 12 MB"
  },
  "macros": []
}""",
    links=_links,
    capture=_capture,
    arguments=(
        (
            "--macro",
            {
                "metavar": "NAME=VALUE",
                "action": "append",
                "default": [],
                "help": "one macro, as HOSTNAME=web01; may be repeated, wins over the environment",
            },
        ),
        (
            "--contact",
            {
                "nargs": "?",
                "const": "email",
                "choices": ("email", "pager"),
                "help": "mail goes to the notified contact alone, at its email"
                " (or pager: in short form)",
            },
        ),
    ),
)
