"""Grafana's own alerts: the webhook of unified alerting, and of legacy alerting to Grafana 10."""

from __future__ import annotations

from grafherald.inputs import InputType, later

TYPE = InputType(
    "grafana",
    summary="""Read what Grafana's webhook contact point sends on standard input and notify.

Usually Grafana posts it to the daemon, at /events/grafana: contrib/grafana has the contact point.

Examples:
  grafherald grafana --dry-run < webhook.json
""",
    parse=later("grafherald.inputs.grafana.webhook:parse"),
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
    settle=later("grafherald.prometheus:named"),
    parts=later("grafherald.prometheus:parts"),
)
