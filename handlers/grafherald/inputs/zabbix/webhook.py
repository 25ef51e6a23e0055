"""Macros of a Zabbix action, as the script of contrib/zabbix posts them, as an event.

Each key of the JSON object is a parameter of the media type, its value what a macro stands for:
https://www.zabbix.com/documentation/current/en/manual/appendix/macros/supported_by_location
A macro that Zabbix does not know comes as it is, one that it can't resolve as ``*UNKNOWN*``.

What it writes for an update is a sentence: "acknowledged, commented and changed severity from
Warning to High". That, ages and what a name's macros stand for at a problem's end are Zabbix 6.0's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from hashlib import sha256

from grafherald.errors import InvalidEvent, excerpt
from grafherald.event import Event, Kind, State
from grafherald.prometheus import attributes, document, panel_in, text, texts

# {EVENT.NSEVERITY}: not classified, information, warning, average, high, disaster
_STATES = {
    "0": State.UNKNOWN,
    "1": State.WARNING,
    "2": State.WARNING,
    "3": State.WARNING,
    "4": State.CRITICAL,
    "5": State.CRITICAL,
}
_STATUS = {State.OK: 0, State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}
_UNRESOLVED = re.compile(r"\*UNKNOWN\*|\{\$?[A-Z0-9_.]+\}")
_STRANGER = "Inaccessible user"  # who the one who is told may not see
_AGE = re.compile(r"(?:(\d{1,5})d ?)?(?:(\d{1,2})h ?)?(?:(\d{1,2})m ?)?(?:(\d{1,2})s)?", re.ASCII)
_MACRO = re.compile(r"\{\{.*?\)\}|\{(?:[^{}]|\{[^{}]*\})*\}")
_LASTING = ("{HOST.", "{$", "{INVENTORY.")  # macros that are of a trigger, not of one problem
_MOST_TAGS = 100
_LONGEST_NAME = 1000  # characters; Zabbix' have 255 at most


def parse(raw: bytes, *, now: datetime) -> list[Event]:
    """Read Zabbix' message as an event; [] where it says what a recovery says again.

    Raises:
        InvalidEvent: it is none; the text names the field.
    """
    found = texts(document(raw, "the object that Zabbix' media type grafherald posts"))
    said = {k: "" if _UNRESOLVED.fullmatch(v) or not v.strip() else v for k, v in found.items()}
    if said.get("event_source", "0") not in ("", "0"):
        raise InvalidEvent("event_source: expected 0, a trigger's; leave other actions to Zabbix")
    if said.get("event_value") not in ("0", "1"):
        value = excerpt(said.get("event_value", ""))
        raise InvalidEvent(f"event_value: expected 1 (problem) or 0 (recovery), got {value}")
    if not said.get("host") or not (said.get("trigger_name") or said.get("name")):
        raise InvalidEvent("host, trigger_name: are needed, and empty")
    kind = _kind(said)
    return [] if kind is None else [_event(said, kind, now)]


def _kind(said: Mapping[str, str]) -> Kind | None:
    if said.get("event_update") != "1":
        return Kind.PROBLEM if said["event_value"] == "1" else Kind.RESOLVE
    if said["event_value"] == "0":  # its recovery follows, or has been; words are said nowhere else
        return Kind.CUSTOM if said.get("update_message") else None
    actions = re.split(", | and ", said.get("update_action", ""))
    return Kind.ACKNOWLEDGEMENT if "acknowledged" in actions else Kind.CUSTOM


def _event(said: Mapping[str, str], kind: Kind, now: datetime) -> Event:
    tags = _tags(said.get("tags", ""))
    bad = _STATES.get(said.get("severity", ""), State.CRITICAL)
    state = State.OK if said["event_value"] == "0" else bad
    is_update = kind in (Kind.ACKNOWLEDGEMENT, Kind.CUSTOM)
    author = said.get("update_user", "") if is_update else ""
    details = (
        ("Address", said.get("host_ip", "")),
        ("Data", said.get("opdata", "")),
        ("Update", said.get("update_action", "") if is_update else ""),
        ("Description", said.get("trigger_description", "")),
    )
    return Event(
        source="zabbix",
        kind=kind,
        state=state,
        status=_STATUS[state],
        entity=said["host"],
        check=_check(said),
        output=said.get("name") or said["trigger_name"],
        occurred_at=_occurred(said, kind, now),
        id=_id(said),
        incident=said.get("event_id", ""),
        since=_began(said, now),
        state_text="" if state is State.OK else said.get("severity_name", "").upper(),
        author="" if author == _STRANGER else author,
        comment=said.get("update_message", "") if is_update else "",
        attributes=_attributes(tags, said.get("trigger_url", "")),
        labels={"host": said.get("host_name") or said["host"], **tags},
        details=tuple((label, text) for label, text in details if text),
        links=_links(said),
        seen=() if kind is Kind.PROBLEM else (bad,),
        part=said.get("trigger_id", ""),
    )


def _check(said: Mapping[str, str]) -> str:
    """Name the trigger so that a problem's end is the same check's as its beginning.

    "Load is {ITEM.LASTVALUE}" is another text by then, so it is "Load is …" throughout.
    """
    given = said.get("trigger_name_orig", "")[:_LONGEST_NAME]
    if all(macro.startswith(_LASTING) for macro in _MACRO.findall(given)):
        return said.get("trigger_name") or said["name"]
    return _MACRO.sub("…", given)


def _id(said: Mapping[str, str]) -> str:
    """Know a message that Zabbix posts again from what an escalation's next step says."""
    told = [said.get(name, "") for name in ("age", "update_action", "update_message")]
    if not told[0]:
        return ""
    return f"{said.get('event_id', '')}#{sha256(json.dumps(told).encode()).hexdigest()[:12]}"


def _began(said: Mapping[str, str], now: datetime) -> datetime | None:
    age = _age(said)
    return _moment(said.get("timestamp", "")) or (now - age if age is not None else None)


def _occurred(said: Mapping[str, str], kind: Kind, now: datetime) -> datetime:
    """When Zabbix wrote this: a problem's next step is no late news of its beginning."""
    if kind is Kind.PROBLEM:
        began, age = _moment(said.get("timestamp", "")), _age(said)
        return min(began + (age or timedelta()), now) if began else now
    return (_moment(said.get("recovery_timestamp", "")) if kind is Kind.RESOLVE else None) or now


def _age(said: Mapping[str, str]) -> timedelta | None:
    """Read ``{EVENT.AGE}``, as 1d 3h 0m 5s; None where there is none."""
    found = _AGE.fullmatch(said.get("age", ""))
    if found is None or not found[0]:
        return None
    days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _attributes(tags: Mapping[str, str], url: str) -> dict[str, tuple[str, ...]]:
    """What the tags say of the notification; a trigger's URL may name a panel of Grafana."""
    found = attributes(tags)
    uid, number = tags.get("__dashboardUid__", ""), tags.get("__panelId__", "")
    panel = (uid, number, "") if uid and number else panel_in(url)
    return {**found, "panel": panel} if panel[0] and panel[1] else found


def _links(said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    zabbix, trigger = said.get("zabbix_url", "").rstrip("/"), said.get("trigger_id", "")
    page = f"tr_events.php?triggerid={trigger}&eventid={said.get('event_id', '')}"
    links = (
        ("Zabbix", f"{zabbix}/{page}" if zabbix and trigger.isdecimal() else ""),
        ("Trigger", said.get("trigger_url", "")),
    )
    return tuple((label, url) for label, url in links if url)


def _tags(given: str) -> dict[str, str]:
    """Read ``{EVENT.TAGSJSON}``, ``[{"tag": "", "value": ""}]``; the first of equal tags counts."""
    try:
        found = json.loads(given) if given else []
    except (ValueError, RecursionError):
        return {}
    tags: dict[str, str] = {}
    for one in found[:_MOST_TAGS] if isinstance(found, list) else ():
        if isinstance(one, dict) and text(one.get("tag")):
            tags.setdefault(text(one.get("tag")), text(one.get("value")))
    return tags


def _moment(seconds: str) -> datetime | None:
    """Read ``{EVENT.TIMESTAMP}``, which Zabbix has from version 7 on; None where there is none."""
    if not re.fullmatch(r"\d{9,11}", seconds, re.ASCII):
        return None
    return datetime.fromtimestamp(int(seconds), timezone.utc)
