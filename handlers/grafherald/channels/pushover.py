"""Pushover: a notification on a phone, with one picture; an emergency until it is acknowledged.

https://pushover.net/api#limits: message 1,024 characters, title 250, URL 512, its title 100.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from grafherald.channels import ChannelType, Rate, Receipt, subject_of
from grafherald.channels._service import Account, first_png, without_pictures
from grafherald.event import Kind
from grafherald.net.multipart import File, encode
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, safe_link, view
from grafherald.settings import schema
from grafherald.text import shorten

if TYPE_CHECKING:
    from grafherald.net.client import Client
    from grafherald.net.response import Response

_BUDGET = Budget(500, 400, 1)
_LARGEST = 5_242_880  # bytes: https://pushover.net/api#attachments
# 1 is heard in quiet hours too, -1 never: https://pushover.net/api#priority
_PRIORITIES = {"critical": 1, "warning": 0, "unknown": 0, "ok": -1, "info": -1}
# Seconds; at least 30, at most 10,800: https://pushover.net/api#priority
_EMERGENCY = {"priority": "2", "retry": "60", "expire": "3600"}


class Pushover(Account):
    """One user's or group's key. See `Channel`."""

    type = "pushover"
    wants = "bytes"
    URL = "https://api.pushover.net"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Fill in the form without token and picture. See `Channel.payload`."""
        seen = view(cleaned(notification), _source, _BUDGET)
        shown = seen.notification
        text = self.templates.render("message.txt", **seen.values()).strip()
        body = {
            "user": self.recipient,
            "title": shorten(shown.headline, 250),
            "message": shorten(text, 1024) or shown.word,
            "priority": str(_PRIORITIES[shown.tone]),
            "timestamp": str(int(shown.event.occurred_at.timestamp())),
        }
        for label, url in seen.links:
            if safe_link(url, 512):
                body |= {"url": url, "url_title": shorten(label, 100)}
                break
        if self.settings.get("emergency") and _is_emergency(shown):
            body |= _EMERGENCY | {"tags": subject_of(shown.event)}
        return body

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`; an end takes back the emergency."""
        self.require_recipient()
        png = first_png(notification, _LARGEST)
        with self.client() as http:
            answer = self._post(http, notification, png)
            if png and answer.status in (400, 413):  # it may be the picture; the alert arrives
                told = without_pictures(notification, "Pushover did not take the picture")
                answer = self._post(http, told, b"")
            answer.check()
            if self.settings.get("emergency") and notification.event.kind is Kind.RESOLVE:
                tag = quote(subject_of(cleaned(notification).event))
                cancel = f"{self.url}/1/receipts/cancel_by_tag/{tag}.json"
                http.post(cancel, data={"token": self.token})
        return Receipt(str(answer.status), str(answer.document().get("receipt", "")))

    def _post(self, http: Client, notification: Notification, png: bytes) -> Response:
        files = {"attachment": File("graph.png", png)} if png else {}
        kind, body = encode({"token": self.token, **self.payload(notification)}, files)
        return http.post(f"{self.url}/1/messages.json", data=body, headers=kind)

    def probe(self) -> str:
        """Ask whether the keys are valid. See `Probe`."""
        with self.client() as http:
            keys = {"token": self.token, "user": self.recipient}
            answer = http.post(f"{self.url}/1/users/validate.json", data=keys)
        answer.check()
        return f"{answer.host} knows token and user"


def _is_emergency(notification: Notification) -> bool:
    return notification.event.kind is Kind.PROBLEM and notification.tone == "critical"


def _source(_number: int, graph: Graph) -> str:
    return "attachment" if graph.png and len(graph.png) <= _LARGEST else ""


TYPE = ChannelType(
    name="pushover",
    open=Pushover.open,
    schema=schema.load("channel-pushover"),
    sample={"token": "-", "user": "u1"},
    setting="user",
    attribute="pushover_to",
    rate=Rate(timedelta(seconds=1), burst=5),
    pictures="attached (one)",
    resolves="as a message; an emergency is taken back",
    limits="1,024 characters, 5 MB a picture",
)
