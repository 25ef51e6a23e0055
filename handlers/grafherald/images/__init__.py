"""Pictures: fetched from Grafana with the token, checked, published without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grafherald.images.cache import Reused
    from grafherald.settings import Config


def open_pictures(config: Config) -> Reused:
    """What an alert's pictures are asked from.

    Raises:
        ConfigError: the settings of the pictures can't be used.
    """
    from grafherald.images.cache import Reused
    from grafherald.images.configured import pictures

    reuse = float(config.get("graph.reuse", 30))
    return Reused(pictures(config), reuse=reuse, at_once=int(config.get("images.renders", 4)))
