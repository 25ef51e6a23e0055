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

from grafherald.channels import AddsPictures, Channel, Receipt
from grafherald.delivery.routing import channels_for
from grafherald.errors import ConfigError, DeliveryError, GraphError, PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.grafana import urls
from grafherald.notification import Graph, Notification
from grafherald.settings import Config

if TYPE_CHECKING:
    from grafherald.images import Pictures
    from grafherald.notification.templates import Templates

_T = TypeVar("_T")
_R = TypeVar("_R")
_log = logging.getLogger(__name__)
_AT_ONCE = 2.0  # seconds that a channel waits for pictures when it can add them later
_STILL_RENDERING = "still rendering"


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


@dataclass(frozen=True)
class Times:
    """Seconds from now, or from the start of the renders.

    Attributes:
        wait: that an alert waits for its pictures.
        late: after which no picture is waited for any more.
        all: after which everything is left.
    """

    wait: float
    late: float
    all: float


class Renders:
    """Pictures in the making, each in a thread that is left behind when nobody waits any more."""

    def __init__(
        self, graphs: Sequence[Graph], fetch: Callable[[Graph], Graph | GraphError]
    ) -> None:
        """Begin to *fetch* each of *graphs*: with its picture, or why it has none."""
        self._graphs = tuple(graphs)
        self.began = time.monotonic()
        self._found, self._threads = _started(fetch, graphs)
        self._told: set[int] = set()
        self._lock = threading.Lock()

    def within(self, seconds: float, meanwhile: str = "") -> tuple[Graph, ...]:
        """Return the graphs as they are *seconds* after the start, sooner if all are done.

        Args:
            meanwhile: what to say of a picture that is waited for further; without it, that
                there was none in time.
        """
        _join(self._threads, self.began + seconds)
        late = GraphError(f"no picture within {seconds:g} s")
        return tuple(
            replace(graph, problem=meanwhile)
            if found is None and meanwhile
            else self._explained(number, graph, found or late)
            for number, (graph, found) in enumerate(zip(self._graphs, self._found, strict=True))
        )

    def _explained(self, number: int, graph: Graph, found: Graph | GraphError) -> Graph:
        """Return the graph that was *found*, or with why it has no picture; say that once."""
        if isinstance(found, Graph):
            return found
        with self._lock:
            is_told = number in self._told
            self._told.add(number)
        if not is_told:
            advice = f". {found.hint}" if found.hint else ""
            _log.warning("graph: %s (%s)%s", found, graph.link, advice)
        return replace(graph, problem=str(found))

    def for_channel(self, channel: Channel, wait: float) -> tuple[Graph, ...]:
        """Return what *channel* is told within *wait* seconds: at once if it adds pictures."""
        if isinstance(channel, AddsPictures):
            return self.within(min(_AT_ONCE, wait), _STILL_RENDERING)
        return self.within(wait)


def render(
    graphs: Sequence[Graph], pictures: Pictures, channels: Sequence[Channel], seconds: float
) -> Renders:
    """Return the renders of *graphs* for *channels*; each picture gets *seconds*."""
    as_bytes = any(channel.wants != "url" for channel in channels)

    def fetch(graph: Graph) -> Graph | GraphError:
        try:
            got = pictures.get(graph.render_url, seconds, as_bytes=as_bytes)
        except GraphError as error:
            return error
        except Exception as error:  # noqa: BLE001 - our mistake costs a picture, never the alert
            _log.debug("picture", exc_info=True)
            return GraphError(f"internal error ({type(error).__name__})")
        return replace(graph, png=got.png, image_url=got.url)

    return Renders(graphs, fetch)


def illustrate(
    graphs: Sequence[Graph], pictures: Pictures, channels: Sequence[Channel], wait: float
) -> tuple[Graph, ...]:
    """Return *graphs* with their pictures, or with why there is none, within *wait* seconds."""
    return render(graphs, pictures, channels, wait).within(wait)


def deliver(
    notification: Notification, channels: Sequence[Channel], seconds: float
) -> list[Outcome]:
    """Send *notification* to all *channels* within *seconds*."""
    sent = side_by_side(lambda channel: _sent(channel, notification), channels, seconds)
    return [o or Outcome(c, error=_late()) for c, o in zip(channels, sent, strict=True)]


def announce(
    event: Event, renders: Renders, channels: Sequence[Channel], times: Times
) -> list[Outcome]:
    """Tell all *channels* of *event*, each as soon as it has the pictures that it waits for.

    One that adds pictures is told at once, and then told what came. A message whose picture
    never comes says so, and has arrived all the same.
    """
    outcomes: dict[int, Outcome] = {}

    def tell(numbered: tuple[int, Channel]) -> None:
        number, channel = numbered
        notification = Notification(event, renders.for_channel(channel, times.wait))
        outcomes[number] = _sent(channel, notification)
        add_late(outcomes[number], notification, renders, times.late)

    side_by_side(tell, list(enumerate(channels)), times.all)
    return [outcomes.get(n) or Outcome(c, error=_late()) for n, c in enumerate(channels)]


def _late() -> TemporaryError:
    return TemporaryError("no answer before the deadline", unknown=True)


def _sent(channel: Channel, notification: Notification) -> Outcome:
    try:
        return Outcome(channel, receipt=channel.send(notification))
    except DeliveryError as error:
        return Outcome(channel, error=error)
    except Exception as error:  # noqa: BLE001 - one channel's mistake never costs the others
        _log.debug("channel %s", channel.name, exc_info=True)
        return Outcome(channel, error=PermanentError(f"internal error ({type(error).__name__})"))


def is_waiting(graphs: Sequence[Graph]) -> bool:
    """Tell whether a picture of *graphs* was still in the making."""
    return any(graph.problem == _STILL_RENDERING for graph in graphs)


def add_late(
    outcome: Outcome, notification: Notification, renders: Renders, seconds: float
) -> tuple[Graph, ...]:
    """Add to a message what came, within *seconds*, after it was sent; return its graphs.

    What fails here is told in the log: the alert has arrived.
    """
    channel, receipt = outcome.channel, outcome.receipt
    waiting = is_waiting(notification.graphs)
    if not waiting or receipt is None or not isinstance(channel, AddsPictures):
        return notification.graphs
    graphs = renders.within(seconds)
    try:
        channel.add_pictures(receipt, replace(notification, graphs=graphs))
    except DeliveryError as error:
        _log.warning("%s: delivered, its graph was not added: %s", channel.name, error)
    except Exception as error:  # noqa: BLE001 - our mistake costs the picture, never the alert
        _log.warning("%s: delivered, its graph was not added: %s", channel.name, type(error))
        _log.debug("channel %s", channel.name, exc_info=True)
    return graphs


def side_by_side(work: Callable[[_T], _R], items: Sequence[_T], seconds: float) -> list[_R | None]:
    """Return what *work* made of each item, None for those not done within *seconds*."""
    deadline = time.monotonic() + seconds
    results, threads = _started(work, items)
    _join(threads, deadline)
    return list(results)


def _started(
    work: Callable[[_T], _R], items: Sequence[_T]
) -> tuple[list[_R | None], list[threading.Thread]]:
    """Return where *work*'s results will stand, and the threads that are at it."""
    results: list[_R | None] = [None] * len(items)

    def run(number: int, item: _T) -> None:
        results[number] = work(item)

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(items)]
    for thread in threads:
        thread.start()
    return results, threads


def _join(threads: Sequence[threading.Thread], deadline: float) -> None:
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
