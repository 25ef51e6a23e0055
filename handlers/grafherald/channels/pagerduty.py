"""PagerDuty, Events API v2: a problem triggers, its end resolves the alert of the same key.

https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ has the fields; 202 is taken, 400
final, 429 and 5xx are to be tried again; 512 kB in all, which the budget stays far below.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from grafherald.channels import ChannelType, Rate, Receipt, subject_of
from grafherald.channels._service import Account, https_picture, reached
from grafherald.event import Kind, State
from grafherald.notification import Notification
from grafherald.notification.presentation import Budget, View, cleaned, view
from grafherald.settings import schema
from grafherald.text import one_line, shorten

_BUDGET = Budget(20_000, 20_000, 10, lines=400)
_ACTIONS = {
    Kind.PROBLEM: "trigger",
    Kind.FLAPPING: "trigger",
    Kind.CUSTOM: "trigger",
    Kind.ACKNOWLEDGEMENT: "acknowledge",
    Kind.RESOLVE: "resolve",
    Kind.OK: "resolve",
    Kind.FLAPPING_END: "resolve",
}
_SEVERITIES = {
    State.OK: "info",
    State.WARNING: "warning",
    State.CRITICAL: "critical",
    State.UNKNOWN: "error",
}


class PagerDuty(Account):
    """One service, which only the key says; so its recipient is the host. See `Channel`."""

    type = "pagerduty"
    wants = "url"
    URL = "https://events.pagerduty.com"
    KEY = "routing_key"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Write the event without its key. See `Channel.payload`."""
        shown = cleaned(notification)
        event = shown.event
        action = _ACTIONS.get(event.kind, "")
        body = {"event_action": action, "dedup_key": f"grafherald-{subject_of(event)}"}
        seen = view(shown, https_picture, _BUDGET)
        said = one_line(shown.text.partition("\n")[0])
        summary = f"{shown.headline}: {said}" if said else shown.headline
        return {
            **body,
            "client": "grafherald",
            "payload": {
                "summary": shorten(summary, 1024),
                "source": event.entity or "-",
                "severity": _SEVERITIES[event.state],
                "timestamp": event.occurred_at.isoformat(),
                "component": event.check,
                "group": event.namespace or event.source,
                "custom_details": _details(seen),
            },
            "links": [{"href": url, "text": label} for label, url in seen.links],
            "images": [
                {"src": p.source, "alt": p.title, **({"href": p.link} if p.link else {})}
                for p in seen.pictures
                if p.source
            ],
        }

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`; of a downtime PagerDuty need not know."""
        body = self.payload(notification)
        if not body["event_action"]:
            return Receipt(f"nothing to say to PagerDuty of a {notification.event.kind.value}")
        with self.client() as http:
            answer = http.post(f"{self.url}/v2/enqueue", json={"routing_key": self.token, **body})
        answer.check()
        return Receipt(f"{answer.status} {body['event_action']}")

    def probe(self) -> str:
        """See `Probe`; whatever the key is valid for would be an alert."""
        with self.client() as http:
            return reached(self.url, http)


def _details(seen: View) -> dict[str, str]:
    missing = {p.label: p.problem for p in seen.pictures if not p.source}
    return {"output": seen.output, **dict(seen.facts), **missing}


TYPE = ChannelType(
    name="pagerduty",
    open=PagerDuty.open,
    schema=schema.load("channel-pagerduty"),
    sample={"routing_key": "-"},
    # about 120 calls a minute and key: https://developer.pagerduty.com/docs/events-api-v2-rate-limits
    rate=Rate(timedelta(seconds=1), burst=60),
    replaces=True,  # the same key is the same alert
    fetches=True,
    apart=True,
    pictures="as its public URL (https)",
    threads=True,
    updates=True,
    resolves="resolves the alert; an acknowledgement acknowledges it",
    limits="summary 1,024 characters, 512 kB in all",
)
