"""What Alertmanager posts, as events.

What fires is drawn from its own expression where no panel is named: see `expression`.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit

from grafherald.errors import InvalidEvent
from grafherald.event import Event
from grafherald.prometheus import (
    Json,
    PrometheusAlert,
    alerts,
    document,
    event,
    kept_together,
    other_labels,
)
from grafherald.prometheus import text as as_text

_LONGEST_URL = 2000  # characters of Alertmanager's own, which each alert's link has
_LIMIT = re.compile(r"[<>]=?\s*(?:bool\s+)?([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*$")


def parse(raw: bytes, *, now: datetime) -> list[Event]:
    """Read each alert of a message as an event; several are kept together.

    Raises:
        InvalidEvent: it is no message of Alertmanager's.
    """
    message = document(raw, "a message of Alertmanager's webhook")
    version = as_text(message.get("version"))
    if version != "4":
        raise InvalidEvent("version: expected 4, as Alertmanager's webhook sends it")
    found = [_event(alert, message, now) for alert in alerts(message, now)]
    return kept_together(found, message)


def _event(alert: PrometheusAlert, message: Json, now: datetime) -> Event:
    base = as_text(message.get("externalURL"))[:_LONGEST_URL].rstrip("/")
    made = event(alert, "alertmanager", now)
    query, limit = expression(alert.source)
    attributes = dict(made.attributes)
    if query:
        attributes |= {"query": (query,)} | ({"threshold": (limit,)} if limit else {})
    links = [("Prometheus", alert.source)]
    if base and alert.firing:
        links.insert(0, ("Silence", f"{base}/#/silences/new?filter={_filter(alert)}"))
    rows = (("Labels", other_labels(alert)),)
    return made._replace(
        attributes=attributes,
        links=tuple(link for link in links if link[1]),
        details=tuple(row for row in rows if row[1]),
    )


def expression(generator: str) -> tuple[str, str]:
    """Find the expression in a ``generatorURL``, and the number that it is compared with, or "".

    Prometheus writes ``/graph?g0.expr=node_load1+%3E+8&g0.tab=1``.
    """
    try:
        query = parse_qs(urlsplit(generator).query).get("g0.expr", [""])[0]
    except ValueError:
        return "", ""
    match = _LIMIT.search(query)
    return query, match[1] if match else ""


def _filter(alert: PrometheusAlert) -> str:
    """Write the labels as matchers, as the page for a new silence takes them."""
    pairs = []
    for name, value in alert.labels.items():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        pairs.append(f'{name}="{escaped}"')
    return quote("{" + ", ".join(pairs) + "}", safe="")
