"""Jinja templates: shipped ones, and a directory of the user's that overrides them file by file.

The ending decides what is escaped: ``.html`` as HTML, ``.mrkdwn`` as Slack's text, ``.txt`` not at
all. Nothing is fetched or written.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from grafherald.settings import Config

_log = logging.getLogger(__name__)
_SHIPPED = Path(__file__).parent.parent / "templates"
_STYLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")


def slack_escape(text: str) -> str:
    """Escape the three characters that Slack reads as markup, and no others.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Templates:
    """Renders a template by its name, the user's own before the shipped one.

    Args:
        directory: the user's templates, or None.
        warn: is told, in one sentence, when a template of the user's failed and the shipped one
            was rendered in its place: a broken template never costs an alert.
        style: a folder whose templates go before those of the same name outside of it, as
            ``short/email/body.txt`` before ``email/body.txt``. What it does not have, or when
            there is no such folder, is taken from outside.
    """

    def __init__(
        self, directory: Path | None, warn: Callable[[str], None], style: str = ""
    ) -> None:
        self._directory = directory
        self._warn = warn
        self._style = style if _STYLE.fullmatch(style) else ""

    def styled(self, style: str) -> Templates:
        """Return the same templates with those of *style* before them."""
        return Templates(self._directory, self._warn, style)

    def render(self, name: str, **values: Any) -> str:
        """Return template *name*, such as ``email/body.html``, rendered with *values*."""
        names = [f"{self._style}/{name}", name] if self._style else [name]
        for each in names:
            if self._directory is not None and (self._directory / each).is_file():
                try:
                    return _render(each, values, self._directory, _SHIPPED)
                except Exception as error:  # noqa: BLE001 - whatever it does, the alert goes out
                    self._warn(f"template {self._directory / each}: {_reason(error)}; used ours")
            if (_SHIPPED / each).is_file():
                break
        return _render(each, values, _SHIPPED)


def open_templates(config: Config) -> Templates:
    """The templates that the settings name, over the shipped ones; the log hears of broken ones."""
    directory = config.templates
    return Templates(Path(directory) if directory else None, _log.warning)


def _render(name: str, values: dict[str, Any], *directories: Path) -> str:
    environment = _environment(name.rpartition(".")[2], *directories)
    return environment.get_template(name).render(values)


@cache
def _environment(ending: str, *directories: Path) -> Environment:
    """Return what reads templates of that *ending*: compiled once, again when a file changes."""
    return Environment(
        loader=FileSystemLoader(directories),
        autoescape=ending == "html",  # noqa: S701 - the other endings are no HTML
        finalize=_finalize if ending == "mrkdwn" else None,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _finalize(value: object) -> object:
    return value if isinstance(value, Markup) else slack_escape(str(value))


def _reason(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    return f"{type(error).__name__}: {error}" + (f" (line {line})" if line else "")
