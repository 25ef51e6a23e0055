"""Why would a notification come without its picture, or not at all? Everything is tried.

What is tried is what the handler does, by the handler's own code: the answer is about the next
alert, not about a network in general.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from grafherald.doctor import coverage, drawing, grafana, machine, pictures, recipients
from grafherald.doctor.findings import Finding, Verdict, healthy, skipped, warning
from grafherald.errors import GrafanaError
from grafherald.event import Event
from grafherald.grafana.api import Grafana
from grafherald.notification import Graph
from grafherald.settings import Settings


@dataclass(frozen=True)
class Visit:
    """What the doctor is asked for.

    Attributes:
        host: this machine's name.
        graph: the render URL of the panel to try, or "" for any that Grafana has.
        send: send a test to every recipient.
        offline: let nothing leave the machine.
    """

    host: str
    now: datetime
    graph: str = ""
    send: bool = False
    offline: bool = False


def examine(config: Settings, environment: Mapping[str, str], visit: Visit) -> Iterator[Finding]:
    """Look at this machine first, the network last; a finding comes as soon as it is found."""
    event = recipients.sample(visit.host, visit.now)
    yield from machine.look(config, environment, visit.now, event)
    yield from coverage.look(config, event)
    if visit.offline:
        yield skipped("network", "This is a dry run: nothing leaves the machine.")
        return
    graph = yield from _graph(config, visit, event)
    yield from recipients.channels(config, event, graph, send=visit.send)


def _graph(config: Settings, visit: Visit, event: Event) -> Generator[Finding, None, Graph | None]:
    """Try how a panel becomes a picture; the graph, or None where there is no panel to try."""
    if not config.grafana.url:
        text = "The settings do not say where Grafana is, so no alert has a picture."
        yield warning("grafana", text, "Set grafana.url and grafana.token_file.")
        return None
    if "grafana" in config.broken:
        yield skipped("grafana", "Its settings can't be used, see above.")
        return None
    reached = list(grafana.reach(config, visit.now))
    yield from reached
    url = visit.graph
    if healthy(reached):
        talk = grafana.conversation(config)
        who = grafana.account(talk)
        yield who
        if who.verdict is not Verdict.FAILED:
            yield drawing.renderer(config, grafana.renderer(talk))
            if url:
                lacking = list(grafana.needs(talk.server, url))
                yield from lacking
                if not healthy(lacking):
                    return None
            url = url or (yield from _some_panel(talk))
    if not url:
        return None
    found, graph = pictures.render(config, url)
    yield from found
    yield from drawing.look(config, url, alone=bool(visit.graph))
    if healthy(found):
        yield from pictures.published(config, graph.image_url, event)
    return graph


def _some_panel(talk: Grafana) -> Generator[Finding, None, str]:
    advice = "Name one: --graph https://<grafana>/render/d-solo/<uid>/<slug>?panelId=<number>."
    try:
        url = grafana.panel(talk)
    except GrafanaError as error:
        yield skipped("picture", f"No panel to try: {error}", advice)
        return ""
    if not url:
        yield skipped("picture", "The token sees no panel that could be tried.", advice)
    return url
