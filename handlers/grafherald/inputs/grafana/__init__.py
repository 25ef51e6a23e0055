"""Grafana's own alerts: the webhook of unified alerting, and of legacy alerting to Grafana 10."""

from __future__ import annotations

from grafherald.inputs import InputType

TYPE_CHECKING = False  # see `grafherald.inputs`
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from grafherald.event import Event


def _parse(raw: bytes, *, now: datetime) -> list[Event]:
    from grafherald.inputs.grafana.webhook import parse

    return parse(raw, now=now)


def _settle(event: Event, settings: Mapping[str, Any], /) -> Event:
    from grafherald.prometheus import named

    return named(event, settings)


TYPE = InputType(
    "grafana",
    summary="""Read what Grafana's webhook contact point sends on standard input and notify.

Usually Grafana posts it to the daemon, at /events/grafana: contrib/grafana has the contact point.

Examples:
  grafherald grafana --dry-run < webhook.json
""",
    parse=_parse,
    sample=b"""{
  "version": "1", "orgId": 1, "status": "firing", "state": "alerting", "groupKey": "{}:{}",
  "externalURL": "https://grafana.example.com/", "truncatedAlerts": 0,
  "alerts": [{
    "status": "firing",
    "labels": {"alertname": "High CPU", "instance": "web01", "grafana_folder": "hosts"},
    "annotations": {"summary": "CPU is at 97 %"},
    "startsAt": "2026-11-21T03:12:00Z", "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "c6eadffa33fcdf37", "values": {"B": 97.2, "C": 1}
  }]
}""",
    settle=_settle,
)
