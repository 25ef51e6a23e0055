"""Google Chat, by a space's webhook: a card, in one thread per problem.

https://developers.google.com/workspace/chat/quickstart/webhooks and, for a message's size and
threads, https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import urlsplit

from grafherald.channels import (
    ChannelType,
    Rate,
    Receipt,
    client,
    reached,
    required,
    subject_of,
    web_address,
)
from grafherald.event import Event
from grafherald.net.response import secrets_of
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, View, cleaned, safe_link, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema

_LARGEST = 31_000  # bytes of 32,000, text and cards
_BUDGETS = (Budget(8000, 6000, 5), Budget(3000, 2000, 2), Budget(600, 400, 1))
_THREADED = "messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"


def open_channels(
    name: str,
    settings: Mapping[str, Any],
    event: Event,  # noqa: ARG001 - the shape of all channels' open_channels
    templates: Templates,  # noqa: ARG001
) -> list[GoogleChat]:
    """Open the one space of the webhook. See `grafherald.channels.Open`.

    Raises:
        ConfigError: the URL is missing or none.
    """
    url = required(name, settings, "webhook_url")
    web_address(name, "webhook_url", url)
    return [GoogleChat(name, url, settings)]


@dataclass(frozen=True)
class GoogleChat:
    """One space. See `Channel`."""

    name: str
    url: str = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    type: str = "googlechat"
    wants: str = "url"

    @property
    def recipient(self) -> str:
        """The host: the URL is a secret."""
        return str(urlsplit(self.url).hostname)

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Return the message. See `Channel.payload`."""
        shown = cleaned(notification)
        event = shown.event
        message: dict[str, Any] = {}
        for budget in _BUDGETS:
            seen = view(shown, _source, budget, lambda text: len(escape(text)))
            message = {
                "fallbackText": shown.short,
                "cardsV2": [{"cardId": "alert", "card": _card(seen)}],
                "thread": {"threadKey": event.incident[:400] or subject_of(event)},
            }
            if len(json.dumps(message).encode()) <= _LARGEST:
                break
        return message

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`; the end goes into the problem's thread, by its key."""
        joint = "&" if "?" in self.url else "?"
        with client(self.settings, *secrets_of(self.url)) as http:
            answer = http.post(f"{self.url}{joint}{_THREADED}", json=self.payload(notification))
        answer.check()
        return Receipt(str(answer.status))

    def probe(self) -> str:
        """See `Probe`."""
        with client(self.settings, *secrets_of(self.url)) as http:
            return reached(self.url, http)


def _source(_number: int, graph: Graph) -> str:
    return safe_link(graph.image_url) if graph.image_url.startswith("https://") else ""


def _card(seen: View) -> dict[str, Any]:
    notification = seen.notification
    return {
        "header": {"title": notification.headline, "subtitle": notification.event.source},
        "sections": [{"widgets": list(_widgets(seen))}],
    }


def _widgets(seen: View) -> Iterator[dict[str, Any]]:
    if seen.output:
        yield _paragraph(escape(seen.output).replace("\n", "<br>"))
    for picture in seen.pictures:
        if picture.source:
            opens = {"onClick": {"openLink": {"url": picture.link}}} if picture.link else {}
            yield {"image": {"imageUrl": picture.source, "altText": picture.title, **opens}}
        else:
            yield _paragraph(f"{picture.label}: {escape(picture.problem)}")
    for label, text in seen.facts:
        yield {"decoratedText": {"topLabel": label, "text": escape(text), "wrapText": True}}
    buttons = [{"text": label, "onClick": {"openLink": {"url": url}}} for label, url in seen.links]
    if buttons:
        yield {"buttonList": {"buttons": buttons}}


def _paragraph(html: str) -> dict[str, Any]:
    return {"textParagraph": {"text": html}}


TYPE = ChannelType(
    name="googlechat",
    open=open_channels,
    schema=schema.load("channel-googlechat"),
    sample={"webhook_url": "https://chat.googleapis.example.com/v1/spaces/A/messages?key=-"},
    rate=Rate(timedelta(seconds=1)),  # per space
    fetches=True,
    pictures="as its public URL (https)",
    threads=True,
    resolves="in the problem's thread",
    limits="32,000 bytes",
)
