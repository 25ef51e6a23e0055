"""From the settings to the parts that fetch and publish pictures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from grafherald.errors import ConfigError
from grafherald.images.client import Here, Pictures, Service
from grafherald.images.fetch import Grafanas
from grafherald.images.once import Once
from grafherald.images.publish import Directory, Naming, Publisher, by_hmac, by_md5
from grafherald.images.retention import Keep
from grafherald.settings import Config

if TYPE_CHECKING:
    from grafherald.images.application import Settings


def pictures(config: Config) -> Pictures:
    """Return where an alert's pictures come from: ``images.service``, or this process itself.

    Raises:
        ConfigError: a setting can't be used; the text names it.
    """
    config.require("grafana", "images")
    url = config.get("grafana.url")
    ca_file = config.get("grafana.ca_file", "")
    grafanas = Grafanas([url] if url else [], ca_file)
    token = config.get("grafana.token", "")
    service = config.get("images.service")
    if service:
        return Service(service, grafanas, token, ca_file)
    place, reuse = publisher(config), config.get("graph.reuse", 30)
    here = Here(grafanas, token, place)
    if isinstance(place, Directory) and reuse:
        return Once(here, place.path, reuse, token)
    return here


def publisher(config: Config) -> Publisher | None:
    """Return where pictures become public, None when the settings name no place.

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
    """Return how long published pictures stay; 0 is no limit."""
    days, megabytes = config.get("images.keep.days", 30), config.get("images.keep.megabytes")
    return Keep(timedelta(days=days) if days else None, megabytes or None)


def _naming(config: Config) -> Naming:
    if config.get("images.names", "md5") == "md5":
        return by_md5
    secret = config.get("images.secret")
    if not secret:
        raise ConfigError("images.secret: missing; it is the key of hmac names")
    return by_hmac(secret.encode())


def service(config: Config) -> Settings:
    """Return what the picture service is told.

    Raises:
        ConfigError: a setting can't be used or is missing; the text names it.
    """
    from grafherald.images.application import Settings

    url = config.get("grafana.url")
    urls = config.get("images.grafana_urls", [url] if url else [])
    if not urls:
        raise ConfigError("images.grafana_urls: missing; name the Grafana that may be asked")
    place = publisher(config)
    if place is None:
        raise ConfigError(
            "images.publish: missing; name the directory or the store where the pictures go"
        )
    host, port = _listen(config.get("images.listen", "127.0.0.1:8080"))
    directory = config.get("images.publish.directory")
    return Settings(
        host,
        port,
        Grafanas(urls, config.get("grafana.ca_file", "")),
        place,
        directory=Path(directory) if directory else None,
        timeout=config.get("images.timeout", 20),
        reuse=config.get("graph.reuse", 30),
        renders=config.get("images.renders", 4),
        keep=keep(config),
    )


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535 or not host:
        raise ConfigError(f"images.listen: {text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)
