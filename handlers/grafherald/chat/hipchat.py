"""HipChat's room webhook, ``/chat/hipchat?token=...``: the reply to the room is the response.

https://developer.atlassian.com/server/hipchat/webhooks/ (``room_message``)
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from grafherald.chat.answers import Reply
from grafherald.chat.bot import Asker, Bot
from grafherald.chat.http import HttpResponse, as_json, fields, problem, replies, same
from grafherald.chat.shapes import mapping

_MOST = 10_000  # characters: https://developer.atlassian.com/server/hipchat/hipchat-rest-api-v2/


class HipChatWebhook:
    """Answers the webhook whose URL carries *token*: only those of add-ons are signed."""

    def __init__(self, bot: Bot, token: str) -> None:
        self._bot = bot
        self._token = token

    def handle(self, query: Mapping[str, str], body: bytes) -> HttpResponse:
        """Answer one request with the parameters *query* in its URL."""
        if not same(query.get("token", ""), self._token):
            return problem(401, "the webhook's URL needs ?token= with chat.hipchat.token")
        item = mapping(fields(body).get("item"))
        said, room = mapping(item.get("message")), mapping(item.get("room"))
        if not isinstance(said.get("message"), str):
            return problem(400, "expected a room_message of HipChat's webhook")
        user = str(mapping(said.get("from")).get("id", ""))
        asker = Asker(user, (str(room.get("id", "")), str(room.get("name", ""))))
        answer = self._bot.answer(said["message"], asker)
        return as_json(200, notification(replies(answer), failed=answer.failed))


def notification(said: Sequence[Reply], *, failed: bool) -> dict[str, object]:
    """Put replies into one notification; those that no longer fit into it are counted."""
    shown: list[str] = []
    for number, reply in enumerate(said):
        line = _line(reply)
        if len("<br>".join([*shown, line])) > _MOST - 50:
            shown.append(f"(and {len(said) - number} more)")
            break
        shown.append(line)
    return {
        "color": "red" if failed else "green",
        "message": "<br>".join(shown),
        "message_format": "html",
        "notify": False,
    }


def _line(reply: Reply) -> str:
    text = html.escape(reply.text).replace("\n", "<br>")
    if not reply.link:
        return text
    link = html.escape(reply.link)
    title = f'<a href="{link}">{html.escape(reply.title) or "Panel"}</a>'
    if reply.public:
        return f'{title}<br><a href="{link}"><img src="{html.escape(reply.image_url)}"></a>'
    return f"{title}<br>{text}"
