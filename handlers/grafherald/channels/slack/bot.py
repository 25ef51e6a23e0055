"""A Slack app's bot: `chat.postMessage`, and pictures of its own where none is public.

https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grafherald.channels import Receipt
from grafherald.channels._service import Account, client
from grafherald.channels.slack import blocks
from grafherald.channels.slack.head import Head
from grafherald.errors import DeliveryError, PermanentError, TemporaryError, excerpt
from grafherald.net.deadline import Deadline
from grafherald.notification import Graph, Notification

if TYPE_CHECKING:
    from grafherald.channels.slack.api import Api
    from grafherald.net.client import Client

_ID = re.compile(r"[CGD][A-Z0-9]{7,}")  # a file is shared with a channel's id, never its name
_SENDER = ("username", "icon_url", "icon_emoji")
_SCOPES = ("chat:write", "files:write", "files:read")
_NOT_SHOWN = "Slack could not show the picture"
# Without these Slack adds previews of the pages that are linked.
_QUIET = {"unfurl_links": False, "unfurl_media": False}
_PICTURES = 5  # that are uploaded
_SHARE = 0.6  # of the time, at most, goes to pictures: the text must still get through


class SlackBot(Account):
    """One Slack channel, by name or by id. See `Channel`.

    Pictures with a public URL are shown from there, others uploaded first. To a channel's id they
    are shared as one message with the blocks; to a name, which Slack shares no files to, the
    blocks show the uploaded files. Either way a picture that fails costs the picture alone. One
    that comes late is added to the message. See `AddsPictures`.
    """

    type = "slack"
    URL = "https://slack.com/api"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Write the last call's body, files without their ids. See `Channel.payload`."""
        files = dict.fromkeys(_to_upload(notification), "")
        if files and self._is_id:
            return self._shared(notification, files)
        return self._body(self._message(notification, files))

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        self.require_recipient()
        total = Deadline(self._seconds)
        notification, files = self._uploaded(notification, total, private=not self._is_id)
        with self._client(total) as client:
            api = self._api(client)
            if files and self._is_id:
                try:
                    return self._share(api, notification, files, client.deadline)
                except DeliveryError as error:
                    if isinstance(error, TemporaryError) and error.unknown:
                        raise
                    notification, files = self._keep(
                        api, notification, files, error, client.deadline
                    )
            return self._post(api, notification, files)

    def add_pictures(self, receipt: Receipt, notification: Notification, latest: str) -> Receipt:
        """Update the message; where Slack refuses that, answer it in its thread with the pictures.

        See `AddsPictures.add_pictures`.
        https://docs.slack.dev/reference/methods/chat.update
        """
        head, now = Head.parse(receipt.reference), Head.parse(latest)
        if (now.channel, now.ts) == (head.channel, head.ts):
            head = now
        total = Deadline(self._seconds)
        notification, files = self._uploaded(notification, total, private=True)
        with self._client(total) as client:
            changed = self._update(self._api(client), head, notification, files)
        return receipt._replace(reference=changed.reference)

    def follow(self, notification: Notification, earlier: str) -> Receipt:
        """See `Follows.follow`: the first message shows the news, its thread has them whole.

        The first message keeps what it says of the problem. A change alone tells nobody, the
        reply does. Where either is refused for good, say because the message was deleted, the
        news is a message of its own. https://docs.slack.dev/reference/methods/chat.update
        """
        head = Head.parse(earlier)
        total = Deadline(self._seconds)
        notification, files = self._uploaded(notification, total, private=True)
        turned, text = blocks.turned(head.blocks, notification)
        with self._client(total) as client:
            api = self._api(client)
            try:
                if head.blocks and text:
                    place = {"channel": head.channel, "ts": head.ts}
                    _change(api, {**place, "text": text, "blocks": turned})
                self._post(api, notification, files, under=head)
            except PermanentError:
                return self._post(api, notification, files)
        return Receipt("ok, in the thread", replace(head, blocks=turned).reference)

    def probe(self) -> str:
        """Ask Slack who we are, and what the token may do. See `Probe`.

        https://docs.slack.dev/reference/methods/auth.test
        """
        with self._client(Deadline(self._seconds)) as client:
            answer = self._api(client).answer("auth.test")
        who = answer.document()
        user, team = (excerpt(str(who.get(key, ""))) for key in ("user", "team"))
        said = f"{answer.host} knows us as {user} of {team}"
        missing = _missing(answer.headers.get("x-oauth-scopes", ""))
        if "chat:write" in missing:
            raise PermanentError(f"{said}; the token lacks the scope chat:write")
        lacks = f"; without {' and '.join(missing)} it shows public pictures alone"
        return said + (lacks if missing else "")

    def _uploaded(
        self, notification: Notification, total: Deadline, *, private: bool
    ) -> tuple[Notification, dict[int, str]]:
        """Upload the pictures that need it; what fails costs the pictures alone.

        Args:
            private: complete them unshared, for blocks that show them.

        Returns:
            The notification, and the files' ids by their graph's number.
        """
        from grafherald.channels.slack import upload

        graphs, files = _to_upload(notification), {}
        if not graphs:
            return notification, {}
        try:
            with self._client(Deadline(total.seconds * _SHARE)) as client:
                api = self._api(client)
                for number, graph in graphs.items():
                    title = blocks.title(notification, number)
                    files[number] = upload.send(api, client, title, graph.png or b"")
                if private:
                    self._complete(api, notification, files, client.deadline)
        except DeliveryError as error:
            return _without(notification, error), {}
        return notification, files

    def _complete(
        self, api: Api, notification: Notification, files: Mapping[int, str], deadline: Deadline
    ) -> None:
        from grafherald.channels.slack import upload

        api.call("files.completeUploadExternal", json={"files": _named(notification, files)})
        upload.wait_until_shown(api, list(files.values()), deadline)

    def _keep(
        self,
        api: Api,
        notification: Notification,
        files: dict[int, str],
        error: DeliveryError,
        deadline: Deadline,
    ) -> tuple[Notification, dict[int, str]]:
        """Keep what was uploaded for a message's blocks, when it can't be shared as a message."""
        try:
            self._complete(api, notification, files, deadline)
        except DeliveryError:
            return _without(notification, error), {}
        return notification, files

    def _share(
        self, api: Api, notification: Notification, files: dict[int, str], deadline: Deadline
    ) -> Receipt:
        from grafherald.channels.slack import upload

        body = self._shared(notification, files)
        api.call("files.completeUploadExternal", json=body)
        ts = upload.timestamp(api, next(iter(files.values())), self.recipient, deadline)
        return Receipt("ok", Head(self.recipient, ts, body["blocks"]).reference if ts else "")

    def _post(
        self,
        api: Api,
        notification: Notification,
        files: Mapping[int, str],
        under: Head | None = None,
    ) -> Receipt:
        """Post the fullest form that Slack takes, as an answer *under* a message or on its own."""
        from grafherald.channels.slack.api import Refused

        refused: Refused | None = None
        for message in self._forms(notification, files, under):
            try:
                answer = api.call("chat.postMessage", json=self._body(message, under))
            except Refused as error:
                if not error.is_about_content:
                    raise
                refused = error
                continue
            channel, ts = str(answer.get("channel", "")), str(answer.get("ts", ""))
            return Receipt("ok", Head(channel, ts, message.get("blocks", ())).reference)
        raise refused or PermanentError("there is nothing to send")

    def _forms(
        self, notification: Notification, files: Mapping[int, str], under: Head | None
    ) -> Iterator[dict[str, Any]]:
        """Give a message's forms: whole, without what Slack has to fetch, as text alone."""
        again = under is not None and blocks.is_critical(under.blocks)
        message = self._message(notification, files, call=not again)
        yield message
        if blocks.has_public_pictures(message):
            bare = blocks.without_pictures(notification, _NOT_SHOWN, keep=files)
            yield self._message(bare, files, call=not again)
        yield blocks.text_alone(self._message(blocks.without_pictures(notification, _NOT_SHOWN)))

    def _update(
        self, api: Api, head: Head, notification: Notification, files: Mapping[int, str]
    ) -> Head:
        """Show *notification*, with its pictures, below the header that the message has now."""
        from grafherald.channels.slack.api import Refused

        place = {"channel": head.channel, "ts": head.ts}
        bare = blocks.without_pictures(notification, _NOT_SHOWN, keep=files)
        message = self._message(notification, files)
        for form in (message, self._message(bare, files)):
            shown = replace(
                head, blocks=blocks.with_body(head.blocks or form["blocks"], form["blocks"])
            )
            try:
                _change(api, {**place, "text": form["text"], "blocks": shown.blocks})
            except Refused as error:
                refused = error
                if error.code != "invalid_blocks":
                    break
            else:
                return shown
        pictures = [block for block in message["blocks"] if block["type"] == "image"]
        if not pictures:
            raise refused
        thread = {"channel": head.channel, "thread_ts": head.ts}
        answer = {"text": blocks.title(notification, 1), "blocks": pictures}
        api.call("chat.postMessage", json={**thread, **answer, **_QUIET, **self._sender})
        return head

    def _message(
        self,
        notification: Notification,
        files: Mapping[int, str] | None = None,
        *,
        shared: bool = False,
        call: bool = True,
    ) -> dict[str, Any]:
        given = files or {}

        def source(number: int, graph: Graph) -> str:
            uploaded = blocks.SHARED if shared else f"slack_file:{given.get(number)}"
            return uploaded if number in given else blocks.public_url(number, graph)

        return blocks.message(notification, source, self.templates, call=call and self._calls)

    def _shared(self, notification: Notification, files: Mapping[int, str]) -> dict[str, Any]:
        shown = self._message(notification, files, shared=True)["blocks"]
        return {"channel_id": self.recipient, "blocks": shown, "files": _named(notification, files)}

    def _body(self, message: Mapping[str, Any], under: Head | None = None) -> dict[str, Any]:
        place = {"channel": under.channel, "thread_ts": under.ts} if under else {}
        return {"channel": self.recipient, **message, **place, **_QUIET, **self._sender}

    @property
    def _seconds(self) -> float:
        return float(self.settings.get("timeout", 15))

    @property
    def _calls(self) -> bool:
        return bool(self.settings.get("alert_on_critical", False))

    @property
    def _sender(self) -> dict[str, Any]:
        return {key: self.settings[key] for key in _SENDER if self.settings.get(key)}

    @property
    def _is_id(self) -> bool:
        return bool(_ID.fullmatch(self.recipient))

    def _client(self, deadline: Deadline) -> Client:
        return client(self.settings, self.token, timeout=deadline)

    def _api(self, client: Client) -> Api:
        from grafherald.channels.slack.api import Api

        return Api(client, self.url, self.token)


def _change(api: Api, message: Mapping[str, Any]) -> None:
    """Update a message; doing it twice changes nothing, so it is known that nobody was told."""
    try:
        api.call("chat.update", json=message)
    except TemporaryError as error:
        raise TemporaryError(str(error), retry_after=error.retry_after) from None


def _missing(scopes: str) -> list[str]:
    """Find the scopes that a token lacks; none where Slack lists "", or ``bot`` (before 2020)."""
    given = {scope.strip() for scope in scopes.split(",")}
    return [] if given & {"", "bot"} else [scope for scope in _SCOPES if scope not in given]


def _to_upload(notification: Notification) -> dict[int, Graph]:
    """Choose the graphs that have a picture but no public URL, by number."""
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
