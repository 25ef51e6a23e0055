"""What a run would send, without sending: for ``--dry-run`` and the preview."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from grafherald.delivery.graphs import graphs_of
from grafherald.delivery.recipients import open_channel, with_refusals
from grafherald.delivery.routing import routes_for
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import open_templates
from grafherald.settings import Settings

if TYPE_CHECKING:
    from grafherald.channels import Channel

_log = logging.getLogger(__name__)


def rehearse(events: Sequence[Event], config: Settings) -> None:
    """Print what would be sent, one JSON object per delivery; nothing leaves the machine."""
    for text in unheard(events, config):
        _log.info("%s", text)
    for notification, channel in rehearsed(events, config):
        graphs = [{"render_url": g.render_url, "link": g.link} for g in notification.graphs]
        line = {
            "channel": channel.name,
            "type": channel.type,
            "recipient": channel.recipient,
            "payload": channel.payload(notification),
            "graphs": graphs,
        }
        print(json.dumps(line), flush=True)  # noqa: T201 - what was asked for


def unheard(events: Sequence[Event], config: Settings) -> Iterator[str]:
    """Say why there is nothing to send, or which of *events* nobody hears of; a sentence each."""
    if not events:
        yield "nothing to notify"
    for event in events:
        why = f"not told, {event.quiet}" if event.quiet else ""
        if not why and not routes_for(event, config.routes, config.channel_names):
            why = "no route leads to a channel"
        if why:
            yield f"{event.entity}/{event.check}: {why}"


def rehearsed(events: Sequence[Event], config: Settings) -> list[tuple[Notification, Channel]]:
    """What would be sent to whom, no picture fetched.

    Raises:
        ConfigError: a channel's settings can't be used; the text names the key.
    """
    templates = open_templates(config)
    deliveries = []
    for event in events:
        if event.quiet:
            continue
        graphs = tuple(
            graph._replace(problem="not rendered in a dry run")
            for graph in graphs_of(event, config)
        )
        for name, _ in routes_for(event, config.routes, config.channel_names):
            for channel in open_channel(name, event, config, templates):
                told = with_refusals(event, name, config, templates)
                deliveries.append((Notification(told, graphs), channel))
    return deliveries
