"""One run of a pipe handler: events in, deliveries out, a line for each, an exit status."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grafherald import log
from grafherald.channels import AddsPictures
from grafherald.delivery import render as handler
from grafherald.delivery.render import Outcome
from grafherald.errors import ConfigError, StoreError
from grafherald.event import Event
from grafherald.inputs.links import linked
from grafherald.notification import Graph, Notification
from grafherald.settings import Config

if TYPE_CHECKING:
    from grafherald.channels import Channel
    from grafherald.notification.templates import Templates

_log = logging.getLogger(__name__)
_TO_ADD = 5.0  # seconds of the deadline that are for adding a late picture to its message


def run(
    events: Sequence[Event], config: Config, *, started: float, dry_run: bool, raw: bytes = b""
) -> int:
    """Deliver *events*, or with *dry_run* only print what would be sent; return the exit status.

    Where the settings name a store they are kept first, with the *raw* input that they came as.
    """
    events = [linked(event, config.settings) for event in events]
    if dry_run:
        rehearse(events, config)
        return 0
    status = _keep_and_send(events, raw, config, started) if config.get("store") else None
    return notify(events, config, started=started) if status is None else status


def _keep_and_send(
    events: Sequence[Event], raw: bytes, config: Config, started: float
) -> int | None:
    """Return the exit status, or None when they could not be kept: the alert goes out anyway."""
    if not events:
        return None
    from grafherald.delivery import keeping
    from grafherald.delivery.sender import picture_maker

    templates = make_templates(config)
    try:
        database, numbers = keeping.keep(events, raw, config, templates)
    except StoreError as error:
        _log.error("%s; sending without keeping", error)
        return None
    deadline = started + config.get("deadline", 25)
    run = keeping.Run(database, config, templates, picture_maker(config), deadline)
    status = max(run.send(number) for number in numbers)
    run.send_others()
    database.close()
    return status


def notify(events: Sequence[Event], config: Config, *, started: float) -> int:
    """Deliver *events* and say what became of each delivery; 0 when all arrived, else 2.

    Args:
        started: when the process began, in ``time.monotonic()`` seconds; the deadline counts
            from there.
    """
    if not events:
        log.tell("nothing to notify")
        return 0
    deadline = started + config.get("deadline", 25)
    templates = make_templates(config)
    status = 0
    for event in events:
        channels = handler.open_channels(event, config, templates)
        if not channels:
            log.tell(f"{event.entity}/{event.check}: no route leads to a channel")
        times = _times(config, channels, deadline - time.monotonic())
        graphs = handler.graphs_of(event, config) if channels else []
        try:
            renders = _renders(graphs, channels, config, times)
        except ConfigError as error:  # it costs the picture, never the alert
            _log.error("%s", error)
            graphs, status = [replace(graph, problem=str(error)) for graph in graphs], 1
            renders = handler.Renders(graphs, lambda graph: graph)
        for outcome in handler.announce(event, renders, channels, times):
            status = max(status, _report(outcome))
    return status


def _times(config: Config, channels: Sequence[Channel], left: float) -> handler.Times:
    """Return what of the *left* seconds pictures may take; those that are added later, more."""
    wait = min(config.get("graph.wait", 10), left / 2)
    late = min(config.get("images.timeout", 20), left - _TO_ADD)
    adds = any(isinstance(channel, AddsPictures) for channel in channels)
    return handler.Times(wait, max(wait, late) if adds else wait, left)


def _renders(
    graphs: Sequence[Graph], channels: Sequence[Channel], config: Config, times: handler.Times
) -> handler.Renders:
    if not graphs:
        return handler.Renders((), lambda graph: graph)
    from grafherald.images import open_pictures

    return handler.render(graphs, open_pictures(config), channels, times.late)


def rehearse(events: Sequence[Event], config: Config) -> None:
    """Print what `notify` would send, one JSON object per delivery; nothing leaves the machine."""
    if not events:
        _log.info("nothing to notify")
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


def rehearsed(events: Sequence[Event], config: Config) -> list[tuple[Notification, Channel]]:
    """Return what would be sent to whom, no picture fetched."""
    templates = make_templates(config)
    deliveries = []
    for event in events:
        graphs = [
            replace(graph, problem="not rendered in a dry run")
            for graph in handler.graphs_of(event, config)
        ]
        notification = Notification(event, tuple(graphs))
        for channel in handler.open_channels(event, config, templates):
            deliveries.append((notification, channel))
    return deliveries


def make_templates(config: Config) -> Templates:
    """Return the templates, the user's own from the directory in the settings."""
    from grafherald.notification.templates import Templates

    directory = config.get("templates")
    return Templates(Path(directory) if directory else None, _log.warning)


def _report(outcome: Outcome) -> int:
    channel = outcome.channel
    name = f"{channel.name} ({channel.type} {channel.recipient})"
    if outcome.error is None:
        receipt = outcome.receipt.text if outcome.receipt else ""
        log.tell(f"{name}: delivered{f', {receipt}' if receipt else ''}")
        return 0
    _log.error("%s: %s", name, outcome.error)
    return 2
