"""Pictures of our own among a process's pictures: made when the policy wants them, kept as others.

See `choice` for the policy, `grafherald.drawing` for how a picture is made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from grafherald.errors import GraphError
from grafherald.images import Count, Picture, uncounted
from grafherald.images.cache import Key, RenderCache
from grafherald.images.choice import Begin, Choice, WantedPanel, Watched
from grafherald.images.fetch import Grafanas
from grafherald.net.deadline import Deadline

if TYPE_CHECKING:
    from grafherald.drawing.answers import Credentials
    from grafherald.drawing.artist import Artist
    from grafherald.drawing.options import DrawOptions
    from grafherald.drawing.scene import Scene
    from grafherald.net.address import Address


_MOST_OWN = 4  # drawings that are under way before alerts share one


class PanelDrawing:
    """Draws for one process, or has its renderer asked.

    Args:
        processes: how many draw; 0 draws in this one.
    """

    def __init__(
        self, options: DrawOptions, cache: RenderCache, count: Count = uncounted, processes: int = 0
    ) -> None:
        self.options = options
        self._choice = Choice(options, cache, count)
        self._processes = processes
        self._lock = threading.Lock()
        self._made: Artist | None = None
        self._prepared = False
        self._making = 0

    def panel(self, key: Key, grafanas: Grafanas, scene: Scene | None = None) -> WantedPanel:
        """Say whose picture is wanted, of what and beside what."""
        return WantedPanel(key, grafanas, scene)

    def get(
        self,
        panel: WantedPanel,
        deadline: Deadline,
        rendered: Watched,
        publish: Callable[[bytes], str],
        begin: Begin | None = None,
    ) -> Picture:
        """Get the picture as the policy wants it. Raises as `Choice.get` does.

        A drawing costs a tenth of a second of CPU: where many are being made, as in a storm, the
        alerts that come share one of their panel, without what is each one's own in it.
        """
        owner = panel.grafanas.owner(panel.key.render_url)
        self._prepare()
        if self._making >= _MOST_OWN and panel.scene:
            panel = panel._replace(scene=self._shared(panel, owner, panel.scene, deadline))

        def drawn() -> Picture:
            connect, url = panel.grafanas.client, panel.key.render_url
            with self._counted():
                asker = self._asker(panel, owner)
                found = self.artist.draw(asker, url, connect, deadline, panel.scene)
            public = publish(found.picture)
            return Picture(public, found.picture, drawn=True, last=found.last, notes=found.notes)

        return self._choice.get(panel, deadline, rendered, drawn, begin)

    def _shared(
        self, panel: WantedPanel, owner: Address, scene: Scene, deadline: Deadline
    ) -> Scene:
        """What is left of a scene that others can have too: what the dashboard's variables take."""
        connect, url = panel.grafanas.client, panel.key.render_url
        try:
            names = self.artist.variables(self._asker(panel, owner), url, connect, deadline)
        except GraphError:
            return scene  # whoever draws says why
        wanted = {*names, *self.options.variables.values()}
        context = {name: text for name, text in scene.context.items() if name in wanted}
        return type(scene)(context=context, strong=False)

    @staticmethod
    def _asker(panel: WantedPanel, owner: Address) -> Credentials:
        from grafherald.drawing.answers import Credentials

        return Credentials(owner, panel.key.authorization)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._making += 1
        try:
            yield
        finally:
            with self._lock:
                self._making -= 1

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
                    from grafherald.drawing.workers import DrawWorkers

                    self._made = Artist(self.options, DrawWorkers(self._processes))
                else:
                    self._made = Artist(self.options, at_once)
            return self._made


def _import() -> None:
    for name in ("grafherald.drawing.artist", "grafherald.draw.kinds.timegraph", "resvg_py"):
        try:
            import_module(name)
        except ImportError:
            return  # whoever draws says what is missing
