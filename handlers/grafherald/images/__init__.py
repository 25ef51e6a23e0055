"""Pictures: fetched from Grafana with the token, checked, published without it.

What an alert, a chat answer or a page wants of a panel is its picture, that picture's public URL,
or the reason why there is neither: `Pictures` gives it, `open_pictures` opens one by the settings.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from grafherald.drawing.scene import Scene
    from grafherald.settings import Settings

Count = Callable[[str, "float | None"], None]
"""Counts each picture: ``ok`` or ``failed`` with the seconds it took, ``late``, ``reused``,
``drawn``."""


def uncounted(outcome: str, seconds: float | None) -> None:
    """For a process that counts nothing."""


class Picture(NamedTuple):
    """A panel's picture.

    Attributes:
        url: where anybody can fetch it, or "".
        png: its bytes; None when only the URL is known.
        drawn: we drew it; else Grafana's renderer did.
        last: what it is about, as "now 97.2 %, limit 90 %", or "".
        notes: what it leaves out, a few words each.
    """

    url: str
    png: bytes | None = None
    drawn: bool = False
    last: str = ""
    notes: tuple[str, ...] = ()


class Pictures(Protocol):
    """Where pictures of panels come from. Safe among threads."""

    def get(
        self, render_url: str, seconds: float, *, as_bytes: bool, scene: Scene | None = None
    ) -> Picture:
        """Find or make the picture of *render_url* within *seconds*.

        Args:
            as_bytes: whether ``png`` is needed; else it may be None.
            scene: what an alert adds to a picture of ours.

        Raises:
            GraphError: there is no picture; its text is for the reader of the alert.
        """
        ...

    def near(
        self, render_url: str, at: datetime, *, as_bytes: bool, scene: Scene | None = None
    ) -> Picture | None:
        """A picture that was made within the reuse time of *at*, or None; asks nobody."""
        ...

    def replacement(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture | None:
        """Replace a drawn picture by Grafana's own, where that comes within *seconds*.

        It is one that is being made, or was just now; nobody is asked for another.
        """
        ...


def open_pictures(config: Settings, count: Count = uncounted) -> Pictures:
    """Open the pictures of the settings' Grafana: ``images.service``, or this process itself.

    A process that opens more than these shares their limits: see `images.composition.Images`.

    Raises:
        ConfigError: a setting can't be used; the text names it.
    """
    from grafherald.images.composition import Images

    return Images(config, count).pictures()
