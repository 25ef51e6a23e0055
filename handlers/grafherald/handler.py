"""One event, from accepted to delivered: route, illustrate, render, send.

Pictures and deliveries run side by side, each in a thread that is left behind when its time is up:
nothing that hangs, be it a name server, can hold the others or the process past its deadline.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from grafherald.channels import Channel, Receipt
from grafherald.config import Config
from grafherald.errors import ConfigError, DeliveryError, GraphError, PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.grafana import urls
from grafherald.notification import Graph, Notification
from grafherald.routing import channels_for

if TYPE_CHECKING:
    from grafherald.images.client import Pictures
    from grafherald.rendering import Templates

_T = TypeVar("_T")
_R = TypeVar("_R")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery: a receipt or an error."""

    channel: Channel
    receipt: Receipt | None = None
    error: DeliveryError | None = None


def open_channels(event: Event, config: Config, templates: Templates) -> list[Channel]:
    """Return the channels that *event* goes to, one per recipient.

    Raises:
        ConfigError: a channel's settings can't be used; the text names the key.
    """
    names = channels_for(event, config.get("routes", ()), list(config.channels))
    return [c for name in names for c in open_channel(name, event, config, templates)]


def open_channel(name: str, event: Event, config: Config, templates: Templates) -> list[Channel]:
    """Return the channel *name* of the settings, once per recipient of *event*'s.

    Raises:
        ConfigError: its settings can't be used; the text names the key.
    """
    settings = config.channels.get(name)
    if settings is None:
        raise ConfigError(f"channels.{name}: is not in the settings")
    try:
        module = importlib.import_module(f"grafherald.channels.{settings['type']}")
    except ModuleNotFoundError as error:
        raise ConfigError(f"channels.{name}.type: {error}") from None
    styled = templates.styled(_style(settings, event))
    opened: list[Channel] = module.open_channels(name, settings, event, styled)
    return opened


def _style(settings: Mapping[str, Any], event: Event) -> str:
    """Return which form a channel shows *event* in; a pager's stays short whatever a check says."""
    named = event.overrides.get("template") or settings.get("template")
    return str(named or event.attribute("template"))


def graphs_of(event: Event, config: Config, *, seen_from: datetime | None = None) -> list[Graph]:
    """Return the event's graphs with their URLs and links, no picture yet.

    Args:
        seen_from: makes ``now`` that time, so that a late notification shows the time of the alert.
    """
    start = event.overrides.get("graph.from") or config.get("graph.from", "now-6h")
    end = event.overrides.get("graph.to") or config.get("graph.to", "now")
    if seen_from is not None:
        start, end = urls.moment(start, seen_from), urls.moment(end, seen_from, end=True)
    graphs = []
    for image in event.attributes.get("graph_image", ()):
        url = urls.render_url(urls.absolute(image, config.get("grafana.url", "")), start, end)
        graphs.append(Graph(render_url=url, link=urls.link(url)))
    return graphs


def illustrate(
    graphs: Sequence[Graph], pictures: Pictures, channels: Sequence[Channel], wait: float
) -> tuple[Graph, ...]:
    """Return *graphs* with their pictures, or with why there is none, within *wait* seconds."""
    as_bytes = any(channel.wants != "url" for channel in channels)

    def fetch(graph: Graph) -> Graph | GraphError:
        try:
            got = pictures.get(graph.render_url, wait, as_bytes=as_bytes)
        except GraphError as error:
            return error
        except Exception as error:  # noqa: BLE001 - our mistake costs a picture, never the alert
            _log.debug("picture", exc_info=True)
            return GraphError(f"internal error ({type(error).__name__})")
        return replace(graph, png=got.png, image_url=got.url)

    late = GraphError(f"no picture within {wait:g} s")
    return tuple(
        _explained(graph, found or late)
        for graph, found in zip(graphs, side_by_side(fetch, graphs, wait), strict=True)
    )


def _explained(graph: Graph, found: Graph | GraphError) -> Graph:
    """Return the graph that was *found*, or *graph* with why there is no picture, which is said."""
    if isinstance(found, Graph):
        return found
    _log.warning("graph: %s (%s) %s", found, graph.link, found.hint)
    return replace(graph, problem=str(found))


def deliver(
    notification: Notification, channels: Sequence[Channel], seconds: float
) -> list[Outcome]:
    """Send *notification* to all *channels* within *seconds*."""

    def send(channel: Channel) -> Outcome:
        try:
            return Outcome(channel, receipt=channel.send(notification))
        except DeliveryError as error:
            return Outcome(channel, error=error)
        except Exception as error:  # noqa: BLE001 - one channel's mistake never costs the others
            _log.debug("channel %s", channel.name, exc_info=True)
            return Outcome(
                channel, error=PermanentError(f"internal error ({type(error).__name__})")
            )

    late = TemporaryError("no answer before the deadline", unknown=True)
    return [
        outcome or Outcome(channel, error=late)
        for channel, outcome in zip(channels, side_by_side(send, channels, seconds), strict=True)
    ]


def side_by_side(work: Callable[[_T], _R], items: Sequence[_T], seconds: float) -> list[_R | None]:
    """Return what *work* made of each item, None for those not done within *seconds*."""
    deadline = time.monotonic() + seconds
    results: list[_R | None] = [None] * len(items)

    def run(number: int, item: _T) -> None:
        results[number] = work(item)

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(items)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return list(results)
