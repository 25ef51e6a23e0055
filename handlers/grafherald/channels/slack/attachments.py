"""A notification as one of Slack's older attachments: what servers show that do not know blocks.

https://developers.mattermost.com/integrate/reference/message-attachments/ and
https://docs.rocket.chat/docs/integrations; both took the form over from Slack:
https://docs.slack.dev/messaging/formatting-message-text#attachments
"""

from __future__ import annotations

from typing import Any

from grafherald.channels.slack.markup import cut, marked
from grafherald.notification import Notification
from grafherald.notification.presentation import COLOURS, Budget, PictureView, View, cleaned, view
from grafherald.notification.templates import Templates

from .blocks import public_url, summary

_BUDGET = Budget(4000, 3000, 5)
_TEXT = 8000  # Mattermost takes 16,383 characters in all
_SHORT = 40  # characters of a fact that stands beside another


def message(
    notification: Notification, templates: Templates, *, call: bool = False
) -> dict[str, Any]:
    """Lay out the body: an attachment with all there is, and one for each further picture.

    Args:
        call: call everybody in the channel when it is a critical problem.
    """
    shown = cleaned(notification)
    seen = view(shown, public_url, _BUDGET, lambda text: len(marked(text)))
    colour = COLOURS[shown.tone]
    pictures = [picture for picture in seen.pictures if picture.source]
    first: dict[str, Any] = {
        "fallback": summary(shown),
        "color": colour,
        "title": shown.headline,
        "text": _text(seen, templates),
        "fields": [
            {"title": label, "value": marked(text), "short": len(text) <= _SHORT}
            for label, text in seen.facts
        ],
        "mrkdwn_in": ["text"],
    }
    if seen.links:
        first["title_link"] = seen.links[0][1]
    if pictures:
        first["image_url"] = pictures[0].source
    body: dict[str, Any] = {
        "attachments": [first, *(_further(picture, colour) for picture in pictures[1:])]
    }
    is_critical = shown.tone == "critical" and shown.event.kind.value == "problem"
    return {"text": "<!channel>", **body} if call and is_critical else body


def _text(seen: View, templates: Templates) -> str:
    missing = [picture for picture in seen.pictures if not picture.source]
    said = [f"```\n{marked(seen.output)}\n```" if seen.output else ""]
    said.append(templates.render("slack/perfdata.mrkdwn", **seen.values()).strip())
    said += [f"{picture.label}: {marked(picture.problem)}" for picture in missing]
    said.append(" · ".join(f"<{url}|{marked(label)}>" for label, url in seen.links))
    return cut("\n".join(filter(None, said)), _TEXT)


def _further(picture: PictureView, colour: str) -> dict[str, Any]:
    titled = {"title_link": picture.link} if picture.link else {}
    shown = {"fallback": picture.title, "title": picture.title, "image_url": picture.source}
    return {"color": colour, **shown, **titled}
