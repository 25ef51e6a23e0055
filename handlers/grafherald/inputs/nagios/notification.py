"""Notifications of Nagios 3 and 4, Icinga 1 and 2: macros in the environment or on the command.

What Nagios passes: https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/macrolist.html
What Icinga 2 passes is what its NotificationCommand names:
https://icinga.com/docs/icinga-2/latest/doc/03-monitoring-basics/#notification-commands
Checkmk's: cmk/base/notify.py, cmk/base/events.py and cmk/ec/actions.py of
https://github.com/Checkmk/checkmk
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State
from grafherald.inputs.nagios import attributes, graphs
from grafherald.inputs.nagios.macros import Macros, unescaped

_KINDS = {
    "PROBLEM": Kind.PROBLEM,
    "RECOVERY": Kind.RESOLVE,
    "ACKNOWLEDGEMENT": Kind.ACKNOWLEDGEMENT,
    "FLAPPINGSTART": Kind.FLAPPING,
    "FLAPPINGSTOP": Kind.FLAPPING_END,
    "FLAPPINGEND": Kind.FLAPPING_END,  # Icinga 2
    "FLAPPINGDISABLED": Kind.FLAPPING_DISABLED,
    "DOWNTIMESTART": Kind.DOWNTIME_START,
    "DOWNTIMEEND": Kind.DOWNTIME_END,
    "DOWNTIMECANCELLED": Kind.DOWNTIME_CANCELLED,
    "DOWNTIMEREMOVED": Kind.DOWNTIME_CANCELLED,  # Icinga 2
}
_HOST_STATES = {"UP": 0, "DOWN": 2, "UNREACHABLE": 3}  # as a plugin would have exited
_SERVICE_STATES = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}
# Icinga 2's previous_state_change, as contrib/icinga2 passes it; Nagios has no such macro.
_BEFORE = "PREVIOUS{}STATECHANGE"
_PROBLEM = re.compile(r"[\w.-]{1,64}", re.ASCII)
_HOW = (
    "set enable_environment_macros=1 in nagios.cfg or pass --macro 'HOSTNAME=$HOSTNAME$'"
    " and so on, as contrib/nagios/commands.cfg does"
)
_HOW_ICINGA = (
    "name it in the env of the NotificationCommand, as contrib/icinga2/grafherald.conf does"
)


def read(
    environment: Mapping[str, str],
    macros: Mapping[str, str],
    *,
    now: datetime,
    contact: str = "email",
) -> list[Event]:
    """Read the one notification that *environment* and *macros* describe.

    Args:
        environment: the process's; ``NAGIOS_X``, ``ICINGA_X``, ``NOTIFY_X`` are macro X. Bare names
            count where some of them are in the ``env`` of Icinga 2's own commands.
        macros: more of them, with the prefix or without; they win.
        now: stands in for a time that no macro tells.
        contact: whose addresses the event names: ``email`` or ``pager`` of the notified contact.

    Raises:
        InvalidEvent: there are none, or no host or type among them; the text says what to do.
    """
    found = Macros.merged(environment, macros)
    if not found:
        text = f"no macro of Nagios or Icinga in the environment: {_HOW}; Icinga: {_HOW_ICINGA}"
        raise InvalidEvent(text)
    for name in ("NOTIFICATIONTYPE", "HOSTNAME"):
        if not found.get(name):
            how = _HOW_ICINGA if found.source == "icinga" else _HOW
            raise InvalidEvent(f"{name}: missing among the macros: {how}")
    return [_event(found, now, contact)]


def _event(found: Macros, now: datetime, contact: str) -> Event:
    at = found.sent_at or now
    kind = _KINDS.get(found.get("NOTIFICATIONTYPE").upper(), Kind.CUSTOM)
    status, word = _status(found, kind)
    number = found.integer(f"{found.scope}NOTIFICATIONNUMBER", "NOTIFICATIONNUMBER") or 1
    output, _, more = found.get(f"{found.scope}OUTPUT").strip().partition("\n")
    long_output = unescaped(found.get(f"LONG{found.scope}OUTPUT"))
    since = _since(found, kind, status, at)
    return Event(
        source=found.source,
        kind=kind,
        state=State.from_status(status),
        status=status,
        entity=found.get("HOSTNAME"),
        check=found.get("SERVICEDESC") or "host",
        output=output.rstrip(),
        occurred_at=at,
        incident=_incident(found, since),
        occurrences=max(number, 1) if kind is Kind.PROBLEM else 1,
        since=since,
        state_text=word,
        long_output="\n".join(part.rstrip() for part in (more, long_output) if part.strip()),
        perfdata=found.get(f"{found.scope}PERFDATA"),
        author=found.first("NOTIFICATIONAUTHOR", "NOTIFICATIONAUTHORNAME", *_ack(found, "AUTHOR")),
        comment=found.first("NOTIFICATIONCOMMENT", *_ack(found, "COMMENT")),
        attributes=attributes.find(found) | graphs.find(found),
        overrides=attributes.overrides(found),
        labels=attributes.labels(found),
        details=attributes.details(found),
        links=attributes.links(found),
        addresses=attributes.addresses(found, contact),
    )


def _ack(found: Macros, what: str) -> tuple[str, ...]:
    """Nagios 3's names for *what* of an acknowledgement; they stay set once it is over."""
    is_ack = found.get("NOTIFICATIONTYPE").upper() == "ACKNOWLEDGEMENT"
    return (f"{found.scope}ACK{what}",) if is_ack else ()


def _status(found: Macros, kind: Kind) -> tuple[int, str]:
    """Read the state as an exit status, with the word for a host's.

    What has recovered is well: Checkmk's Event Console names the state that was until then.
    """
    if kind is Kind.RESOLVE:
        return 0, "UP" if found.scope == "HOST" else ""
    word = found.get(f"{found.scope}STATE").upper()
    if found.scope == "HOST" and word in _HOST_STATES:
        return _HOST_STATES[word], word
    if word in _SERVICE_STATES:
        return _SERVICE_STATES[word], ""
    told = found.integer(f"{found.scope}STATEID", f"{found.scope}STATE")  # the latter, by mistake
    if found.scope == "HOST":
        named = dict(enumerate(_HOST_STATES)).get(-1 if told is None else told, "")
        return _HOST_STATES.get(named, 3), named
    return 3 if told is None or told not in range(4) else told, ""


def _since(found: Macros, kind: Kind, status: int, at: datetime) -> datetime | None:
    """When the problem began; Nagios only tells when all was last well before it ended."""
    if kind is Kind.RESOLVE:
        began = found.moment(_BEFORE.format(found.scope))
        began = began or found.moment(
            f"LAST{'SERVICEOK' if found.scope == 'SERVICE' else 'HOSTUP'}"
        )
        return began if began and began < at else None
    if status == 0:
        return None
    began = found.moment(f"LAST{found.scope}STATECHANGE")
    seconds = found.number(f"{found.scope}DURATIONSEC")
    if began is None and seconds is not None and 0 <= seconds < at.timestamp():
        began = at - timedelta(seconds=round(seconds))
    return began if began and began <= at else None


def _incident(found: Macros, since: datetime | None) -> str:
    """One text for a problem, its repeats and its recovery.

    Nagios numbers its problems, 0 is none; Naemon and Checkmk's Event Console have a text. Icinga 2
    has neither: there the start stands for the number, which the recovery only knows from
    `_BEFORE`; else it has the names alone.
    """
    names = f"{found.get('HOSTNAME')}/{found.get('SERVICEDESC')}"
    for name in (f"{found.scope}PROBLEMID", f"LAST{found.scope}PROBLEMID"):
        number = found.get(name).strip()
        if _PROBLEM.fullmatch(number) and number.strip("0"):
            return f"{names}#{number}"
    is_over = found.get("NOTIFICATIONTYPE").upper() == "RECOVERY"
    if since is None or (is_over and not found.get(_BEFORE.format(found.scope))):
        return names
    return f"{names}@{since.timestamp():.0f}"
