"""What people paste: the line that they mean, without the marks that a chat adds. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

_CODE = re.compile(r"`{1,3}\s*(/?(?:grafana|graph|graf)\s[^`]*?)\s*`{1,3}", re.IGNORECASE)
_BOLD = re.compile(r"(?<!\S)\*(?=\S)([^*]+?)(?<=\S)\*(?!\S)")
_SLANTED = re.compile(r"\s*([_~])(?=\S)(.+?)(?<=\S)\1\s*")
_PAGE = re.compile(r"/(?:d|d-solo)/(?P<uid>[^/]+)|/dashboard(?:-solo)?/db/(?P<slug>[^/]+)")
_PANEL = re.compile(r"(?:panel-)?(\d{1,10})")
_RENDER = "/render"
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def line_of(text: str) -> str:
    """Take the query out of *text*: its first line, without marks of code, bold and the like.

    A query that stands as code in a sentence, as in our own suggestions, is what is meant. Letters
    without width, which come along with what is copied, and halves of letters are left out.
    """
    text = _UNSEEN.sub("", text.encode("utf-8", "ignore").decode())
    code = _CODE.search(text)
    plain = (code[1] if code else text).replace("`", "")
    line = next((line for line in plain.splitlines() if line.strip()), "")
    slanted = _SLANTED.fullmatch(line)
    return _BOLD.sub(r"\1", slanted[2] if slanted else line)


@dataclass(frozen=True)
class PageAddress:
    """A dashboard's page, as the address bar has it.

    Attributes:
        base: Grafana's URL without a slash at its end.
        key: the dashboard's uid or slug.
        panel: the panel's id, 0 for all.
        parameters: the others of the query, in order; variables as ``var-name``.
    """

    base: str
    key: str
    panel: int = 0
    parameters: tuple[tuple[str, str], ...] = ()


def address(text: str) -> PageAddress | None:
    """Read the URL of a dashboard; None when *text* is none."""
    if not re.match(r"https?://", text, re.IGNORECASE):
        return None
    try:
        parts = urlsplit(text.replace("&amp;", "&"))
    except ValueError:
        return None
    page = _PAGE.search(parts.path)
    if page is None:
        return None
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    panels = [_PANEL.fullmatch(value) for name, value in pairs if name in ("viewPanel", "panelId")]
    found = next((int(match[1]) for match in panels if match), 0)
    base = f"{parts.scheme}://{parts.netloc}{parts.path[: page.start()].removesuffix(_RENDER)}"
    key = unquote(page["uid"] or page["slug"])
    return PageAddress(base, key, found, tuple(pairs))
