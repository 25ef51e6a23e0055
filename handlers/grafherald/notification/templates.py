"""Jinja templates: shipped ones, and a directory of the user's that overrides them file by file.

The ending decides what is escaped: ``.html`` as HTML, ``.mrkdwn`` as Slack's text, ``.txt`` not at
all. Nothing is fetched or written. What the user wrote runs in `grafherald.notification.sandbox`.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grafherald.notification.compiled import Compiled
from grafherald.settings import Settings

_log = logging.getLogger(__name__)
_SHIPPED = Path(__file__).parent.parent / "templates"
_PAUSE = 60.0  # seconds for which a template that took too long is not tried again
_MOST_FILES = 1000  # of the user's that are looked at
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_STYLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")


def slack_escape(text: str) -> str:
    """Escape the three characters that Slack reads as markup, and no others.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Templates:
    """Renders a template by its name, the user's own before the shipped one.

    Args:
        directory: the user's templates, or None. One that others build on, ``base.html``, may
            stand there alone.
        warn: called with one sentence that names file and line, when what the user wrote failed,
            or gave nothing where ours says something, and ours was rendered in its place: a
            broken template never costs an alert.
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
        self._slow: dict[str, float] = {}

    def styled(self, style: str) -> Templates:
        """Make templates of another look: the same, with those of *style* before them."""
        styled = Templates(self._directory, self._warn, style)
        styled._slow = self._slow
        return styled

    @property
    def has_own(self) -> bool:
        """Tell whether there may be templates that the user wrote."""
        return self._directory is not None

    def without_own(self, name: str, why: str) -> Templates:
        """Make templates of the same look that are ours alone; the log hears *why*.

        Args:
            name: the template of which what the user wrote is of no use.
        """
        self._warn(f"template {(self._directory or _SHIPPED) / name}: {why}; used ours")
        return Templates(None, self._warn, self._style)

    def render(self, name: str, source: str = "", /, **values: Any) -> str:
        """Write a message, or a part of it, by template *name*, such as ``email/body.html``.

        Args:
            source: a template that the user wrote into the settings; it wins.
        """
        if source:
            text = self._own(name, values, source)
            if text is not None:
                return text
        names = [f"{self._style}/{name}", name] if self._style else [name]
        for each in names:
            is_ours = (_SHIPPED / each).is_file()
            if self._directory is not None and (is_ours or (self._directory / each).is_file()):
                text = self._own(each, values)
                if text is not None:
                    return text
            if is_ours:
                return _render(each, values, _SHIPPED)
        return _render(name, values, _SHIPPED)

    def _own(self, name: str, values: dict[str, Any], source: str = "") -> str | None:
        """Render the user's template; None when ours has to stand in."""
        from grafherald.notification import sandbox

        key = source or name
        if self._slow.get(key, 0.0) > time.monotonic():
            return None
        where = self._directory or _SHIPPED
        place = f"the template {source!r}" if source else f"template {where / name}"
        environment = _environment(name.rpartition(".")[2], where, _SHIPPED, by_user=True)
        try:
            with sandbox.limited():
                text = (
                    environment.from_string(source) if source else environment.get_template(name)
                ).render(values)
        except sandbox.TookTooLong:
            self._slow[key] = time.monotonic() + _PAUSE
            self._warn(f"{place}: takes more than {sandbox.SECONDS:g} s, a loop? Used ours")
        except Exception as error:  # noqa: BLE001 - whatever it does, the alert goes out
            self._warn(f"{_where(error, where) or place}: {_reason(error)}; used ours")
        else:
            if text.strip() or not self._lacks(name, values, source):
                return text
            self._warn(f"{place}: gives nothing; used ours")
        return None

    def _lacks(self, name: str, values: dict[str, Any], source: str) -> bool:
        """Tell whether an empty result is a mistake: ours says something, theirs would too.

        A file that holds a comment and no more is empty on purpose.
        """
        if not source and self._directory is not None and (self._directory / name).is_file():
            written = (self._directory / name).read_text()
            if written.strip() and not _COMMENT.sub("", written).strip():
                return False
        return (_SHIPPED / name).is_file() and bool(_render(name, values, _SHIPPED).strip())


def misnamed(directory: Path) -> tuple[str, str] | None:
    """Find a file of the user's whose name is almost one of ours, and ours; None for no such."""
    from difflib import get_close_matches

    ours = [str(path.relative_to(_SHIPPED)) for path in _SHIPPED.rglob("*.*")]
    for path in islice(sorted(directory.rglob("*.*")), _MOST_FILES):
        name = str(path.relative_to(directory))
        known = {name, name.partition("/")[2]} & set(ours)  # a style's are in a folder
        near = [] if known else get_close_matches(name, ours, 1, cutoff=0.85)
        if near:
            return name, near[0]
    return None


def open_templates(config: Settings) -> Templates:
    """The templates that the settings name, over the shipped ones; the log hears of broken ones."""
    directory = config.templates
    return Templates(Path(directory) if directory else None, _log.warning)


def _render(name: str, values: dict[str, Any], *directories: Path) -> str:
    environment = _environment(name.rpartition(".")[2], *directories)
    return environment.get_template(name).render(values)


@cache
def _environment(ending: str, *directories: Path, by_user: bool = False) -> Environment:
    """Make what reads templates of that *ending*: compiled once, again when a file changes."""
    kind: type[Environment] = Environment
    if by_user:
        from grafherald.notification.sandbox import Sandbox

        kind = Sandbox
    return kind(
        loader=FileSystemLoader(directories),
        bytecode_cache=None if by_user else Compiled(ending),
        autoescape=ending == "html",
        finalize=_finalize if ending == "mrkdwn" else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _finalize(value: object) -> object:
    return value if isinstance(value, Markup) else slack_escape(str(value))


def _where(error: Exception, directory: Path) -> str:
    """Find the user's file, and the line, that *error* comes from; "" for none."""
    places = [*_lines(error)]
    if getattr(error, "filename", None):
        places.append((str(error.filename), int(getattr(error, "lineno", 0) or 0)))  # type: ignore[attr-defined]  # a syntax error's
    own = [place for place in places if place[0].startswith(f"{directory}/")]
    return f"template {own[-1][0]}, line {own[-1][1]}" if own else ""


def _lines(error: Exception) -> Iterator[tuple[str, int]]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
