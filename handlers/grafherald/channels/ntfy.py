"""ntfy, of ntfy.sh or one's own server: a notification on a phone, with the picture attached.

https://docs.ntfy.sh/publish/: a file is the body, and what it comes with stands in the query.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from grafherald.channels import ChannelType, Rate, Receipt
from grafherald.channels._service import Account, first_png, without_pictures
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, safe_link, view
from grafherald.settings import schema
from grafherald.text import shorten

if TYPE_CHECKING:
    from grafherald.net.response import Response

_BUDGET = Budget(1800, 900, 1)
# The defaults of a server: https://docs.ntfy.sh/publish/#limitations, and since 2.28 the title has
# 1 kB: https://github.com/binwiederhier/ntfy/releases/tag/v2.28.0
_MESSAGE = 4000  # bytes of 4,096, beyond which the text becomes a file
_TITLE = 1000  # bytes
_LARGEST = 15 << 20  # bytes
_NO_BANDWIDTH = 42905  # a 429 for files alone: the day's are used up
_PRIORITIES = {"critical": 5, "warning": 4, "unknown": 4}
_TAGS = {  # names that ntfy shows as emojis: https://docs.ntfy.sh/emojis/
    "critical": "rotating_light",
    "warning": "warning",
    "unknown": "question",
    "ok": "white_check_mark",
    "info": "information_source",
}


class Ntfy(Account):
    """One topic; a public one needs no token. See `Channel`."""

    type = "ntfy"
    URL = "https://ntfy.sh"
    NEEDS_TOKEN = False

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Write the message, as JSON has it. See `Channel.payload`."""
        seen = view(cleaned(notification), _source, _BUDGET, _bytes)
        shown = seen.notification
        text = self.templates.render("message.txt", **seen.values()).strip()
        body: dict[str, Any] = {
            "topic": self.recipient,
            "title": shorten(shorten(shown.headline, 200), _TITLE, _bytes),
            "message": shorten(text, _MESSAGE, _bytes),
            "priority": _PRIORITIES.get(shown.tone, 3),
            "tags": [_TAGS[shown.tone]],
        }
        pictures = [picture.source for picture in seen.pictures if picture.source]
        if pictures and pictures[0] != "file":
            body["attach"] = pictures[0]
        if seen.links:
            body["click"] = seen.links[0][1]
            actions = seen.links[:3]  # at most: https://docs.ntfy.sh/publish/#action-buttons
            body["actions"] = [{"action": "view", "label": n, "url": u} for n, u in actions]
        return body

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`; a server that takes no files gets the text."""
        self.require_recipient()
        png = first_png(notification, _LARGEST)
        answer = self._post(self.payload(notification), png)
        if png and _is_about_the_file(answer):
            told = without_pictures(notification, "ntfy did not take the picture")
            answer = self._post(self.payload(told), b"")
        answer.check()
        return Receipt(str(answer.status), str(answer.document().get("id", "")))

    def _post(self, body: Mapping[str, Any], png: bytes) -> Response:
        with self.client() as http:
            if not png:
                return http.post(self.url, json=body, headers=self.bearer)
            named = {key: str(body[key]) for key in ("title", "message", "priority")}
            query = {**named, "tags": ",".join(body["tags"]), "filename": "graph.png"}
            query |= {"click": body["click"]} if "click" in body else {}
            address = f"{self.url}/{quote(self.recipient, safe='')}?{urlencode(query)}"
            kind = {"Content-Type": "image/png"}
            return http.post(address, data=png, headers=self.bearer | kind)

    def probe(self) -> str:
        """Ask whether the account may use the topic. See `Probe`."""
        with self.client() as http:
            topic = quote(self.recipient, safe="")
            answer = http.get(f"{self.url}/{topic}/auth", headers=self.bearer)
        answer.check()
        return f"{answer.host} lets us at the topic"


def _is_about_the_file(answer: Response) -> bool:
    """Tell whether the text alone may pass where it did not with a file.

    It stands in the query then, which servers in front of ntfy find too long (414, 431), and files
    have a quota of their own: server/errors.go of https://github.com/binwiederhier/ntfy
    """
    return answer.status in (400, 413, 414, 431) or answer.document().get("code") == _NO_BANDWIDTH


def _bytes(text: str) -> int:
    return len(text.encode())


def _source(_number: int, graph: Graph) -> str:
    return "file" if graph.png and len(graph.png) <= _LARGEST else safe_link(graph.image_url)


TYPE = ChannelType(
    name="ntfy",
    open=Ntfy.open,
    schema=schema.load("channel-ntfy"),
    sample={"topic": "alerts-4f1c"},
    setting="topic",
    attribute="ntfy_to",
    # a visitor has 60 requests, then one each 5 s
    rate=Rate(timedelta(seconds=5), burst=30),
    fetches=True,
    pictures="attached (one), or as its public URL",
    resolves="as a message",
    limits="4,096 bytes, 15 MB a picture",
)
