"""A notification as one channel shows it: cleaned and cut to the channel's budget, not escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any

from grafherald.notification import Graph, Notification, is_web_url
from grafherald.text import cut, one_line, plain, shorten

_URL = 2048  # characters; a longer link breaks more messages than it helps
_FACT = 400  # of one fact
_ROW = 40  # what a row's markup costs, about


@dataclass(frozen=True)
class Budget:
    """How much a channel shows: *output* and *rest* in what its size counts, and how many pictures.

    *rest* is for links and facts together; links come first.
    """

    output: int
    rest: int
    pictures: int


@dataclass(frozen=True)
class Picture:
    """One graph as it is shown.

    Attributes:
        title: what it shows, for those who don't see it.
        link: the live panel's URL, or "".
        source: what the channel shows it from (a public URL, a ``cid:``), or "".
        problem: why there is no source, a few words.
    """

    title: str
    link: str
    source: str
    problem: str


@dataclass(frozen=True)
class View:
    """What templates get, by these names."""

    notification: Notification
    output: str
    pictures: tuple[Picture, ...]
    facts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]

    def values(self) -> dict[str, Any]:
        """Return the attributes by name, for `Templates.render`."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def cleaned(notification: Notification) -> Notification:
    """Return *notification* with every text of it made harmless by `plain`."""
    event = notification.event
    texts = {item.name: _cleaned(getattr(event, item.name)) for item in fields(event)}
    graphs = tuple(
        replace(
            graph,
            link=plain(graph.link),
            image_url=plain(graph.image_url),
            problem=plain(graph.problem),
        )
        for graph in notification.graphs
    )
    return replace(notification, event=replace(event, **texts), graphs=graphs)


def view(
    notification: Notification,
    source: Callable[[int, Graph], str],
    budget: Budget,
    size: Callable[[str], int] = len,
) -> View:
    """Return what to show of a cleaned *notification* within *budget*.

    Args:
        source: gives what the channel shows a graph from, by its number from 1; "" for nothing.
        size: what a text costs once it is escaped.
    """
    left = budget.rest
    links, left = _within(_short_links(notification), left, size)
    facts = ((label, cut(text, _FACT, size)) for label, text in notification.facts)
    kept, _ = _within(facts, left, size)
    return View(
        notification=notification,
        output=cut(notification.text, budget.output, size),
        pictures=_pictures(notification, source, budget.pictures),
        facts=kept,
        links=links,
    )


def picture_title(notification: Notification, number: int) -> str:
    """Return what the picture of graph *number* is called, in at most 200 characters."""
    count = len(notification.graphs)
    which = f"Graph {number} of {count}" if count > 1 else "Graph"
    return shorten(f"{which} of {notification.subject}", 200)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Enum):
        return plain(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(item) for item in value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value


def _pictures(
    notification: Notification, source: Callable[[int, Graph], str], most: int
) -> tuple[Picture, ...]:
    graphs, shown = notification.graphs, []
    for number, graph in enumerate(graphs, 1):
        found = source(number, graph) if number <= most else ""
        problem = graph.problem or ("no picture" if number <= most else "not shown here")
        shown.append(
            Picture(
                title=picture_title(notification, number),
                link=_link(graph.link),
                source=found,
                problem="" if found else shorten(one_line(problem), 200),
            )
        )
    return tuple(shown)


def _short_links(notification: Notification) -> Iterable[tuple[str, str]]:
    return ((label, _link(url)) for label, url in notification.links if _link(url))


def _link(url: str) -> str:
    """Return *url* where it can be a link, with the ``|`` that Slack would end it at escaped."""
    return url.replace("|", "%7C") if is_web_url(url) and len(url) <= _URL else ""


def _within(
    rows: Iterable[tuple[str, str]], left: int, size: Callable[[str], int]
) -> tuple[tuple[tuple[str, str], ...], int]:
    """Return the *rows* that fit into what is *left*, and what is left then."""
    kept = []
    for label, text in rows:
        cost = size(label) + size(text) + _ROW
        if cost <= left:
            kept.append((label, text))
            left -= cost
    return tuple(kept), left
