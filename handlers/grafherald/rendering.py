"""Jinja templates: shipped ones, and a directory of the user's that overrides them file by file.

The ending decides what is escaped: ``.html`` as HTML, ``.mrkdwn`` as Slack's text, ``.txt`` not at
all. Nothing is fetched or written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, FileSystemLoader
from markupsafe import Markup

_SHIPPED = Path(__file__).parent / "templates"


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
    """

    def __init__(self, directory: Path | None, warn: Callable[[str], None]) -> None:
        self._directory = directory
        self._warn = warn

    def render(self, name: str, **values: Any) -> str:
        """Return template *name*, such as ``email/body.html``, rendered with *values*."""
        if self._directory is not None and (self._directory / name).is_file():
            try:
                return _render(name, values, [self._directory, _SHIPPED])
            except Exception as error:  # noqa: BLE001 - whatever it does, the alert goes out
                self._warn(f"template {self._directory / name}: {_reason(error)}; used ours")
        return _render(name, values, [_SHIPPED])


def _render(name: str, values: dict[str, Any], directories: list[Path]) -> str:
    environment = _environment(name.rpartition(".")[2], FileSystemLoader(directories))
    return environment.get_template(name).render(values)


def _environment(ending: str, loader: BaseLoader) -> Environment:
    return Environment(
        loader=loader,
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
