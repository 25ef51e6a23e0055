"""The small graph of an open alert's panel as it is now: of our own drawing, for whoever looks.

However many look, a panel is asked for once a minute: "now" is the minute's begin for all of them.
What can't be drawn shows the picture that was sent.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from grafherald.delivery.graphs import graphs_of
from grafherald.errors import GraphError
from grafherald.event import Event
from grafherald.history.read import Alert
from grafherald.images import Picture
from grafherald.images.cache import Key, RenderCache
from grafherald.net.deadline import Deadline
from grafherald.notification import is_web_url
from grafherald.settings import Settings

if TYPE_CHECKING:
    from grafherald.drawing.artist import Artist
    from grafherald.drawing.scene import Scene
    from grafherald.images.drawing import PanelDrawing
    from grafherald.images.renders import PictureSource
    from grafherald.panels.reader import PanelData

EARLIER, EARLIER_FOR = 100, timedelta(days=30)  # alerts of the same check that may be marked
SIZES = {"": (360, 180), "large": (600, 300), "wide": (960, 380)}
"""Pixels of a card's graph, and of one on an alert's page: beside the picture sent, or alone."""
_FRESH = 60.0  # seconds
_AT_ONCE = 16  # requests that may be under way: the rest of the threads is for pages
_SECONDS = 8.0  # for one picture


def no_live_graph(alert: Alert) -> str:
    """Say that an alert has no live graph: "" in place of its path."""
    del alert
    return ""


def live_graph(alert: Alert, now: datetime) -> str:
    """Where an open alert's live graph is: another path each minute, so that it is loaded anew.

    It is "" for an alert that is over or has no panel.
    """
    if alert.ended or not is_web_url(alert.panel):
        return ""
    return f"/alerts/{alert.id}/live.svg?at={_minute(now)}"


class Shape(NamedTuple):
    """How a graph is shown: the same data in any of them."""

    theme: str
    width: int
    height: int


class Live:
    """Draws for people who look. Safe among threads.

    Args:
        drawing: of the process, whose engine draws these too, one at a time: alerts that are on
            their way don't wait for a board.
        source: which Grafana is asked, with which token.
    """

    def __init__(self, config: Settings, drawing: PanelDrawing, source: PictureSource) -> None:
        self._config = config
        self._drawing = drawing
        self._source = source
        self._cache = RenderCache(_FRESH)
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._made: Artist | None = None
        self._pencil = threading.Lock()

    def graph(
        self, alert: Alert, event: Event, earlier: Sequence[datetime], shape: Shape, now: datetime
    ) -> bytes:
        """Draw the *event*'s first panel as SVG, once a minute for all who look.

        Args:
            event: the last one of *alert*.
            earlier: when alerts of the same check began before.

        Raises:
            GraphError: there is none; the text is one sentence.
        """
        from grafherald.drawing.scene import standing_scene

        graphs = graphs_of(event, self._config)
        if not graphs or not graphs[0].render_url:
            raise GraphError("the event names no panel", status=404)
        url, minute, deadline = _sized(graphs[0].render_url), _minute(now), Deadline(_SECONDS)
        scene = standing_scene(event, self._drawing.options, alert.started, earlier)
        key = Key(self._source.authorization, url, drawn=f"{minute} {shape} {scene.digest}")
        if not self._slots.acquire(blocking=False):
            raise GraphError("others are looking; try again", status=503)
        try:
            picture, _ = self._cache.get(
                key, deadline, lambda: self._drawn(url, scene, shape, minute, deadline)
            )
        finally:
            self._slots.release()
        return picture.png or b""

    def _drawn(
        self, url: str, scene: Scene, shape: Shape, minute: int, deadline: Deadline
    ) -> Picture:
        from grafherald.draw.frames.decode import CannotRead
        from grafherald.drawing.answers import Credentials

        asker = Credentials(self._source.grafanas.owner(url), self._source.authorization)
        try:
            task = self._artist.task(
                asker, url, self._source.grafanas.client, deadline, scene, now=minute * 60_000
            )
        except CannotRead as error:
            raise GraphError(str(error), hint=error.hint) from None
        data = replace(task.data, panel=fit_for(shape, task.data), **shape._asdict())
        task = replace(task, data=data, as_svg=True)
        if not self._pencil.acquire(timeout=deadline.remaining):
            raise GraphError("too many graphs are to be drawn before this one", status=503)
        try:
            return Picture("", self._artist.engine(task, deadline).picture)
        finally:
            self._pencil.release()

    @property
    def _artist(self) -> Artist:
        """Who asks; what that needs is imported when somebody looks."""
        from grafherald.drawing.artist import Artist

        with self._lock:
            if self._made is None:
                options = self._drawing.options._replace(reuse=_FRESH)
                self._made = Artist(options, self._drawing.artist.engine)
            return self._made


def fit_for(shape: Shape, data: PanelData) -> Mapping[str, Any]:
    """The panel as a small graph has room for it: a legend of one series only repeats the host."""
    panel = data.panel
    is_single = sum(one.kind == "number" for frame in data.frames for one in frame.fields) == 1
    if shape[1:] != SIZES[""] or not is_single or panel.get("type") not in ("graph", "timeseries"):
        return panel
    options, legend = panel.get("options"), panel.get("legend")
    kept = options if isinstance(options, Mapping) else {}
    old = {**legend, "show": False} if isinstance(legend, Mapping) else {"show": False}
    return {**panel, "options": {**kept, "legend": {"showLegend": False}}, "legend": old}


def _sized(url: str) -> str:
    """Ask for as much data as the largest shape shows, so that all shapes and themes share it."""
    page, _, query = url.partition("?")
    shape = ("width", "height", "theme")
    kept = [part for part in query.split("&") if part.partition("=")[0] not in shape]
    widest = max(width for width, _ in SIZES.values())
    return f"{page}?{'&'.join([*kept, f'width={widest}'])}"


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60
