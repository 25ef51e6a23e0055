"""Which panels an event shows, and of what time. Pure: settings and an event in, URLs out."""

from __future__ import annotations

from datetime import datetime

from grafherald.event import Event
from grafherald.grafana import urls
from grafherald.notification import Graph
from grafherald.settings import Config

_MOST = 20  # of one event; no channel shows more


def graphs_of(event: Event, config: Config, *, seen_from: datetime | None = None) -> list[Graph]:
    """The event's graphs with their URLs and links, no picture yet.

    Args:
        seen_from: makes ``now`` that time, so that a late notification shows the time of the alert.
    """
    start = event.overrides.get("graph.from") or config.graph.from_
    end = event.overrides.get("graph.to") or config.graph.to
    if seen_from is not None:
        start, end = urls.moment(start, seen_from), urls.moment(end, seen_from, end=True)
    graphs = []
    for image in event.attributes.get("graph_image", ())[:_MOST]:
        url = urls.render_url(urls.absolute(image, config.grafana.url), start, end)
        graphs.append(Graph(render_url=url, link=urls.link(url)))
    return graphs
