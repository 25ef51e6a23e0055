"""A picture that two different panels of one Grafana have is a placeholder, whatever its name.

A renderer's own error, a page that did not load, a placeholder of a version that nobody has seen:
they have in common that they are the same for every panel.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from grafherald.errors import GraphError
from grafherald.grafana.panels import panel_address

_FRESH = 600.0  # seconds
_MOST = 2000  # pictures


class Twins:
    """The pictures of the last minutes, and which panels had them. Safe among threads.

    Args:
        clock: seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[str, bytes], tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()

    def refuse(
        self, digest: bytes, base: str, render_url: str, same: Callable[[str, str], bool]
    ) -> None:
        """Refuse a picture if another panel of the Grafana at *base* had it lately.

        Args:
            digest: of the picture.
            same: tells whether two render URLs are of panels that look the same, such as one
                library panel on two dashboards.

        Raises:
            GraphError: one had; the text says which.
        """
        picture, now = (base, digest), self._clock()
        with self._lock:
            at, other = self._seen.get(picture, (now - 2 * _FRESH, ""))
            if now - at > _FRESH:
                other = render_url
            self._seen[picture] = now, other
            self._seen.move_to_end(picture)
            while len(self._seen) > _MOST:
                self._seen.popitem(last=False)
        if other == render_url:
            return
        one, first = panel_address(render_url), panel_address(other)
        if one is None or first is None or (one.key, one.panel) == (first.key, first.panel):
            return
        if not same(render_url, other):
            raise GraphError(
                "Grafana sent the same picture for another panel:"
                f" {first.key}{'' if first.panel is None else f' panel {first.panel}'}",
                hint="It stands for an error: open both panels, and see its renderer's log.",
            )
