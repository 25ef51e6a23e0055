"""A pager as a channel and Acme's monitoring as an input, as another package would add them."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

from grafherald.channels import ChannelType, Rate, Receipt, required, web_address
from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State
from grafherald.inputs import InputType
from grafherald.net.client import Client
from grafherald.notification.presentation import cleaned


@dataclass(frozen=True)
class Pager:
    name: str
    recipient: str
    url: str
    token: str = field(repr=False)
    type: str = "pager"
    wants: str = "url"

    def payload(self, notification):
        return {"to": self.recipient, "text": cleaned(notification).headline}

    def send(self, notification):
        return Receipt(self._post(self.payload(notification)))

    def probe(self):
        return self._post({"to": self.recipient})

    def _post(self, body):
        with Client(timeout=5, secrets=(self.token,)) as client:
            answer = client.post(f"{self.url}/{self.token}", json=body)
        answer.check()
        return answer.excerpt()


def open_pagers(name, settings, event, templates):
    url = web_address(name, "url", settings["url"])
    token = required(name, settings, "token")
    return [Pager(name, to, url, token) for to in PAGER.recipients(event, settings) or ("",)]


def parse(raw, *, now):
    try:
        found = json.loads(raw)
        word, host, attributes = State(found["state"]), found["host"], {}
    except (ValueError, KeyError, TypeError):
        raise InvalidEvent("expected Acme's host, service and state") from None
    if "page" in found:
        attributes = {"pager_to": (found["page"],)}
    kind, status = (Kind.RESOLVE, 0) if word is State.OK else (Kind.PROBLEM, 2)
    return [
        Event("acme", kind, word, status, host, found["service"], "", now, attributes=attributes)
    ]


TEXT = {"type": "string", "minLength": 1}
PAGER = ChannelType(
    "pager",
    open_pagers,
    {
        "properties": {"url": TEXT, "token": TEXT, "to": {**TEXT, "description": "who is paged"}},
        "required": ["url", "token"],
    },
    {"url": "https://pager.example.com", "token": "-", "to": "oncall"},
    setting="to",
    attribute="pager_to",
    rate=Rate(timedelta(hours=1)),
)
ACME = InputType(
    "acme",
    summary="Read what Acme reports on standard input and notify.",
    parse=parse,
    sample=b'{"host": "db01", "service": "disk", "state": "critical"}',
    links=lambda event, settings: (
        (f"{settings['url']}/{event.entity}", "") if settings else ("", "")
    ),
    schema={"properties": {"url": {**TEXT, "description": "Acme's pages"}}},
    content_types=("application/vnd.acme+json",),
    limit=1000,
)
