"""The graph of an alert's panel as it is now, as alerts get it: Grafana's own, or drawn."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from grafherald.delivery.graphs import graphs_of
from grafherald.errors import GraphError
from grafherald.event import Event
from grafherald.settings import Settings

if TYPE_CHECKING:
    from grafherald.images import Pictures

_AT_ONCE = 2  # a page that is opened by many must not keep Grafana busy


class Now:
    """Renders for people who look; alerts that are on their way have Grafana to themselves."""

    def __init__(self, pictures: Pictures, config: Settings, seconds: float) -> None:
        self._pictures = pictures
        self._config = config
        self._seconds = seconds
        self._slots = threading.BoundedSemaphore(_AT_ONCE)

    def picture(self, event: Event) -> bytes:
        """Render the event's first panel as it is now, as PNG.

        Raises:
            GraphError: there is none, or others are looking.
        """
        graphs = graphs_of(event, self._config)
        if not graphs:
            raise GraphError("the event names no panel")
        if not self._slots.acquire(blocking=False):
            raise GraphError("others are looking; try again", status=503)
        try:
            found = self._pictures.get(graphs[0].render_url, self._seconds, as_bytes=True)
        finally:
            self._slots.release()
        if found.png is None:
            raise GraphError("the picture service sent no picture")
        return found.png
