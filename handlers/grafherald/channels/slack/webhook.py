"""Slack's incoming webhooks: the answer is ``ok`` and no more, so nothing can be added later.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from grafherald.channels import Receipt
from grafherald.channels._service import Hook
from grafherald.channels.slack import blocks
from grafherald.errors import TemporaryError
from grafherald.net.response import Response
from grafherald.notification import Notification

_SENDER = ("username", "icon_url", "icon_emoji")
_OF_SLACK = re.compile(r"/services/T\w+/B\w+/\w+", re.ASCII)
# Mattermost: /hooks/<26 letters>, Rocket.Chat: /hooks/<id>/<token>; below a path or not
_OF_OTHERS = re.compile(r"(?:/[\w.-]+)*/hooks/(?:[a-z0-9]{26}|\w+/\w+)", re.ASCII)
_BLOCKS, _ATTACHMENTS = "blocks", "attachments"
_REFUSES_FORM = (  # words of a refusal that another form of the message may escape
    b"invalid_blocks",
    b"invalid_attachments",
    b"invalid_payload",
    b"msg_too_long",
    b"msg_blocks_too_long",
    b"too_many_attachments",
    b"attachment_payload_limit_exceeded",
)
# What a webhook that works answers to a message without text: nothing is posted.
_NOTHING_ELSE_WRONG = (b"no_text", b"missing_text", b"invalid_payload")


class SlackWebhook(Hook):
    """One webhook. See `Channel`.

    A channel that is named is sent along, as are ``username`` and the icon: webhooks of Slack's
    own apps ignore them, older ones and those of other servers don't.
    """

    type = "slack"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Write the JSON body, in the style of the settings. See `Channel.payload`."""
        return self._body(notification, self._style)

    def send(self, notification: Notification) -> Receipt:
        """Send; where a form is refused, another one goes. See `Channel.send`."""
        with self.client() as client:
            for body in self._forms(notification):
                answer = client.post(self.url, json=body)
                if not _refuses_form(answer):
                    break
        answer.check()
        document = answer.document()
        if document.get("ok", document.get("success", True)) is not True:
            raise TemporaryError(f"{answer.host} answered {answer.excerpt()}")
        return Receipt(answer.excerpt() or str(answer.status))

    def _forms(self, notification: Notification) -> Iterator[dict[str, Any]]:
        """Give the message whole, without pictures, in the older style, as text alone.

        A picture is what is refused most often: Slack can't reach its address.
        """
        bare = blocks.without_pictures(notification, "Slack could not fetch the picture")
        yield self.payload(notification)
        if any(graph.image_url for graph in notification.graphs):
            yield self.payload(bare)
        if self._style == _BLOCKS and not self._is_slack:
            yield self._body(notification, _ATTACHMENTS)
        text = blocks.text_alone(blocks.message(bare, blocks.public_url, self.templates))
        yield text | self._sender

    def _body(self, notification: Notification, style: str) -> dict[str, Any]:
        call = bool(self.settings.get("alert_on_critical", False))
        if style == _ATTACHMENTS:
            from grafherald.channels.slack import attachments

            return attachments.message(notification, self.templates, call=call) | self._sender
        body = blocks.message(notification, blocks.public_url, self.templates, call=call)
        return body | self._sender

    @property
    def _sender(self) -> dict[str, Any]:
        sender = {key: self.settings[key] for key in _SENDER if self.settings.get(key)}
        return sender | ({"channel": self.to} if self.to else {})

    @property
    def _style(self) -> str:
        """How the server shows messages: as the settings say, else as its webhooks' paths do."""
        known = bool(_OF_OTHERS.fullmatch(urlsplit(self.url).path))
        return str(self.settings.get("style") or (_ATTACHMENTS if known else _BLOCKS))

    @property
    def _is_slack(self) -> bool:
        return bool(_OF_SLACK.fullmatch(urlsplit(self.url).path))

    def probe(self) -> str:
        """Send Slack a message without text, which it refuses last of all. See `Probe`.

        Another server behind the URL may show even that, and is only connected to.
        https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
        """
        if not self._is_slack:
            return super().probe()
        with self.client() as client:
            answer = client.post(self.url, json={"text": ""})
        if answer.status == 400 and answer.body.strip() in _NOTHING_ELSE_WRONG:
            return f"{answer.host} knows the webhook"
        answer.check()
        raise TemporaryError(f"{answer.host} took a message without text: {answer.excerpt()}")


def _refuses_form(answer: Response) -> bool:
    """Tell whether another form may be taken: it is the message that is refused, nothing else."""
    return answer.status in (400, 413) and any(word in answer.body for word in _REFUSES_FORM)
