"""HipChat rooms by API v2 or v1, of hipchat.com's time and of servers on premises.

https://developer.atlassian.com/server/hipchat/ and the ``hipchat`` gem 1.5, which Sensu's public
handler uses, are what the two forms of a request were read from.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from grafherald.channels import ChannelType, Rate, Receipt
from grafherald.channels._service import Account
from grafherald.errors import PermanentError, TemporaryError
from grafherald.net.response import retry_after
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, safe_link, view
from grafherald.settings import schema
from grafherald.text import shorten

if TYPE_CHECKING:
    from grafherald.net.client import Client
    from grafherald.net.response import Response
    from grafherald.notification.templates import Templates

_MESSAGE = 10000  # characters, both APIs
_FROM = {"v1": 14, "v2": 64}  # characters of a sender's name
_COLOURS = {
    "ok": "green",
    "warning": "yellow",
    "critical": "red",
    "unknown": "red",
    "info": "gray",
}
_QUIET = ("ok", "info")  # make no sound
_BUDGETS = (Budget(5000, 2500, 5), Budget(1500, 1200, 1), Budget(500, 0, 0))


class HipChat(Account):
    """One room. See `Channel`."""

    type = "hipchat"
    wants = "url"
    URL = "https://api.hipchat.com"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Write the JSON body of API v2, or the form of v1. See `Channel.payload`."""
        tone = notification.tone
        form, message = self._message(cleaned(notification), self.templates)
        body: dict[str, Any] = {
            "color": self.settings.get("colors", {}).get(tone, _COLOURS[tone]),
            "message_format": form,
            "message": message,
            "notify": bool(self.settings.get("notify", tone not in _QUIET)),
        }
        sender = str(self.settings.get("from", "grafherald"))
        if not self._is_v1:
            return body | {"from": sender[: _FROM["v2"]]}
        sender = re.sub(r"[^A-Za-z0-9 _-]", "-", sender)[: _FROM["v1"]]
        return body | {"room_id": self.recipient, "from": sender, "notify": int(body["notify"])}

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        if self.recipient in ("", ".", ".."):
            raise PermanentError(f"no room: settings or event name {self.recipient!r}")
        body = self.payload(notification)
        with self.client() as client:
            if self._is_v1:
                query = {"format": "json", "auth_token": self.token}
                answer = client.post(f"{self.url}/v1/rooms/message", params=query, data=body)
            else:
                answer = client.post(f"{self._room}/notification", headers=self.bearer, json=body)
        _check_rate(answer)
        answer.check()
        return Receipt(str(answer.status))

    def probe(self) -> str:
        """Look at the room, else test the token alone: it may send and not look. See `Probe`.

        ``auth_test`` makes a method say whether it would be allowed, and do nothing; a server
        that does not know it refuses the message that is missing.
        https://developer.atlassian.com/server/hipchat/about-the-hipchat-rest-api
        """
        with self.client() as client:
            if not self._is_v1:
                answer = client.get(self._room, headers=self.bearer)
                if answer.status not in (401, 403):
                    answer.check()
                    return f"{answer.host} knows token and room"
            answer = self._auth_test(client)
        if answer.status != 400:
            answer.check()
        return f"{answer.host} takes the token"

    def _auth_test(self, client: Client) -> Response:
        test = {"auth_test": "true"}
        if not self._is_v1:
            return client.post(f"{self._room}/notification", headers=self.bearer, params=test)
        test |= {"format": "json", "auth_token": self.token}
        return client.post(f"{self.url}/v1/rooms/message", params=test)

    @property
    def _room(self) -> str:
        return f"{self.url}/v2/room/{quote(self.recipient, safe='')}"

    @property
    def _is_v1(self) -> bool:
        return str(self.settings.get("api", "v2")) == "v1"

    def _message(self, notification: Notification, templates: Templates) -> tuple[str, str]:
        """Write the longest message that HipChat takes: its format, and its text."""
        form = str(self.settings.get("message_format", "html"))
        name, size = ("message.html", _html) if form == "html" else ("message.txt", _mentionless)
        for budget in _BUDGETS:
            shown = view(notification, _source, budget, lambda text: len(size(text)))
            message = templates.render(f"hipchat/{name}", **shown.values()).strip()
            message = message if form == "html" else _mentionless(message)
            if 0 < len(message) <= _MESSAGE:
                return form, message
        if message and templates.has_own:
            ours = templates.without_own(
                f"hipchat/{name}", f"gives more than {_MESSAGE:,} characters"
            )
            return self._message(notification, ours)
        return "text", shorten(_mentionless(notification.headline), _MESSAGE)


def _check_rate(answer: Response) -> None:
    """Raise what a 403 is that is no refusal: API v1 says so of what comes too fast.

    https://developer.atlassian.com/server/hipchat/hipchat-rest-api-rate-limits

    Raises:
        TemporaryError: nothing remains of the limit.
    """
    if answer.status == 403 and answer.headers.get("x-ratelimit-remaining", "").strip() == "0":
        wait = retry_after(answer.headers, datetime.now(timezone.utc))
        text = f"{answer.host} answered 403: nothing is left of its rate limit"
        raise TemporaryError(text, retry_after=wait)


def _source(_number: int, graph: Graph) -> str:
    return safe_link(graph.image_url)


def _html(text: str) -> str:
    return escape(text)


def _mentionless(text: str) -> str:
    """Keep ``@all`` in *text* from calling anybody: messages as text have mentions."""
    return re.sub(r"@(?=\w)", "@\u200b", text)


TYPE = ChannelType(
    name="hipchat",
    open=HipChat.open,
    schema=schema.load("channel-hipchat"),
    sample={"url": "https://hipchat.example.com", "room": "ops", "token": "-"},
    setting="room",
    attribute="hipchat_room",
    override="room",
    limits="10,000 characters",
    rate=Rate(timedelta(seconds=2), burst=10),  # a room takes 30 messages a minute
)
