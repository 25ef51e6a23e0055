"""Nagios 3 and 4, Icinga 1 and 2, Checkmk: macros in the environment or by ``--macro``.

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
# What Icinga 2's own notification commands have in their environment, without a prefix:
# https://github.com/Icinga/icinga2/blob/master/etc/icinga2/conf.d/commands.conf, and its neighbours
ICINGA_NAMES = (
    "NOTIFICATIONTYPE",
    "NOTIFICATIONAUTHORNAME",
    "NOTIFICATIONCOMMENT",
    "SERVICENAME",
    "SERVICEDESC",
    "SERVICEDISPLAYNAME",
    "SERVICESTATE",
    "SERVICEOUTPUT",
    "HOSTDISPLAYNAME",
    "HOSTALIAS",
    "HOSTADDRESS",
    "HOSTSTATE",
    "HOSTOUTPUT",
    "LONGDATETIME",
    "USEREMAIL",
)
# What people add to it; the rest of an environment is nobody's business.
# fmt: off
_ADDED = (
    "HOST", "SERVICE", "NOTIFICATION", "CONTACT", "USER", "_HOST", "_SERVICE", "_CONTACT",
    "LAST", "LONG", "PREVIOUS", "TIMET", "GRAPH", "RUNBOOK", "PLAYBOOK", "TEMPLATE",
    "SLACK", "HIPCHAT", "MAIL_TO", "MAILTO", "CHANNELS",
)
# fmt: on
# Checkmk's are Nagios' by another prefix, what its rule gives the script among them; systemd's
# NOTIFY_SOCKET is none of them. https://docs.checkmk.com/latest/en/notifications.html
CHECKMK, _OF_CHECKMK, _RULES = "NOTIFY_", "NOTIFY_HOSTNAME", "NOTIFY_PARAMETER"
SECRETS = ("TOKEN", "PASSWORD", "SECRET", "WEBHOOK", "KEY")
# The arguments of mail-host-notification.sh and mail-service-notification.sh, which newer packages
# of Icinga 2 call: https://icinga.com/docs/icinga-2/latest/doc/03-monitoring-basics
_LETTERS = {
    "-l": "HOSTNAME",
    "-n": "HOSTDISPLAYNAME",
    "-4": "HOSTADDRESS",
    "-6": "HOSTADDRESS6",
    "-e": "SERVICEDESC",
    "-u": "SERVICEDISPLAYNAME",
    "-s": "STATE",
    "-o": "OUTPUT",
    "-t": "NOTIFICATIONTYPE",
    "-b": "NOTIFICATIONAUTHORNAME",
    "-c": "NOTIFICATIONCOMMENT",
    "-d": "LONGDATETIME",
    "-r": "USEREMAIL",
    "-X": "HOSTNOTES",
    "-x": "SERVICENOTES",
    "-i": "ICINGAWEB",
    "-f": "FROM",
}


def _capture(
    options: Mapping[str, Any], environment: Mapping[str, str], _read: Callable[[], bytes], /
) -> bytes:
    import json

    told = {name: text for name, text in environment.items() if name.startswith(_PREFIXES)}
    if _OF_CHECKMK in environment:
        told |= {
            name: text
            for name, text in environment.items()
            if name.startswith(CHECKMK) and not name.startswith(_RULES)
        }
    if any(name in environment for name in ICINGA_NAMES):
        told |= {
            name: text
            for name, text in environment.items()
            if name.startswith(_ADDED) and not any(word in name for word in SECRETS)
        }
        told |= {name: environment[name] for name in ICINGA_NAMES if name in environment}
    macros, contact = options.get("macro") or [], options.get("contact")
    scope = "SERVICE" if options.get("e") else "HOST"
    for flag, name in _LETTERS.items():
        if text := options.get(flag[1:]):
            whole = f"{scope}{name}" if name in ("STATE", "OUTPUT") else name
            macros = [f"ICINGA_{whole}={text}", *macros]
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
The environment of Checkmk's notification scripts is understood too, see contrib/checkmk.
The environment of Icinga 2's own notification commands is understood as it is, and so are the
arguments of its mail-service-notification.sh: -l HOST -e SERVICE -s STATE -o OUTPUT -t TYPE ...

Examples:
  grafherald nagios --macro 'HOSTNAME=$HOSTNAME$' --macro 'HOSTSTATE=$HOSTSTATE$'
  grafherald nagios --dry-run
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
        *((flag, {"metavar": name, "help": "==SUPPRESS=="}) for flag, name in _LETTERS.items()),
    ),
)
