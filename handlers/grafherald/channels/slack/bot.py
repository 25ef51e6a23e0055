"""A Slack app's bot: `chat.postMessage`, and pictures of its own where none is public.

https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grafherald.channels import Receipt
from grafherald.channels.slack import blocks
from grafherald.errors import DeliveryError, PermanentError, TemporaryError, excerpt
from grafherald.net.deadline import Deadline
from grafherald.notification import Graph, Notification
from grafherald.notification.templates import Templates

if TYPE_CHECKING:
    from grafherald.channels.slack.api import Api
    from grafherald.net.client import Client

_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
_GONE = ("message_not_found", "edit_window_closed", "cant_update_message")
_SENDER = ("username", "icon_url", "icon_emoji")
_SCOPES = ("chat:write", "files:write", "files:read")
_PICTURES = 5  # that are uploaded
_SHARE = 0.6  # of the time, at most, goes to pictures: the text must still get through


@dataclass(frozen=True)
class Bot:
    """One Slack channel, by name or by id. See `Channel`.

    Pictures with a public URL are shown from there, others uploaded first. To a channel's id they
    are shared as one message with the blocks; to a name, which Slack shares no files to, the
    blocks show the uploaded files. Either way a picture that fails costs the picture alone. One
    that comes late is added to the message. See `AddsPictures`.
    """

    name: str
    recipient: str
    url: str
    token: str = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    templates: Templates = field(repr=False)
    type: str = "slack"
    wants: str = "either"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Return the last call's body, files without their ids. See `Channel.payload`."""
        return self._body(notification, dict.fromkeys(_to_upload(notification), ""))

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        if not self.recipient:
            raise PermanentError("no channel: neither settings nor event name one")
        total = Deadline(float(self.settings.get("timeout", 15)))
        files: dict[int, str] = {}
        if _to_upload(notification):
            try:
                share = total.seconds * _SHARE
                files = self._upload(notification, share, private=not self._is_id)
            except DeliveryError as error:
                notification = _without(notification, error)
        with self._client(total.remaining) as client:
            api = self._api(client)
            if files and self._is_id:
                try:
                    return self._share(api, notification, files, client.deadline)
                except DeliveryError as error:
                    if isinstance(error, TemporaryError) and error.unknown:
                        raise
                    notification, files = _without(notification, error), {}
            return self._post(api, notification, files)

    def add_pictures(self, receipt: Receipt, notification: Notification) -> None:
        """Update the message; where Slack refuses that, answer it in its thread with the pictures.

        See `AddsPictures.add_pictures`.
        https://docs.slack.dev/reference/methods/chat.update
        """
        total = Deadline(float(self.settings.get("timeout", 15)))
        files: dict[int, str] = {}
        if _to_upload(notification):
            try:
                files = self._upload(notification, total.seconds * _SHARE, private=True)
            except DeliveryError as error:
                notification = _without(notification, error)
        channel, _, ts = receipt.reference.partition("/")
        with self._client(total.remaining) as client:
            self._update(self._api(client), {"channel": channel, "ts": ts}, notification, files)

    def follow(self, notification: Notification, earlier: str) -> Receipt:
        """See `Follows.follow`: the first message changes where it stands, and gets a reply.

        A change alone tells nobody, the reply does. What was deleted, or may not be edited any
        more, is posted anew. https://docs.slack.dev/reference/methods/chat.update
        """
        from grafherald.channels.slack.api import Refused

        channel, _, ts = earlier.partition("/")
        with self._client(float(self.settings.get("timeout", 15))) as client:
            api = self._api(client)
            body = self._body(notification, {})
            changed = {"channel": channel, "ts": ts, "text": body["text"], "blocks": body["blocks"]}
            try:
                api.call("chat.update", json=changed)
            except Refused as error:
                if error.code not in _GONE:
                    raise
                return self._post(api, notification, {})
            reply = {"channel": channel, "thread_ts": ts, "text": body["text"]}
            api.call("chat.postMessage", json=reply)
        return Receipt("ok, in the thread", earlier)

    def probe(self) -> str:
        """Ask Slack who we are, and what the token may do. See `Probe`.

        https://docs.slack.dev/reference/methods/auth.test
        """
        with self._client(float(self.settings.get("timeout", 15))) as client:
            answer = self._api(client).answer("auth.test")
        who = answer.document()
        user, team = (excerpt(str(who.get(key, ""))) for key in ("user", "team"))
        said = f"{answer.host} knows us as {user} of {team}"
        missing = _missing(answer.headers.get("x-oauth-scopes", ""))
        if "chat:write" in missing:
            raise PermanentError(f"{said}; the token lacks the scope chat:write")
        lacks = f"; without {' and '.join(missing)} it shows public pictures alone"
        return said + (lacks if missing else "")

    def _upload(
        self, notification: Notification, timeout: float, *, private: bool
    ) -> dict[int, str]:
        """Return the ids of the uploaded pictures by their graph's number.

        Args:
            private: complete them unshared, for blocks that show them.
        """
        from grafherald.channels.slack import upload

        with self._client(timeout) as client:
            api = self._api(client)
            files = {
                number: upload.send(
                    api, client, blocks.title(notification, number), graph.png or b""
                )
                for number, graph in _to_upload(notification).items()
            }
            if private:
                named = {"files": _named(notification, files)}
                api.call("files.completeUploadExternal", json=named)
                upload.wait_until_shown(api, list(files.values()), client.deadline)
        return files

    def _share(
        self, api: Api, notification: Notification, files: dict[int, str], deadline: Deadline
    ) -> Receipt:
        from grafherald.channels.slack import upload

        api.call("files.completeUploadExternal", json=self._body(notification, files))
        ts = upload.timestamp(api, next(iter(files.values())), self.recipient, deadline)
        return Receipt("ok", f"{self.recipient}/{ts}" if ts else "")

    def _post(self, api: Api, notification: Notification, files: dict[int, str]) -> Receipt:
        from grafherald.channels.slack.api import Refused

        try:
            answer = api.call("chat.postMessage", json=self._body(notification, files))
        except Refused as error:
            if error.code != "invalid_blocks":
                raise
            bare = blocks.without_pictures(notification, "Slack could not show the picture")
            answer = api.call("chat.postMessage", json=self._body(bare, {}))
        return Receipt("ok", f"{answer.get('channel', '')}/{answer.get('ts', '')}")

    def _update(
        self,
        api: Api,
        sent: Mapping[str, str],
        notification: Notification,
        files: Mapping[int, str],
    ) -> None:
        """Update the message that was *sent* to ``channel`` at ``ts``."""
        from grafherald.channels.slack.api import Refused

        message = self._message(notification, files)
        try:
            api.call("chat.update", json={**sent, **message})
        except Refused as error:
            if error.code == "invalid_blocks":
                bare = blocks.without_pictures(notification, "Slack could not show the picture")
                api.call("chat.update", json={**sent, **self._message(bare, {})})
                return
            pictures = [block for block in message["blocks"] if block["type"] == "image"]
            if not pictures:
                raise
            thread = {"channel": sent["channel"], "thread_ts": sent["ts"]}
            shown = {"text": blocks.title(notification, 1), "blocks": pictures}
            api.call("chat.postMessage", json={**thread, **shown, **self._sender})

    def _message(
        self, notification: Notification, files: Mapping[int, str], *, shared: bool = False
    ) -> dict[str, Any]:
        def source(number: int, graph: Graph) -> str:
            uploaded = blocks.SHARED if shared else f"slack_file:{files.get(number)}"
            return uploaded if number in files else blocks.public_url(number, graph)

        call = bool(self.settings.get("alert_on_critical", False))
        return blocks.message(notification, source, self.templates, call=call)

    def _body(self, notification: Notification, files: Mapping[int, str]) -> dict[str, Any]:
        shared = bool(files) and self._is_id
        message = self._message(notification, files, shared=shared)
        if shared:
            named = _named(notification, files)
            return {"channel_id": self.recipient, "blocks": message["blocks"], "files": named}
        quiet = {"unfurl_links": False, "unfurl_media": False}
        return {"channel": self.recipient, **message, **quiet, **self._sender}

    @property
    def _sender(self) -> dict[str, Any]:
        return {key: self.settings[key] for key in _SENDER if self.settings.get(key)}

    @property
    def _is_id(self) -> bool:
        return bool(_ID.fullmatch(self.recipient))

    def _client(self, timeout: float) -> Client:
        from grafherald.net import client as http

        return http.Client(
            timeout=timeout,
            proxy=str(self.settings.get("proxy", "")),
            ca_file=str(self.settings.get("ca_file", "")),
            secrets=(self.token,),
        )

    def _api(self, client: Client) -> Api:
        from grafherald.channels.slack.api import Api

        return Api(client, self.url, self.token)


def _missing(scopes: str) -> list[str]:
    """Return which scopes a token lacks; "" (untold) and ``bot`` (before 2020) have them all."""
    given = {scope.strip() for scope in scopes.split(",")}
    return [] if given & {"", "bot"} else [scope for scope in _SCOPES if scope not in given]


def _to_upload(notification: Notification) -> dict[int, Graph]:
    """Return the graphs that have a picture but no public URL, by number."""
    found = [
        (number, graph)
        for number, graph in enumerate(notification.graphs, 1)
        if graph.png and not blocks.public_url(number, graph)
    ]
    return dict(found[:_PICTURES])


def _named(notification: Notification, files: Mapping[int, str]) -> list[dict[str, str]]:
    return [
        {"id": id_, "title": blocks.title(notification, number)} for number, id_ in files.items()
    ]


def _without(notification: Notification, error: DeliveryError) -> Notification:
    return blocks.without_pictures(notification, f"not uploaded, {error}")
