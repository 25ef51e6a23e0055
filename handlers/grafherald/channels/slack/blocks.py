"""A notification as Slack's blocks, within Slack's limits. Pure.

https://docs.slack.dev/reference/block-kit/blocks has the limits of each block.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from grafherald.event import Kind
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import (
    Budget,
    Picture,
    View,
    cleaned,
    picture_title,
    safe_link,
    view,
)
from grafherald.notification.templates import Templates, slack_escape
from grafherald.text import one_line, shorten

_HEADER = 150  # characters
_SECTION = 3000
_IMAGE_URL = 3000
# Undocumented: more than some 9,000 to 11,000 characters in all are msg_blocks_too_long.
_ALL = 9000
_SUMMARY = 300  # what a phone's lock screen shows
_BUDGETS = (Budget(2800, 2600, 5), Budget(1400, 1200, 2), Budget(400, 300, 0))
_MARKS = {"critical": "🔴", "warning": "🟡", "unknown": "🟣", "ok": "🟢", "info": "🔵"}

SHARED = "shared:"  # the source of a picture that stands beside the blocks, as a file
Source = Callable[[int, Graph], str]


def message(
    notification: Notification, source: Source, templates: Templates, *, call: bool = False
) -> dict[str, Any]:
    """Return ``text`` (for lock screens) and ``blocks`` of a message.

    Args:
        source: what a graph is shown from: a public URL, ``slack_file:<id>``, `SHARED`, or "".
        call: call everybody in the channel when it is a critical problem.
    """
    shown = cleaned(notification)
    called = call and shown.event.kind is Kind.PROBLEM and shown.tone == "critical"
    blocks: list[dict[str, Any]] = []
    for budget in _BUDGETS:
        seen = view(shown, source, budget, lambda text: len(slack_escape(_fenced(text))))
        blocks = _blocks(_all_fenced(seen), templates, called=called)
        if len(json.dumps(blocks, ensure_ascii=False)) <= _ALL:
            break
    first_line = one_line((shown.remark or shown.text).partition("\n")[0])
    summary = f"{_MARKS[shown.tone]} {shown.headline}" + (f": {first_line}" if first_line else "")
    return {"text": slack_escape(shorten(summary, _SUMMARY)), "blocks": blocks}


def public_url(_number: int, graph: Graph) -> str:
    """Return the graph's public URL where Slack can show a picture from it, else ""."""
    return safe_link(graph.image_url, _IMAGE_URL)


def title(notification: Notification, number: int) -> str:
    """Return what the picture of graph *number* is called."""
    return _inert(picture_title(cleaned(notification), number))


def without_pictures(notification: Notification, problem: str) -> Notification:
    """Return *notification* with *problem* in place of each picture."""
    graphs = (
        replace(graph, png=None, image_url="", problem=graph.problem or problem)
        for graph in notification.graphs
    )
    return replace(notification, graphs=tuple(graphs))


def _blocks(seen: View, templates: Templates, *, called: bool) -> list[dict[str, Any]]:
    text = {"type": "plain_text", "text": _headline(seen.notification), "emoji": False}
    blocks: list[dict[str, Any]] = [{"type": "header", "text": text}]
    if called:
        blocks.append(_section("<!channel>"))
    blocks += _rendered("slack/text.mrkdwn", seen, templates)
    blocks += [_image(picture) for picture in seen.pictures if _is_shown(picture)]
    blocks += _rendered("slack/perfdata.mrkdwn", seen, templates)
    blocks += _rendered("slack/more.mrkdwn", seen, templates)
    return blocks + _rendered("slack/rest.mrkdwn", seen, templates)


def _headline(notification: Notification) -> str:
    """Return the header: a name that is too long is cut, never the state behind it."""
    state = notification.headline.removeprefix(notification.subject)
    name = shorten(f"{_MARKS[notification.tone]} {notification.subject}", _HEADER - len(state))
    return shorten(_inert(name + state), _HEADER)


def _rendered(name: str, seen: View, templates: Templates) -> list[dict[str, Any]]:
    text = templates.render(name, **seen.values()).strip()
    return [_section(text)] if text else []


def _section(text: str) -> dict[str, Any]:
    # verbatim: Slack makes no links, channels or mentions out of what only looks like them
    mrkdwn = {"type": "mrkdwn", "text": shorten(text, _SECTION), "verbatim": True}
    return {"type": "section", "text": mrkdwn}


def _is_shown(picture: Picture) -> bool:
    return picture.source not in ("", SHARED)


def _image(picture: Picture) -> dict[str, Any]:
    kind, _, file_id = picture.source.partition(":")
    shown = {"slack_file": {"id": file_id}} if kind == "slack_file" else None
    return {
        "type": "image",
        **(shown or {"image_url": picture.source}),
        "alt_text": _inert(picture.title),
    }


def _inert(text: str) -> str:
    """Return *text* for where nothing is escaped, and nothing must be read as markup either."""
    return text.replace("<", "‹").replace(">", "›")


def _all_fenced(seen: View) -> View:
    """Return *seen* with all that may stand in code blocks unable to end them."""
    return replace(
        seen,
        output=_fenced(seen.output),
        lead=_fenced(seen.lead),
        rest=_fenced(seen.rest),
        facts=tuple((label, _fenced(text)) for label, text in seen.facts),
    )


def _fenced(text: str) -> str:
    """Return *text* with zero-width spaces between backticks: three would end its code block."""
    return text.replace("``", "`\u200b`").replace("``", "`\u200b`")
