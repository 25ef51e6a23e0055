"""Microsoft Teams: a Workflow's webhook, which posts an Adaptive Card.

The card is for "When a Teams webhook request is received"; a picture is fetched by the reader's
Teams, from a public URL. https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
and https://adaptivecards.microsoft.com/ for what a card holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from grafherald.channels import ChannelType, Rate, Receipt
from grafherald.channels._service import Hook, fitting, https_picture
from grafherald.errors import PermanentError, TemporaryError
from grafherald.net.response import Response
from grafherald.notification import Notification
from grafherald.notification.presentation import Budget, View, cleaned, view
from grafherald.settings import schema

# 28 kB for the whole message; some is left for Teams' own.
# https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams, msteams-docs#11274
_LARGEST = 27_000
_JSON = {"Content-Type": "application/json; charset=utf-8"}  # else it counts a letter as two bytes
_BUDGETS = (Budget(8000, 6000, 5), Budget(3000, 2000, 2), Budget(600, 400, 1))
_COLOURS = {"critical": "Attention", "warning": "Warning", "unknown": "Accent", "ok": "Good"}
_ACTIONS = 6  # that a card shows


class Teams(Hook):
    """One workflow, which posts to one chat or channel. See `Channel`."""

    type = "teams"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Lay out the message with its card, within what Teams takes. See `Channel.payload`."""
        shown = cleaned(notification)
        return fitting(_BUDGETS, lambda b: _message(view(shown, https_picture, b)), _LARGEST)

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        answer = self.post(self.payload(notification), headers=_JSON)
        _check_connector(answer)
        return Receipt(str(answer.status))


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
    """Lay out text in which nothing is markup: a TextBlock would read Markdown in it."""
    return {
        "type": "RichTextBlock",
        "spacing": "Small",
        "inlines": [{"type": "TextRun", **run} for run in runs],
    }


TYPE = ChannelType(
    name="teams",
    open=Teams.open,
    schema=schema.load("channel-teams"),
    sample={"webhook_url": "https://prod-1.westeurope.logic.azure.example.com/workflows/-"},
    rate=Rate(timedelta(seconds=1), burst=4),
    fetches=True,
    pictures="as its public URL (https)",
    resolves="as a message in green",
    limits="27 kB in all",
)
