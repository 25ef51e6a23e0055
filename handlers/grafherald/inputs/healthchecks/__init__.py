"""Healthchecks, of healthchecks.io or one's own server: a job that did not report, or does."""

from __future__ import annotations

from grafherald.inputs import InputType, later

TYPE = InputType(
    "healthchecks",
    summary="""Read what a webhook of Healthchecks sends on standard input and notify.

Usually Healthchecks posts it to the daemon, at /events/healthchecks: contrib/healthchecks has the
body of its webhook.

Examples:
  grafherald healthchecks --dry-run < webhook.json
""",
    parse=later("grafherald.inputs.healthchecks.webhook:parse"),
    sample=b"""{
  "code": "25c55e7c-8092-4d21-ad06-7dacfbb6fc10", "status": "down",
  "now": "2026-11-21T03:12:05+00:00", "exitstatus": "1", "body": "pg_dump: no space left",
  "check": {"name": "backup", "slug": "backup", "tags": "host=db01 team=dba prod",
            "desc": "the nightly dump", "last_ping": "2026-11-20T02:00:11+00:00",
            "update_url": "https://hc.example.com/api/v3/checks/25c55e7c-8092-4d21-ad06-7dacfbb6fc10"}
}""",
    settle=later("grafherald.prometheus:named"),
)
