"""Google Chat, by a space's webhook: a card, in one thread per problem.

https://developers.google.com/workspace/chat/quickstart/webhooks and, for a message's size and
threads, https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import escape
from typing import Any

from grafherald.channels import ChannelType, Rate, Receipt, subject_of
from grafherald.channels._service import Hook, fitting, https_picture
from grafherald.notification import Notification
from grafherald.notification.presentation import Budget, View, cleaned, view
from grafherald.settings import schema

_LARGEST = 31_000  # bytes of 32,000, text and cards
_BUDGETS = (Budget(8000, 6000, 5), Budget(3000, 2000, 2), Budget(600, 400, 1))
# Without it Google Chat ignores a threadKey and begins a thread for each message.
_THREADED = "messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"


class GoogleChat(Hook):
    """One space. See `Channel`."""

    type = "googlechat"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Lay out a card with as much as Google Chat takes. See `Channel.payload`."""
        shown = cleaned(notification)
        return fitting(_BUDGETS, lambda budget: _message(shown, budget), _LARGEST)

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`; the end goes into the problem's thread, by its key."""
        answer = self.post(self.payload(notification), _THREADED)
        return Receipt(str(answer.status))


def _message(shown: Notification, budget: Budget) -> dict[str, Any]:
    seen = view(shown, https_picture, budget, lambda text: len(escape(text)))
    return {
        "fallbackText": shown.short,
        "cardsV2": [{"cardId": "alert", "card": _card(seen)}],
        "thread": {"threadKey": shown.event.incident[:400] or subject_of(shown.event)},
    }


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
    open=GoogleChat.open,
    schema=schema.load("channel-googlechat"),
    sample={"webhook_url": "https://chat.googleapis.example.com/v1/spaces/A/messages?key=-"},
    # 60 writes a minute and space: https://developers.google.com/workspace/chat/limits
    rate=Rate(timedelta(seconds=1)),
    fetches=True,
    pictures="as its public URL (https)",
    threads=True,
    resolves="in the problem's thread",
    limits="32,000 bytes",
)
