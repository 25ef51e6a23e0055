"""What hosts, services and contacts say about their notification in custom variables."""

from __future__ import annotations

import re
from collections.abc import Iterable

from grafherald.event import RECIPIENT_ENDINGS
from grafherald.grafana.urls import is_render_url
from grafherald.inputs.nagios.macros import Macros
from grafherald.notification import is_web_url

_TEXTS = ("graph_threshold", "playbook", "runbook", "notification")
_RECIPIENTS = ("hipchat_room", "slack_channel", "mail_to")  # also as Icinga's HIPCHATROOM
_MOST = 20  # attributes that name recipients
_OVERRIDES = {"CHANNELS": "channels", "GRAPH_FROM": "graph.from", "GRAPH_TO": "graph.to"}
_ADDRESSES = {
    "email": ("CONTACTEMAIL", "USEREMAIL"),
    "pager": ("CONTACTPAGER", "USERPAGER"),
}  # USER...: Icinga 2's own notification scripts


def find(found: Macros) -> dict[str, tuple[str, ...]]:
    """Collect what `Event` has attributes for, all but the graph, which `graphs` finds."""
    texts = {name: _nearest(found, found.scopes, name.upper()) for name in _TEXTS}
    # MESSAGE_FORMATTER_NAME is nagios-herald's.
    texts["template"] = _nearest(found, found.scopes, "TEMPLATE", "MESSAGE_FORMATTER_NAME")
    values: dict[str, tuple[str, ...]] = {name: (text,) for name, text in texts.items() if text}
    # The contact is who was chosen to be told: its room goes before those of host and service.
    for name in _named_recipients(found):
        listed = _listed(_nearest(found, ("CONTACT", *found.scopes), name.upper()))
        values |= {name: listed} if listed else {}
    return values


def _named_recipients(found: Macros) -> list[str]:
    """The attributes that name whom an event goes to, whatever channels there are."""
    begin = re.compile("^_?(CONTACT|SERVICE|HOST)(LABEL)?_?")
    names = (begin.sub("", name, count=1).lower() for name in found.texts)
    others = (name for name in names if name.endswith(RECIPIENT_ENDINGS))
    return list(dict.fromkeys([*_RECIPIENTS, *others]))[:_MOST]


def overrides(found: Macros) -> dict[str, str]:
    """Which settings of routing and presentation contact, service or host override."""
    scopes = ("CONTACT", *found.scopes)
    texts = {key: _nearest(found, scopes, name) for name, key in _OVERRIDES.items()}
    texts["template"] = found.custom("CONTACT", "TEMPLATE")
    return {key: text for key, text in texts.items() if text}


def labels(found: Macros) -> dict[str, str]:
    """What routes can match: groups and contact, names with commas; Checkmk's labels."""
    texts = {
        "hostgroups": found.first("HOSTGROUPNAMES", "HOSTGROUPNAME"),
        "servicegroups": found.first("SERVICEGROUPNAMES", "SERVICEGROUPNAME"),
        "contact": found.first("CONTACTNAME", "USERNAME"),
        "contactgroups": found.first("CONTACTGROUPNAMES", "CONTACTGROUPNAME"),
    }
    checkmk = {
        re.sub("^(HOST|SERVICE)LABEL_", "", name).lower(): text
        for scope in reversed(found.scopes)
        for name, text in found.texts.items()
        if name.startswith(f"{scope}LABEL_")
    }
    return {**checkmk, **{name: text for name, text in texts.items() if text}}


def details(found: Macros) -> tuple[tuple[str, str], ...]:
    """More for the reader, the most useful first."""
    host_state = found.get("HOSTSTATE") if found.scope == "SERVICE" else ""
    rows = [
        ("Host state", host_state if host_state.upper() != "UP" else ""),
        ("Service", _other(found, "SERVICEDISPLAYNAME", "SERVICEDESC")),
        ("Host", _other(found, "HOSTDISPLAYNAME", "HOSTNAME")),
        ("Address", _other(found, "HOSTADDRESS", "HOSTNAME")),
        *((_label(found, scope, "notes"), found.get(f"{scope}NOTES")) for scope in found.scopes),
        ("Host groups", found.first("HOSTGROUPNAMES", "HOSTGROUPNAME")),
        ("Service groups", found.first("SERVICEGROUPNAMES", "SERVICEGROUPNAME")),
        ("Notified", found.get("NOTIFICATIONRECIPIENTS")),
    ]
    return tuple((label, text.strip()) for label, text in rows if text.strip())


def links(found: Macros) -> tuple[tuple[str, str], ...]:
    """The pages that service and host name; a render URL is a graph and no page."""
    rows: dict[str, str] = {}
    for scope in found.scopes:
        for what, name in (("notes", "NOTESURL"), ("action", "ACTIONURL"), ("status", "INFOURL")):
            for url in urls_of(found, scope, name):
                if is_web_url(url) and not is_render_url(url):
                    rows.setdefault(url, _label(found, scope, what))
    return tuple((label, url) for url, label in rows.items())


def urls_of(found: Macros, scope: str, name: str) -> list[str]:
    """The URLs that SERVICE or HOST names as *name*: NOTESURL, ACTIONURL, INFOURL."""
    bare = (name,) if scope == found.scope else ()
    return linked(found.first(f"{scope}{name}", *bare))


def linked(text: str) -> list[str]:
    """Read action_url or notes_url.

    Icinga shows several, each in single quotes. Nagios puts it into ``<a href='...'>`` as it is,
    so people end it themselves: ``https://... ' target='_blank``.
    """
    first, *others = re.split(r"\s*'\s+'?", text.strip().strip("'"))
    return [first, *(url for url in others if "://" in url)]


def addresses(found: Macros, contact: str) -> tuple[str, ...]:
    """Whom to mail: the contact's addresses; its pager only when that is asked for."""
    listed = _listed(found.first(*_ADDRESSES[contact]))
    return tuple(text for text in listed if "@" in text)


def _nearest(found: Macros, scopes: Iterable[str], *names: str) -> str:
    """Find the first custom variable of *names* that one of *scopes* has, in their order."""
    texts = (found.custom(scope, name) for name in names for scope in scopes)
    return next((text for text in texts if text), "")


def _label(found: Macros, scope: str, what: str) -> str:
    return f"host {what}".capitalize() if scope != found.scope else what.capitalize()


def _other(found: Macros, name: str, usual: str) -> str:
    text = found.get(name)
    return text if text != found.get(usual) else ""


def _listed(text: str) -> tuple[str, ...]:
    """Read *text* as names; Icinga 2 joins a list with ``;``."""
    parts = (part.strip() for part in re.split("[,;]", text))
    return tuple(dict.fromkeys(part for part in parts if part))
