"""From the settings to all that makes pictures in one process: alerts, chat, board and service."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from grafherald.errors import ConfigError, GraphError
from grafherald.images import Count, Pictures, uncounted
from grafherald.images.cache import RenderCache
from grafherald.images.fetch import Grafanas
from grafherald.images.limiter import Limiter
from grafherald.images.machine import Machine
from grafherald.images.publish import Directory, Naming, Publisher, by_hmac, by_md5
from grafherald.images.renders import Renders, SharedPictures, Source
from grafherald.images.retention import Keep, sweep
from grafherald.images.sources import Direct, Service
from grafherald.settings import Config

_log = logging.getLogger(__name__)


class Images:
    """One process's pictures: whoever asks, ``images.renders`` at once and one cache.

    Attributes:
        directory: whose pictures are published, None where there is none on this machine.
        timeout: seconds that a client of the picture service waits.
    """

    def __init__(self, config: Config, count: Count = uncounted) -> None:
        """Take the settings.

        Raises:
            ConfigError: one can't be used; the text names it.
        """
        self._config = config
        self.publisher = publisher(config)
        reuse = float(config.get("graph.reuse", 30))
        still, machine = (self.publisher.still if self.publisher else lambda _: True), None
        if isinstance(self.publisher, Directory) and reuse:
            machine = Machine(self.publisher, reuse)
        limiter = Limiter(int(config.get("images.renders", 4)))
        self.renders = Renders(RenderCache(reuse, still), limiter, machine, count)
        self.timeout = float(config.get("images.timeout", 20))
        self._proxy = str(config.get("grafana.proxy", ""))

    @property
    def directory(self) -> Path | None:
        return self.publisher.path if isinstance(self.publisher, Directory) else None

    def pictures(self) -> Pictures:
        """Open those of the settings' Grafana.

        Raises:
            ConfigError: a setting can't be used; the text names it.
        """
        grafana = self._config.get("grafana.url")
        grafanas = self._grafanas([grafana] if grafana else [])
        token = self._config.get("grafana.token", "")
        return SharedPictures(self._source(grafanas, token), self.renders)

    def public_pictures(self, url: str, token: str, ca_file: str) -> Pictures | None:
        """Open those of another Grafana, None where the settings name no place to publish.

        Raises:
            ConfigError: one of these can't be used.
        """
        if not (self._config.get("images.service") or self.publisher):
            return None
        grafanas = Grafanas([url], ca_file, self._proxy)
        return SharedPictures(self._source(grafanas, token), self.renders)

    def served(self) -> tuple[Grafanas, Publisher]:
        """Return what the picture service asks, and where it publishes.

        Raises:
            ConfigError: a setting is missing; the text names it.
        """
        url = self._config.get("grafana.url")
        urls = self._config.get("images.grafana_urls", [url] if url else [])
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
        return Grafanas(urls, self._config.get("grafana.ca_file", ""), self._proxy)

    def _source(self, grafanas: Grafanas, token: str) -> Source:
        service = self._config.get("images.service")
        if service:
            return Service(service, grafanas, token)
        return Direct(grafanas, token, self.publisher)


def publisher(config: Config) -> Publisher | None:
    """Open the place where pictures become public, None when the settings name no place.

    Raises:
        ConfigError: the place has no URL, or the names' secret is missing.
    """
    directory, store = (config.get(f"images.publish.{key}") for key in ("directory", "store"))
    if directory is None and store is None:
        return None
    url = config.get("images.publish.url")
    if not url:
        raise ConfigError("images.publish.url: missing; it is where the pictures are seen")
    if directory is not None and store is not None:
        raise ConfigError("images.publish: give a directory or a store, not both")
    if directory is not None:
        return Directory(Path(directory), url, _naming(config))
    try:
        from grafherald.images.objects import LONGEST_PRESIGNED, ObjectStore
    except ImportError:
        raise ConfigError("images.publish.store: needs pip install 'grafherald[objects]'") from None
    expires = config.get("images.publish.expires", LONGEST_PRESIGNED)
    if url == "presigned" and expires > LONGEST_PRESIGNED:
        raise ConfigError("images.publish.expires: a presigned URL lives 7 days (604800) at most")
    return ObjectStore(store, url, _naming(config), expires)


def keep(config: Config) -> Keep:
    """Read how long published pictures stay; 0 is no limit."""
    days, megabytes = config.get("images.keep.days", 30), config.get("images.keep.megabytes")
    return Keep(timedelta(days=days) if days else None, megabytes or None)


def _naming(config: Config) -> Naming:
    if config.get("images.names", "md5") == "md5":
        return by_md5
    secret = config.get("images.secret")
    if not secret:
        raise ConfigError("images.secret: missing; it is the key of hmac names")
    return by_hmac(secret.encode())
