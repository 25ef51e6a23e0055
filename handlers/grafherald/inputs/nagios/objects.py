"""Hosts and services as Icinga 2's API tells of them, as the macros of a notification.

Their attributes: https://icinga.com/docs/icinga-2/latest/doc/09-object-types/#checkable
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from grafherald.inputs.nagios import SECRETS

Attributes = Mapping[str, Any]
_STATES = {"HOST": ("UP", "DOWN"), "SERVICE": ("OK", "WARNING", "CRITICAL", "UNKNOWN")}
_STATUS = {"UP": 0, "DOWN": 2, "OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}
_WANTED = re.compile(
    r"(GRAPH|RUNBOOK|PLAYBOOK|TEMPLATE|NOTIFICATION|SLACK|HIPCHAT|MAIL_?TO|CHANNELS)\w*"
    r"|\w+_(ROOM|CHANNEL|TO)"
)
_MACRO = re.compile(r"\$(?:(host|service)\.)?([\w.]+)\$")
OF_HOST = ("name", "display_name", "address", "notes", "notes_url", "action_url", "groups", "vars")
OF_ALL = (
    *OF_HOST,
    "host_name",
    "state",
    "state_type",
    "last_check_result",
    "last_state_change",
    "last_hard_state_change",
    "previous_state_change",
    "last_reachable",
    "enable_notifications",
    "acknowledgement",
    "downtime_depth",
    "flapping",
)


class Checked(NamedTuple):
    """A host, or a service of it, as it is now.

    Attributes:
        host: of a service only `OF_HOST`, and its state.
        service: None where the host itself is meant.
    """

    host: Attributes
    service: Attributes | None = None

    @property
    def own(self) -> Attributes:
        return self.host if self.service is None else self.service

    @property
    def subject(self) -> tuple[str, str]:
        """Entity and check, as an event names them."""
        return str(self.host.get("name")), str(self.own["name"]) if self.service else "host"

    @property
    def status(self) -> int:
        """Its state, as a plugin would have exited."""
        return _STATUS[_word("SERVICE" if self.service else "HOST", self.own)]

    @property
    def is_settled(self) -> bool:
        """Tell whether its state is one that Icinga would notify of: checked, and hard."""
        return bool(self.own.get("last_check_result")) and self.own.get("state_type") == 1

    @property
    def is_quiet(self) -> bool:
        """Tell whether Icinga would keep a problem to itself now."""
        own = self.own
        handled = own.get("acknowledgement") or own.get("downtime_depth") or own.get("flapping")
        seen = (
            own.get("last_reachable") is not False and own.get("enable_notifications") is not False
        )
        return bool(handled) or not seen


def read(result: Mapping[str, Any]) -> Checked:
    """Read one of the ``results`` of ``/v1/objects/hosts`` or ``.../services?joins=host``."""
    attributes = result["attrs"]
    if "host_name" not in attributes:
        return Checked(attributes)
    return Checked(result.get("joins", {}).get("host") or {}, attributes)


def notification(checked: Checked, kind: str, author: str = "", comment: str = "") -> bytes:
    """What `captured` reads, of the *kind* that NOTIFICATIONTYPE names."""
    macros = {
        "NOTIFICATIONTYPE": kind,
        "NOTIFICATIONAUTHOR": author,
        "NOTIFICATIONCOMMENT": comment,
        "TIMET": checked.own.get("last_hard_state_change", ""),
        **_macros("HOST", checked.host, checked),
        **(_macros("SERVICE", checked.service, checked) if checked.service else {}),
    }
    environment = {f"ICINGA_{name}": _text(value) for name, value in macros.items()}
    return json.dumps({"environment": environment, "macros": [], "contact": None}).encode()


def _macros(scope: str, own: Attributes, checked: Checked) -> dict[str, Any]:
    result = own.get("last_check_result") or {}
    macros = {
        f"{scope}STATE": _word(scope, own),
        f"{scope}OUTPUT": result.get("output"),
        f"{scope}PERFDATA": " ".join(map(_measured, result.get("performance_data") or ())),
        f"LAST{scope}STATECHANGE": own.get("last_state_change"),
        f"PREVIOUS{scope}STATECHANGE": own.get("previous_state_change"),
        f"{scope}DISPLAYNAME": own.get("display_name"),
        f"{scope}NOTES": own.get("notes"),
        f"{scope}NOTESURL": own.get("notes_url"),
        f"{scope}ACTIONURL": own.get("action_url"),
        f"{scope}GROUPNAMES": own.get("groups"),
        "SERVICEDESC" if scope == "SERVICE" else "HOSTNAME": own.get("name"),
    }
    macros |= {"HOSTADDRESS": own.get("address")} if scope == "HOST" else {}
    # other custom variables are nobody's business, and some are passwords
    for name, value in (own.get("vars") or {}).items():
        key = name.upper()
        if _WANTED.fullmatch(key) and not any(word in key for word in SECRETS):
            macros[f"_{scope}{key}"] = _expanded(_text(value), checked)
    return macros


def _expanded(text: str, checked: Checked) -> str:
    """Put in the values of macros, as Icinga does; "" where one is unknown: a wrong graph."""
    places = {"host": [checked.host], "service": [checked.own], "": [checked.own, checked.host]}
    missing = []

    def value(found: re.Match[str]) -> str:
        known = [_value(place, found[2]) for place in places[found[1] or ""]]
        if not any(known):
            missing.append(found[0])
        return next(filter(None, known), "")

    text = _MACRO.sub(value, text)
    return "" if missing else text


def _value(attributes: Attributes, name: str) -> str:
    variables = attributes.get("vars") or {}
    name = name.removeprefix("vars.")
    return _text(variables[name] if name in variables else attributes.get(name))


def _word(scope: str, own: Attributes) -> str:
    words = _STATES[scope]
    state = own.get("state")
    return (
        words[int(state)]
        if isinstance(state, (int, float)) and 0 <= state < len(words)
        else words[-1]
    )


def _measured(value: object) -> str:
    """Performance data: a text, or an object where Icinga measured by itself."""
    if not isinstance(value, Mapping):
        return str(value)
    limits = [value.get(name) for name in ("warn", "crit", "min", "max")]
    tail = ";".join("" if limit is None else str(limit) for limit in limits).rstrip(";")
    head = f"'{value.get('label')}'={value.get('value')}{value.get('unit') or ''}"
    return f"{head};{tail}" if tail else head


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return ";".join(map(str, value))  # as Icinga joins a list
    return str(value) if isinstance(value, (int, float)) else ""
