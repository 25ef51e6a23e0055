"""Macros of a Zabbix action, as the script of contrib/zabbix posts them, as an event.

Each key of the JSON object is a parameter of the media type, its value what a macro stands for:
https://www.zabbix.com/documentation/current/en/manual/appendix/macros/supported_by_location
A macro that Zabbix does not know comes as it is, one that it can't resolve as ``*UNKNOWN*``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone

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
_MOST_TAGS = 100


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
    actions = [action.strip() for action in said.get("update_action", "").split(",")]
    if "closed" in actions or said["event_value"] == "0":
        return None  # its recovery follows, or has been
    return Kind.ACKNOWLEDGEMENT if "acknowledged" in actions else Kind.CUSTOM


def _event(said: Mapping[str, str], kind: Kind, now: datetime) -> Event:
    tags = _tags(said.get("tags", ""))
    bad = _STATES.get(said.get("severity", ""), State.CRITICAL)
    state = State.OK if kind is Kind.RESOLVE else bad
    began = _moment(said.get("timestamp", ""))
    number = said.get("event_id", "")
    name = said.get("name") or said["trigger_name"]
    is_update = kind in (Kind.ACKNOWLEDGEMENT, Kind.CUSTOM)
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
        check=said.get("trigger_name") or name,
        output=name,
        occurred_at=_occurred(said, kind, began, now),
        incident=number,
        since=began,
        state_text="" if state is State.OK else said.get("severity_name", "").upper(),
        author=said.get("update_user", "") if is_update else "",
        comment=said.get("update_message", "") if is_update else "",
        attributes=_attributes(tags, said.get("trigger_url", "")),
        labels={"host": said.get("host_name") or said["host"], **tags},
        details=tuple((label, text) for label, text in details if text),
        links=_links(said),
        seen=() if kind is Kind.PROBLEM else (bad,),
        part=said.get("trigger_id", ""),
    )


def _occurred(
    said: Mapping[str, str], kind: Kind, began: datetime | None, now: datetime
) -> datetime:
    if kind is Kind.PROBLEM:
        return began or now
    return (_moment(said.get("recovery_timestamp", "")) if kind is Kind.RESOLVE else None) or now


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
