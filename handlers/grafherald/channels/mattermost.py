"""Mattermost: by a bot's token, which uploads pictures and answers in threads, or by webhook.

https://api.mattermost.com/#tag/posts/operation/CreatePost, #tag/files, and for the webhook
https://developers.mattermost.com/integrate/webhooks/incoming/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from grafherald.channels import ChannelType, Rate, Receipt
from grafherald.channels._service import Account, Hook
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.notification import Graph, Notification
from grafherald.notification.markdown import escaped, fenced, links, missing
from grafherald.notification.presentation import COLOURS, Budget, View, cleaned, safe_link, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema
from grafherald.text import shorten

if TYPE_CHECKING:
    from grafherald.net.client import Client

# Of the 16,383 characters of a post, escaped: PostMessageMaxRunesV2 of
# https://github.com/mattermost/mattermost/blob/master/server/public/model/post.go
_BUDGET = Budget(6000, 3000, 5)
_LONGEST = 16_000
_NO_FILES = (400, 403, 413, 501)  # full, not ours to upload, too large, none are kept there
_ID = re.compile(r"[a-z0-9]{26}")  # of a channel; all else is team/name


def open_channels(
    name: str, settings: Mapping[str, Any], event: Event, templates: Templates
) -> Sequence[MattermostBot] | Sequence[MattermostWebhook]:
    """Open each channel. See `grafherald.channels.Open`.

    Raises:
        ConfigError: a setting is missing or wrong.
    """
    if settings.get("webhook_url"):
        return MattermostWebhook.open(name, settings, event, templates)
    if not settings.get("url") or not settings.get("token"):
        raise ConfigError(f"channels.{name}: needs a webhook_url, or url, token and channel")
    return MattermostBot.open(name, settings, event, templates)


class MattermostWebhook(Hook):
    """One webhook; a channel is sent along, as far as the webhook is not bound to its own."""

    type = "mattermost"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Write the webhook's JSON body. See `Channel.payload`."""
        body = {"attachments": _attachments(notification, _public)}
        named = {
            key: self.settings[key] for key in ("username", "icon_url") if key in self.settings
        }
        return body | named | ({"channel": self.to} if self.to else {})

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        answer = self.post(self.payload(notification))
        return Receipt(answer.excerpt() or str(answer.status))


class MattermostBot(Account):
    """One channel, by its id or as ``team/channel``. See `Channel`."""

    type = "mattermost"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Write the post, as far as no answer is needed for it. See `Channel.payload`."""
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
        with self.client() as http:
            self._channel_id(http)
        return f"{self.host} knows token and channel"

    def _post(self, notification: Notification, root: str) -> Receipt:
        self.require_recipient()
        with self.client(timeout=15) as http:
            to = self._channel_id(http)
            told, files = self._uploaded(http, to, notification)
            body = {**self.payload(told), "channel_id": to, "root_id": root}
            body |= {"file_ids": files} if files else {}
            answer = http.post(f"{self.url}/api/v4/posts", json=body, headers=self.bearer)
            if root and answer.status in (400, 404):
                body["root_id"] = root = ""
                answer = http.post(f"{self.url}/api/v4/posts", json=body, headers=self.bearer)
        answer.check()
        return Receipt(str(answer.status), root or str(answer.document().get("id", "")))

    def _uploaded(
        self, http: Client, channel: str, notification: Notification
    ) -> tuple[Notification, list[str]]:
        """Upload the pictures: what to tell then, and the files' ids."""
        graphs, files = list(notification.graphs), []
        for number, graph in enumerate(graphs[: _BUDGET.pictures]):
            if graph.png and (file := self._upload(http, channel, graph.png)):
                files.append(file)
            elif graph.png:
                problem = "Mattermost did not take the picture"
                graphs[number] = graph._replace(png=None, problem=problem)
        return notification._replace(graphs=tuple(graphs)), files

    def _upload(self, http: Client, channel: str, png: bytes) -> str:
        query = urlencode({"channel_id": channel, "filename": "graph.png"})
        kind = {"Content-Type": "application/octet-stream"}
        answer = http.post(f"{self.url}/api/v4/files?{query}", data=png, headers=self.bearer | kind)
        if answer.status in _NO_FILES:
            return ""
        answer.check()
        found = answer.document().get("file_infos") or [{}]
        return str(found[0].get("id", ""))

    def _channel_id(self, http: Client) -> str:
        if _ID.fullmatch(self.recipient):
            path = f"/api/v4/channels/{self.recipient}"
        else:
            team, _, name = self.recipient.partition("/")
            path = f"/api/v4/teams/name/{quote(team, '')}/channels/name/{quote(name, '')}"
        answer = http.get(self.url + path, headers=self.bearer)
        answer.check()
        return str(answer.document().get("id") or self.recipient)


def _public(_number: int, graph: Graph) -> str:
    return safe_link(graph.image_url)


def _carried(_number: int, graph: Graph) -> str:
    return "file" if graph.png else safe_link(graph.image_url)


def _attachments(notification: Notification, source: Any) -> list[dict[str, Any]]:
    seen: View = view(cleaned(notification), source, _BUDGET, lambda text: len(escaped(text)))
    shown = seen.notification
    colour = COLOURS[shown.tone]
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
