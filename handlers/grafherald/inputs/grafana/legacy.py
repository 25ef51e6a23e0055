"""Grafana's legacy alerting, to version 10: one rule, and the series for which it is true.

pkg/services/alerting/notifiers/webhook.go of https://github.com/grafana/grafana, v7.5.5. The
panel's uid is only in ``ruleUrl``.
"""

from __future__ import annotations

from datetime import datetime

from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State
from grafherald.prometheus import Json, entity, panel_in, text, texts

_STATES = {
    "alerting": (Kind.PROBLEM, State.CRITICAL, 2),
    "no_data": (Kind.PROBLEM, State.UNKNOWN, 3),
    "ok": (Kind.RESOLVE, State.OK, 0),
}
_QUIET = ("pending", "paused", "unknown")
_ROWS = 20


def parse(message: Json, now: datetime) -> list[Event]:
    """Read the message of a legacy rule; [] in states that nobody is to hear of.

    Raises:
        InvalidEvent: its state is none that is known.
    """
    word = text(message.get("state"))
    if word in _QUIET:
        return []
    if word not in _STATES:
        raise InvalidEvent("state: expected alerting, ok, no_data, pending or paused")
    kind, state, status = _STATES[word]
    tags, url = texts(message.get("tags")), text(message.get("ruleUrl"))
    panel, image = panel_in(url), text(message.get("imageUrl"))
    attributes: dict[str, tuple[str, ...]] = {"panel": panel} if panel[0] and panel[1] else {}
    attributes |= {"image_url": (image,)} if image else {}
    rule = f"{text(message.get('orgId'))}/{text(message.get('ruleId'))}"
    return [
        Event(
            source="grafana",
            kind=kind,
            state=state,
            status=status,
            # not from evalMatches: a rule that is well again has none
            entity=entity(tags) or "grafana",
            check=text(message.get("ruleName")) or text(message.get("title")) or "alert",
            output=text(message.get("message")) or text(message.get("title")),
            occurred_at=now,
            incident=f"rule {rule}",
            state_text="NO DATA" if word == "no_data" else "",
            attributes=attributes,
            labels=tags,
            links=(("Rule", url),) if url else (),
            details=_matches(message),
            part=rule,
        )
    ]


def _matches(message: Json) -> tuple[tuple[str, str], ...]:
    found = message.get("evalMatches")
    lines = []
    for one in found[:_ROWS] if isinstance(found, list) else ():
        if isinstance(one, dict):
            tags = ", ".join(f"{name}={value}" for name, value in texts(one.get("tags")).items())
            series = text(one.get("metric")) + (f" ({tags})" if tags else "")
            lines.append(f"{series}: {text(one.get('value')) or 'no value'}")
    return (("Values", "\n".join(lines)),) if lines else ()
