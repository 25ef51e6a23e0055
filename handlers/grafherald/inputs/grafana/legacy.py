"""Grafana's legacy alerting, to version 10: one rule, and the series for which it is true.

pkg/services/alerting/notifiers/webhook.go of https://github.com/grafana/grafana, v7.5.5. The
panel's uid is only in ``ruleUrl``.
"""

from __future__ import annotations

from datetime import datetime

from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State
from grafherald.prometheus import Json, entity, first_of, panel_in, text, texts

_STATES = {
    "alerting": (Kind.PROBLEM, State.CRITICAL, 2),
    "no_data": (Kind.PROBLEM, State.UNKNOWN, 3),
    "ok": (Kind.RESOLVE, State.OK, 0),
}
_QUIET = ("pending", "paused", "unknown")
_NO_RULE = "0"
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
    said = texts(message)
    tags, url = texts(message.get("tags")), text(message.get("ruleUrl"))
    panel, image = panel_in(url), text(message.get("imageUrl"))
    attributes: dict[str, tuple[str, ...]] = {"panel": panel} if panel[0] and panel[1] else {}
    attributes |= {"image_url": (image,)} if image else {}
    is_test = state is not State.OK and text(message.get("ruleId")) == _NO_RULE
    rule = f"{text(message.get('orgId'))}/{text(message.get('ruleId'))}"
    return [
        Event(
            source="grafana",
            # a test of the notification channel is of no rule, and never ends
            kind=Kind.CUSTOM if is_test else kind,
            state=state,
            status=status,
            # not from evalMatches: a rule that is well again has none
            entity=entity(tags) or "grafana",
            check=first_of(said, "ruleName", "title") or "alert",
            output=first_of(said, "message", "title"),
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
