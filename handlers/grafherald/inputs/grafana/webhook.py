"""What Grafana's webhook posts, as events.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
and, for unified alerting, templates/template_data.go of https://github.com/grafana/alerting.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State
from grafherald.inputs.grafana import legacy
from grafherald.prometheus import (
    Json,
    PrometheusAlert,
    alerts,
    document,
    event,
    first_of,
    kept_together,
    other_labels,
)
from grafherald.prometheus import text as as_text

_NO_RULE = ("DatasourceNoData", "DatasourceError")  # alerts about a rule that can't be evaluated
# what the contact point's button "Test" sends: notify/receivers.go of the same
_TEST = {"alertname": "TestAlert", "instance": "Grafana"}
_EXPECTED = "a message of Grafana's webhook"


def parse(raw: bytes, *, now: datetime) -> list[Event]:
    """Read each alert of a message as an event; several are kept together.

    Raises:
        InvalidEvent: it is no message of Grafana's.
    """
    message = document(raw, _EXPECTED)
    if "alerts" in message:
        return kept_together([_event(alert, now) for alert in alerts(message, now)], message)
    if "ruleName" in message or "evalMatches" in message:
        return legacy.parse(message, now)
    raise InvalidEvent(f"alerts: is missing, expected {_EXPECTED}")


def _event(alert: PrometheusAlert, now: datetime) -> Event:
    made, found = event(alert, "grafana", now), alert.document
    if made.entity == "-":
        made = made._replace(entity=first_of(alert.labels, "grafana_folder") or "grafana")
    if made.check in _NO_RULE:
        made = made._replace(
            check=first_of(alert.labels, "rulename") or made.check,
            state=State.UNKNOWN if alert.firing else State.OK,
            status=3 if alert.firing else 0,
            seen=() if alert.firing else (State.UNKNOWN,),
            state_text="NO DATA" if made.check == _NO_RULE[0] and alert.firing else "",
        )
    if _TEST.items() <= alert.labels.items():  # it never ends, so it must open no alert
        made = made._replace(kind=Kind.CUSTOM, seen=())
    links = [
        ("Silence", as_text(found.get("silenceURL")) if alert.firing else ""),
        ("Rule", alert.source),
    ]
    image = as_text(found.get("imageURL"))
    return made._replace(
        attributes=dict(made.attributes) | ({"image_url": (image,)} if image else {}),
        links=tuple(link for link in links if link[1]),
        details=tuple(row for row in _rows(alert) if row[1]),
    )


def _rows(alert: PrometheusAlert) -> Iterator[tuple[str, str]]:
    yield "Value", values(alert.document) or as_text(alert.document.get("valueString"))
    yield "Labels", other_labels(alert)


def values(found: Json) -> str:
    """What an alert measured, by the letters of its rule: ``B = 97.2``."""
    pairs = found.get("values")
    pairs = pairs.items() if isinstance(pairs, dict) else ()
    numbers = (
        (as_text(name), value)
        for name, value in pairs
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    )
    return ", ".join(f"{name} = {value:.6g}" for name, value in numbers if _is_finite(value))


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # JSON's integers have any length
        return False
