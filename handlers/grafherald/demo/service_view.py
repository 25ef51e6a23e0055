"""A message to a chat, a pager or a phone as its reader sees it: payload in, HTML out. Pure.

For the demo's page, the preview and tests; only what our own notifications use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]
_LINK = re.compile(r"\[((?:\\.|[^\]\\])+)\]\((https?://[^)\s]+)\)")
_FENCE = re.compile(r"```\n(.*?)\n```", re.DOTALL)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~:])")


def html(payload: Json) -> str:
    """Show a *payload* as the service does that has its keys; "" where none of these has."""
    for is_of, show in _VIEWS:
        if is_of(payload):
            return show(payload)
    return ""


def _teams(payload: Json) -> str:
    card = payload["attachments"][0]["content"]
    parts = []
    for block in card["body"]:
        if block["type"] == "Image":
            parts.append(_image(block["url"], block["altText"]))
            continue
        runs = block["inlines"]
        text = "".join(_run(run) for run in runs)
        parts.append(f"<h3>{text}</h3>" if runs[0].get("size") == "Large" else f"<p>{text}</p>")
    return "".join(parts) + _buttons((a["title"], a["url"]) for a in card["actions"])


def _run(run: Json) -> str:
    text = escape(run["text"])
    if run.get("fontType") == "Monospace":
        return f"<code>{text.replace(chr(10), '<br>')}</code>"
    return f"<b>{text}</b>" if run.get("weight") == "Bolder" else text


def _discord(payload: Json) -> str:
    parts = []
    for embed in payload["embeds"]:
        if "title" in embed:
            parts.append(f"<h3>{escape(embed['title'])}</h3>")
        parts.append(_markdown(embed.get("description", "")))
        if "image" in embed:
            parts.append(_image(embed["image"]["url"], "graph"))
    return "".join(parts)


def _mattermost(payload: Json) -> str:
    parts = []
    for one in payload.get("attachments") or payload["props"]["attachments"]:
        parts.append(f"<h3>{escape(one['title'])}</h3>{_markdown(one.get('text', ''))}")
        for fact in one.get("fields", ()):
            parts.append(f"<p><b>{escape(fact['title'])}</b> {_markdown(fact['value'])}</p>")
        if "image_url" in one:
            parts.append(_image(one["image_url"], "graph"))
    return "".join(parts)


def _telegram(payload: Json) -> str:
    text = str(payload.get("caption") or payload.get("text"))
    picture = "photo" in payload or "caption" in payload
    return (_image(payload.get("photo", "photo"), "graph") if picture else "") + (
        f"<div>{text.replace(chr(10), '<br>')}</div>"
    )


def _pagerduty(payload: Json) -> str:
    what, details = payload["payload"], payload["payload"]["custom_details"]
    rows = "".join(f"<p><b>{escape(k)}</b> {escape(v)}</p>" for k, v in details.items() if v)
    images = "".join(_image(image["src"], image["alt"]) for image in payload["images"])
    head = f"<h3>{escape(what['summary'])}</h3><p>{escape(payload['event_action'])}</p>"
    return head + images + rows + _buttons((a["text"], a["href"]) for a in payload["links"])


def _googlechat(payload: Json) -> str:
    card = payload["cardsV2"][0]["card"]
    parts = [f"<h3>{escape(card['header']['title'])}</h3>"]
    for widget in card["sections"][0]["widgets"]:
        if "textParagraph" in widget:
            parts.append(f"<p>{widget['textParagraph']['text']}</p>")
        elif "image" in widget:
            parts.append(_image(widget["image"]["imageUrl"], widget["image"]["altText"]))
        elif "decoratedText" in widget:
            fact = widget["decoratedText"]
            parts.append(f"<p><b>{escape(fact['topLabel'])}</b> {fact['text']}</p>")
        else:
            buttons = widget["buttonList"]["buttons"]
            parts.append(_buttons((b["text"], b["onClick"]["openLink"]["url"]) for b in buttons))
    return "".join(parts)


def _phone(payload: Json) -> str:
    """Show what ntfy, Pushover and apprise do: a title, and lines of text."""
    title, text = payload["title"], payload.get("message", payload.get("body"))
    picture = _image(payload["attach"], "graph") if "attach" in payload else ""
    return f"<h3>{escape(title)}</h3><pre>{escape(str(text))}</pre>{picture}"


_VIEWS: tuple[tuple[Callable[[Json], bool], Callable[[Json], str]], ...] = (
    (lambda p: any("contentType" in one for one in p.get("attachments", ())), _teams),
    (lambda p: "embeds" in p, _discord),
    (lambda p: "channel_id" in p and "props" in p, _mattermost),
    (
        lambda p: any("fallback" in a and "mrkdwn_in" not in a for a in p.get("attachments", ())),
        _mattermost,
    ),
    (lambda p: "chat_id" in p, _telegram),
    (lambda p: "dedup_key" in p, _pagerduty),
    (lambda p: "cardsV2" in p, _googlechat),
    (lambda p: "formatted_body" in p, lambda p: str(p["formatted_body"])),
    (lambda p: "title" in p and ("message" in p or "body" in p), _phone),
)


def _image(source: str, words: str) -> str:
    return f'<img alt="{escape(words)}" src="{escape(source)}">'


def _buttons(links: Iterable[tuple[str, str]]) -> str:
    return "".join(
        f'<a class="button" href="{escape(url)}">{escape(text)}</a>' for text, url in links
    )


def _markdown(text: str) -> str:
    parts = []
    for number, part in enumerate(_FENCE.split(text)):
        parts.append(f"<pre>{escape(part)}</pre>" if number % 2 else _inline(part))
    return "".join(parts)


def _inline(text: str) -> str:
    links = [f'<a href="{escape(url)}">{_plain(label)}</a>' for label, url in _LINK.findall(text)]
    pieces = _LINK.sub("\ue000", text).split("\ue000")
    shown = [re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", _plain(piece)) for piece in pieces]
    joined = "".join(piece + link for piece, link in zip(shown, [*links, ""], strict=False))
    return joined.replace("\n", "<br>")


def _plain(text: str) -> str:
    return escape(_ESCAPE.sub(r"\1", text))
