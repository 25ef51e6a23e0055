"""Matrix: a text, then each picture as a message of its own, in the problem's thread.

A message has an id of ours, so a repeat takes the first one's place.
https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid
"""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from grafherald.channels import ChannelType, Rate, Receipt, identity
from grafherald.channels._service import Account
from grafherald.errors import PermanentError
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, picture_title, view
from grafherald.settings import schema

if TYPE_CHECKING:
    from grafherald.net.client import Client

# Text and HTML, and what the servers add, are 65,536 bytes in all; this is bytes of each:
# https://spec.matrix.org/latest/client-server-api/#size-limits
_BUDGET = Budget(8000, 4000, 5)
_NO_PICTURES = (403, 404, 413)  # not ours to upload, no media there, too large
_CLIENT = "/_matrix/client/v3"


class Matrix(Account):
    """One room, by its id or alias. See `Channel`."""

    type = "matrix"
    wants = "bytes"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Write the text's content; each picture is an event of its own. See `Channel.payload`."""
        seen = view(cleaned(notification), _source, _BUDGET, _bytes)
        quiet = seen.notification.tone in ("ok", "info")
        return {
            "msgtype": "m.notice" if quiet else "m.text",
            "body": self.templates.render("base.txt", **seen.values()).strip(),
            "format": "org.matrix.custom.html",
            "formatted_body": self.templates.render("matrix/message.html", **seen.values()).strip(),
            "m.mentions": {},
        }

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        return self.follow(notification, "")

    def follow(self, notification: Notification, earlier: str) -> Receipt:
        """Send into the thread of the first message. See `Follows`.

        Pictures are uploaded first, so that the text can say which the server did not take.
        """
        self.require_recipient()
        event = notification.event
        with self.client(timeout=15) as http:
            room = self._room(http)
            told, images = self._uploaded(http, notification)
            sent = self._put(http, room, identity(event), _in_thread(self.payload(told), earlier))
            root = earlier or sent
            for number, content in images.items():
                self._put(http, room, identity(event, number), _in_thread(content, root))
        return Receipt("200", root)

    def probe(self) -> str:
        """Ask whether the account is in the room. See `Probe`."""
        with self.client() as http:
            room = self._room(http)
            answer = http.get(f"{self.url}{_CLIENT}/joined_rooms", headers=self.bearer)
        answer.check()
        if room not in answer.document().get("joined_rooms", ()):
            raise PermanentError(
                f"{answer.host}: the account is not in {self.recipient}; invite it"
            )
        return f"{self.host} knows the token, and the account is in the room"

    def _room(self, http: Client) -> str:
        if not self.recipient.startswith("#"):
            return self.recipient
        path = f"{_CLIENT}/directory/room/{quote(self.recipient, safe='')}"
        answer = http.get(self.url + path, headers=self.bearer)
        answer.check()
        return str(answer.document().get("room_id", ""))

    def _put(self, http: Client, room: str, transaction: str, content: dict[str, Any]) -> str:
        path = f"{_CLIENT}/rooms/{quote(room, safe='')}/send/m.room.message/{transaction}"
        answer = http.request("PUT", self.url + path, json=content, headers=self.bearer)
        answer.check()
        return str(answer.document().get("event_id", ""))

    def _uploaded(
        self, http: Client, notification: Notification
    ) -> tuple[Notification, dict[int, dict[str, Any]]]:
        """Upload the pictures: what to tell then, and the images by their graph's number."""
        graphs, images, shown = list(notification.graphs), {}, cleaned(notification)
        for number, graph in enumerate(graphs[: _BUDGET.pictures], 1):
            if graph.png:
                image = self._image(http, graph.png, picture_title(shown, number))
                if image:
                    images[number] = image
                else:
                    problem = f"{self.host} did not take the picture"
                    graphs[number - 1] = graph._replace(png=None, problem=problem)
        return notification._replace(graphs=tuple(graphs)), images

    def _image(self, http: Client, png: bytes, title: str) -> dict[str, Any]:
        headers = self.bearer | {"Content-Type": "image/png"}
        path = "/_matrix/media/v3/upload?filename=graph.png"
        answer = http.post(self.url + path, data=png, headers=headers)
        if answer.status in _NO_PICTURES:
            return {}
        answer.check()
        found = str(answer.document().get("content_uri", ""))
        info = {"mimetype": "image/png", "size": len(png)}
        return {"msgtype": "m.image", "body": title, "url": found, "info": info}


def _bytes(text: str) -> int:
    return len(escape(text).encode())


def _in_thread(content: dict[str, Any], root: str) -> dict[str, Any]:
    if not root:
        return content
    relation = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
    return content | {"m.relates_to": relation | {"m.in_reply_to": {"event_id": root}}}


def _source(_number: int, graph: Graph) -> str:
    return "m.image" if graph.png else ""


TYPE = ChannelType(
    name="matrix",
    open=Matrix.open,
    schema=schema.load("channel-matrix"),
    sample={"url": "https://matrix.example.com", "token": "-", "room": "#ops:example.com"},
    setting="room",
    attribute="matrix_room",
    override="room",
    rate=Rate(timedelta(seconds=1), burst=5),
    replaces=True,
    pictures="uploaded",
    threads=True,
    resolves="in the problem's thread",
    limits="64 kB",
)
