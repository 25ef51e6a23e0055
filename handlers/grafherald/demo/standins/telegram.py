"""Telegram's bot API, on loopback: messages that can be edited, in its own HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import TYPE_CHECKING, Any

from grafherald.demo.standins.forms import form
from grafherald.demo.standins.wire import StandInReply, WireRequest, json_reply

if TYPE_CHECKING:
    from grafherald.demo.standins.services import ServiceStandIn

# Of Telegram's HTML: https://core.telegram.org/bots/api#html-style
_TAG = r'(?:b|i|pre|code|a href="[^"<>]*"|a)'


def answer(self: ServiceStandIn, request: WireRequest) -> StandInReply:  # noqa: PLR0911 - a refusal each
    """Answer as the bot API: https://core.telegram.org/bots/api."""
    prefix = f"/bot{self.token}/"
    if not request.path.startswith(prefix):
        return _no(401, "Unauthorized")
    method, (fields, files) = request.path.removeprefix(prefix), form(request)
    chat_id = str(fields.get("chat_id", ""))
    if chat_id == "-1":
        return json_reply(
            400,
            {
                "ok": False,
                "description": "Bad Request: group chat was upgraded to a supergroup chat",
                "parameters": {"migrate_to_chat_id": -1001},
            },
        )
    if not chat_id.startswith("-100") and not chat_id.startswith("@"):
        return _no(400, "Bad Request: chat not found")
    if method == "getChat":
        return json_reply(200, {"ok": True, "result": {"id": -1001}})
    if method in ("editMessageMedia", "editMessageText"):
        return _edited(self, fields, files)
    text = fields.get("caption" if method == "sendPhoto" else "text", "")
    shown = _text(text)
    if shown is None:
        return _no(400, "Bad Request: can't parse entities")
    if method == "sendMessage" and not shown.strip():
        return _no(400, "Bad Request: message text is empty")
    if len(shown.encode("utf-16-le")) // 2 > (1024 if method == "sendPhoto" else 4096):
        return _no(400, "Bad Request: message caption is too long")
    if method == "sendPhoto" and not files and "photo" not in fields:
        return _no(400, "Bad Request: there is no photo in the request")
    if any(not content.startswith(b"\x89PNG") for content in files.values()):
        return _no(400, "Bad Request: IMAGE_PROCESS_FAILED")
    self.files += files.values()
    self.taken.append(dict(fields))
    return json_reply(200, {"ok": True, "result": {"message_id": 70 + len(self.taken)}})


def _edited(
    self: ServiceStandIn, fields: Mapping[str, Any], files: Mapping[str, bytes]
) -> StandInReply:
    """https://core.telegram.org/bots/api#editmessagemedia, which makes a text a photo too."""
    at = int(fields["message_id"]) - 71
    if not 0 <= at < len(self.taken):
        return _no(400, "Bad Request: message to edit not found")
    media = fields.get("media", {})
    media = json.loads(media) if isinstance(media, str) else media
    text = media.get("caption", fields.get("text", ""))
    if _text(text) is None or (media.get("media") == "attach://photo") != bool(files):
        return _no(400, "Bad Request: wrong file identifier/HTTP URL specified")
    self.files[:] = files.values() or self.files
    self.taken[at] = {**self.taken[at], **fields, "edited": True, "media": media}
    return json_reply(200, {"ok": True, "result": {"message_id": 71 + at}})


def _no(status: int, description: str) -> StandInReply:
    return json_reply(status, {"ok": False, "error_code": status, "description": description})


def _text(html: str) -> str | None:
    """Read the text of Telegram's HTML; None where a tag is unknown or not closed in its turn."""
    opened: list[str] = []
    for closing, tag in re.findall(f"<(/?)({_TAG})>", html):
        name = tag.partition(" ")[0]
        if closing and (not opened or opened.pop() != name):
            return None
        if not closing:
            opened.append(name)
    plain = re.sub(f"</?{_TAG}>", "", html)
    return None if opened or "<" in plain or ">" in plain else unescape(plain)
