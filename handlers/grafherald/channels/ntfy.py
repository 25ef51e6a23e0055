"""ntfy, of ntfy.sh or one's own server: a notification on a phone, with the picture attached.

https://docs.ntfy.sh/publish/: a file is the body, and what it comes with stands in the query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from grafherald.channels import ChannelType, Rate, Receipt, client, web_address
from grafherald.errors import PermanentError
from grafherald.event import Event
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, safe_link, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema
from grafherald.text import shorten

if TYPE_CHECKING:
    from grafherald.net.response import Response

_BUDGET = Budget(1800, 900, 1)
_MESSAGE = 4000  # bytes of 4,096, beyond which the text becomes a file
_LARGEST = 15 << 20
_PRIORITIES = {"critical": 5, "warning": 4, "unknown": 4}
_TAGS = {
    "critical": "rotating_light",
    "warning": "warning",
    "unknown": "question",
    "ok": "white_check_mark",
    "info": "information_source",
}


def open_channels(
    name: str, settings: Mapping[str, Any], event: Event, templates: Templates
) -> list[Ntfy]:
    """Open each topic. See `grafherald.channels.Open`.

    Raises:
        ConfigError: a setting is missing or wrong.
    """
    url = web_address(name, "url", str(settings.get("url") or "https://ntfy.sh"))
    topics = TYPE.recipients(event, settings) or ("",)
    return [Ntfy(name, topic, url, settings, templates) for topic in topics]


@dataclass(frozen=True)
class Ntfy:
    """One topic. See `Channel`."""

    name: str
    recipient: str
    url: str
    settings: Mapping[str, Any] = field(repr=False)
    templates: Templates = field(repr=False)
    type: str = "ntfy"
    wants: str = "either"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Return the message, as JSON has it. See `Channel.payload`."""
        seen = view(cleaned(notification), _source, _BUDGET, lambda text: len(text.encode()))
        shown = seen.notification
        text = self.templates.render("message.txt", **seen.values()).strip()
        body: dict[str, Any] = {
            "topic": self.recipient,
            "title": shorten(shown.headline, 200),
            "message": shorten(text, _MESSAGE, lambda part: len(part.encode())),
            "priority": _PRIORITIES.get(shown.tone, 3),
            "tags": [_TAGS[shown.tone]],
        }
        pictures = [picture.source for picture in seen.pictures if picture.source]
        if pictures and pictures[0] != "file":
            body["attach"] = pictures[0]
        if seen.links:
            body["click"] = seen.links[0][1]
            actions = seen.links[:3]
            body["actions"] = [{"action": "view", "label": n, "url": u} for n, u in actions]
        return body

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`; a server that takes no files gets the text."""
        if not self.recipient:
            raise PermanentError("no topic: neither the settings nor the event name one")
        body, png = self.payload(notification), _png(notification)
        answer = self._post(body, png)
        if png and answer.status in (400, 413):
            answer = self._post(body, None)
        answer.check()
        return Receipt(str(answer.status), str(answer.document().get("id", "")))

    def _post(self, body: Mapping[str, Any], png: bytes | None) -> Response:
        with client(self.settings, *self._secrets) as http:
            if png is None:
                return http.post(self.url, json=body, headers=self._login)
            named = {key: str(body[key]) for key in ("title", "message", "priority")}
            query = {**named, "tags": ",".join(body["tags"]), "filename": "graph.png"}
            query |= {"click": body["click"]} if "click" in body else {}
            address = f"{self.url}/{quote(self.recipient, safe='')}?{urlencode(query)}"
            kind = {"Content-Type": "image/png"}
            return http.post(address, data=png, headers=self._login | kind)

    def probe(self) -> str:
        """Ask whether the account may use the topic. See `Probe`."""
        with client(self.settings, *self._secrets) as http:
            topic = quote(self.recipient, safe="")
            answer = http.get(f"{self.url}/{topic}/auth", headers=self._login)
        answer.check()
        return f"{answer.host} lets us at the topic"

    @property
    def _login(self) -> dict[str, str]:
        token = str(self.settings.get("token", ""))
        return {"Authorization": f"Bearer {token}"} if token else {}

    @property
    def _secrets(self) -> tuple[str, ...]:
        return tuple(filter(None, (str(self.settings.get("token", "")),)))


def _source(_number: int, graph: Graph) -> str:
    return "file" if graph.png and len(graph.png) <= _LARGEST else safe_link(graph.image_url)


def _png(notification: Notification) -> bytes | None:
    png = notification.graphs[0].png if notification.graphs else None
    return png if png and len(png) <= _LARGEST else None


TYPE = ChannelType(
    name="ntfy",
    open=open_channels,
    schema=schema.load("channel-ntfy"),
    sample={"topic": "alerts-4f1c"},
    setting="topic",
    attribute="ntfy_to",
    rate=Rate(timedelta(seconds=5), burst=30),  # a visitor has 60 requests, then one each 5 s
    fetches=True,
    pictures="attached (one), or as its public URL",
    resolves="as a message",
    limits="4,096 bytes, 15 MB a picture",
)
