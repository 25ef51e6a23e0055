"""Slack's incoming webhooks and the part of its Web API that a notification needs.

https://docs.slack.dev/apis/web-api/ and docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grafherald.demo.standins.blocks import problem
from grafherald.demo.standins.wire import StandInReply, WireRequest, json_reply

WEBHOOK = "/services/T0GRAFH/B0HERALD/q7Zs3cretW3bh00k"
_LONGEST_TEXT = 40_000


@dataclass(frozen=True)
class SlackMessage:
    """A message in a channel; *files* are ids that `Workspace.files` knows."""

    channel: str
    ts: str
    text: str
    blocks: tuple[dict[str, Any], ...]
    files: tuple[str, ...] = ()
    thread_ts: str = ""
    username: str = ""
    edited: bool = False


@dataclass
class UploadedFile:
    """A picture: sent, completed (visible to its owner), then looked at *looks* times till done."""

    name: str
    length: int
    title: str = ""
    content: bytes = b""
    completed: bool = False
    looks: int = 1
    shares: dict[str, list[dict[str, str]]] = field(default_factory=dict)


@dataclass
class Workspace:
    """One workspace.

    Attributes:
        messages: what its channels show, in order.
        files: by id.
        channels: ids by name; None makes each name a channel.
        archived: names of channels that take no more.
        unreachable: a prefix of picture URLs that Slack can't fetch, or "".
        interval: seconds between two messages of a channel; what comes earlier gets a 429.
        looks: how often `files.info` says that a new file is not ready.
        scopes: what the bot's token may do, as `auth.test` says in a header.
    """

    messages: list[SlackMessage] = field(default_factory=list)
    files: dict[str, UploadedFile] = field(default_factory=dict)
    channels: dict[str, str] | None = None
    archived: tuple[str, ...] = ()
    unreachable: str = ""
    interval: float = 0
    looks: int = 1
    scopes: str = "chat:write,files:write,files:read"
    _last: dict[str, float] = field(default_factory=dict)

    def answer(self, request: WireRequest, token: str, url: str) -> StandInReply:
        """Reply as Slack would, and do what *request* asks for."""
        if request.path == WEBHOOK:
            return self._webhook(request)
        if request.path.startswith("/services/"):
            return StandInReply(404, b"no_service")
        if request.path.startswith("/upload/"):
            return self._take(request)
        method = _METHODS.get(request.path.removeprefix("/api/"))
        if method is None:
            return _no("unknown_method")
        if request.bearer != token:
            return _no("invalid_auth" if request.bearer else "not_authed")
        return method(self, {**request.fields, "_url": url})

    def _webhook(self, request: WireRequest) -> StandInReply:
        fields = request.fields
        if not fields:
            return StandInReply(400, b"invalid_payload")
        if not fields.get("text") and not fields.get("blocks"):
            return StandInReply(400, b"no_text")
        name = str(fields.get("channel", "general")).removeprefix("#")
        if name in self.archived:
            return StandInReply(410, b"channel_is_archived")
        if self._wrong_blocks(fields.get("blocks", [])):
            return StandInReply(400, b"invalid_blocks")
        if self._too_soon(name):
            return StandInReply(429, b"rate_limited", {"Retry-After": "1"})
        self._show(self._channel(name) or "C0GENERAL", fields)
        return StandInReply(200, b"ok", {"Content-Type": "text/html"})

    def _post(self, fields: Mapping[str, Any]) -> StandInReply:
        name = str(fields.get("channel", ""))
        channel = self._channel(name)
        refusal = self._refuses(channel, name, fields)
        if refusal or channel is None:
            return refusal or _no("channel_not_found")
        if not fields.get("text") and not fields.get("blocks"):
            return _no("no_text")
        message = self._show(channel, fields)
        return _yes(channel=channel, ts=message.ts, message={"text": message.text})

    def _update(self, fields: Mapping[str, Any]) -> StandInReply:
        found = [m for m in self.messages if (m.channel, m.ts) == (fields["channel"], fields["ts"])]
        if not found:
            return _no("message_not_found")
        wrong = self._wrong_blocks(fields.get("blocks", []))
        if wrong:
            return _no("invalid_blocks", response_metadata={"messages": [wrong]})
        place = self.messages.index(found[0])
        self.messages[place] = replace(
            found[0],
            text=str(fields.get("text", "")),
            blocks=tuple(fields.get("blocks", ())),
            edited=True,
        )
        return _yes(channel=found[0].channel, ts=found[0].ts)

    def _upload_url(self, fields: Mapping[str, Any]) -> StandInReply:
        if not fields.get("filename") or not str(fields.get("length", "")).isdigit():
            return _no("invalid_arguments")
        file_id = f"F{len(self.files) + 1:010d}"
        self.files[file_id] = UploadedFile(
            fields["filename"], int(fields["length"]), looks=self.looks
        )
        ticket = f"{fields['_url']}/upload/{file_id}/tick3t-{file_id}"
        return _yes(upload_url=ticket, file_id=file_id)

    def _take(self, request: WireRequest) -> StandInReply:
        file = self.files.get(request.path.split("/")[2])
        if file is None or request.headers.get("authorization"):
            return StandInReply(400, b"no such upload")
        file.content = request.body
        return StandInReply(200, f"OK - {len(file.content)}".encode())

    def _complete(self, fields: Mapping[str, Any]) -> StandInReply:
        ids = [str(entry.get("id", "")) for entry in _list(fields.get("files"))]
        files = [self.files.get(file_id) for file_id in ids]
        if not ids or any(f is None or len(f.content) != f.length for f in files):
            return _no("file_not_found")
        channel = str(fields.get("channel_id", ""))
        if channel and not channel.startswith(("C", "G", "D")):
            return _no("invalid_channel")
        refusal = self._refuses(channel, channel, fields) if channel else None
        if refusal:
            return refusal
        for entry, file in zip(_list(fields.get("files")), files, strict=True):
            if file is not None:
                file.completed, file.title = True, str(entry.get("title", ""))
        if channel:
            shown = dict(fields)
            if fields.get("initial_comment"):
                shown |= {"text": fields["initial_comment"], "blocks": []}
            message = self._show(channel, shown, tuple(ids))
            for file in filter(None, files):
                file.shares = {channel: [{"ts": message.ts}]}
        return _yes(files=[{"id": file_id} for file_id in ids])

    def _info(self, fields: Mapping[str, Any]) -> StandInReply:
        file = self.files.get(str(fields.get("file", "")))
        if file is None or not file.completed:
            return _no("file_not_found")
        file.looks -= 1
        ready = file.looks < 0
        shares = {"public": file.shares} if ready and file.shares else {}
        mimetype = "image/png" if ready else ""
        return _yes(file={"id": fields["file"], "mimetype": mimetype, "shares": shares})

    def _who(self, _fields: Mapping[str, Any]) -> StandInReply:
        who = {"ok": True, "team": "Example", "user": "grafherald", "bot_id": "B0HERALD"}
        return json_reply(200, who, **{"x-oauth-scopes": self.scopes})

    def _show(
        self, channel: str, fields: Mapping[str, Any], files: tuple[str, ...] = ()
    ) -> SlackMessage:
        message = SlackMessage(
            channel=channel,
            ts=f"1795230000.{len(self.messages) + 1:06d}",
            text=str(fields.get("text", ""))[:_LONGEST_TEXT],
            blocks=tuple(_list(fields.get("blocks"))),
            files=files,
            thread_ts=str(fields.get("thread_ts", "")),
            username=str(fields.get("username", "")),
        )
        self.messages.append(message)
        self._last[channel] = time.monotonic()
        return message

    def _refuses(
        self, channel: str | None, name: str, fields: Mapping[str, Any]
    ) -> StandInReply | None:
        if channel is None:
            return _no("channel_not_found")
        if name.removeprefix("#") in self.archived:
            return _no("is_archived")
        wrong = self._wrong_blocks(fields.get("blocks"))
        if wrong:
            return _no("invalid_blocks", response_metadata={"messages": [wrong]})
        if self._too_soon(channel):
            limited = {"ok": False, "error": "ratelimited"}
            return json_reply(429, limited, **{"Retry-After": "1"})
        return None

    def _wrong_blocks(self, blocks: object) -> str:
        blocks = _list(blocks)
        for block in blocks:
            url = str(block.get("image_url", ""))
            if self.unreachable and url.startswith(self.unreachable):
                return "downloading image failed"
            file = self.files.get(str(block.get("slack_file", {}).get("id", "")))
            if "slack_file" in block and (file is None or not file.completed or file.looks >= 0):
                return "invalid slack file"
        return problem(blocks)

    def _channel(self, name: str) -> str | None:
        """Find the id of the channel *name*, which may be an id already; None when unknown."""
        name = name.removeprefix("#")
        if self.channels is None:
            return name if name[:1] in "CGD" and name.isupper() else f"C0{name.upper()[:20]}"
        known = {**self.channels, **{value: value for value in self.channels.values()}}
        return known.get(name)

    def _too_soon(self, channel: str) -> bool:
        last = self._last.get(self._channel(channel) or channel)
        return last is not None and time.monotonic() - last < self.interval


_METHODS: Mapping[str, Callable[[Workspace, Mapping[str, Any]], StandInReply]] = {
    "auth.test": Workspace._who,
    "chat.postMessage": Workspace._post,
    "chat.update": Workspace._update,
    "files.getUploadURLExternal": Workspace._upload_url,
    "files.completeUploadExternal": Workspace._complete,
    "files.info": Workspace._info,
}


def _list(value: object) -> list[Any]:
    """Read a list that Slack takes as JSON, or as text in a form."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return value if isinstance(value, list) else []


def _yes(**content: Any) -> StandInReply:
    return json_reply(200, {"ok": True, **content})


def _no(error: str, **content: Any) -> StandInReply:
    return json_reply(200, {"ok": False, "error": error, **content})
