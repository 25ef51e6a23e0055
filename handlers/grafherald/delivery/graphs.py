"""Which panels an event shows, and of what time. Pure: settings and an event in, URLs out."""

from __future__ import annotations

from datetime import datetime, timedelta

from grafherald.event import Event, Kind
from grafherald.grafana import urls
from grafherald.notification import Graph
from grafherald.settings import Settings

_BEFORE = timedelta(minutes=10)  # that a resolved problem's graph shows of the time before it
_MOST = 20  # of one event; no channel shows more


def graphs_of(
    event: Event,
    config: Settings,
    *,
    seen_from: datetime | None = None,
    began: datetime | None = None,
) -> list[Graph]:
    """The event's graphs with their URLs and links, no picture yet.

    Args:
        seen_from: makes ``now`` that time, so that a late notification shows the time of the alert.
        began: when the problem began, where the event itself does not know.
    """
    start = event.overrides.get("graph.from") or config.graph.from_
    end = event.overrides.get("graph.to") or config.graph.to
    since = event.since or began
    if event.kind is Kind.RESOLVE and since and since < event.occurred_at:
        start = _reaching(start, since, event.occurred_at)
    if seen_from is not None:
        start, end = urls.moment(start, seen_from), urls.moment(end, seen_from, end=True)
    graphs = []
    for image in event.attributes.get("graph_image", ())[:_MOST]:
        url = urls.render_url(urls.absolute(image, config.grafana.url), start, end)
        graphs.append(Graph(render_url=url, link=urls.link(url)))
    return graphs


def _reaching(start: str, since: datetime, until: datetime) -> str:
    """The start of a range that shows a whole problem, and a little of what was before."""
    margin = max((until - since) / 10, _BEFORE)
    reach = str(round((since - margin).timestamp() * 1000))
    seen = urls.moment(start, until)
    return reach if seen.isdecimal() and int(reach) < int(seen) else start
