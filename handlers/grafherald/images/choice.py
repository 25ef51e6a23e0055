"""Whose picture goes out: Grafana's, when there is a renderer and it is quick, or one of ours.

``graph.draw`` says which is wanted: ``fallback`` asks the renderer, and draws too when that is
missing, busy, failing or slow; what is there first and good goes out. ``first`` draws, and asks
the renderer for what can't be drawn. ``only`` never asks it; ``never`` is without all this.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from grafherald.drawing.options import MISSING, DrawOptions
from grafherald.drawing.wording import continued
from grafherald.errors import BrokenPanelError, GraphError
from grafherald.grafana.urls import is_explored
from grafherald.images import Count, Picture, uncounted
from grafherald.images.cache import Key, RenderCache
from grafherald.images.limiter import NoTurnError, in_a_thread
from grafherald.images.placeholders import NO_RENDERER
from grafherald.net.deadline import Deadline

if TYPE_CHECKING:
    from grafherald.drawing.scene import Scene
    from grafherald.images.fetch import Grafanas

_MISSING_FOR = 60.0  # seconds for which a Grafana without a renderer is not asked for pictures
_MOST_ASKING = 32  # threads that may wait for a renderer that was given up
_MOST_CLIENTS_ASKING = 64  # of the service, which has half as many threads to serve them
_TO_SAY_WHY = 0.25  # seconds past the deadline for a way to end with its own reason
_ALL_SAID = (404, 500, 507)  # there is no such panel, or no picture at all can be saved
_log = logging.getLogger(__name__)

Make = Callable[[], Picture]
"""Makes a picture, or raises GraphError."""

Begin = Callable[[Callable[[], object]], Callable[[], bool]]
"""Has something done in a thread when its turn comes, see `Limiter.begin`."""

Watched = Callable[[Callable[[GraphError], None]], Picture]
"""Makes a picture; what is called says meanwhile that there is trouble."""


class WantedPanel(NamedTuple):
    """One panel that a picture is wanted of.

    Attributes:
        key: who asks for what.
        grafanas: those that may be asked.
    """

    key: Key
    grafanas: Grafanas
    scene: Scene | None

    @property
    def server(self) -> str:
        """Where it is, for what counts for all panels of a Grafana."""
        return self.key.render_url.partition("/render/")[0]

    @property
    def drawn(self) -> Key:
        """What a drawn picture is known by: what stands beside it makes it another one."""
        return self.key._replace(drawn=self.scene.digest if self.scene else "plain")


class Choice:
    """Asks the renderer, draws, or both. Safe among threads."""

    def __init__(self, options: DrawOptions, cache: RenderCache, count: Count = uncounted) -> None:
        self._policy = options.policy
        self._after = options.after
        self._cache = cache
        self._count = count
        self._asking = threading.BoundedSemaphore(_MOST_ASKING)
        self._clients_asking = threading.BoundedSemaphore(_MOST_CLIENTS_ASKING)
        self._missing: dict[str, tuple[float, GraphError]] = {}

    def get(
        self,
        panel: WantedPanel,
        deadline: Deadline,
        rendered: Watched,
        drawn: Make,
        begin: Begin | None = None,
    ) -> Picture:
        """Get the picture as the policy wants it: Grafana's, or one that we draw.

        Args:
            begin: has *rendered* done for a client of the service, where it is not waited for to
                the end; those many are counted apart from alerts.

        Raises:
            GraphError: there is none; the text says why of the renderer's and of ours.
        """
        if self._policy == "never":
            return rendered(_ignore)
        policy = "only" if is_explored(panel.key.render_url) else self._policy
        if known := self._fresh(panel):
            return known
        if policy == "fallback":
            race = _Race(deadline)
            with self._asked(panel.server, rendered, race, begin) as missing:
                return self._raced(
                    race, missing, rendered, lambda: self._ours(panel, deadline, drawn)
                )
        try:
            return self._ours(panel, deadline, drawn)
        except BrokenPanelError:
            raise
        except GraphError as ours:
            if policy == "only":
                raise _not_drawn(ours) from None
            try:
                return rendered(_ignore)
            except GraphError as theirs:
                raise _neither(theirs, ours) from None

    def _fresh(self, panel: WantedPanel) -> Picture | None:
        """Find a picture that is at hand, whoever made it: others wait for theirs."""
        keys = [panel.key, panel.drawn] if self._policy == "fallback" else [panel.drawn]
        found = next((each for key in keys if (each := self._cache.fresh(key))), None)
        if found:
            self._count("reused", None)
        return found

    def _ours(self, panel: WantedPanel, deadline: Deadline, drawn: Make) -> Picture:
        def counted() -> Picture:
            began = time.monotonic()
            picture = drawn()
            self._count("drawn", time.monotonic() - began)
            return picture

        picture, shared = self._cache.get(panel.drawn, deadline, counted)
        if shared:
            self._count("reused", None)
        return picture

    def _raced(
        self, race: _Race, missing: GraphError | None, rendered: Watched, drawn: Make
    ) -> Picture:
        """Take what is there first and good."""
        if found := race.result(self._after):
            return found
        if race.deadline.passed:
            raise race.failed("theirs")
        race.start("ours", drawn)
        if found := race.result(None):
            return found
        if race.broken:
            raise race.broken
        if missing is not None and not race.deadline.passed:
            return rendered(_ignore)  # what can't be drawn is worth another question
        raise _neither(race.failed("theirs"), race.failed("ours"))

    @contextmanager
    def _asked(
        self, server: str, rendered: Watched, race: _Race, begin: Begin | None
    ) -> Iterator[GraphError | None]:
        """Have the renderer asked meanwhile; give why not, where *server* is known to have none.

        A question whose turn did not come until the race is over is not asked any more.
        """
        missing = self._known_missing(server)
        asking = self._clients_asking if begin else self._asking
        if missing is not None:
            race.lost("theirs", missing)
            yield missing
        elif not asking.acquire(blocking=False):
            race.lost("theirs", GraphError("too many wait for Grafana's renderer", status=503))
            yield None
        else:
            try:
                give_up = race.start(
                    "theirs",
                    lambda: self._theirs(server, rendered, race, asking),
                    begin or in_a_thread,
                )
            except RuntimeError:  # there is no thread
                asking.release()
                raise
            try:
                yield None
            finally:
                if give_up():
                    asking.release()

    def _theirs(
        self, server: str, rendered: Watched, race: _Race, asking: threading.BoundedSemaphore
    ) -> Picture:
        try:
            return rendered(race.trouble)
        except GraphError as error:
            if str(error) == NO_RENDERER:
                self._missing[server] = (time.monotonic() + _MISSING_FOR, error)
            raise
        finally:
            asking.release()

    def _known_missing(self, server: str) -> GraphError | None:
        until, error = self._missing.get(server, (0.0, None))
        return error if time.monotonic() < until else None


class _Race:
    """Two ways to one picture, side by side in threads that nobody waits for in the end."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self._news: queue.SimpleQueue[Picture | None] = queue.SimpleQueue()
        self._failed: dict[str, GraphError] = {}
        self._running: set[str] = set()
        self._begun: set[str] = set()
        self._ended: dict[str, threading.Event] = {}

    def start(self, name: str, make: Make, begin: Begin = in_a_thread) -> Callable[[], bool]:
        """Begin a way; what comes back gives it up, see `Begin`."""

        def run() -> None:
            self._begun.add(name)
            picture = None
            try:
                picture = make()
            except GraphError as error:
                self._failed[name] = error
            except Exception as error:  # noqa: BLE001 - our mistake costs this way alone
                _log.debug("picture", exc_info=True)
                self._failed[name] = GraphError(f"internal error ({type(error).__name__})")
            if picture is None:
                self._running.discard(name)
            ended.set()
            self._news.put(picture)

        self._running.add(name)
        ended = self._ended[name] = threading.Event()
        return begin(run)

    def lost(self, name: str, error: GraphError) -> None:
        """Leave a way out."""
        self._failed[name] = error

    def trouble(self, error: GraphError) -> None:
        """Say that the renderer will take its time: nobody has to wait for that to be seen."""
        self._failed.setdefault("theirs", error)
        self._news.put(None)

    def result(self, seconds: float | None) -> Picture | None:
        """Wait for a picture: so many *seconds*, or until there is trouble; else to the end."""
        limit = self.deadline if seconds is None else Deadline(seconds)
        while self._running and not (limit.passed or self.deadline.passed):
            try:
                wait = min(limit.remaining, self.deadline.remaining)
                picture = self._news.get(timeout=wait)
            except queue.Empty:
                return None
            if picture is not None:
                return picture
            if seconds is not None or self.broken:
                return None
        return None if self._news.empty() else self._news.get()

    @property
    def broken(self) -> BrokenPanelError | None:
        """Why no way leads to a picture of the panel's data."""
        ours = self._failed.get("ours")
        return ours if isinstance(ours, BrokenPanelError) else None

    def failed(self, name: str) -> GraphError:
        """Say why there is no picture this way."""
        if name in self._ended and name not in self._begun:
            return NoTurnError(self.deadline)
        if name in self._ended:
            self._ended[name].wait(_TO_SAY_WHY)
        late = f"no picture within {self.deadline.seconds:.3g} s"
        return self._failed.get(name) or GraphError(late, status=504)


def _ignore(error: GraphError) -> None:
    """For who waits for the renderer in any case."""
    del error


def _not_drawn(ours: GraphError) -> GraphError:
    return GraphError(continued(str(ours)), status=ours.status, hint=ours.hint)


def _neither(theirs: GraphError, ours: GraphError) -> GraphError:
    """Make one sentence of both reasons; what can be done is mostly done about the renderer."""
    reason = str(ours)
    if reason == MISSING or reason == str(theirs) or theirs.status in _ALL_SAID:
        return theirs
    text = f"{theirs}, and it can't be drawn: {continued(reason)}"
    return GraphError(
        text,
        status=theirs.status,
        hint=theirs.hint or ours.hint,
        retry_after=theirs.retry_after,
    )
