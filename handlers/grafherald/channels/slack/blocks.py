"""A notification as Slack's blocks, within Slack's limits. Pure.

https://docs.slack.dev/reference/block-kit/blocks has the limits of each block.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from grafherald.channels.slack.markup import cut, dated, marked
from grafherald.event import Kind, State
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import (
    Budget,
    PictureView,
    View,
    cleaned,
    picture_title,
    safe_link,
    view,
)
from grafherald.notification.templates import Templates, slack_escape
from grafherald.text import shorten

_HEADER = 150  # characters
_SECTION = 3000
_IMAGE_URL = 3000
# Undocumented: more than some 9,000 to 11,000 characters in all are msg_blocks_too_long.
_ALL = 8500  # leaves room for the news that the head gets later
_TEXT = 3000  # where there are no blocks
_SUMMARY = 300  # a phone's lock screen shows the first 160 or so
_SUMMARY_NAME = 70  # of these, at most, for host and check
_NEWS = 300  # characters of the line below the header
_BUDGETS = (Budget(2800, 2600, 5), Budget(1400, 1200, 2), Budget(400, 300, 0))
_FORMS = (  # tried in this order until one is within _ALL
    *((budget, _SECTION) for budget in _BUDGETS),
    *((_BUDGETS[-1], n) for n in (1500, 700, 250)),
)
_TURNS = (Kind.PROBLEM, Kind.RESOLVE, Kind.ACKNOWLEDGEMENT, Kind.FLAPPING, Kind.FLAPPING_END)
_TIMES = ("At", "Since", "Lasted")  # facts that may hold a clock's time
_MARKS = {"critical": "🔴", "warning": "🟡", "unknown": "🟣", "ok": "🟢", "info": "🔵"}

SHARED = "shared:"  # the source of a picture that stands beside the blocks, as a file
Source = Callable[[int, Graph], str]


def message(
    notification: Notification, source: Source, templates: Templates, *, call: bool = False
) -> dict[str, Any]:
    """Lay out a message: ``blocks``, and ``text`` for lock screens.

    Args:
        source: what a graph is shown from: a public URL, ``slack_file:<id>``, `SHARED`, or "".
        call: call everybody in the channel when it is a critical problem.
    """
    shown = cleaned(notification)
    called = call and shown.event.kind is Kind.PROBLEM and shown.tone == "critical"
    blocks: list[dict[str, Any]] = []
    for budget, section in _FORMS:
        seen = view(shown, source, budget, lambda text: len(marked(text)))
        blocks = _blocks(_all_marked(seen), templates, section, called=called)
        if len(json.dumps(blocks, ensure_ascii=False)) <= _ALL:
            break
    return {"text": summary(shown), "blocks": blocks}


def text_alone(message: Mapping[str, Any]) -> dict[str, Any]:
    """Strip *message* of blocks and pictures: what Slack takes when it takes nothing else."""
    said = [block["text"]["text"] for block in message["blocks"] if block["type"] == "section"]
    return {"text": cut("\n".join([message["text"], *said]), _TEXT)}


def turned(
    head: Sequence[Mapping[str, Any]], notification: Notification
) -> tuple[list[Mapping[str, Any]], str]:
    """Change the first message of an incident, its *head*, as the news does: blocks, and text.

    The evidence stays. The mark is the state's colour, and green when it is over, no sooner.
    """
    shown = cleaned(notification._replace(may_repeat=False, late=None))
    event = shown.event
    if event.kind not in _TURNS:
        return [*head], ""
    over = event.kind is Kind.RESOLVE
    tone = "ok" if over else "info" if event.state is State.OK else event.state.value
    news = " · ".join(f"*{label}* {text}" for label, text in _marked_facts(shown, shown.facts[:2]))
    context = {"type": "context", "elements": [{"type": "mrkdwn", "text": cut(news, _NEWS)}]}
    body = [block for block in head[1:] if block["type"] != "context"]
    return [_header(shown, tone), context, *body], summary(shown, tone)


def with_body(
    head: Sequence[Mapping[str, Any]], blocks: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Bring pictures into a changed message: new *blocks*, the *head*'s own header and news."""
    return [*head[:1], *(block for block in head[1:2] if block["type"] == "context"), *blocks[1:]]


def is_critical(head: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the *head* of an incident says that it is critical."""
    return bool(head) and str(head[0]["text"]["text"]).startswith(_MARKS["critical"])


def has_public_pictures(message: Mapping[str, Any]) -> bool:
    """Tell whether Slack has to fetch a picture to show *message*."""
    return any("image_url" in block for block in message["blocks"])


def public_url(_number: int, graph: Graph) -> str:
    """The graph's public URL where Slack can show a picture from it, else ""."""
    return safe_link(graph.image_url, _IMAGE_URL)


def title(notification: Notification, number: int) -> str:
    """Name the file that the picture of graph *number* becomes in Slack; without markup."""
    return _inert(picture_title(cleaned(notification), number))


def without_pictures(
    notification: Notification, problem: str, keep: Collection[int] = ()
) -> Notification:
    """Put *problem* in place of each picture but those to *keep*."""
    graphs = (
        graph
        if number in keep
        else graph._replace(png=None, image_url="", problem=graph.problem or problem)
        for number, graph in enumerate(notification.graphs, 1)
    )
    return notification._replace(graphs=tuple(graphs))


def summary(notification: Notification, tone: str = "") -> str:
    """Write what a lock screen shows: mark, host, check, state, and the first words to read."""
    said = f"{_MARKS[tone or notification.tone]} {notification.brief(_SUMMARY_NAME)}"
    return slack_escape(shorten(said, _SUMMARY))


def _blocks(
    seen: View, templates: Templates, section: int, *, called: bool
) -> list[dict[str, Any]]:
    def rendered(name: str) -> list[dict[str, Any]]:
        text = templates.render(name, **seen.values()).strip()
        return [_section(text, section)] if text else []

    blocks = [_header(seen.notification, seen.notification.tone)]
    if called:
        blocks.append(_section("<!channel>", section))
    blocks += rendered("slack/text.mrkdwn")
    blocks += [_image(picture) for picture in seen.pictures if _is_shown(picture)]
    blocks += rendered("slack/perfdata.mrkdwn")
    blocks += rendered("slack/more.mrkdwn")
    return blocks + rendered("slack/rest.mrkdwn")


def _header(notification: Notification, tone: str) -> dict[str, Any]:
    """Lay out the header: a name that is too long is cut, never the state behind it."""
    state = notification.predicate
    name = shorten(f"{_MARKS[tone]} {notification.subject}", _HEADER - len(state))
    text = shorten(_inert(name + state), _HEADER)
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _section(text: str, most: int) -> dict[str, Any]:
    # verbatim: Slack makes no links, channels or mentions out of what only looks like them
    mrkdwn = {"type": "mrkdwn", "text": cut(text, most), "verbatim": True}
    return {"type": "section", "text": mrkdwn}


def _is_shown(picture: PictureView) -> bool:
    return picture.source not in ("", SHARED)


def _image(picture: PictureView) -> dict[str, Any]:
    kind, _, file_id = picture.source.partition(":")
    shown = {"slack_file": {"id": file_id}} if kind == "slack_file" else None
    return {
        "type": "image",
        **(shown or {"image_url": picture.source}),
        "alt_text": _inert(picture.title),
    }


def _inert(text: str) -> str:
    """Make *text* fit for where nothing is escaped, and nothing must be read as markup either."""
    return text.replace("<", "‹").replace(">", "›")


def _all_marked(seen: View) -> View:
    """Make all of *seen* Slack's text, in which what may stand in code blocks can't end them."""
    return seen._replace(
        output=marked(seen.output),
        lead=marked(seen.lead),
        rest=marked(seen.rest),
        facts=_marked_facts(seen.notification, seen.facts),
    )


def _marked_facts(
    notification: Notification, facts: Sequence[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    event = notification.event
    moments = [at for at in (event.occurred_at, event.since) if at]
    return tuple(
        (label, dated(marked(text), moments if label in _TIMES else ())) for label, text in facts
    )
