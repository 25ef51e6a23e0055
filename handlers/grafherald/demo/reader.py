"""A payload as its reader sees it: HTML for a page, text for a terminal. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_string, policy
from email.message import EmailMessage
from html import escape
from html.parser import HTMLParser
from typing import Any

from grafherald.demo import service_view, slack_view

_LINES = frozenset(("p", "div", "pre", "h1", "h2", "h3", "li", "tr", "hr", "small"))


@dataclass(frozen=True)
class Seen:
    """One notification.

    Attributes:
        html: what stands in the message; what came from an event is escaped.
        text: the same for a terminal.
        mail: whether the HTML is a whole document of its own.
        subject: of a mail, else "".
        colour: of a HipChat message, else "".
    """

    html: str
    text: str
    mail: bool = False
    subject: str = ""
    colour: str = ""


def seen(payload: Mapping[str, Any] | str) -> Seen:
    """Tell by its keys what reads it; what nobody here knows is shown as it is sent."""
    if isinstance(payload, str):
        return _mail(payload)
    if html := service_view.html(payload):
        return Seen(html, as_text(html))
    if "blocks" in payload or "attachments" in payload:
        words = slack_view.mrkdwn(str(payload.get("text", "")))
        html = slack_view.message(_blocks(payload)) or f"<p>{words}</p>"
        return Seen(html, as_text(html))
    if "message" in payload and payload.get("message_format", "html") == "html":
        html = str(payload["message"])
        return Seen(html, as_text(html), colour=str(payload.get("color", "")))
    text = json.dumps(payload, indent=2, ensure_ascii=False)
    return Seen(f"<pre>{escape(text)}</pre>", text)


def as_text(html: str) -> str:
    """Leave out an HTML fragment's tags; a link's address stands behind its words."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    return "\n".join(lines).strip()


def _blocks(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    below = [block for each in payload.get("attachments", ()) for block in each.get("blocks", ())]
    return [*payload.get("blocks", ()), *below]


def _mail(raw: str) -> Seen:
    mail = message_from_string(raw, policy=policy.default)
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    text = plain.get_content() if isinstance(plain, EmailMessage) else ""
    head = f"To: {mail['To']}\nSubject: {mail['Subject']}\n\n"
    page = html.get_content() if isinstance(html, EmailMessage) else f"<pre>{escape(text)}</pre>"
    return Seen(page, (head + text).strip(), mail=True, subject=str(mail["Subject"]))


class _Text(HTMLParser):
    """Collects the words of a fragment, a line for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._link, self._began = "", 0
        self._as_it_is = False  # within preformatted text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, or a link; an image is its words."""
        given = dict(attrs)
        if tag == "br" or tag in _LINES:
            self._line()
        if tag == "pre":
            self._as_it_is = True
        elif tag == "img":
            self.parts.append(f"[{given.get('alt') or 'picture'}] {given.get('src') or ''}\n")
        elif tag == "a":
            self._link, self._began = given.get("href") or "", len(self.parts)

    def handle_endtag(self, tag: str) -> None:
        """End a line, or a link."""
        if tag == "pre":
            self._as_it_is = False
        if tag in _LINES:
            self._line()
        elif tag == "a":
            if self._link and self._link not in "".join(self.parts[self._began :]):
                self.parts.append(f" {self._link}")
            self._link = ""

    def handle_data(self, data: str) -> None:
        """Keep words; a line's end is a blank, as in a browser."""
        if self._as_it_is:
            self.parts.append(data)
            return
        words = re.sub(r"\s+", " ", data)
        self.parts.append(words.lstrip() if self._is_at_start else words)

    @property
    def _is_at_start(self) -> bool:
        return not self.parts or self.parts[-1].endswith("\n")

    def _line(self) -> None:
        while self.parts and not self.parts[-1].strip(" "):
            self.parts.pop()
        if not self._is_at_start:
            self.parts.append("\n")
