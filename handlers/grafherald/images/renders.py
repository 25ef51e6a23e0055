"""All pictures of one process: one cache, one limiter, whoever asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from grafherald.errors import GraphError
from grafherald.images import Count, Picture, uncounted
from grafherald.images.cache import Key, RenderCache
from grafherald.images.limiter import Limiter, NoTurnError
from grafherald.images.machine import Machine
from grafherald.net.deadline import Deadline


class Source(Protocol):
    """Makes a picture, each time that it is asked.

    Attributes:
        authorization: what Grafana is asked with, ``Bearer <token>`` or "".
    """

    @property
    def authorization(self) -> str: ...

    def render(self, render_url: str, deadline: Deadline) -> Picture:
        """Return a new picture of *render_url*, published where there is a place for that.

        Raises:
            GraphError: there is none, and why.
        """
        ...

    def load(self, picture: Picture, deadline: Deadline) -> Picture:
        """Return a published *picture* with its bytes. Raises as `render` does."""
        ...


@dataclass(frozen=True)
class Renders:
    """What sources are asked through.

    Attributes:
        machine: shares with the machine's other processes, where they publish in one directory.
        count: is told of each picture.
    """

    cache: RenderCache
    limiter: Limiter
    machine: Machine | None = None
    count: Count = uncounted

    def known(self, key: Key) -> Picture | None:
        """Return a fresh picture that is at hand, or None."""
        picture = self.cache.fresh(key)
        if picture:
            self.count("reused", None)
        return picture

    def get(
        self, key: Key, deadline: Deadline, render: Callable[[], Picture], *, alone: bool = False
    ) -> tuple[Picture, bool]:
        """Return the picture, and whether it was made for somebody else.

        Args:
            alone: the machine's other processes have no use for it.

        Raises:
            GraphError: what *render* raised, or it was not there in time.
        """

        def make() -> Picture:
            if self.machine is None or alone:
                return self._limited(key, deadline, render)
            return self.machine.get(key, deadline, lambda: self._limited(key, deadline, render))

        picture, shared = self.cache.get(key, deadline, make)
        if shared:
            self.count("reused", None)
        return picture, shared

    def _limited(self, key: Key, deadline: Deadline, render: Callable[[], Picture]) -> Picture:
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
            return self.limiter.run(key, deadline, timed)
        except NoTurnError:
            self.count("late", None)
            raise


class SharedPictures:
    """One source's pictures, among all others of the process. See `Pictures`."""

    def __init__(self, source: Source, renders: Renders) -> None:
        self._source = source
        self._renders = renders

    def get(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture:
        """See `Pictures.get`."""
        deadline = Deadline(seconds)
        source, key = self._source, Key(self._source.authorization, render_url)
        picture, _ = self._renders.get(key, deadline, lambda: source.render(render_url, deadline))
        if as_bytes and picture.png is None:
            full, bare = key._replace(full=True), picture
            picture, _ = self._renders.cache.get(
                full, deadline, lambda: source.load(bare, deadline)
            )
        return picture

    def near(self, render_url: str, at: datetime, *, as_bytes: bool) -> Picture | None:
        """See `Pictures.near`.

        So a message that waited for its turn shows the picture of its time, and a thousand that
        wait do not make a thousand.
        """
        key = Key(self._source.authorization, render_url)
        for found in (
            self._renders.cache.near(key._replace(full=full), at) for full in (True, False)
        ):
            if found and (found.png is not None or not as_bytes):
                self._renders.count("reused", None)
                return found
        return None
