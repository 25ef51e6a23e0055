"""A Slack message as its reader sees it: blocks in, HTML out, for the demo's page and for tests.

Only what our notifications use: header, section, context, image and actions blocks, and mrkdwn's
bold, italic, code, preformatted text and links.
https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape, unescape
from typing import Any

_INLINE = (
    (re.compile(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)"), r"<b>\1</b>"),
    (re.compile(r"(?<!\w)_(\S(?:[^_\n]*\S)?)_(?!\w)"), r"<i>\1</i>"),
    (re.compile(r"(?<!\w)~(\S(?:[^~\n]*\S)?)~(?!\w)"), r"<s>\1</s>"),
)
_PLACE = "\ue000"
# https://docs.slack.dev/messaging/formatting-message-text#date-formatting
_DATE = re.compile(r"<!date\^(\d{1,11})\^[^|>]*\|[^>]*>")
_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]*))?>")


def message(blocks: Iterable[Mapping[str, Any]]) -> str:
    """Show a message's *blocks* as HTML."""
    return "".join(_block(block) for block in blocks)


def mrkdwn(text: str) -> str:
    """Show Slack's markup as HTML. What Slack would show as plain text stays plain."""
    shown = []
    for number, part in enumerate(text.split("```")):
        if number % 2:
            shown.append(f"<pre>{_plain(part.strip(chr(10)))}</pre>")
        else:
            shown.append(_inline(part))
    return "".join(shown)


def _inline(text: str) -> str:
    pieces = []
    for number, part in enumerate(re.split(r"`([^`\n]+)`", text)):
        pieces.append(f"<code>{_plain(part)}</code>" if number % 2 else _styled(part))
    return "".join(pieces)


def _styled(text: str) -> str:
    text = _DATE.sub(_clock, text)
    links = iter(_LINK.findall(text))  # put back behind the marks, which may surround them
    html = _marks(_LINK.sub(_PLACE, text.replace(_PLACE, "")))
    return re.sub(_PLACE, lambda _: _link(*next(links)), html)


def _clock(date: re.Match[str]) -> str:
    """Show a moment as a reader in this machine's time zone sees it."""
    at = datetime.fromtimestamp(int(date[1])).astimezone()
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(unescape(url))}">{_plain(label or url)}</a>'


def _marks(text: str) -> str:
    html = _plain(text)
    for pattern, tag in _INLINE:
        html = pattern.sub(tag, html)
    return html.replace("\n", "<br>")


def _plain(text: str) -> str:
    return escape(unescape(text))


def _block(block: Mapping[str, Any]) -> str:
    kind = block["type"]
    if kind == "header":
        return f"<h3>{_text(block['text'])}</h3>"
    if kind == "section":
        fields = "".join(f"<div>{_text(text)}</div>" for text in block.get("fields", ()))
        body = f"<p>{_text(block['text'])}</p>" if "text" in block else ""
        return body + (f'<div class="fields">{fields}</div>' if fields else "")
    if kind == "context":
        return "".join(f"<small>{_text(text)}</small>" for text in block["elements"])
    if kind == "image":
        title = f"<small>{_text(block['title'])}</small>" if "title" in block else ""
        source = block.get("image_url") or block.get("slack_file", {}).get("url", "")
        return f'{title}<img alt="{escape(block["alt_text"])}" src="{escape(source)}">'
    if kind == "actions":
        return "".join(_button(element) for element in block["elements"])
    return "<hr>"


def _button(element: Mapping[str, Any]) -> str:
    style = escape(element.get("style", ""))
    url = escape(element.get("url", ""))
    return f'<a class="button {style}" href="{url}">{_text(element["text"])}</a>'


def _text(text: Mapping[str, Any]) -> str:
    return mrkdwn(text["text"]) if text["type"] == "mrkdwn" else escape(text["text"])
