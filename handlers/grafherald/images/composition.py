"""From the settings to all that makes pictures in one process: alerts, chat, board and service."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from grafherald.drawing.options import options
from grafherald.errors import ConfigError, GraphError
from grafherald.images import Count, Pictures, uncounted
from grafherald.images.cache import RenderCache
from grafherald.images.drawing import PanelDrawing
from grafherald.images.fetch import Grafanas
from grafherald.images.limiter import Limiter
from grafherald.images.machine import Machine
from grafherald.images.png import keep_freed_memory
from grafherald.images.publish import Directory, Naming, Publisher, by_hmac, by_md5
from grafherald.images.renders import PictureSource, Renders, SharedPictures
from grafherald.images.retention import Keep, sweep
from grafherald.images.sources import Direct, FromService
from grafherald.settings import Settings

DRAW_PROCESSES = 2
"""How many processes of a server draw; one of them is idle most of the time."""

_log = logging.getLogger(__name__)


class Images:
    """One process's pictures: whoever asks, ``images.renders`` at once and one cache.

    Attributes:
        directory: whose pictures are published, None where there is none on this machine.
        drawing: draws pictures too, None where the settings want none of ours.
        timeout: seconds that a client of the picture service waits.
    """

    def __init__(
        self, config: Settings, count: Count = uncounted, *, draw_processes: int = 0
    ) -> None:
        """Take the settings.

        Args:
            draw_processes: how many draw pictures; 0 draws in this process, which holds it up.

        Raises:
            ConfigError: one can't be used; the text names it.
        """
        config.require("images")
        keep_freed_memory()
        self._config = config
        self.publisher = publisher(config)
        reuse = config.graph.reuse
        still, machine = (self.publisher.still if self.publisher else lambda _: True), None
        if isinstance(self.publisher, Directory) and reuse:
            machine = Machine(self.publisher, reuse)
        limiter = Limiter(config.images.renders)
        cache = RenderCache(reuse, still)
        self.renders = Renders(cache, limiter, machine, count, config.graph.wait)
        drawn = options(config)
        self.drawing = PanelDrawing(drawn, cache, count, draw_processes) if drawn.draws else None
        self.timeout = config.images.timeout
        self._proxy = config.grafana.proxy

    @property
    def directory(self) -> Path | None:
        return self.publisher.path if isinstance(self.publisher, Directory) else None

    def pictures(self) -> Pictures:
        """Open those of the settings' Grafana. Raises as `own` does."""
        return SharedPictures(self.own(), self.renders, self.drawing)

    def own(self) -> PictureSource:
        """Open what asks the settings' Grafana.

        Raises:
            ConfigError: a setting can't be used; the text names it.
        """
        self._config.require("grafana")
        grafana = self._config.grafana.url
        grafanas = self._grafanas([grafana] if grafana else [])
        return self._source(grafanas, self._config.grafana.token)

    def public_pictures(self, url: str, token: str, ca_file: str) -> Pictures | None:
        """Open those of another Grafana, None where the settings name no place to publish.

        Raises:
            ConfigError: one of these can't be used.
        """
        if not (self._config.images.service or self.publisher):
            return None
        grafanas = Grafanas([url], ca_file, self._proxy)
        return SharedPictures(self._source(grafanas, token), self.renders, self.drawing)

    def served(self) -> tuple[Grafanas, Publisher]:
        """Which Grafanas the picture service asks, and where it publishes.

        Raises:
            ConfigError: a setting is missing; the text names it.
        """
        url = self._config.grafana.url
        urls = self._config.images.grafana_urls or ((url,) if url else ())
        if not urls:
            raise ConfigError("images.grafana_urls: missing; name the Grafana that may be asked")
        if self.publisher is None:
            raise ConfigError(
                "images.publish: missing; name the directory or the store where the pictures go"
            )
        return self._grafanas(urls), self.publisher

    def sweep(self, now: datetime) -> None:
        """Remove published pictures that need not stay, and log how many."""
        if self.directory is None:
            return
        try:
            gone = sweep(self.directory, keep(self._config), now)
        except GraphError as error:
            _log.warning("retention: %s", error)
        else:
            if gone:
                _log.info("retention: %d pictures removed", len(gone))

    def _grafanas(self, urls: Sequence[str]) -> Grafanas:
        return Grafanas(urls, self._config.grafana.ca_file, self._proxy)

    def _source(self, grafanas: Grafanas, token: str) -> PictureSource:
        service = self._config.images.service
        if service:
            return FromService(service, grafanas, token)
        return Direct(grafanas, token, self.publisher)


def publisher(config: Settings) -> Publisher | None:
    """Open the place where pictures become public, None when the settings name no place.

    Raises:
        ConfigError: the place has no URL, or the names' secret is missing.
    """
    directory, store, url, expires = config.images.publish
    if not directory and not store:
        return None
    if not url:
        raise ConfigError("images.publish.url: missing; it is where the pictures are seen")
    if directory:
        return Directory(Path(directory), url, _naming(config))
    try:
        from grafherald.images.objects import LONGEST_PRESIGNED, ObjectStore
    except ImportError:
        raise ConfigError("images.publish.store: needs pip install 'grafherald[objects]'") from None
    if url == "presigned" and expires > LONGEST_PRESIGNED:
        raise ConfigError("images.publish.expires: a presigned URL lives 7 days (604800) at most")
    return ObjectStore(store, url, _naming(config), expires)


def keep(config: Settings) -> Keep:
    """Read how long published pictures stay; 0 is no limit."""
    days, megabytes = config.images.keep
    return Keep(timedelta(days=days) if days else None, megabytes or None)


def _naming(config: Settings) -> Naming:
    if config.images.names == "md5":
        return by_md5
    secret = config.images.secret
    if not secret:
        raise ConfigError("images.secret: missing; it is the key of hmac names")
    return by_hmac(secret.encode())
