"""Discord, by a channel's webhook: an embed that carries its picture.

https://docs.discord.com/developers/resources/webhook#execute-webhook, and for the limits
https://docs.discord.com/developers/resources/message#embed-object-embed-limits
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grafherald.channels import ChannelType, Rate, Receipt
from grafherald.channels._service import Hook, without_pictures
from grafherald.errors import PermanentError
from grafherald.net.multipart import File, encode
from grafherald.notification import Graph, Notification
from grafherald.notification.markdown import escaped, fenced, links, missing
from grafherald.notification.presentation import COLOURS, Budget, View, cleaned, safe_link, view
from grafherald.settings import schema
from grafherald.text import shorten

if TYPE_CHECKING:
    from grafherald.net.response import Response

_BARE = Budget(700, 600, 0)  # of 2,000 characters without an embed, escaped
_BUDGET = Budget(2200, 1500, 4)  # of 6,000 characters in all embeds, escaped
# Bytes of all files of a message, on a server without boosts; the rest of 10 MiB is for the text.
# https://docs.discord.com/developers/reference#uploading-files
_LARGEST = (10 << 20) - 65_536
# A webhook's URL names no version, and the oldest one says milliseconds where it means seconds.
# https://docs.discord.com/developers/reference#api-versioning, discord-api-docs#4722
_VERSION = "/api/v10/"


class Discord(Hook):
    """One webhook, of one channel. See `Channel`."""

    type = "discord"

    @property
    def wants(self) -> str:
        """Its body may carry files."""
        return "either"

    @property
    def recipient(self) -> str:
        """The thread that the settings name, else the host: the URL is a secret."""
        return str(self.settings.get("thread") or super().recipient)

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Lay out ``payload_json``, without the files beside it. See `Channel.payload`."""
        carried = _carried(notification)

        def source(number: int, graph: Graph) -> str:
            attached = f"attachment://graph{number}.png" if number in carried else ""
            return attached or _well_formed(graph.image_url)

        seen = view(cleaned(notification), source, _BUDGET, lambda text: len(escaped(text)))
        name = str(self.settings.get("username", ""))
        return {
            "content": shorten(escaped(seen.notification.short), 2000),
            "embeds": _embeds(seen),
            "allowed_mentions": {"parse": []},
            **({"username": name} if name else {}),
        }

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`; when Discord refuses the embed, a text alone tells of the alert."""
        answer = self._post(self.payload(notification), _carried(notification))
        if answer.status in (400, 413):
            answer = self._post(self._bare(notification), {})
        answer.check()
        return Receipt(str(answer.status), str(answer.document().get("id", "")))

    def _bare(self, notification: Notification) -> dict[str, Any]:
        told = without_pictures(notification, "Discord did not take the picture or a link")
        seen = view(cleaned(told), lambda *_: "", _BARE, lambda text: len(escaped(text)))
        parts = (escaped(seen.notification.short), fenced(seen.output), missing(seen), links(seen))
        text = "\n".join(part for part in parts if part)
        return {"content": shorten(text, 2000), "allowed_mentions": {"parse": []}}

    def _post(self, message: dict[str, Any], pictures: dict[int, bytes]) -> Response:
        kind, body = _form(message, pictures)
        query = {"wait": "true", **self._thread}
        with self.client() as http:
            return http.post(self._address, params=query, data=body, headers=kind)

    def add_pictures(self, receipt: Receipt, notification: Notification, latest: str) -> Receipt:
        """Edit the message: its files are those of now. See `AddsPictures.add_pictures`.

        https://docs.discord.com/developers/resources/webhook#edit-webhook-message
        """
        number = receipt.reference
        if not number:
            raise PermanentError("Discord did not say which message it made")
        carried = _carried(notification)
        files = [{"id": n, "filename": f"graph{n}.png"} for n in carried]
        message = {**self.payload(notification), "attachments": files}
        message.pop("username", None)
        kind, body = _form(message, carried)
        address, query = f"{self._address}/messages/{number}", self._thread
        with self.client() as http:
            answer = http.request("PATCH", address, params=query, data=body, headers=kind)
        answer.check()
        return receipt._replace(reference=latest)

    def probe(self) -> str:
        """Look at the webhook. See `Probe`."""
        with self.client() as http:
            answer = http.get(self._address)
        answer.check()
        return f"{answer.host} knows the webhook"

    @property
    def _thread(self) -> dict[str, str]:
        """The query's part that names the thread."""
        thread = self.settings.get("thread")
        return {"thread_id": str(thread)} if thread else {}

    @property
    def _address(self) -> str:
        return self.url.replace("/api/webhooks/", f"{_VERSION}webhooks/", 1)


def _carried(notification: Notification) -> dict[int, bytes]:
    """Choose the pictures that go with a message, by their graph's number: as many as fit."""
    found: dict[int, bytes] = {}
    left = _LARGEST
    for number, graph in enumerate(notification.graphs[: _BUDGET.pictures], 1):
        if graph.png and len(graph.png) <= left:
            found[number] = graph.png
            left -= len(graph.png)
    return found


def _form(message: dict[str, Any], pictures: dict[int, bytes]) -> tuple[dict[str, str], bytes]:
    """A message and its pictures as one form: its headers and its body."""
    files = {f"files[{n}]": File(f"graph{n}.png", png) for n, png in pictures.items()}
    return encode({"payload_json": json.dumps(message)}, files)


def _well_formed(url: str) -> str:
    """The *url* where Discord takes it in an embed: of a host without a dot it refuses all of it.

    https://github.com/grafana/grafana/issues/65270
    """
    url = safe_link(url)
    return url if "." in str(urlsplit(url).hostname) else ""


def _embeds(seen: View) -> list[dict[str, Any]]:
    notification = seen.notification
    colour = int(COLOURS[notification.tone][1:], 16)
    facts = "\n".join(f"**{escaped(label)}** {escaped(text)}" for label, text in seen.facts)
    parts = (fenced(seen.output), missing(seen), facts, links(seen))
    text = "\n".join(part for part in parts if part)
    first = {
        "title": shorten(notification.headline, 256),
        "description": shorten(text, 4096),
        "color": colour,
        "timestamp": notification.event.occurred_at.isoformat(),
    }
    if seen.links and _well_formed(seen.links[0][1]):
        first["url"] = seen.links[0][1]
    pictures = [{"url": picture.source} for picture in seen.pictures if picture.source]
    more = [{"color": colour, "image": picture} for picture in pictures[1:]]
    return [{**first, "image": pictures[0]}, *more] if pictures else [first]


TYPE = ChannelType(
    name="discord",
    open=Discord.open,
    schema=schema.load("channel-discord"),
    sample={"webhook_url": "https://discord.example.com/api/webhooks/1/-"},
    # 30 a minute and channel, as users measured; the rate itself is not promised:
    # https://docs.discord.com/developers/topics/rate-limits
    rate=Rate(timedelta(seconds=2), burst=5),
    fetches=True,
    pictures="carried, or as its public URL",
    resolves="as a message in green",
    limits="6,000 characters, 10 MB of pictures",
)
