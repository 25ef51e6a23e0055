"""Slack: a slash command, mentions and direct messages, over HTTP (``/chat/slack``).

Slack waits three seconds, so a request is acknowledged at once and answered afterwards, through
the command's ``response_url`` or ``chat.postMessage``.
https://docs.slack.dev/interactivity/implementing-slash-commands
https://docs.slack.dev/apis/events-api
"""

from __future__ import annotations

import hashlib
import hmac
import html
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from grafherald.channels.slack.api import Api
from grafherald.chat.answers import Reply
from grafherald.chat.bot import Asker, Bot
from grafherald.chat.http import Headers, HttpResponse, as_json, fields, problem, replies, same
from grafherald.chat.shapes import mapping
from grafherald.errors import DeliveryError
from grafherald.net.client import Client
from grafherald.net.response import secrets_of
from grafherald.notification.templates import slack_escape
from grafherald.settings.served import ChatSlackSettings
from grafherald.text import cut

API = "https://slack.com/api"

_log = logging.getLogger(__name__)
_WINDOW = 300  # seconds: https://docs.slack.dev/authentication/verifying-requests-from-slack
_REMEMBERED = 1000
_TIMEOUT = 10
_MOST_TEXT = 39_000  # https://api.slack.com/changelog/2018-04-truncating-really-long-messages
_MOST_ATTACHMENTS = 20  # https://api.slack.com/docs/message-attachments
_MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>[:,]?")
_LINK = re.compile(r"<(?:[^>|]*\|)?([^>]*)>")

Submit = Callable[[Callable[[], None]], object]
"""Runs a function later, in another thread."""


class SlackApp:
    """What Slack asks, answered by *bot*; *submit* takes what is done after the acknowledgement."""

    def __init__(
        self,
        bot: Bot,
        settings: ChatSlackSettings,
        submit: Submit,
        *,
        clock: Callable[[], float] = time.time,
        api: str = API,
    ) -> None:
        self._bot = bot
        self._settings = settings
        self._submit = submit
        self._clock = clock
        self._api = api
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def handle(self, headers: Headers, body: bytes) -> HttpResponse:
        """Answer one request; the names of *headers* are in lower case."""
        if not self._is_signed(headers, body):
            return problem(401, "the signature is not that of chat.slack.signing_secret, or old")
        if "json" in headers.get("content-type", ""):
            content = fields(body)
            if content.get("type") == "url_verification":
                return as_json(200, {"challenge": content.get("challenge", "")})
            self.event(content)
            return 200, {}, b""
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if form.get("ssl_check"):
            return 200, {}, b""  # Slack looks at our certificate, now and then
        self.command(form)
        return as_json(200, {"response_type": "in_channel"})

    def command(self, form: Mapping[str, Any]) -> None:
        """Answer a slash command, its fields as in Slack's form or Socket Mode's payload."""
        asker = Asker(
            str(form.get("user_id", "")),
            (str(form.get("channel_id", "")), str(form.get("channel_name", ""))),
        )
        url = str(form.get("response_url", ""))

        def work() -> None:
            def early(ready: Sequence[Reply]) -> None:
                for message in messages(ready):
                    self._respond(url, {"response_type": "in_channel", **message})

            answer = self._bot.answer(_plain(str(form.get("text", ""))), asker, early)
            kind = "ephemeral" if answer.failed else "in_channel"
            for message in messages(replies(answer)):
                self._respond(url, {"response_type": kind, **message})

        self._submit(work)

    def event(self, content: Mapping[str, Any]) -> None:
        """Answer a mention or a direct message; Slack's repetitions are passed over."""
        event = mapping(content.get("event"))
        direct = event.get("type") == "message" and event.get("channel_type") == "im"
        if event.get("type") != "app_mention" and not direct:
            return
        if event.get("bot_id") or event.get("subtype") or self._is_repeated(content):
            return
        channel = str(event.get("channel", ""))
        thread = event.get("thread_ts") or (event.get("ts") if self._settings.threads else None)
        asker = Asker(str(event.get("user", "")), (channel,))
        before, *behind = _MENTION.split(str(event.get("text", "")), maxsplit=1)
        line = _plain("".join(behind)) or _plain(before)  # who is called last, is called

        def say(ready: Sequence[Reply]) -> None:
            for message in messages(ready):
                place = {"channel": channel, **({"thread_ts": thread} if thread else {})}
                self._say({**place, **message})

        def work() -> None:
            say(replies(self._bot.answer(line, asker, say)))

        self._submit(work)

    def _is_signed(self, headers: Headers, body: bytes) -> bool:
        sent = headers.get("x-slack-request-timestamp", "")
        secret = self._settings.signing_secret
        if not secret or not re.fullmatch(r"\d{1,12}", sent, re.ASCII):
            return False
        if abs(self._clock() - int(sent)) > _WINDOW:
            return False
        text = b"v0:" + sent.encode() + b":" + body
        expected = "v0=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
        return same(headers.get("x-slack-signature", ""), expected)

    def _is_repeated(self, content: Mapping[str, Any]) -> bool:
        """Tell whether the event came before: Slack sends again what it thinks is lost."""
        name = str(content.get("event_id", ""))
        with self._lock:
            known = bool(name) and name in self._seen
            self._seen[name] = None
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return known

    def _respond(self, url: str, message: Mapping[str, Any]) -> None:
        with _logged(), Client(timeout=_TIMEOUT, secrets=secrets_of(url)) as client:
            client.post(url, json=message).check()

    def _say(self, message: Mapping[str, Any]) -> None:
        token = self._settings.token
        with _logged(), Client(timeout=_TIMEOUT, secrets=[token]) as client:
            Api(client, self._api, token).call("chat.postMessage", json=message)


@contextmanager
def _logged() -> Iterator[None]:
    """Log a delivery that fails: nobody is left to tell."""
    try:
        yield
    except DeliveryError as error:
        _log.warning("an answer did not reach Slack: %s", error)


def messages(said: Sequence[Reply]) -> list[dict[str, Any]]:
    """Split replies into Slack's messages: 20 panels in one, plain text with the last of them.

    The attachments are those of hubot-grafana's SlackResponder; unlike a block, an attachment whose
    picture can't be fetched still shows its title and its link.
    """
    text = "\n".join(reply.text for reply in said if not reply.link)
    attachments = [_attachment(reply) for reply in said if reply.link]
    parts = [
        attachments[start : start + _MOST_ATTACHMENTS]
        for start in range(0, len(attachments), _MOST_ATTACHMENTS)
    ] or [[]]
    made: list[dict[str, Any]] = [{"unfurl_links": False, "attachments": part} for part in parts]
    if not attachments:
        del made[0]["attachments"]
    if text:
        made[-1]["text"] = slack_escape(cut(text, _MOST_TEXT, lambda t: len(slack_escape(t))))
    return made


def _attachment(reply: Reply) -> dict[str, str]:
    text = slack_escape(reply.text)
    shown = {
        "fallback": text,
        "title": slack_escape(reply.title) or "Panel",
        "title_link": reply.link,
    }
    return {**shown, "image_url": reply.image_url} if reply.public else {**shown, "text": text}


def _plain(text: str) -> str:
    """Read *text* as it was typed: Slack turns ``web01.example.com`` into a link."""
    return html.unescape(_LINK.sub(r"\1", text)).strip()
