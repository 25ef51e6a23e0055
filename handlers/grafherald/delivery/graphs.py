"""Which panels an event shows, and of what time. Pure: settings and an event in, URLs out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from grafherald.delivery.routing import mismatch
from grafherald.drawing.options import options
from grafherald.errors import excerpt
from grafherald.event import Event, Kind
from grafherald.grafana import urls
from grafherald.notification import Graph, is_web_url
from grafherald.settings import Settings
from grafherald.settings.formats import FORMATS, is_time

_BEFORE = timedelta(minutes=10)  # that a resolved problem's graph shows of the time before it
_NAME = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*\}\}")
_NO_VARIABLES = ("alertname", "grafana_folder", "severity", "datasource_uid", "ref_id", "rulename")
_VARIABLES = 20
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
    own = {key: text for key, text in event.overrides.items() if is_time(text)}
    start = own.get("graph.from") or config.graph.from_
    end = own.get("graph.to") or config.graph.to
    since = event.since or began
    if event.kind is Kind.RESOLVE and since and since < event.occurred_at:
        start = _reaching(start, since, event.occurred_at)
    if seen_from is not None:
        start, end = urls.moment(start, seen_from), urls.moment(end, seen_from, end=True)
    graphs = []
    for image in _panels(event, config)[:_MOST]:
        url = urls.render_url(urls.absolute(image, config.grafana.url), start, end)
        page = "" if url.startswith("/") else urls.link(url)  # nobody says where Grafana is
        graphs.append(Graph(render_url=url, link=page))
    if not graphs and is_web_url(event.attribute("image_url")):
        image = event.attribute("image_url")
        graphs.append(Graph(render_url="", link=_live(event), image_url=image))
    return graphs


def wrong_times(event: Event) -> tuple[str, ...]:
    """Say which of the times that *event* names for its graphs are none; Grafana shows 1970."""
    named = {key: event.overrides.get(key, "") for key in ("graph.from", "graph.to")}
    return tuple(
        f"{key} {excerpt(text)}: expected {FORMATS['grafana-time'].expected}"
        for key, text in named.items()
        if text and not is_time(text)
    )


def _reaching(start: str, since: datetime, until: datetime) -> str:
    """The start of a range that shows a whole problem, and a little of what was before."""
    margin = max((until - since) / 10, _BEFORE)
    reach = str(round((since - margin).timestamp() * 1000))
    seen = urls.moment(start, until)
    return reach if seen.isdecimal() and int(reach) < int(seen) else start


def with_panels(event: Event, config: Settings) -> Event:
    """*event* with all that it shows as its own ``graph_image``, so that a group can show it."""
    found = _panels(event, config)
    images = tuple(found[:_MOST])
    if not images or images == event.attributes.get("graph_image"):
        return event
    return event._replace(
        attributes={**event.attributes, "graph_image": images},
        details=(*event.details, *shown_of(len(images), len(found))),
    )


def shown_of(shown: int, graphs: int) -> tuple[tuple[str, str], ...]:
    """What the reader is told of graphs that a message has no room for, as an event's details."""
    return (("Graphs", f"{shown} of {graphs} are shown"),) if shown < graphs else ()


def _panels(event: Event, config: Settings) -> Sequence[str]:
    """The render URLs of what *event* shows: what it names itself, else what the settings do."""
    if images := event.attributes.get("graph_image", ()):
        return images
    if panel := event.attributes.get("panel", ()):
        labels = {
            name: text  # a tag that says whom to tell is no variable
            for name, text in event.labels.items()
            if name not in event.attributes and not name.startswith("__")
        }
        return [_panel(panel, labels, config.alerts.variables)]
    found = (
        _filled(graph.panel, event) for graph in config.graphs if not mismatch(graph.match, event)
    )
    named = [image for image in found if image]
    query = event.attribute("query")
    if not named and query and config.grafana.url and options(config).draws:
        return [urls.explored(query, config.alerts.datasource)]
    return named


def _panel(panel: Sequence[str], labels: Mapping[str, str], names: Mapping[str, str]) -> str:
    """The render path of a panel, with the alert's labels as the dashboard's variables.

    Grafana passes over variables that the dashboard does not have.

    Args:
        panel: dashboard, panel's number and organisation, the latter two may be "".
        names: variables by labels of another name.
    """
    dashboard, number, organisation = panel
    variables = [(names.get(label, label), value) for label, value in labels.items()]
    kept = [pair for pair in variables if pair[0] and pair[0] not in _NO_VARIABLES]
    image = urls.panel(dashboard, number, kept[:_VARIABLES])
    if not organisation:
        return image
    return f"{image}{'&' if '?' in image else '?'}orgId={quote(organisation)}"


def _filled(panel: str, event: Event) -> str:
    """*panel* with what *event* has in place of ``{{ names }}``; "" where it has not all of them.

    A panel of another host than the alert's would be worse than none.
    """
    values = {
        **event.labels,
        "entity": event.entity,
        "check": event.check,
        "namespace": event.namespace,
        "state": event.state.value,
    }
    if not all(values.get(name) for name in _NAME.findall(panel)):
        return ""
    return _NAME.sub(lambda match: quote(values[match[1]], safe=""), panel)


def _live(event: Event) -> str:
    return next((url for label, url in event.links if label == "Rule"), "")
