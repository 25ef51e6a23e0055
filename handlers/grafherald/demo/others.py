"""The demo's event as the readers of every other channel type would see it, from its sample."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple

from markupsafe import Markup

from grafherald import channels, inputs
from grafherald.channels import ChannelType
from grafherald.delivery.graphs import graphs_of
from grafherald.demo import reader
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates
from grafherald.settings import Settings

_PUBLIC = "https://pictures.example.com/graph.png"  # some services fetch over TLS alone
_SENT_APART = ("photo", "attachment://graph1.png")  # what a payload calls a file that goes with it


class Other(NamedTuple):
    """One message.

    Attributes:
        name: the channel type's.
        title: what it is, a few words.
        message: its HTML; what came from an event is escaped.
    """

    name: str
    title: str
    message: Markup


def others(raw: str, settings: dict[str, Any], picture: str, png: bytes) -> Iterator[Other]:
    """Give a message of each channel type that the *settings* have none of.

    Args:
        raw: the event, as Sensu Go writes it.
        picture: where the page finds the picture, whose content is *png*.
    """
    config = Settings.of(settings)
    now = datetime.now(timezone.utc)
    (event,) = inputs.find("sensu").read(raw.encode(), settings, now=now)
    graphs = tuple(graph._replace(png=png, image_url=_PUBLIC) for graph in graphs_of(event, config))
    shown = {channel["type"] for channel in settings["channels"].values()}
    for name in channels.names():
        if name not in shown:
            kind = channels.find(name)
            html = _html(kind, event, Notification(event, graphs), picture)
            title = str(kind.schema.get("title", name))
            yield Other(name, title, Markup(html))  # noqa: S704 - escaped by its reader


def _html(kind: ChannelType, event: Event, notification: Notification, picture: str) -> str:
    (channel, *_) = kind.open(kind.name, kind.sample, event, Templates(None, print))
    html = reader.seen(channel.payload(notification)).html.replace(_PUBLIC, picture)
    for name in _SENT_APART:
        html = html.replace(f'src="{name}"', f'src="{picture}"')
    is_attached = "<img" not in html and channel.wants != "url"
    return html + (f'<img alt="the picture, attached" src="{picture}">' if is_attached else "")
