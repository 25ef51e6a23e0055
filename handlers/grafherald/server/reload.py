"""What the daemon works with: the settings in force, and what follows from them."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from grafherald.delivery.illustrate import Illustrator
from grafherald.notification.templates import Templates, open_templates
from grafherald.settings import Settings

if TYPE_CHECKING:
    from grafherald.images.composition import Images
    from grafherald.server.metrics import Metrics

_AT_START = (
    "store",
    "workers",
    "listen.tcp",
    "listen.udp",
    "listen.unix",
    "listen.http",
    "icinga.events",
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """One set of settings; a reload makes another."""

    config: Settings
    templates: Templates
    illustrator: Illustrator
    images: Images


def prepare(config: Settings, metrics: Metrics) -> Loaded:
    """Make what follows from *config*; the log names the parts that can't be used.

    Raises:
        ConfigError: the settings of the pictures can't be used.
    """
    from grafherald.images.composition import DRAW_PROCESSES, Images

    images = Images(config, metrics.render, draw_processes=DRAW_PROCESSES)
    for reason in config.broken.values():
        _log.error("%s", reason)
    if "grafana" in config.broken:  # each alert says so in place of its picture
        illustrator = Illustrator(config, images.pictures)
    else:
        pictures = images.pictures()
        illustrator = Illustrator(config, lambda: pictures)
    return Loaded(config, open_templates(config), illustrator, images)


def needs_restart(old: Settings, new: Settings) -> list[str]:
    """Name the keys that differ and only count at the next start: what is open stays open."""
    return [key for key in _AT_START if attrgetter(key)(old) != attrgetter(key)(new)]


class Current:
    """The settings in force. Whoever starts something new asks anew."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._lock = threading.Lock()

    def get(self) -> Loaded:
        """The settings in force; after a reload they are others."""
        with self._lock:
            return self._loaded

    def replace(self, loaded: Loaded) -> None:
        """Put other settings in force."""
        with self._lock:
            self._loaded = loaded
