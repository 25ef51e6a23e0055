"""Pictures of our own among a process's pictures: made when the policy wants them, kept as others.

See `choice` for the policy, `grafherald.drawing` for how a picture is made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from grafherald.images import Count, Picture, uncounted
from grafherald.images.cache import Key, RenderCache
from grafherald.images.choice import Choice, Panel, Watched
from grafherald.images.fetch import Grafanas
from grafherald.net.deadline import Deadline

if TYPE_CHECKING:
    from grafherald.drawing.artist import Artist
    from grafherald.drawing.options import Options
    from grafherald.drawing.scene import Scene


class Drawing:
    """Draws for one process, or has its renderer asked.

    Args:
        processes: how many draw; 0 draws in this one.
    """

    def __init__(
        self, options: Options, cache: RenderCache, count: Count = uncounted, processes: int = 0
    ) -> None:
        self.options = options
        self._choice = Choice(options, cache, count)
        self._processes = processes
        self._lock = threading.Lock()
        self._made: Artist | None = None
        self._prepared = False

    def panel(self, key: Key, grafanas: Grafanas, scene: Scene | None = None) -> Panel:
        """Say whose picture is wanted, of what and beside what."""
        return Panel(key, grafanas, scene)

    def get(
        self,
        panel: Panel,
        deadline: Deadline,
        rendered: Watched,
        publish: Callable[[bytes], str],
    ) -> Picture:
        """Return the picture that the policy wants. Raises as `Choice.get` does."""

        owner = panel.grafanas.owner(panel.key.render_url)
        self._prepare()

        def drawn() -> Picture:
            from grafherald.drawing.answers import Asker

            asker = Asker(owner, panel.key.authorization)
            connect, url = panel.grafanas.client, panel.key.render_url
            found = self.artist.draw(asker, url, connect, deadline, panel.scene)
            public = publish(found.picture)
            return Picture(public, found.picture, drawn=True, last=found.last, notes=found.notes)

        return self._choice.get(panel, deadline, rendered, drawn)

    def _prepare(self) -> None:
        """Import what drawing needs while Grafana is at work: a third of what a picture costs."""
        if self._prepared or self._processes:
            return
        self._prepared = True
        threading.Thread(target=_import, name="prepares to draw", daemon=True).start()

    @property
    def artist(self) -> Artist:
        """Who draws; what that needs is imported when the first picture is."""
        with self._lock:
            if self._made is None:
                from grafherald.drawing.artist import Artist, at_once

                if self._processes:
                    from grafherald.drawing.workers import Workers

                    self._made = Artist(self.options, Workers(self._processes))
                else:
                    self._made = Artist(self.options, at_once)
            return self._made


def _import() -> None:
    for name in ("grafherald.drawing.artist", "grafherald.draw.kinds.timegraph", "resvg_py"):
        try:
            import_module(name)
        except ImportError:
            return  # whoever draws says what is missing
