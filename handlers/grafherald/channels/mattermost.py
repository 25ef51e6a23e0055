"""Mattermost: by a bot's token, which uploads pictures and answers in threads, or by webhook.

https://api.mattermost.com/#tag/posts/operation/CreatePost, #tag/files, and for the webhook
https://developers.mattermost.com/integrate/webhooks/incoming/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from grafherald.channels import ChannelType, Rate, Receipt, client, reached, required, web_address
from grafherald.errors import ConfigError, PermanentError
from grafherald.event import Event
from grafherald.net.response import secrets_of
from grafherald.notification import Graph, Notification
from grafherald.notification.markdown import escaped, fenced, links, missing
from grafherald.notification.presentation import Budget, View, cleaned, safe_link, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema
from grafherald.text import shorten

if TYPE_CHECKING:
    from grafherald.net.client import Client

_BUDGET = Budget(6000, 3000, 5)  # of 16,383 characters of a post, escaped
_LONGEST = 16_000
_ID = re.compile(r"[a-z0-9]{26}")
_COLOURS = {"critical": "#b3261e", "warning": "#f5c518", "unknown": "#6b3fa0", "ok": "#1b6e3c"}
_GREY = "#36546e"


def open_channels(
    name: str,
    settings: Mapping[str, Any],
    event: Event,
    templates: Templates,  # noqa: ARG001 - the shape of all channels' open_channels
) -> list[Bot] | list[Webhook]:
    """Open each channel. See `grafherald.channels.Open`.

    Raises:
        ConfigError: a setting is missing or wrong.
    """
    wanted = TYPE.recipients(event, settings) or ("",)
    if settings.get("webhook_url"):
        url = required(name, settings, "webhook_url")
        web_address(name, "webhook_url", url)
        return [Webhook(name, to, url, settings) for to in wanted]
    if not settings.get("url") or not settings.get("token"):
        raise ConfigError(f"channels.{name}: needs a webhook_url, or url, token and channel")
    base = web_address(name, "url", str(settings["url"]))
    token = required(name, settings, "token")
    return [Bot(name, to, base, token, settings) for to in wanted]


@dataclass(frozen=True)
class Webhook:
    """One webhook; *channel* is sent along, as far as the webhook is not bound to its own."""

    name: str
    channel: str
    url: str = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    type: str = "mattermost"
    wants: str = "url"

    @property
    def recipient(self) -> str:
        """The channel, or the webhook's host when the webhook decides."""
        return self.channel or str(urlsplit(self.url).hostname)

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Return the JSON body. See `Channel.payload`."""
        body = {"attachments": _attachments(notification, _public)}
        named = {
            key: self.settings[key] for key in ("username", "icon_url") if key in self.settings
        }
        return body | named | ({"channel": self.channel} if self.channel else {})

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        with client(self.settings, *secrets_of(self.url)) as http:
            answer = http.post(self.url, json=self.payload(notification))
        answer.check()
        return Receipt(answer.excerpt() or str(answer.status))

    def probe(self) -> str:
        """See `Probe`."""
        with client(self.settings, *secrets_of(self.url)) as http:
            return reached(self.url, http)


@dataclass(frozen=True)
class Bot:
    """One channel, by its id or as ``team/channel``. See `Channel`."""

    name: str
    recipient: str
    url: str
    token: str = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    type: str = "mattermost"
    wants: str = "either"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Return the post, as far as no answer is needed for it. See `Channel.payload`."""
        attachments = _attachments(notification, _carried)
        return {"channel_id": self.recipient, "message": "", "props": {"attachments": attachments}}

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        return self._post(notification, "")

    def follow(self, notification: Notification, earlier: str) -> Receipt:
        """Post into the first message's thread; a new one where that is gone. See `Follows`."""
        return self._post(notification, earlier)

    def probe(self) -> str:
        """Look at the channel. See `Probe`."""
        with client(self.settings, self.token) as http:
            self._channel_id(http)
        return f"{urlsplit(self.url).hostname} knows token and channel"

    def _post(self, notification: Notification, root: str) -> Receipt:
        if not self.recipient:
            raise PermanentError("no channel: neither the settings nor the event name one")
        with client(self.settings, self.token, timeout=15) as http:
            to = self._channel_id(http)
            files = [self._upload(http, to, png) for png in _pngs(notification)]
            body = {**self.payload(notification), "channel_id": to, "root_id": root}
            body |= {"file_ids": files} if files else {}
            answer = http.post(f"{self.url}/api/v4/posts", json=body, headers=self._bearer)
            if root and answer.status in (400, 404):
                body["root_id"] = root = ""
                answer = http.post(f"{self.url}/api/v4/posts", json=body, headers=self._bearer)
        answer.check()
        return Receipt(str(answer.status), root or str(answer.document().get("id", "")))

    def _upload(self, http: Client, channel: str, png: bytes) -> str:
        query = urlencode({"channel_id": channel, "filename": "graph.png"})
        kind = {"Content-Type": "application/octet-stream"}
        answer = http.post(
            f"{self.url}/api/v4/files?{query}", data=png, headers=self._bearer | kind
        )
        answer.check()
        found = answer.document().get("file_infos") or [{}]
        return str(found[0].get("id", ""))

    def _channel_id(self, http: Client) -> str:
        if _ID.fullmatch(self.recipient):
            path = f"/api/v4/channels/{self.recipient}"
        else:
            team, _, name = self.recipient.partition("/")
            path = f"/api/v4/teams/name/{quote(team, '')}/channels/name/{quote(name, '')}"
        answer = http.get(self.url + path, headers=self._bearer)
        answer.check()
        return str(answer.document().get("id") or self.recipient)

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _public(_number: int, graph: Graph) -> str:
    return safe_link(graph.image_url)


def _carried(_number: int, graph: Graph) -> str:
    return "file" if graph.png else safe_link(graph.image_url)


def _pngs(notification: Notification) -> list[bytes]:
    return [graph.png for graph in notification.graphs[: _BUDGET.pictures] if graph.png]


def _attachments(notification: Notification, source: Any) -> list[dict[str, Any]]:
    seen: View = view(cleaned(notification), source, _BUDGET, lambda text: len(escaped(text)))
    shown = seen.notification
    colour = _COLOURS.get(shown.tone, _GREY)
    text = "\n".join(filter(None, (fenced(seen.output), missing(seen), links(seen))))
    first: dict[str, Any] = {
        "fallback": shorten(shown.short, 300),
        "color": colour,
        "title": shown.headline,
        "text": shorten(text, _LONGEST),
        "fields": [
            {"title": label, "value": escaped(said), "short": len(said) <= 40}
            for label, said in seen.facts
        ],
    }
    if seen.links:
        first["title_link"] = seen.links[0][1]
    images = [p for p in seen.pictures if p.source.startswith("http")]
    if images:
        first["image_url"] = images[0].source
    more = [{"color": colour, "title": p.title, "image_url": p.source} for p in images[1:]]
    return [first, *more]


TYPE = ChannelType(
    name="mattermost",
    open=open_channels,
    schema=schema.load("channel-mattermost"),
    sample={"webhook_url": "https://mattermost.example.com/hooks/-"},
    setting="channel",
    attribute="mattermost_channel",
    override="channel",
    rate=Rate(timedelta(seconds=0.2), burst=10),
    pictures="uploaded (token), or as its public URL (webhook)",
    threads=True,
    resolves="in the thread (token), as a message (webhook)",
    limits="16,383 characters",
)
