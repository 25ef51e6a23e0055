"""PagerDuty, Events API v2: a problem triggers, its end resolves the alert of the same key.

https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ has the fields; 202 is taken, 400
final, 429 and 5xx are to be tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from grafherald.channels import (
    ChannelType,
    Receipt,
    client,
    reached,
    required,
    subject_of,
    web_address,
)
from grafherald.event import Event, Kind, State
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, View, cleaned, safe_link, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema
from grafherald.text import one_line, shorten

_URL = "https://events.pagerduty.com"
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


def open_channels(
    name: str,
    settings: Mapping[str, Any],
    event: Event,  # noqa: ARG001 - the shape of all channels' open_channels
    templates: Templates,  # noqa: ARG001
) -> list[PagerDuty]:
    """Open the one service that the key is of. See `grafherald.channels.Open`.

    Raises:
        ConfigError: the key is missing, or the URL none.
    """
    url = web_address(name, "url", str(settings.get("url") or _URL))
    return [PagerDuty(name, url, required(name, settings, "routing_key"), settings)]


@dataclass(frozen=True)
class PagerDuty:
    """One service. See `Channel`."""

    name: str
    url: str
    key: str = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    type: str = "pagerduty"
    wants: str = "url"

    @property
    def recipient(self) -> str:
        """The host: which service it is only the key says."""
        return str(urlsplit(self.url).hostname)

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Return the event without its key. See `Channel.payload`."""
        shown = cleaned(notification)
        event = shown.event
        action = _ACTIONS.get(event.kind, "")
        body = {"event_action": action, "dedup_key": f"grafherald-{subject_of(event)}"}
        seen = view(shown, _source, _BUDGET)
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
        with client(self.settings, self.key) as http:
            answer = http.post(f"{self.url}/v2/enqueue", json={"routing_key": self.key, **body})
        answer.check()
        return Receipt(f"{answer.status} {body['event_action']}")

    def probe(self) -> str:
        """See `Probe`; whatever the key is valid for would be an alert."""
        with client(self.settings, self.key) as http:
            return reached(self.url, http)


def _source(_number: int, graph: Graph) -> str:
    return safe_link(graph.image_url) if graph.image_url.startswith("https://") else ""


def _details(seen: View) -> dict[str, str]:
    missing = {p.label: p.problem for p in seen.pictures if not p.source}
    return {"output": seen.output, **dict(seen.facts), **missing}


TYPE = ChannelType(
    name="pagerduty",
    open=open_channels,
    schema=schema.load("channel-pagerduty"),
    sample={"routing_key": "-"},
    replaces=True,  # the same key is the same alert
    fetches=True,
    apart=True,
    pictures="as its public URL (https)",
    threads=True,
    updates=True,
    resolves="resolves the alert; an acknowledgement acknowledges it",
    limits="summary 1,024 characters, 512 kB in all",
)
