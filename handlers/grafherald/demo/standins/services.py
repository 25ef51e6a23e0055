"""Chats, pagers and phones on loopback: they refuse what their services refuse, and remember.

What each takes and answers is read from the documentation that the channel of its name links.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from grafherald.demo.standins import chat, telegram
from grafherald.demo.standins.forms import form, is_text
from grafherald.demo.standins.wire import StandInReply, WireRequest, json_reply
from grafherald.notification import is_web_url

Files = Mapping[str, bytes]


@dataclass
class ServiceStandIn:
    """One service's server.

    Attributes:
        token: the only one that it takes.
        taken: what its reader sees, in order.
        files: what was uploaded, in order.
        requests: what was asked, in order.
        refused: what was answered to those that it did not take, in order.
        failures: answers for the next requests, before anything else is looked at; None closes
            the connection without one.
    """

    name: str
    token: str
    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    requests: list[WireRequest] = field(default_factory=list)
    refused: list[StandInReply] = field(default_factory=list)
    failures: deque[StandInReply | None] = field(default_factory=deque)

    def answer(self, request: WireRequest) -> StandInReply | None:
        """Reply as the service would; None to close without a reply."""
        self.requests.append(request)
        if self.failures:
            return self.failures.popleft()
        reply = StandInReply(400, b"no UTF-8")
        if is_text(form(request)[0]):
            reply = _SERVICES[self.name](self, request)
        if reply.status >= 400:
            self.refused.append(reply)
        return reply


@contextmanager
def running(name: str, token: str) -> Iterator[ServiceStandIn]:
    """Run the server of a channel type on a free port of 127.0.0.1 until the block ends."""
    with chat.serving(ServiceStandIn(name, token)) as service:
        yield service


def _teams(self: ServiceStandIn, request: WireRequest) -> StandInReply:
    """Answer as a workflow's trigger: 202 for what it will try to post."""
    if self.token not in request.path:
        return json_reply(401, {"error": {"code": "DirectApiAuthorizationRequired"}})
    each = 1 if "charset=utf-8" in request.headers.get("content-type", "") else 2
    if each * len(request.body) > 28 * 1024:
        return json_reply(413, {"error": {"code": "RequestEntityTooLarge"}})
    (one,) = request.fields.get("attachments") or [{}]
    card = one.get("content", {})
    if card.get("type") != "AdaptiveCard" or card.get("version") not in ("1.2", "1.3", "1.4"):
        return json_reply(400, {"error": {"code": "InvalidCard", "message": "no Adaptive Card"}})
    pictures = [block["url"] for block in card["body"] if block["type"] == "Image"]
    texts = [run["text"] for block in card["body"] for run in block.get("inlines", ())]
    wrong = (
        not all(url.startswith("https://") for url in pictures)
        or not all(is_web_url(action["url"]) for action in card["actions"])
        or not all(texts)
        or len(card["actions"]) > 6
    )
    if wrong:
        return json_reply(400, {"error": {"code": "InvalidCard", "message": "unsupported"}})
    self.taken.append(dict(request.fields))
    return StandInReply(202)


def _discord(self: ServiceStandIn, request: WireRequest) -> StandInReply:
    if self.token not in request.path:
        return json_reply(404, {"message": "Unknown Webhook", "code": 10015})
    if request.method == "GET":
        return json_reply(200, {"id": "1", "channel_id": "2", "type": 1})
    fields, files = form(request)
    message = json.loads(fields["payload_json"])
    embeds = message.get("embeds", [])
    texts = [embed.get(key, "") for embed in embeds for key in ("title", "description")]
    named = {e["image"]["url"].partition("://")[2] for e in embeds if _is_attached(e)}
    urls = [embed["url"] for embed in embeds if "url" in embed]
    urls += [embed["image"]["url"] for embed in embeds if "image" in embed]
    wrong = (
        len(message["content"]) > 2000
        or not (message["content"].strip() or embeds)
        or not all(url.startswith("attachment://") or _is_well_formed(url) for url in urls)
        or len(embeds) > 10
        or any(len(e.get("title", "")) > 256 for e in embeds)
        or any(len(e.get("description", "")) > 4096 for e in embeds)
        or sum(map(len, texts)) > 6000
        or not request.path.startswith("/api/v10/webhooks/")
    )
    # https://docs.discord.com/developers/reference#uploading-files: all files of a request
    if sum(map(len, files.values())) > 10 << 20:
        return json_reply(413, {"message": "Request entity too large", "code": 40005})
    if wrong or not named <= set(files):
        return json_reply(400, {"message": "Invalid Form Body", "code": 50035})
    if request.method == "PATCH":
        return _discord_edited(self, request, message, files)
    self.files += files.values()
    self.taken.append({**message, "thread_id": request.query.get("thread_id")})
    return json_reply(200, {"id": str(1000 + len(self.taken))})


def _discord_edited(
    self: ServiceStandIn, request: WireRequest, message: Any, files: Mapping[str, bytes]
) -> StandInReply:
    """https://docs.discord.com/developers/resources/message#edit-message: files are listed."""
    number = request.path.partition("?")[0].rpartition("/messages/")[2]
    at = int(number) - 1001 if number.isdecimal() else -1
    known = 0 <= at < len(self.taken)
    if not known or self.taken[at]["thread_id"] != request.query.get("thread_id"):
        return json_reply(404, {"message": "Unknown Message", "code": 10008})
    if {each["filename"] for each in message.get("attachments", ())} != set(files):
        return json_reply(400, {"message": "Invalid Form Body", "code": 50035})
    self.files[:] = files.values()
    self.taken[at] = {**self.taken[at], **message}
    return json_reply(200, {"id": number})


def _is_well_formed(url: str) -> bool:
    """Tell what Discord holds to be a URL: https://github.com/grafana/grafana/issues/65270."""
    return is_web_url(url) and "." in str(urlsplit(url).hostname) and len(url) <= 2048


def _is_attached(embed: Mapping[str, Any]) -> bool:
    return str(embed.get("image", {}).get("url", "")).startswith("attachment://")


def _pagerduty(self: ServiceStandIn, request: WireRequest) -> StandInReply:  # noqa: PLR0911 - a refusal each
    event = request.fields
    if request.path != "/v2/enqueue" or len(request.body) > 512_000:
        return json_reply(413 if len(request.body) > 512_000 else 404, {"status": "not found"})
    if event.get("routing_key") != self.token:
        return _invalid("Invalid routing key")
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        return _invalid("'event_action' is invalid")
    what = event.get("payload", {})
    if len(event.get("dedup_key", "")) > 255 or not what.get("source"):
        return _invalid("'dedup_key' or 'source' is invalid")
    if what.get("severity") not in ("critical", "error", "warning", "info"):
        return _invalid("'payload.severity' is invalid (must be one of the following)")
    if not 0 < len(what.get("summary", "")) <= 1024:
        return _invalid("'payload.summary' is missing or too long")
    pictures = [picture["src"] for picture in event.get("images", ())]
    if not all(url.startswith("https://") for url in pictures):
        return _invalid("'images.src' is invalid (must be https)")
    if not all(is_web_url(link["href"]) for link in event.get("links", ())):
        return _invalid("'links.href' is invalid")
    self.taken.append(dict(event))
    key = event["dedup_key"]
    return json_reply(202, {"status": "success", "message": "Event processed", "dedup_key": key})


def _invalid(*errors: str) -> StandInReply:
    text = "Event object is invalid"
    return json_reply(400, {"status": "invalid event", "message": text, "errors": list(errors)})


_CHANNEL = "abcdefghijklmnopqrstuvwxyz"  # an id has 26 characters


def _mattermost(self: ServiceStandIn, request: WireRequest) -> StandInReply:  # noqa: PLR0911 - a refusal each
    if request.path.startswith("/hooks/"):
        return _take(self, request) if self.token in request.path else StandInReply(404)
    if request.bearer != self.token:
        return json_reply(401, {"id": "api.context.session_expired.app_error"})
    if request.path in (
        f"/api/v4/channels/{_CHANNEL}",
        "/api/v4/teams/name/shop/channels/name/ops",
    ):
        return json_reply(200, {"id": _CHANNEL})
    if request.path == "/api/v4/files" and request.query.get("channel_id") == _CHANNEL:
        self.files.append(request.body)
        return json_reply(201, {"file_infos": [{"id": f"file{len(self.files)}"}]})
    if request.path != "/api/v4/posts":
        return json_reply(404, {"id": "store.sql_channel.get_by_name.missing.app_error"})
    known = ("", *(f"post{number + 1}" for number in range(len(self.taken))))
    if request.fields.get("root_id", "") not in known:
        return json_reply(400, {"id": "api.post.create_post.root_id.app_error"})
    if sum(len(a.get("text", "")) for a in request.fields["props"]["attachments"]) > 16_383:
        return json_reply(400, {"id": "model.post.is_valid.msg.app_error"})
    self.taken.append(dict(request.fields))
    return json_reply(201, {"id": f"post{len(self.taken)}"})


def _take(self: ServiceStandIn, request: WireRequest) -> StandInReply:
    """Take a webhook's message as it is."""
    self.taken.append(dict(request.fields))
    return StandInReply(200, b"ok")


def _googlechat(self: ServiceStandIn, request: WireRequest) -> StandInReply:
    if self.token not in request.path:
        return json_reply(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
    if len(request.body) > 32_000:
        return json_reply(400, {"error": {"code": 400, "status": "INVALID_ARGUMENT"}})
    if request.query.get("messageReplyOption") != "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD":
        return json_reply(400, {"error": {"code": 400, "status": "INVALID_ARGUMENT"}})
    (one,) = request.fields["cardsV2"]
    if len(request.fields["thread"]["threadKey"]) > 4000 or not _is_card(one["card"]):
        return json_reply(400, {"error": {"code": 400, "status": "INVALID_ARGUMENT"}})
    self.taken.append(dict(request.fields))
    return json_reply(200, {"name": f"spaces/A/messages/{len(self.taken)}"})


def _is_card(card: Mapping[str, Any]) -> bool:
    """Tell what is a card: https://developers.google.com/workspace/chat/api/reference/rest/v1/cards.

    A text may not be empty; of more than 100 widgets the rest would not be shown.
    """
    widgets = [widget for section in card["sections"] for widget in section["widgets"]]
    texts, urls = [card["header"]["title"]], []
    for widget in widgets:
        ((kind, what),) = widget.items()
        texts += [what["text"]] if kind in ("textParagraph", "decoratedText") else []
        if kind == "image":
            texts.append(what["imageUrl"].removeprefix("https://"))
            urls.append(what["imageUrl"])
        buttons = what["buttons"] if kind == "buttonList" else [what] if "onClick" in what else []
        urls += [button["onClick"]["openLink"]["url"] for button in buttons]
    return 0 < len(widgets) <= 100 and all(map(str.strip, texts)) and all(map(is_web_url, urls))


def _matrix(self: ServiceStandIn, request: WireRequest) -> StandInReply:  # noqa: PLR0911 - a refusal each
    if request.bearer != self.token:
        return json_reply(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Unrecognised token"})
    path = request.path.removeprefix("/_matrix/client/v3")
    if request.path == "/_matrix/media/v3/upload":
        self.files.append(request.body)
        return json_reply(200, {"content_uri": f"mxc://example.com/{len(self.files)}"})
    if path == "/directory/room/%23ops%3Aexample.com":
        return json_reply(200, {"room_id": "!r:example.com"})
    if path == "/joined_rooms":
        return json_reply(200, {"joined_rooms": ["!r:example.com"]})
    match = re.fullmatch(r"/rooms/%21r%3Aexample.com/send/m.room.message/(\w+)", path)
    if match is None or request.method != "PUT":
        return json_reply(403, {"errcode": "M_FORBIDDEN", "error": "not in the room"})
    if len(json.dumps(request.fields, ensure_ascii=False).encode()) > 65_000:
        return json_reply(413, {"errcode": "M_TOO_LARGE", "error": "event too large"})
    known = [one["transaction"] for one in self.taken]
    if match[1] not in known:
        self.taken.append({"transaction": match[1], **request.fields})
        known.append(match[1])
    return json_reply(200, {"event_id": f"$event{known.index(match[1]) + 1}"})


def _ntfy(self: ServiceStandIn, request: WireRequest) -> StandInReply:  # noqa: PLR0911 - a refusal each
    if request.bearer != self.token:
        return json_reply(403, {"code": 40301, "http": 403, "error": "forbidden"})
    if request.path == "/ops/auth":
        return json_reply(200, {"success": True})
    title = str(request.fields.get("title") or request.query.get("title", ""))
    if len(title.encode()) > 1024:  # ntfy 2.28
        return json_reply(400, {"code": 40057, "http": 400, "error": "title too long"})
    given = request.fields if request.path == "/" else request.query
    urls = [action["url"] for action in request.fields.get("actions", ())]
    urls += [given[key] for key in ("click", "attach") if key in given]
    if len(urls) > 5 or not all(map(is_web_url, urls)) or str(given.get("priority")) not in "12345":
        return json_reply(400, {"code": 40018, "http": 400, "error": "invalid request"})
    if request.path == "/" and len(str(request.fields.get("message", "")).encode()) <= 4096:
        self.taken.append(dict(request.fields))
        return json_reply(200, {"id": f"n{len(self.taken)}"})
    if request.path != "/ops" or len(request.body) > 15 << 20:
        return json_reply(413, {"code": 41301, "http": 413, "error": "attachment too large"})
    self.files.append(request.body)
    self.taken.append({"topic": "ops", **request.query})
    return json_reply(200, {"id": f"n{len(self.taken)}"})


def _pushover(self: ServiceStandIn, request: WireRequest) -> StandInReply:
    fields, files = form(request)
    if request.path.startswith("/1/receipts/cancel_by_tag/"):
        self.taken.append({"cancelled": request.path.rpartition("/")[2].removesuffix(".json")})
        return json_reply(200, {"status": 1})
    errors = ["application token is invalid"] if fields.get("token") != self.token else []
    errors += ["user identifier is not a valid user"] if fields.get("user") != "u1" else []
    if request.path == "/1/messages.json":
        errors += ["message is too long"] if len(fields.get("message", "")) > 1024 else []
        errors += [] if fields.get("message", "").strip() else ["message cannot be blank"]
        errors += ["title is too long"] if len(fields.get("title", "")) > 250 else []
        errors += ["url is too long"] if len(fields.get("url", "")) > 512 else []
        errors += ["url title is too long"] if len(fields.get("url_title", "")) > 100 else []
        emergency = fields.get("priority") == "2"
        again, until = (int(fields.get(key, "0")) for key in ("retry", "expire"))
        if emergency and not (again >= 30 and 0 < until <= 10_800):
            errors.append("retry of at least 30 and expire of at most 10800 seconds are needed")
    if errors or any(len(content) > 5_242_880 for content in files.values()):
        return json_reply(400, {"status": 0, "errors": errors or ["attachment is too large"]})
    if request.path == "/1/messages.json":
        self.files += files.values()
        self.taken.append(dict(fields))
    return json_reply(200, {"status": 1, "request": "r"})


_SERVICES: Mapping[str, Callable[[ServiceStandIn, WireRequest], StandInReply]] = {
    "teams": _teams,
    "discord": _discord,
    "telegram": telegram.answer,
    "pagerduty": _pagerduty,
    "mattermost": _mattermost,
    "googlechat": _googlechat,
    "matrix": _matrix,
    "ntfy": _ntfy,
    "pushover": _pushover,
}
NAMES: Sequence[str] = tuple(_SERVICES)
