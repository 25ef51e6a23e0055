"""Slack's incoming webhooks: the answer is ``ok`` and no more, so nothing can be added later.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grafherald.channels import Receipt
from grafherald.channels.slack import blocks
from grafherald.errors import TemporaryError
from grafherald.net.response import Response, secrets_of
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

if TYPE_CHECKING:
    from grafherald.net.client import Client

_SENDER = ("username", "icon_url", "icon_emoji")
_OF_SLACK = re.compile(r"/services/T\w+/B\w+/\w+", re.ASCII)
_NOTHING_ELSE_WRONG = (b"no_text", b"missing_text", b"invalid_payload")


@dataclass(frozen=True)
class Webhook:
    """One webhook. See `Channel`.

    Attributes:
        channel: is sent along, as are ``username`` and the icon: webhooks of Slack's own apps
            ignore them, older ones and those of other servers don't.
    """

    name: str
    channel: str
    url: str = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    templates: Templates = field(repr=False)
    type: str = "slack"
    wants: str = "url"

    @property
    def recipient(self) -> str:
        """The channel, or the webhook's host when the webhook decides."""
        return self.channel or str(urlsplit(self.url).hostname)

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Return the JSON body. See `Channel.payload`."""
        call = bool(self.settings.get("alert_on_critical", False))
        body = blocks.message(notification, blocks.public_url, self.templates, call=call)
        body |= {key: self.settings[key] for key in _SENDER if self.settings.get(key)}
        return body | ({"channel": self.channel} if self.channel else {})

    def send(self, notification: Notification) -> Receipt:
        """Send; a picture that Slack can't fetch costs the picture. See `Channel.send`."""
        with self._client() as client:
            answer = client.post(self.url, json=self.payload(notification))
            if _refuses_picture(answer):
                bare = blocks.without_pictures(notification, "Slack could not fetch the picture")
                answer = client.post(self.url, json=self.payload(bare))
        answer.check()
        if answer.document().get("ok", True) is not True:
            raise TemporaryError(f"{answer.host} answered {answer.excerpt()}")
        return Receipt(answer.excerpt() or str(answer.status))

    def probe(self) -> str:
        """Send Slack a message without text, which it refuses last of all. See `Probe`.

        Another server behind the URL may show even that, and is only connected to.
        https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
        """
        parts = urlsplit(self.url)
        with self._client() as client:
            if not _OF_SLACK.fullmatch(parts.path):
                host = client.get(f"{parts.scheme}://{parts.netloc}/").host
                return f"{host} answers; whether it takes messages only a message tells"
            answer = client.post(self.url, json={"text": ""})
        if answer.status == 400 and answer.body.strip() in _NOTHING_ELSE_WRONG:
            return f"{answer.host} knows the webhook"
        answer.check()
        raise TemporaryError(f"{answer.host} took a message without text: {answer.excerpt()}")

    def _client(self) -> Client:
        from grafherald.net import client as http

        return http.Client(
            timeout=float(self.settings.get("timeout", 10)),
            proxy=str(self.settings.get("proxy", "")),
            ca_file=str(self.settings.get("ca_file", "")),
            secrets=secrets_of(self.url),
        )


def _refuses_picture(answer: Response) -> bool:
    """Tell whether the blocks were refused: most often an address that Slack can't reach."""
    return answer.status == 400 and b"invalid_blocks" in answer.body
