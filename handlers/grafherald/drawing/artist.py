"""Draws panels: asks Grafana for what they show, and makes pictures of it within a deadline."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grafherald.draw import can_draw
from grafherald.draw.frames.decode import CannotRead, QueryFailed
from grafherald.draw.frames.frame import Frame
from grafherald.drawing.answers import Answers, Credentials
from grafherald.drawing.options import MISSING, DrawOptions, available
from grafherald.drawing.paint import Drawn, Task
from grafherald.drawing.scene import Scene
from grafherald.errors import BrokenPanelError, GraphError
from grafherald.net.client import Client
from grafherald.net.deadline import Deadline
from grafherald.panels.dashboard import address_of, find_panel, panels_of, targets_of
from grafherald.panels.kept import TimedCache
from grafherald.panels.reader import Reader
from grafherald.panels.variables import needed_by

_log = logging.getLogger(__name__)
_HINT = "See docs/drawn.md for what is drawn, or install Grafana's image renderer."

Engine = Callable[[Task, Deadline], Drawn]
"""Makes a picture of a task by a deadline, or raises GraphError."""

Connect = Callable[[Deadline], Client]
"""Makes a client that reaches Grafana as the settings say."""


def at_once(task: Task, deadline: Deadline) -> Drawn:
    """Draw in this very thread: for a process that has nothing else to do."""
    del deadline  # a picture takes two seconds at most
    from grafherald.drawing.paint import paint

    return paint(task)


class Artist:
    """Draws for one process; its questions to Grafana are shared among all who ask.

    Args:
        engine: what draws; see `workers` for a server's.

    Attributes:
        engine: for another artist, who draws by other options.
    """

    def __init__(self, options: DrawOptions, engine: Engine = at_once) -> None:
        self.options = options
        self.engine = engine
        self._answers = Answers(options.reuse)
        # "now" is the same for all who ask within the reuse time: so are their questions
        self._now: TimedCache[int] = TimedCache(round(options.reuse * 1000))

    def draw(
        self,
        asker: Credentials,
        render_url: str,
        connect: Connect,
        deadline: Deadline,
        scene: Scene | None = None,
    ) -> Drawn:
        """Draw what *render_url* shows, and what *scene* adds to it.

        Args:
            asker: the Grafana that the URL belongs to, which the caller has made sure of.

        Raises:
            GraphError: there is no picture; the text is one sentence.
        """
        if not available():
            raise GraphError(MISSING)
        try:
            task = self.task(asker, render_url, connect, deadline, scene or Scene())
            began = time.monotonic()
            drawn = self.engine(task, deadline)
            _log.debug("drew the panel in %.0f ms", (time.monotonic() - began) * 1000)
        except QueryFailed as error:
            text = f"the panel's own query fails in Grafana: {error}"
            raise BrokenPanelError(
                text, hint="Correct the panel, or see to its datasource."
            ) from None
        except CannotRead as error:
            raise GraphError(str(error), hint=error.hint or _HINT) from None
        return drawn

    def task(  # noqa: PLR0913 - whom to ask for what, and until when
        self,
        asker: Credentials,
        render_url: str,
        connect: Connect,
        deadline: Deadline,
        scene: Scene,
        *,
        now: int | None = None,
    ) -> Task:
        """Ask Grafana for all that a picture needs.

        Args:
            now: what "now" in the URL is, epoch milliseconds; default: the time, the same for all
                who ask for *render_url* soon after.

        Raises:
            CannotRead: one sentence says why there is nothing to draw.
        """
        began = time.monotonic()
        if now is None:
            now = self._now.get(f"{asker.grafana.place} {render_url}", _now(), _now)
        with connect(deadline) as client:
            reader = self._reader(client, asker)
            data = reader.read(render_url, now, scene.context)
            if not targets_of(data.panel):
                raise CannotRead("the panel has no query")
            before = None
            if scene.compare:
                before = _earlier(reader, render_url, now, scene)
        rows = sum(len(frame) for frame in data.frames)
        took = (time.monotonic() - began) * 1000
        _log.debug("asked Grafana for the panel: %d samples in %.0f ms", rows, took)
        return Task(data, scene, before)

    def dashboard(
        self, asker: Credentials, render_url: str, connect: Connect, deadline: Deadline
    ) -> Sequence[Mapping[str, Any]]:
        """Read the panels of the dashboard that *render_url* is about, as Grafana has them.

        Raises:
            GraphError: it can't be had; the text is one sentence.
        """
        return list(panels_of(self._dashboard(asker, render_url, connect, deadline)))

    def variables(
        self, asker: Credentials, render_url: str, connect: Connect, deadline: Deadline
    ) -> set[str]:
        """Name the variables that the panel of *render_url* needs. Raises as `dashboard` does."""
        found = self._dashboard(asker, render_url, connect, deadline)
        try:
            return needed_by(found, find_panel(found, address_of(render_url).panel))
        except CannotRead as error:
            raise GraphError(str(error), hint=error.hint) from None

    def _dashboard(
        self, asker: Credentials, render_url: str, connect: Connect, deadline: Deadline
    ) -> Mapping[str, Any]:
        try:
            path = address_of(render_url).path
            if not path:
                return {"panels": [{"id": 1}]}  # an expression needs none
            with connect(deadline) as client:
                status, found = self._answers.through(client, asker)("GET", path, None)
        except CannotRead as error:
            raise GraphError(str(error), hint=error.hint) from None
        dashboard = found.get("dashboard") if isinstance(found, Mapping) else None
        if status != 200 or not isinstance(dashboard, Mapping):
            raise GraphError(f"Grafana answered {status} when asked for the dashboard")
        return dashboard

    def _reader(self, client: Client, asker: Credentials) -> Reader:
        return Reader(
            ask=self._answers.through(client, asker),
            theme=self.options.theme,
            timezone=self.options.timezone,
            variables=self.options.variables,
            refusal=_refusal,
            kept=TimedCache(0),  # `Answers` keeps them, for all who ask
        )


def _refusal(panel: Mapping[str, Any]) -> str | None:
    return can_draw(panel)


def _earlier(reader: Reader, url: str, now: int, scene: Scene) -> tuple[Frame, ...] | None:
    """Read the frames of the earlier range, None where there are none: it is an extra."""
    try:
        found = reader.read(url, now, scene.context, scene.compare)
    except (CannotRead, GraphError) as error:
        _log.debug("nothing to compare with: %s", error)
        return None
    return found.frames


def _now() -> int:
    return round(time.time() * 1000)
