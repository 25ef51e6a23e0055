"""Microsoft Teams: a Workflow's webhook, which posts an Adaptive Card.

The card is for "When a Teams webhook request is received"; a picture is fetched by the reader's
Teams, from a public URL. https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
and https://adaptivecards.microsoft.com/ for what a card holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from grafherald.channels import (
    ChannelType,
    Rate,
    Receipt,
    client,
    reached,
    required,
    web_address,
)
from grafherald.errors import PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.net.response import Response, secrets_of
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, View, cleaned, safe_link, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema

# 28 kB for the whole message, as msteams-docs#11274 measured; some is left for Teams' own.
_LARGEST = 27_000
_BUDGETS = (Budget(8000, 6000, 5), Budget(3000, 2000, 2), Budget(600, 400, 1))
_COLOURS = {"critical": "Attention", "warning": "Warning", "unknown": "Accent", "ok": "Good"}
_ACTIONS = 6  # that a card shows


def open_channels(
    name: str,
    settings: Mapping[str, Any],
    event: Event,  # noqa: ARG001 - the shape of all channels' open_channels
    templates: Templates,  # noqa: ARG001
) -> list[Teams]:
    """Open the one chat or channel that the workflow posts to. See `grafherald.channels.Open`.

    Raises:
        ConfigError: the URL is missing or none.
    """
    url = required(name, settings, "webhook_url")
    web_address(name, "webhook_url", url)
    return [Teams(name, url, settings)]


@dataclass(frozen=True)
class Teams:
    """One workflow. See `Channel`."""

    name: str
    url: str = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    type: str = "teams"
    wants: str = "url"

    @property
    def recipient(self) -> str:
        """The workflow's host: the rest of its URL is its secret."""
        return str(urlsplit(self.url).hostname)

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Return the message with its card, within what Teams takes. See `Channel.payload`."""
        shown = cleaned(notification)
        message: dict[str, Any] = {}
        for budget in _BUDGETS:
            message = _message(view(shown, _source, budget))
            if len(json.dumps(message).encode()) <= _LARGEST:
                break
        return message

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        with client(self.settings, *secrets_of(self.url)) as http:
            answer = http.post(self.url, json=self.payload(notification))
        answer.check()
        _check_connector(answer)
        return Receipt(str(answer.status))

    def probe(self) -> str:
        """See `Probe`; a workflow that is asked anything runs."""
        with client(self.settings, *secrets_of(self.url)) as http:
            return reached(self.url, http)


def _check_connector(answer: Response) -> None:
    """Raise what an Office 365 connector means that says 200 and ``1``, or why it did not post.

    These were retired in 2025; some URLs still answer.
    """
    text = answer.body.strip()
    if not text or text == b"1" or text.startswith((b"{", b"[", b'"')):
        return
    said = f"{answer.host} answered {answer.status}: {answer.excerpt()}"
    if b"429" in text or b"throttl" in text.lower():
        raise TemporaryError(said)
    if b"fail" in text.lower() or b"error" in text.lower():
        raise PermanentError(f"{said}; use a workflow's URL")


def _source(_number: int, graph: Graph) -> str:
    return safe_link(graph.image_url) if graph.image_url.startswith("https://") else ""


def _message(seen: View) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": seen.notification.short,
        "msteams": {"width": "Full"},
        "body": list(_body(seen)),
        "actions": [
            {"type": "Action.OpenUrl", "title": label, "url": url}
            for label, url in seen.links[:_ACTIONS]
        ],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {
        "type": "message",
        "summary": seen.notification.headline,
        "attachments": [{"contentType": kind, "contentUrl": None, "content": card}],
    }


def _body(seen: View) -> Iterator[dict[str, Any]]:
    notification = seen.notification
    colour = _COLOURS.get(notification.tone, "Default")
    head = {"text": notification.headline, "weight": "Bolder", "size": "Large", "color": colour}
    yield _rich([head])
    if seen.lead:
        yield _rich([{"text": seen.lead, "fontType": "Monospace"}])
    for picture in seen.pictures:
        if picture.source:
            opens = {"type": "Action.OpenUrl", "url": picture.link}
            shown = {"type": "Image", "url": picture.source, "altText": picture.title}
            yield {**shown, "size": "Stretch", **({"selectAction": opens} if picture.link else {})}
        else:
            yield _rich([{"text": f"{picture.label}: {picture.problem}", "isSubtle": True}])
    for label, text in seen.facts:
        yield _rich([{"text": f"{label}: ", "weight": "Bolder"}, {"text": text}])
    if seen.rest:
        yield _rich([{"text": seen.rest, "fontType": "Monospace"}])


def _rich(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return text in which nothing is markup: a TextBlock would read Markdown in it."""
    return {
        "type": "RichTextBlock",
        "spacing": "Small",
        "inlines": [{"type": "TextRun", **run} for run in runs],
    }


TYPE = ChannelType(
    name="teams",
    open=open_channels,
    schema=schema.load("channel-teams"),
    sample={"webhook_url": "https://prod-1.westeurope.logic.azure.example.com/workflows/-"},
    rate=Rate(timedelta(seconds=1), burst=4),
    fetches=True,
    pictures="as its public URL (https)",
    resolves="as a message in green",
    limits="27 kB in all",
)
