"""Slack's text: what is escaped in it, what is a link, and where it may be cut. Pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from markupsafe import Markup

from grafherald.notification import clock
from grafherald.notification.templates import slack_escape

_URL = re.compile(r"https?://[^\s<>|\"'`^{}\\…]+")
_BEHIND = ".,;:!?)]"  # what ends a sentence rather than a URL
_NOT_WHOLE = ("…", "\n… ")  # follows a URL that was cut
_TOKEN = re.compile(r"<[^<>\n]*>|&(?:amp|lt|gt);|```|.", re.DOTALL)
_FENCE = "```"
_CUT = "…"
_CUT_CODE = f"{_CUT}\n{_FENCE}"


def marked(text: str) -> Markup:
    """Make *text* safe in a code block or line: escaped, unable to end the block, URLs as links."""
    text = fenced(text)
    parts, at = [], 0
    for found in _URL.finditer(text):
        url = found[0].rstrip(_BEHIND)
        is_bare = not url.rstrip("/").partition("://")[2]  # as in "an https://... address"
        if is_bare or text.startswith(_NOT_WHOLE, found.end()):
            continue
        parts += [slack_escape(text[at : found.start()]), f"<{slack_escape(url)}>"]
        at = found.start() + len(url)
    return Markup("".join([*parts, slack_escape(text[at:])]))  # noqa: S704 - it is escaped


def dated(text: str, moments: Iterable[datetime]) -> Markup:
    """Show each of *moments* in the marked *text* as the reader's own clock has it.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    text = str(text)  # Markup would escape what is put into it
    for shown, at in {clock(at): at for at in moments}.items():
        date = f"<!date^{at.timestamp():.0f}^{{date_num}} {{time_secs}}|{shown}>"
        text = text.replace(shown, date)
    return Markup(text)  # noqa: S704 - it was escaped before


def fenced(text: str) -> str:
    """Put zero-width spaces between backticks: three would end the code block that *text* is in."""
    return text.replace("``", "`\u200b`").replace("``", "`\u200b`")


def cut(text: str, limit: int) -> str:
    """Bring *text* within *limit*: never cut inside a link or an escape, a code block ended."""
    if len(text) <= limit:
        return text
    kept, is_code = 0, False
    for token in _TOKEN.finditer(text):
        opens = is_code != (token[0] == _FENCE)
        if token.end() + len(_CUT_CODE if opens else _CUT) > limit:
            break
        kept, is_code = token.end(), opens
    return text[:kept].rstrip() + (_CUT_CODE if is_code else _CUT)
