"""Alertmanager's webhook, version 4: a group of alerts, each of which is an event."""

from __future__ import annotations

from grafherald.inputs import InputType, later

TYPE = InputType(
    "alertmanager",
    summary="""Read what Alertmanager's webhook sends on standard input and notify.

Usually Alertmanager posts it to the daemon, at /events/alertmanager: contrib/alertmanager has its
configuration.

Examples:
  grafherald alertmanager --dry-run < webhook.json
""",
    parse=later("grafherald.inputs.alertmanager.webhook:parse"),
    sample=b"""{
  "version": "4", "groupKey": "{}:{alertname=\\"HighLoad\\"}", "truncatedAlerts": 0,
  "status": "firing", "receiver": "grafherald", "externalURL": "http://alertmanager:9093",
  "groupLabels": {"alertname": "HighLoad"}, "commonLabels": {}, "commonAnnotations": {},
  "alerts": [{
    "status": "firing",
    "labels": {"alertname": "HighLoad", "instance": "web01:9100", "severity": "warning"},
    "annotations": {"summary": "load is 12"},
    "startsAt": "2026-11-21T03:12:05.123Z", "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph?g0.expr=node_load1+%3E+8&g0.tab=1",
    "fingerprint": "d9f1a2b3c4d5e6f7"
  }]
}""",
    settle=later("grafherald.prometheus:named"),
    parts=later("grafherald.prometheus:parts"),
)
