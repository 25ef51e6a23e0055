"""HipChat's API v1 and v2, as far as a notification goes; HipChat itself ended in 2019.

It is stricter than HipChat was: markup that HipChat silently took out is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from grafherald.demo.standins.wire import StandInReply, WireRequest, json_reply

_COLOURS = ("yellow", "green", "red", "purple", "gray", "random")
_TAGS = {"a", "b", "i", "strong", "em", "br", "img", "pre", "code", "ul", "ol", "li", "table"}
_TAGS |= {"thead", "tbody", "tr", "th", "td"}
_IMG = {"src", "alt", "width", "height", "align", "style"}
_V2 = re.compile(r"/v2/room/([^/]+)(/notification)?")


@dataclass(frozen=True)
class RoomMessage:
    """A notification in a room."""

    room: str
    sender: str
    text: str
    format: str
    colour: str
    notify: bool


@dataclass
class Rooms:
    """All rooms; *known* ones when not None.

    Attributes:
        hidden: the token may send to rooms, and not look at them.
        messages: what they show, in order.
    """

    known: tuple[str, ...] | None = None
    hidden: bool = False
    messages: list[RoomMessage] = field(default_factory=list)

    def answer(self, request: WireRequest, token: str) -> StandInReply:
        """Reply as HipChat's API would, and put what it takes into the rooms."""
        given = request.bearer or request.query.get("auth_token")
        if given != token:
            return _refusal(401, "Invalid OAuth session")
        match = _V2.fullmatch(request.path)
        if request.query.get("auth_test") == "true":
            return json_reply(202, {"success": {"code": 202, "type": "Accepted"}})
        if match and request.method == "GET" and not match[2]:
            return self._room(unquote(match[1]))
        if match and request.method == "POST" and match[2]:
            return self._notify(unquote(match[1]), request.fields)
        if request.path == "/v1/rooms/message" and request.method == "POST":
            return self._message(request.fields)
        return _refusal(404, "Not found")

    def _room(self, room: str) -> StandInReply:
        if self.hidden:
            return _refusal(403, "This token lacks the scope view_room")
        if self.known is not None and room not in self.known:
            return _refusal(404, f"Room '{room}' not found")
        return json_reply(200, {"id": 1, "name": room})

    def _notify(self, room: str, fields: Mapping[str, Any]) -> StandInReply:
        form = fields.get("message_format", "html")
        colour = fields.get("color", "yellow")
        refusal = self._refuses(room, fields.get("message"), form, colour)
        if not refusal and not isinstance(fields.get("notify", False), bool):
            refusal = _refusal(400, "notify: expected a boolean")
        if not refusal and len(str(fields.get("from", ""))) > 64:
            refusal = _refusal(400, "from: longer than 64 characters")
        if refusal:
            return refusal
        sender = str(fields.get("from", ""))
        notify = bool(fields.get("notify", False))
        self.messages.append(RoomMessage(room, sender, fields["message"], form, colour, notify))
        return StandInReply(204)

    def _message(self, fields: Mapping[str, Any]) -> StandInReply:
        room, sender = str(fields.get("room_id", "")), str(fields.get("from", ""))
        form = fields.get("message_format", "html")
        colour = fields.get("color", "yellow")
        refusal = self._refuses(room, fields.get("message"), form, colour)
        if not refusal and not re.fullmatch(r"[A-Za-z0-9 _-]{1,14}", sender):
            refusal = _refusal(400, "from: 1 to 14 letters, digits, blanks, - and _")
        if not refusal and fields.get("notify", "0") not in ("0", "1"):
            refusal = _refusal(400, "notify: 0 or 1")
        if refusal:
            return refusal
        notify = fields.get("notify") == "1"
        self.messages.append(RoomMessage(room, sender, fields["message"], form, colour, notify))
        return json_reply(200, {"status": "sent"})

    def _refuses(
        self, room: str, text: object, form: object, colour: object
    ) -> StandInReply | None:
        if self.known is not None and room not in self.known:
            return _refusal(404, f"Room '{room}' not found")
        if not isinstance(text, str) or not 1 <= len(text) <= 10000:
            return _refusal(400, "message: 1 to 10000 characters")
        if form not in ("html", "text"):
            return _refusal(400, "message_format: html or text")
        if colour not in _COLOURS:
            return _refusal(400, f"color: one of {', '.join(_COLOURS)}")
        wrong = markup_problem(text) if form == "html" else ""
        return _refusal(400, wrong) if wrong else None


def markup_problem(html: str) -> str:
    """Find what HipChat would not show of a message in HTML; "" when it shows all."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    unclosed = [tag for tag in reader.open if tag not in ("li", "p")]
    return reader.problem or (f"<{unclosed[-1]}> is not closed" if unclosed else "")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.problem = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = {"a": {"href"}, "img": _IMG}.get(tag, set())
        extra = {name for name, _ in attrs} - allowed
        if tag not in _TAGS or extra:
            self.problem = self.problem or f"<{tag} {' '.join(sorted(extra))}> is not allowed"
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problem = self.problem or f"</{tag}> closes nothing"


def _refusal(status: int, message: str) -> StandInReply:
    error = {"code": status, "type": "Error", "message": message}
    return json_reply(status, {"error": error})
