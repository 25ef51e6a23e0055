"""Telegram, by a bot: a photo with its caption, or a message.

https://core.telegram.org/bots/api#sendphoto: 10 MB, caption 1,024 characters; #sendmessage: 4,096.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from grafherald.channels import ChannelType, Rate, Receipt
from grafherald.channels._service import Account, without_pictures
from grafherald.errors import PermanentError
from grafherald.net.multipart import File, encode
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, safe_link, view
from grafherald.settings import schema
from grafherald.text import shorten

if TYPE_CHECKING:
    from grafherald.net.client import Client
    from grafherald.net.response import Response

# Characters without tags; here with them, and as UTF-16 has them, in which Telegram counts:
# https://core.telegram.org/api/entities#entity-length
_CAPTION, _MESSAGE = 1024, 4096
_CAPTIONS = (Budget(400, 400, 1), Budget(200, 150, 1), Budget(60, 0, 1))
_TEXTS = (Budget(2200, 1500, 0), Budget(600, 600, 0), Budget(100, 0, 0))
_LARGEST = 10 << 20  # bytes; width and height are at most 10,000 together, their ratio 20


class Telegram(Account):
    """One chat. See `Channel`."""

    type = "telegram"
    URL = "https://api.telegram.org"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Fill in the fields of the method, the picture's bytes apart. See `Channel.payload`."""
        picture = _picture(notification)
        key, limit = ("caption", _CAPTION) if picture else ("text", _MESSAGE)
        body: dict[str, Any] = {
            "chat_id": self.recipient,
            "parse_mode": "HTML",
            key: self._text(notification, limit, with_picture=bool(picture)),
        }
        if isinstance(picture, str) and picture:
            body["photo"] = picture
        if not picture:
            body["link_preview_options"] = {"is_disabled": True}
        if self.settings.get("topic"):
            body["message_thread_id"] = self.settings["topic"]
        if notification.tone in ("ok", "info"):
            body["disable_notification"] = True
        return body

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        return self._send(notification, {})

    def follow(self, notification: Notification, earlier: str) -> Receipt:
        """Reply to the earlier message. See `Follows`."""
        if not earlier.isdecimal():  # none, or another service's, which the channel was before
            return self._send(notification, {})
        answered = {"message_id": int(earlier), "allow_sending_without_reply": True}
        return self._send(notification, {"reply_parameters": answered})

    def add_pictures(self, receipt: Receipt, notification: Notification, latest: str) -> Receipt:
        """Put the picture into the message; where that is refused, answer it with the picture.

        See `AddsPictures.add_pictures`. https://core.telegram.org/bots/api#editmessagemedia
        """
        picture = _picture(notification)
        if not receipt.reference:
            raise PermanentError("Telegram did not say which message it made")
        with self.client() as http:
            answer = self._change(http, int(receipt.reference), notification)
            if answer.status == 400 and picture:
                place = {"chat_id": self.recipient, "disable_notification": True}
                under = {"message_id": int(receipt.reference), "allow_sending_without_reply": True}
                png = picture if isinstance(picture, bytes) else b""
                photo = {"photo": picture} if isinstance(picture, str) else {}
                body = {**place, **photo, "reply_parameters": under}
                answer = self._ask(http, "sendPhoto", body, png)
        answer.check()
        return receipt._replace(reference=latest)

    def _change(self, http: Client, number: int, notification: Notification) -> Response:
        """Show a notification in a sent message: with its picture, else why it has none."""
        body = self.payload(notification)
        place = {"chat_id": self.recipient, "message_id": number}
        picture = _picture(notification)
        if not picture:
            text = {key: body[key] for key in ("text", "parse_mode", "link_preview_options")}
            return self._ask(http, "editMessageText", {**place, **text}, b"")
        said = {key: body[key] for key in ("caption", "parse_mode")}
        source = picture if isinstance(picture, str) else "attach://photo"
        media = {"type": "photo", "media": source, **said}
        png = picture if isinstance(picture, bytes) else b""
        return self._ask(http, "editMessageMedia", {**place, "media": media}, png)

    def probe(self) -> str:
        """Ask for the chat, which a bot can only see where it may write. See `Probe`."""
        with self.client() as http:
            answer = self._ask(http, "getChat", {"chat_id": self.recipient}, b"")
        answer.check()
        return f"{answer.host} knows token and chat"

    def _send(self, notification: Notification, more: Mapping[str, Any]) -> Receipt:
        self.require_recipient()
        body = {**self.payload(notification), **more}
        picture = _picture(notification)
        method = "sendPhoto" if picture else "sendMessage"
        png = picture if isinstance(picture, bytes) else b""
        with self.client() as http:
            answer = self._ask(http, method, body, png)
            if answer.status == 400 and picture:  # it may be the photo; the alert arrives
                told = without_pictures(notification, "Telegram did not take the picture")
                answer = self._ask(http, "sendMessage", {**self.payload(told), **more}, b"")
        answer.check()
        sent = answer.document().get("result")
        number = sent.get("message_id", "") if isinstance(sent, dict) else ""
        return Receipt(str(answer.status), str(number))

    def _ask(self, http: Client, method: str, body: Mapping[str, Any], png: bytes) -> Response:
        """Call a method, and once more where the group has another id now."""
        answer = self._call(http, method, body, png)
        if moved := _moved_to(answer):
            answer = self._call(http, method, {**body, "chat_id": moved}, png)
        return answer

    def _call(self, http: Client, method: str, body: Mapping[str, Any], png: bytes) -> Response:
        address = f"{self.url}/bot{self.token}/{method}"
        if not png:
            return http.post(address, json=body)
        plain = {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
        kind, data = encode(plain, {"photo": File("graph.png", png)})
        return http.post(address, data=data, headers=kind)

    def _text(self, notification: Notification, limit: int, *, with_picture: bool) -> str:
        shown = cleaned(notification)
        for budget in _CAPTIONS if with_picture else _TEXTS:
            seen = view(shown, _source, budget, lambda text: _length(escape(text)))
            text = self.templates.render("telegram/message.html", **seen.values()).strip()
            if 0 < _length(text) <= limit:
                return text
        return escape(shorten(shown.headline, limit // 12))


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _source(_number: int, graph: Graph) -> str:
    return "photo" if _shown(graph) else ""


def _shown(graph: Graph) -> bytes | str:
    if graph.png and len(graph.png) <= _LARGEST:
        return graph.png
    return safe_link(graph.image_url)


def _picture(notification: Notification) -> bytes | str:
    """The picture to send along: its bytes, or the URL that Telegram fetches it from; or ""."""
    return _shown(notification.graphs[0]) if notification.graphs else ""


def _moved_to(answer: Response) -> str:
    """Read the id that a group has had since it became a supergroup, "" if the answer has none."""
    parameters = answer.document().get("parameters")
    moved = parameters.get("migrate_to_chat_id") if isinstance(parameters, dict) else None
    return str(moved) if answer.status == 400 and moved else ""


TYPE = ChannelType(
    name="telegram",
    open=Telegram.open,
    schema=schema.load("channel-telegram"),
    sample={"token": "-", "chat": "-1001"},
    setting="chat",
    attribute="telegram_to",
    # a chat takes one a second, a group 20 a minute: https://core.telegram.org/bots/faq
    rate=Rate(timedelta(seconds=3), burst=3),
    fetches=True,
    pictures="carried, or as its public URL",
    threads=True,
    resolves="as a reply",
    limits="1,024 characters with a picture, 4,096 without",
)
