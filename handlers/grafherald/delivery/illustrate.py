"""An event's graphs get their pictures, or the reason why there is none, within their time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from grafherald.channels import AddsPictures, Channel
from grafherald.delivery.graphs import graphs_of
from grafherald.delivery.model import Delivery
from grafherald.drawing.options import options
from grafherald.errors import ConfigError, GraphError, excerpt
from grafherald.event import Event
from grafherald.grafana.urls import unfilled
from grafherald.history import read
from grafherald.history.record import illustrate, rendered
from grafherald.notification import Graph
from grafherald.settings import Settings
from grafherald.store import Database
from grafherald.threads import Work

if TYPE_CHECKING:
    from grafherald.drawing.scene import Scene
    from grafherald.history.read import Alert
    from grafherald.images import Picture, Pictures

_log = logging.getLogger(__name__)
_AT_ONCE = 4  # pictures of one message that are fetched side by side
_FOR_LATER = 2.0  # seconds that a channel waits for pictures when it can add them later
_TO_ADD = 5.0  # seconds that are for adding a late picture to its message
_LATE = timedelta(minutes=1)  # after which a graph's window is fixed to the time of the alert
_FOR_REPLACEMENTS = 2  # messages that wait for Grafana's pictures in place of ours
_REMEMBERED = 64  # events whose renders are at hand for their other messages
_HISTORY = timedelta(days=7)  # in which earlier alerts of a check are looked for
_MOST_EARLIER = 100
_NO_GRAFANA = "It names a panel and no host: set it to where Grafana is reached."
_NO_TOKEN = "What the check runs on has no such attribute: name it, or write the value."  # noqa: S105  # a sentence
_STILL_RENDERING = "still rendering"


class TimeLimits(NamedTuple):
    """Seconds that one message has.

    Attributes:
        wait: that it waits for its pictures.
        late: after which no picture is waited for any more, where it can be added later.
        send: that sending takes at most.
    """

    wait: float
    late: float
    send: float

    @classmethod
    def within(cls, config: Settings, left: float) -> TimeLimits:
        """What the settings allow, of *left* seconds in all."""
        wait = min(config.graph.wait, left / 2)
        late = min(config.images.timeout, left - _TO_ADD)
        return cls(wait, max(wait, late), max(1.0, left))


def picture_source(config: Settings) -> Callable[[], Pictures]:
    """What makes an event's pictures: set up when the first is asked for, then the same."""
    made: list[Pictures] = []
    lock = threading.Lock()

    def pictures() -> Pictures:
        with lock:
            if not made:
                from grafherald.images import open_pictures

                made.append(open_pictures(config))
            return made[0]

    return pictures


class Wanted(NamedTuple):
    """Where pictures come from, and what the alert adds to those of our own."""

    pictures: Pictures
    scene: Scene | None = None


class PendingRenders:
    """Pictures in the making, by threads that are left behind when nobody waits any more."""

    def __init__(
        self, graphs: Sequence[Graph], wanted: Wanted, seconds: float, *, as_bytes: bool
    ) -> None:
        """Begin to fetch a picture for each of *graphs*, within *seconds*."""

        def fetch(graph: Graph) -> Graph | GraphError:
            if graph.render_url.startswith("/"):
                return GraphError("grafana.url is not set", hint=_NO_GRAFANA)
            if token := unfilled(graph.render_url):
                return GraphError(f"nobody filled in {excerpt(token)} in its URL", hint=_NO_TOKEN)
            try:
                got = wanted.pictures.get(
                    graph.render_url, seconds, as_bytes=as_bytes, scene=wanted.scene
                )
            except GraphError as error:
                return error
            except Exception as error:  # noqa: BLE001 - our mistake costs a picture, not the alert
                _log.debug("picture", exc_info=True)
                return GraphError(f"internal error ({type(error).__name__})")
            return _illustrated(graph, got)

        self._graphs = tuple(graphs)
        self.began = time.monotonic()
        self._work = Work(fetch, graphs, threads=_AT_ONCE)

    def within(self, seconds: float, meanwhile: str = "") -> tuple[Graph, ...]:
        """The graphs as they are *seconds* after the start, sooner if all are done.

        Args:
            meanwhile: what to say of a picture that is waited for further; without it, that
                there was none in time.
        """
        late = GraphError(f"no picture within {seconds:g} s")
        results = self._work.join(self.began + seconds)
        return tuple(
            graph._replace(problem=meanwhile)
            if result is None and meanwhile
            else _explained(graph, result or late)
            for graph, result in zip(self._graphs, results, strict=True)
        )


def _illustrated(graph: Graph, picture: Picture) -> Graph:
    """The graph with its picture, and the notes on that."""
    return graph._replace(
        png=picture.png,
        image_url=picture.url,
        drawn=picture.drawn,
        last=picture.last,
        notes=picture.notes,
    )


def _explained(graph: Graph, result: Graph | GraphError) -> Graph:
    """The graph with its picture, or with why it has none and what to do about it."""
    if isinstance(result, Graph):
        return result
    return graph._replace(problem=str(result), advice=result.hint)


class Illustrator:
    """Gives a process's messages their pictures, and writes down how that went.

    All messages about one event show the same renders, whatever channels they go to. It is for
    many threads.

    Args:
        pictures: makes what pictures are asked from, when there is a graph to ask for.

    Attributes:
        misconfigured: whether the settings of the pictures could not be used.
    """

    def __init__(
        self,
        config: Settings,
        pictures: Callable[[], Pictures],
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._config = config
        self._pictures = pictures
        self._options = options(config)
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting = threading.BoundedSemaphore(_FOR_REPLACEMENTS)
        self._renders: dict[Hashable, PendingRenders] = {}
        self._logged: dict[Hashable, None] = {}
        self.misconfigured = False

    def illustrated(  # noqa: PLR0913 - a message that is to be sent, and how
        self,
        database: Database,
        first: Delivery,
        event: Event,
        channel: Channel,
        limits: TimeLimits,
        *,
        later: bool,
    ) -> tuple[Sequence[Graph], PendingRenders | None]:
        """The graphs as they go out, and their renders while some of them are still waited for.

        Args:
            later: the channel can show them later in what it sends now, so they need not be
                waited for.

        Pictures that were made when the event came are shown again. Without them the graphs of a
        late message show the window that the event came with.
        """
        is_late = self._clock() - first.received > _LATE
        own = self._own(database, first, event)
        began_at = own.started if own else None
        now = first.received if is_late else None
        graphs = graphs_of(event, self._config, seen_from=now, began=began_at)
        if not graphs or not all(graph.render_url for graph in graphs):
            return graphs, None  # none, or the source's own picture
        try:
            pictures = self._pictures()
        except (ConfigError, GraphError) as error:
            self.misconfigured = True
            self._log_once("settings", f"{error}")
            return [graph._replace(problem=str(error)) for graph in graphs], None
        began = time.monotonic()
        wanted = Wanted(pictures, self._scene(database, own, event))
        then = graphs_of(event, self._config, began=began_at)
        made = self._made_then(wanted, first, then, channel)
        missing = [graph for graph, picture in zip(graphs, made, strict=True) if not picture]
        renders = self._shared(first, missing, wanted, channel, limits)
        seconds = min(_FOR_LATER, limits.wait) if later else limits.wait
        new = iter(renders.within(seconds, _STILL_RENDERING if later else ""))
        graphs = [
            _illustrated(graph, picture) if picture else next(new)
            for graph, picture in zip(graphs, made, strict=True)
        ]
        if is_waiting(graphs):
            return graphs, renders
        self._record(database, first, graphs, began)
        return graphs, None

    def add_late(
        self,
        database: Database,
        first: Delivery,
        graphs: Sequence[Graph],
        renders: PendingRenders,
        late: float,
    ) -> Sequence[Graph]:
        """The graphs of a message that was sent without some, as they are *late* seconds later."""
        new = {graph.render_url: graph for graph in renders.within(late)}
        found = [new.get(graph.render_url, graph) for graph in graphs]
        self._record(database, first, found, renders.began)
        return found

    def replaced(
        self, graphs: Sequence[Graph], channel: Channel, late: float
    ) -> Sequence[Graph] | None:
        """The graphs with Grafana's own pictures in place of ours; None where none comes.

        Args:
            late: how many seconds they are waited for. A few messages wait at once, so that
                others are sent meanwhile: the rest keep what they have.
        """
        drawn = [graph for graph in graphs if graph.drawn]
        if not drawn or not self._options.is_replaced or not self._waiting.acquire(blocking=False):
            return None
        as_bytes, until = channel.wants != "url", time.monotonic() + late
        try:
            found = {
                graph.render_url: self._pictures().replacement(
                    graph.render_url, max(0.0, until - time.monotonic()), as_bytes=as_bytes
                )
                for graph in drawn
            }
        finally:
            self._waiting.release()
        if not any(found.values()):
            return None
        return [
            graph._replace(png=own.png, image_url=own.url, drawn=False, notes=())
            if (own := found.get(graph.render_url))
            else graph
            for graph in graphs
        ]

    def _shared(
        self,
        first: Delivery,
        missing: Sequence[Graph],
        wanted: Wanted,
        channel: Channel,
        limits: TimeLimits,
    ) -> PendingRenders:
        """The renders that another message about the event began within its time, or new ones."""
        as_bytes = channel.wants != "url"
        key = (first.event_id, tuple(graph.render_url for graph in missing), as_bytes)
        with self._lock:
            known = self._renders.pop(key, None)
            if known is None or time.monotonic() - known.began > limits.late:
                seconds = limits.late if isinstance(channel, AddsPictures) else limits.wait
                known = PendingRenders(missing, wanted, seconds, as_bytes=as_bytes)
            self._renders[key] = known
            while len(self._renders) > _REMEMBERED:
                del self._renders[next(iter(self._renders))]
        return known

    def _own(self, database: Database, first: Delivery, event: Event) -> Alert | None:
        """The alert that the message is about, where pictures show more of it than the event."""
        has_graph = any(event.attributes.get(name) for name in ("graph_image", "panel", "query"))
        if first.group or first.alert_id is None or not has_graph:
            return None
        return read.alert(database, first.alert_id)

    def _scene(self, database: Database, own: Alert | None, event: Event) -> Scene | None:
        """What *event* adds to a picture of ours, and what the history knows of its check."""
        if not self._options.draws:
            return None
        from grafherald.drawing.scene import scene_of

        if own is None:
            return scene_of(event, self._options)
        rows = read.earlier(database, own.subject, own.started - _HISTORY, _MOST_EARLIER)
        earlier = [row.started for row in rows if row.id != own.id]
        return scene_of(event, self._options, own.started, earlier)

    def _made_then(
        self, wanted: Wanted, first: Delivery, graphs: Sequence[Graph], channel: Channel
    ) -> list[Picture | None]:
        """The pictures that were made of the event's *graphs* when it came."""
        as_bytes = channel.wants != "url"
        return [
            wanted.pictures.near(
                graph.render_url, first.received, as_bytes=as_bytes, scene=wanted.scene
            )
            for graph in graphs
        ]

    def _record(
        self, database: Database, first: Delivery, graphs: Sequence[Graph], began: float
    ) -> None:
        """Write into the history how the renders went that *began* then, and the first picture."""
        for graph in graphs:
            if graph.problem:
                advice = f". {graph.advice}" if graph.advice else ""
                page = graph.link or graph.render_url
                text = f"graph: {graph.problem} ({page}){advice}"
                self._log_once((first.event_id, page), text)
        took = timedelta(seconds=time.monotonic() - began)
        is_missing = any(graph.problem for graph in graphs)
        rendered(database, self._clock(), took, failed=is_missing)
        if first.alert_id is not None and not first.group:
            illustrate(database, first.alert_id, graphs[0].image_url, graphs[0].link)

    def _log_once(self, key: Hashable, text: str) -> None:
        """Write a line to the log that other messages about the same have not written."""
        with self._lock:
            is_new = key not in self._logged
            self._logged[key] = None
            while len(self._logged) > _REMEMBERED:
                del self._logged[next(iter(self._logged))]
        if is_new:
            _log.warning("%s", text)


def is_waiting(graphs: Sequence[Graph]) -> bool:
    """Tell whether a picture of *graphs* was still in the making."""
    return any(graph.problem == _STILL_RENDERING for graph in graphs)
