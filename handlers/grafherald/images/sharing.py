"""One render for many, and few at once.

Who asks for the same picture meanwhile, or soon after, gets the same one. The token is part of
what "the same" means: who may not see a panel gets no one else's picture. The others queue, so
that Grafana sees a few renders at a time, and none again before the time that it asked us to wait.

All of it lives in one event loop; the renders themselves run in its threads.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from grafherald.errors import GraphError
from grafherald.images.exchange import Deadline

_Shelf = OrderedDict[Hashable, tuple[float, str]]
"""Until when, and what; the first to end comes first."""


@dataclass(frozen=True)
class Render:
    """A picture to be made.

    Attributes:
        key: what makes two renders the same one: URL and token.
        run: makes and publishes it in a thread, and returns its URL or raises GraphError.
        deadline: ends the waiting for its turn; *run* keeps it by itself.
    """

    key: Hashable
    run: Callable[[], str]
    deadline: Deadline


class Sharing:
    """The renders in flight, and those of the last seconds."""

    def __init__(self, at_once: int, reuse: float, still: Callable[[str], bool]) -> None:
        """Take how many renders run *at_once*, and for how many seconds one is given out again.

        Args:
            still: tells whether a published picture is still there, by its URL.
        """
        self.waiting = 0
        self._reuse = reuse
        self._still = still
        self._slots = asyncio.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="render")
        self._flights: dict[Hashable, asyncio.Future[str]] = {}
        self._recent: _Shelf = OrderedDict()
        self._quiet: _Shelf = OrderedDict()

    async def get(self, render: Render) -> tuple[str, bool]:
        """Return the picture's URL, and whether it was made for somebody else.

        Raises:
            GraphError: what the render raised, or 503 when its turn did not come in time.
        """
        until, url = self._recent.get(render.key, (0.0, ""))
        if time.monotonic() < until and self._still(url):
            return url, True
        flight = self._flights.get(render.key)
        shared = flight is not None
        if flight is None:
            flight = self._flights[render.key] = asyncio.ensure_future(self._fly(render))
            flight.add_done_callback(lambda landed: self._land(render.key, landed))
        return await asyncio.shield(flight), shared

    async def _fly(self, render: Render) -> str:
        self.waiting += 1
        try:
            while True:
                await self._rest(render)
                async with self._turn(render.deadline):
                    try:
                        return await self._in_thread(render.run)
                    except GraphError as error:
                        if error.retry_after is None:
                            raise
                        self._keep(self._quiet, render.key, error.retry_after, "")
        finally:
            self.waiting -= 1

    async def _rest(self, render: Render) -> None:
        """Wait as long as Grafana asked us to, or say that this is too long."""
        until, _ = self._quiet.get(render.key, (0.0, ""))
        pause = until - time.monotonic()
        if pause <= 0:
            return
        if not render.deadline.allows(pause):
            raise GraphError(
                "Grafana answered 429 and asks us to wait",
                status=503,
                hint="It limits how many pictures it renders at once; try again later.",
                retry_after=pause,
            )
        await asyncio.sleep(pause)

    @asynccontextmanager
    async def _turn(self, deadline: Deadline) -> AsyncIterator[None]:
        try:
            await asyncio.wait_for(self._slots.acquire(), deadline.left())
        except (asyncio.TimeoutError, TimeoutError):
            raise GraphError(
                f"the renders before this one took longer than {deadline.seconds:.3g} s",
                status=503,
                hint="Grafana renders slowly; ask again later.",
            ) from None
        try:
            yield
        finally:
            self._slots.release()

    async def _in_thread(self, run: Callable[[], str]) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    def _land(self, key: Hashable, flight: asyncio.Future[str]) -> None:
        del self._flights[key]
        if not flight.cancelled() and not flight.exception():
            self._keep(self._recent, key, self._reuse, flight.result())

    def _keep(self, shelf: _Shelf, key: Hashable, seconds: float, url: str) -> None:
        now = time.monotonic()
        shelf[key] = now + seconds, url
        shelf.move_to_end(key)
        while shelf and next(iter(shelf.values()))[0] <= now:
            shelf.popitem(last=False)
