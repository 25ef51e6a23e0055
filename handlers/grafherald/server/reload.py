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
    from grafherald.server.metrics import Metrics

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """One set of settings; a reload makes another."""

    config: Config
    templates: Templates
    illustrator: Illustrator


def prepare(config: Config, metrics: Metrics) -> Settings:
    """Return what follows from *config*.

    Raises:
        ConfigError: the settings of the pictures can't be used.
    """
    from grafherald.images.cache import Reused
    from grafherald.images.configured import pictures

    shared = Reused(
        pictures(config),
        reuse=float(config.get("graph.reuse", 30)),
        at_once=int(config.get("images.renders", 4)),
        count=metrics.render,
    )
    templates = open_templates(config)
    return Settings(config, templates, Illustrator(config, lambda: shared))


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
