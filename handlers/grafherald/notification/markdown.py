"""Text from outside as Markdown that shows it, and does nothing else. Pure.

For the dialects of Discord and Mattermost, which agree on the characters that mean something.
"""

from __future__ import annotations

import re

from grafherald.notification.presentation import View

_MEANS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:])")
_SPACE = "\u200b"  # has no width; an @ before it mentions nobody


def escaped(text: str) -> str:
    """Quote hostile *text*: no character of it is markup, a mention or a link."""
    return _MEANS.sub(r"\\\1", text).replace("@", f"@{_SPACE}")


def fenced(text: str) -> str:
    """Put hostile *text* into a block of code, which nothing in it can end."""
    return f"```\n{text.replace('```', f'``{_SPACE}`')}\n```" if text.strip() else ""


def links(view: View) -> str:
    """Where to go from a message, all on one line."""
    return " · ".join(f"[{escaped(label)}]({_target(url)})" for label, url in view.links)


def missing(view: View) -> str:
    """Why pictures are missing, a line for each reason."""
    lines = (f"{p.label}: {escaped(p.problem)}" for p in view.pictures if not p.source)
    return "\n".join(lines)


def _target(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29")
