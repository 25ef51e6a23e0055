"""Discord, by a channel's webhook: an embed that carries its picture.

https://discord.com/developers/docs/resources/webhook#execute-webhook, and for the limits
https://discord.com/developers/docs/resources/message#embed-object-embed-limits
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from grafherald.channels import ChannelType, Rate, Receipt, client, required, web_address
from grafherald.event import Event
from grafherald.net.multipart import File, encode
from grafherald.net.response import secrets_of
from grafherald.notification import Graph, Notification
from grafherald.notification.markdown import escaped, fenced, links, missing
from grafherald.notification.presentation import Budget, View, cleaned, safe_link, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema
from grafherald.text import shorten

_BUDGET = Budget(2200, 1500, 4)  # of 6,000 characters in all embeds, escaped
_COLOURS = {"critical": 0xB3261E, "warning": 0xF5C518, "unknown": 0x6B3FA0, "ok": 0x1B6E3C}
_GREY = 0x36546E
_LARGEST = 8 << 20  # bytes of a file, without a paid server


def open_channels(
    name: str,
    settings: Mapping[str, Any],
    event: Event,  # noqa: ARG001 - the shape of all channels' open_channels
    templates: Templates,  # noqa: ARG001
) -> list[Discord]:
    """Open the one channel of the webhook. See `grafherald.channels.Open`.

    Raises:
        ConfigError: the URL is missing or none.
    """
    url = required(name, settings, "webhook_url")
    return [Discord(name, web_address(name, "webhook_url", url), settings)]


@dataclass(frozen=True)
class Discord:
    """One webhook. See `Channel`."""

    name: str
    url: str = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    type: str = "discord"
    wants: str = "either"

    @property
    def recipient(self) -> str:
        """The thread that the settings name, else the host: the URL is a secret."""
        return str(self.settings.get("thread") or urlsplit(self.url).hostname)

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Return ``payload_json``. See `Channel.payload`."""
        seen = view(cleaned(notification), _source, _BUDGET, lambda text: len(escaped(text)))
        name = str(self.settings.get("username", ""))
        return {
            "content": shorten(escaped(seen.notification.short), 2000),
            "embeds": _embeds(seen),
            "allowed_mentions": {"parse": []},
            **({"username": name} if name else {}),
        }

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        fields = {"payload_json": json.dumps(self.payload(notification))}
        files = {
            f"files[{number}]": File(f"graph{number}.png", graph.png)
            for number, graph in enumerate(notification.graphs[: _BUDGET.pictures], 1)
            if graph.png and _source(number, graph).startswith("attachment:")
        }
        kind, body = encode(fields, files)
        query = {"wait": "true"}
        if self.settings.get("thread"):
            query["thread_id"] = str(self.settings["thread"])
        with client(self.settings, *secrets_of(self.url)) as http:
            answer = http.post(self.url, params=query, data=body, headers=kind)
        answer.check()
        return Receipt(str(answer.status), str(answer.document().get("id", "")))

    def probe(self) -> str:
        """Look at the webhook. See `Probe`."""
        with client(self.settings, *secrets_of(self.url)) as http:
            answer = http.get(self.url)
        answer.check()
        return f"{answer.host} knows the webhook"


def _source(number: int, graph: Graph) -> str:
    if graph.png and len(graph.png) <= _LARGEST:
        return f"attachment://graph{number}.png"
    return safe_link(graph.image_url)


def _embeds(seen: View) -> list[dict[str, Any]]:
    notification = seen.notification
    colour = _COLOURS.get(notification.tone, _GREY)
    facts = "\n".join(f"**{escaped(label)}** {escaped(text)}" for label, text in seen.facts)
    parts = (fenced(seen.output), missing(seen), facts, links(seen))
    text = "\n".join(part for part in parts if part)
    first = {
        "title": shorten(notification.headline, 256),
        "description": shorten(text, 4096),
        "color": colour,
        "timestamp": notification.event.occurred_at.isoformat(),
    }
    if seen.links:
        first["url"] = seen.links[0][1]
    pictures = [{"url": picture.source} for picture in seen.pictures if picture.source]
    more = [{"color": colour, "image": picture} for picture in pictures[1:]]
    return [{**first, "image": pictures[0]}, *more] if pictures else [first]


TYPE = ChannelType(
    name="discord",
    open=open_channels,
    schema=schema.load("channel-discord"),
    sample={"webhook_url": "https://discord.example.com/api/webhooks/1/-"},
    # https://discord.com/developers/docs/topics/rate-limits: headers say more, 30 a minute bears it
    rate=Rate(timedelta(seconds=2), burst=5),
    fetches=True,
    pictures="carried, or as its public URL",
    resolves="as a message in green",
    limits="6,000 characters, 8 MB a picture",
)
