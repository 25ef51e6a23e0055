"""A notification as one channel shows it: cleaned and cut to the channel's budget, not escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from grafherald.notification import Graph, Notification, is_web_url
from grafherald.text import cut, one_line, plain, shorten

# A tone's colour, for services that show any.
COLOURS = {
    "critical": "#b3261e",
    "warning": "#f5c518",
    "unknown": "#6b3fa0",
    "ok": "#1b6e3c",
    "info": "#36546e",
}
_URL = 2048  # characters; a longer link breaks more messages than it helps
_FACT = 800  # of one fact
_NAME = 200  # of a host, a check
_NAMES = ("entity", "check", "namespace", "state_text", "author")
_PROBLEM = 200  # of why there is no picture
_LAST = 80  # of what a graph says in numbers, and of what it leaves out
_NOTES = 5
_LEAD = 400  # characters above the pictures
_LEAD_LINES = 5
_GRAPHS = 20  # of one message
_UNSAFE = (("|", "%7C"), ("<", "%3C"), (">", "%3E"), ('"', "%22"), ("`", "%60"))
_ROW = 40  # what a row's markup costs, about


class Budget(NamedTuple):
    """How much a channel shows: *output* and *rest* in what its size counts, and how many pictures.

    *rest* is for reasons why pictures are missing, then links, then facts. The *lines* of output
    are few, since a long one would push the picture out of sight.
    """

    output: int
    rest: int
    pictures: int
    lines: int = 40


class PictureView(NamedTuple):
    """One graph as it is shown.

    Attributes:
        title: what it shows, for those who don't see it.
        link: the live panel's URL, or "".
        source: what the channel shows it from (a public URL, a ``cid:``), or "".
        problem: why there is no source, a few words.
        label: what stands before the problem: ``graph``, ``graph 2``, ``graphs 1, 2 and 4``.
    """

    title: str
    link: str
    source: str
    problem: str
    label: str = "graph"


class View(NamedTuple):
    """What templates get, by these names.

    Attributes:
        notification: all there is to say, cleaned, not cut.
        output: the check's output, as far as there is room.
        lead: what of it stands above the pictures: all, or the first few lines of a long one.
        rest: what then stands below everything else, or "".
        pictures: the graphs, each with what it is shown from or why it is not.
        facts: what else to know, as (label, text), as far as there is room.
        links: where to go, as (label, URL), as far as there is room.
    """

    notification: Notification
    output: str
    lead: str
    rest: str
    pictures: tuple[PictureView, ...]
    facts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]

    def values(self) -> dict[str, Any]:
        """The attributes by name, as `Templates.render` takes them."""
        return self._asdict()


def cleaned(notification: Notification) -> Notification:
    """Make *notification* safe for any channel: each text harmless by `plain`, its names short."""
    event = notification.event
    texts = {name: _cleaned(value) for name, value in event._asdict().items()}
    texts |= {name: shorten(texts[name], _NAME) for name in _NAMES}
    graphs = tuple(
        graph._replace(
            link=plain(graph.link),
            image_url=plain(graph.image_url),
            problem=plain(graph.problem),
            last=shorten(one_line(plain(graph.last)), _LAST),
            notes=tuple(shorten(one_line(plain(note)), _LAST) for note in graph.notes[:_NOTES]),
        )
        for graph in notification.graphs
    )
    return notification._replace(event=event._replace(**texts), graphs=graphs)


def view(
    notification: Notification,
    source: Callable[[int, Graph], str],
    budget: Budget,
    size: Callable[[str], int] = len,
) -> View:
    """Choose what of a cleaned *notification* fits into *budget*: graphs, output, links, facts.

    Args:
        source: gives what the channel shows a graph from, by its number from 1; "" for nothing.
        size: what a text costs once it is escaped.
    """
    pictures, left = _pictures(notification, source, budget, size)
    links = ((label, safe_link(url)) for label, url in notification.links if safe_link(url))
    kept_links, left = _within(links, left, size)
    facts = ((label, cut(text, _FACT, size)) for label, text in notification.facts)
    kept_facts, left = _within(facts, left, size)
    output = _output(notification.text, budget, size)
    long = any(picture.source for picture in pictures) and not _is_short(output)
    lead, rest = _split(output) if long else (output, "")
    return View(
        notification=notification,
        output=output,
        lead=lead,
        rest=rest,
        pictures=pictures,
        facts=kept_facts,
        links=kept_links,
    )


def picture_title(notification: Notification, number: int) -> str:
    """Name the picture of graph *number* for people, in at most 200 characters."""
    several = len(notification.graphs) > 1
    name = notification.graph_name(number)
    which = f"{name[:1].upper()}{name[1:]}" if several else "Graph"
    return shorten(f"{which} of {notification.subject}", 200)


def safe_link(url: str, most: int = _URL) -> str:
    """Let *url* be a link where it can be one of at most *most* characters; else it is "".

    What no URL holds, but would end one in Slack or HTML, is written as URLs have it.
    """
    for letter, written in _UNSAFE:
        url = url.replace(letter, written)
    return url if is_web_url(url) and len(url) <= most else ""


def _cleaned(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Enum):
        return plain(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(item) for item in value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value


def _output(text: str, budget: Budget, size: Callable[[str], int]) -> str:
    line = budget.output // budget.lines

    def cost(part: str) -> int:
        return max(size(part), line * (part.count("\n") + 1))

    return cut(text, budget.output, cost)


def _is_short(text: str) -> bool:
    return len(text) <= _LEAD and text.count("\n") < _LEAD_LINES


def _split(output: str) -> tuple[str, str]:
    """Keep pictures in sight of a long *output*: its first lines, and the rest."""
    lines = output.split("\n")
    count = next(n for n in range(_LEAD_LINES, -1, -1) if _is_short("\n".join(lines[:n])))
    if not count:
        return f"{shorten(lines[0], _LEAD)}\n… all of it below", output
    left = len(lines) - count
    more = f"{left} more line{'s' if left > 1 else ''} below"
    return "\n".join([*lines[:count], f"… {more}"]), "\n".join(lines[count:])


def _pictures(
    notification: Notification,
    source: Callable[[int, Graph], str],
    budget: Budget,
    size: Callable[[str], int],
) -> tuple[tuple[PictureView, ...], int]:
    """Choose the graphs to show, and count what they leave of the budget's rest.

    The reason why a picture is missing counts; its link goes first when room is short, for it
    is among the links again. A reason that several have stands there once.
    """
    shown, left = [], budget.rest
    graphs = list(enumerate(notification.graphs[:_GRAPHS], 1))
    sources = {number: source(number, graph) for number, graph in graphs[: budget.pictures]}
    why = {
        number: shorten(one_line(_problem(graph, number <= budget.pictures)), _PROBLEM, size)
        for number, graph in graphs
        if not sources.get(number)
    }
    said: set[str] = set()
    for number, graph in graphs:
        title, link = picture_title(notification, number), safe_link(graph.link)
        if number not in why:
            shown.append(PictureView(title, link, sources[number], ""))
            continue
        problem = why[number]
        if problem in said:
            continue
        said.add(problem)
        same = [other for other, text in why.items() if text == problem]
        link = link if len(same) == 1 else ""
        kept, left = _within([(problem, link)], left, size)
        if not kept:
            kept, left = _within([(problem, "")], left, size)
        label = _label(same, len(notification.graphs))
        shown += [PictureView(title, link, "", problem, label) for problem, link in kept]
    return tuple(shown), left


def _label(numbers: Sequence[int], count: int) -> str:
    """Name graphs by their numbers: ``graph`` of one alone, ``graphs 1, 2 and 4`` of many."""
    if count == 1:
        return "graph"
    *others, last = map(str, numbers)
    return f"graphs {', '.join(others)} and {last}" if others else f"graph {last}"


def _problem(graph: Graph, has_room: bool) -> str:
    if graph.problem:
        return graph.problem
    unpublished = "the picture has no public URL" if graph.png else "no picture"
    return unpublished if has_room else "not shown here"


def _within(
    rows: Iterable[tuple[str, str]], left: int, size: Callable[[str], int]
) -> tuple[tuple[tuple[str, str], ...], int]:
    """Keep the *rows* that fit into what is *left*, and count what is left then."""
    kept = []
    for label, text in rows:
        cost = size(label) + size(text) + _ROW
        if cost <= left:
            kept.append((one_line(label), text))
            left -= cost
    return tuple(kept), left
