"""All pictures of one process: one cache, one limiter, whoever asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from grafherald.errors import GraphError
from grafherald.images import Count, Picture, uncounted
from grafherald.images.cache import Key, RenderCache
from grafherald.images.limiter import Limiter, NoTurnError, in_a_thread
from grafherald.images.machine import Machine
from grafherald.net.deadline import Deadline

if TYPE_CHECKING:
    from grafherald.drawing.scene import Scene
    from grafherald.images.drawing import PanelDrawing
    from grafherald.images.fetch import Grafanas


class PictureSource(Protocol):
    """Makes a picture, each time that it is asked.

    Attributes:
        authorization: what Grafana is asked with, ``Bearer <token>`` or "".
        grafanas: those that may be asked.
        publishes: whether a picture that is made here becomes public.
    """

    @property
    def authorization(self) -> str: ...
    @property
    def grafanas(self) -> Grafanas: ...
    @property
    def publishes(self) -> bool: ...

    def render(self, render_url: str, deadline: Deadline) -> Picture:
        """Make a new picture of *render_url*, published where there is a place for that.

        Raises:
            GraphError: there is none, and why.
        """
        ...

    def load(self, picture: Picture, deadline: Deadline) -> Picture:
        """Load the bytes of a published *picture*. Raises as `render` does."""
        ...

    def publish(self, png: bytes) -> str:
        """Make a picture public and return its URL, "" where there is no place for that.

        Raises:
            GraphError: it could not.
        """
        ...


class Renders:
    """What sources are asked through.

    Attributes:
        machine: shares with the machine's other processes, where they publish in one directory.
        count: is told of each picture.
        wait: seconds that an alert waits for its picture: Grafana's wish for a longer pause is
            why it has none.
    """

    def __init__(
        self,
        cache: RenderCache,
        limiter: Limiter,
        machine: Machine | None = None,
        count: Count = uncounted,
        wait: float = 10.0,
    ) -> None:
        self.cache = cache
        self.limiter = limiter
        self.machine = machine
        self.count = count
        self.wait = wait

    def known(self, key: Key) -> Picture | None:
        """Find a fresh picture that is at hand, or None, and count that it was used again."""
        picture = self.cache.fresh(key)
        if picture:
            self.count("reused", None)
        return picture

    def begin(self, key: Key, work: Callable[[], object]) -> Callable[[], bool]:
        """Have *work*, which is a `get` of *key* alone, done in a thread. See `Limiter.begin`."""
        if self.cache.is_awaited(key):
            return in_a_thread(work)  # it waits for another's render, and needs no turn
        return self.limiter.begin(key, work)

    def get(
        self, key: Key, deadline: Deadline, render: Callable[[], Picture], *, alone: bool = False
    ) -> tuple[Picture, bool]:
        """Find the picture or have it rendered; also whether it was made for another.

        Args:
            alone: it is for a client of the service, who waits as long as it takes and whose
                pictures the machine's other processes have no use for.

        Raises:
            GraphError: what *render* raised, or it was not there in time.
        """

        def make() -> Picture:
            if alone:
                return self._limited(key, deadline, render, deadline)
            patience = Deadline(min(self.wait, deadline.remaining))
            if self.machine is None:
                return self._limited(key, deadline, render, patience)
            return self.machine.get(
                key, deadline, lambda: self._limited(key, deadline, render, patience)
            )

        picture, shared = self.cache.get(key, deadline, make)
        if shared:
            self.count("reused", None)
        return picture, shared

    def _limited(
        self, key: Key, deadline: Deadline, render: Callable[[], Picture], patience: Deadline
    ) -> Picture:
        def timed() -> Picture:
            began = time.monotonic()
            try:
                picture = render()
            except GraphError:
                self.count("failed", time.monotonic() - began)
                raise
            self.count("ok", time.monotonic() - began)
            return picture

        try:
            return self.limiter.run(key, deadline, timed, patience)
        except NoTurnError:
            self.count("late", None)
            raise


class SharedPictures:
    """One source's pictures, among all others of the process. See `Pictures`.

    Args:
        drawing: draws too, by the settings' policy.
    """

    def __init__(
        self, source: PictureSource, renders: Renders, drawing: PanelDrawing | None = None
    ) -> None:
        self._source = source
        self._renders = renders
        self._drawing = drawing

    def get(
        self, render_url: str, seconds: float, *, as_bytes: bool, scene: Scene | None = None
    ) -> Picture:
        """See `Pictures.get`."""
        deadline = Deadline(seconds)
        source, key = self._source, Key(self._source.authorization, render_url)

        def rendered(trouble: Callable[[GraphError], None]) -> Picture:
            def render() -> Picture:
                try:
                    return source.render(render_url, deadline)
                except GraphError as error:
                    trouble(error)
                    raise

            return self._renders.get(key, deadline, render)[0]

        if self._drawing and (source.publishes or as_bytes):
            panel = self._drawing.panel(key, source.grafanas, scene)
            picture = self._drawing.get(panel, deadline, rendered, source.publish)
            key = panel.drawn if picture.drawn else key
        else:
            picture = rendered(lambda _: None)
        return self._full(picture, key, deadline) if as_bytes else picture

    def _full(self, picture: Picture, key: Key, deadline: Deadline) -> Picture:
        """Load a picture's bytes where it comes without."""
        if picture.png is not None:
            return picture
        full = key._replace(full=True)
        return self._renders.cache.get(
            full, deadline, lambda: self._source.load(picture, deadline)
        )[0]

    def replacement(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture | None:
        """See `Pictures.replacement`."""
        deadline, key = Deadline(seconds), Key(self._source.authorization, render_url)
        picture = self._renders.cache.coming(key, deadline)
        try:
            return self._full(picture, key, deadline) if picture and as_bytes else picture
        except GraphError:
            return None

    def near(
        self, render_url: str, at: datetime, *, as_bytes: bool, scene: Scene | None = None
    ) -> Picture | None:
        """See `Pictures.near`.

        So a message that waited for its turn shows the picture of its time, and a thousand that
        wait do not make a thousand.
        """
        key = Key(self._source.authorization, render_url)
        keys = [key]
        if self._drawing:
            keys.append(self._drawing.panel(key, self._source.grafanas, scene).drawn)
        for found in (
            self._renders.cache.near(each._replace(full=full), at)
            for each in keys
            for full in (True, False)
        ):
            if found and (found.png is not None or not as_bytes):
                self._renders.count("reused", None)
                return found
        return None
