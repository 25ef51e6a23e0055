"""The package's own templates: pages in, HTML out, whatever the texts in them hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from grafherald.notification import span
from grafherald.text import cut, plain
from grafherald.web.view import SHORT, act_text, scope_text

FOLDER = Path(__file__).parent.parent / "templates" / "web"
ASSETS = {
    "board.css": "text/css",
    "live.js": "text/javascript",
    "keys.js": "text/javascript",
    "alarm.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Page:
    """A rendered page.

    Attributes:
        origins: where its pictures come from.
    """

    html: str
    origins: frozenset[str] = frozenset()


class PageTemplates:
    """Renders pages."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            finalize=_finalized,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["assets"] = {name: _tagged(name) for name in ASSETS}
        self._templates.filters |= {
            "act": act_text,
            "brief": _brief,
            "clock": _clock,
            "cut": cut,
            "scope": scope_text,
            "short": lambda severity: SHORT.get(severity, severity),
            "span": span,
        }

    def render(self, name: str, origins: frozenset[str] = frozenset(), **values: Any) -> Page:
        """Fill in template *name*; *origins* is where the page's pictures come from."""
        return Page(self._templates.get_template(name).render(**values), origins)


def _clock(at: datetime) -> str:
    """Write *at* in UTC; a browser that runs our script shows the reader's own time instead."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _brief(span: str) -> str:
    """Shorten a span for a narrow column as the script does: ``19 min``, ``1 h 10 m``."""
    return re.sub(r"( \d+ m)in$", r"\1", re.sub(r"^(\d{2,} \w+|\d+ min) .*", r"\1", span))


def _tagged(name: str) -> str:
    """Name an asset by its content, so that browsers keep it for good and miss no change."""
    digest = sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/assets/{digest}/{name}"


def _finalized(value: object) -> object:
    """Clean what is printed, whatever it is; what the templates themselves made is left alone."""
    return value if isinstance(value, Markup) else plain(str(value))
