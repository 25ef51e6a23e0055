"""HTTP in plain functions, and ``POST /chat/query``: where a script asks, such as a Hubot's.

The request is ``{"text", "room", "user"}`` with a bearer token; the answer is a list of
``{"title", "image_url", "link", "text"}``, as ``grafherald graf --json`` prints it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from grafherald.chat.answers import Answer, Reply
from grafherald.chat.bot import Asker, Bot

Headers = Mapping[str, str]
HttpResponse = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


class QueryRoute:
    """Answers `/chat/query` for those who know *token*."""

    def __init__(self, bot: Bot, token: str) -> None:
        self._bot = bot
        self._token = token

    def handle(self, headers: Headers, body: bytes) -> HttpResponse:
        """Answer one request; the names of *headers* are in lower case."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not same(given.strip(), self._token):
            return problem(401, "this needs the bearer token of chat.query.token")
        found = fields(body)
        texts = [found.get(name, "") for name in ("text", "room", "user")]
        if not texts[0] or not all(isinstance(text, str) for text in texts):
            return problem(
                400, 'expected {"text": ..., "room": ..., "user": ...}, all of them texts'
            )
        text, room, user = map(str, texts)
        return as_json(200, listed(replies(self._bot.answer(text, Asker(user, (room,))))))


def replies(answer: Answer) -> Sequence[Reply]:
    """What goes into a room: the answer's replies, and its remark as the last of them."""
    return [*answer.replies, *([Reply(answer.remark)] if answer.remark else [])]


def listed(said: Sequence[Reply]) -> list[dict[str, str]]:
    """Replies as scripts read them."""
    names = ("title", "image_url", "link", "text")
    return [{name: getattr(reply, name) for name in names} for reply in said]


def same(given: str, secret: str) -> bool:
    """Compare in constant time; an empty *secret* is nobody's."""
    return bool(secret) and hmac.compare_digest(given.encode(), secret.encode())


def fields(body: bytes) -> Mapping[str, Any]:
    """Read *body* as a JSON object; what is none counts as an empty one."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def as_json(status: int, content: Any) -> HttpResponse:
    """Answer with *content* as JSON."""
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


def problem(status: int, text: str) -> HttpResponse:
    """Answer with ``{"error": text}``."""
    return as_json(status, {"error": text})
