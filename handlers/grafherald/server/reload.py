"""What the daemon works with: the settings in force, and what follows from them."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grafherald.delivery.illustrate import Illustrator
from grafherald.notification.templates import Templates, open_templates
from grafherald.settings import Config

if TYPE_CHECKING:
    from grafherald.images.composition import Images
    from grafherald.server.metrics import Metrics

_AT_START = ("store", "workers", "listen.tcp", "listen.udp", "listen.unix", "listen.http")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """One set of settings; a reload makes another."""

    config: Config
    templates: Templates
    illustrator: Illustrator
    images: Images


def prepare(config: Config, metrics: Metrics) -> Settings:
    """Make what follows from *config*.

    Raises:
        ConfigError: the settings of the pictures can't be used.
    """
    from grafherald.images.composition import Images

    images = Images(config, metrics.render)
    pictures = images.pictures()
    return Settings(config, open_templates(config), Illustrator(config, lambda: pictures), images)


def needs_restart(old: Config, new: Config) -> list[str]:
    """Name the keys that differ and only count at the next start: what is open stays open."""
    return [key for key in _AT_START if old.get(key) != new.get(key)]


class Current:
    """The settings in force. Whoever starts something new asks anew."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()

    def get(self) -> Settings:
        """Return the settings in force."""
        with self._lock:
            return self._settings

    def replace(self, settings: Settings) -> None:
        """Put other settings in force."""
        with self._lock:
            self._settings = settings
