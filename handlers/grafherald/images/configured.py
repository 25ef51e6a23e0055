"""From the settings to the parts that fetch and publish pictures."""

from __future__ import annotations

from pathlib import Path

from grafherald.config import Config
from grafherald.errors import ConfigError
from grafherald.images.client import Here, Pictures, Service
from grafherald.images.fetch import Grafanas
from grafherald.images.publish import Directory, Naming, Publisher, by_hmac, by_md5


def pictures(config: Config) -> Pictures:
    """Return where an alert's pictures come from: ``images.service``, or this process itself.

    Raises:
        ConfigError: a setting can't be used; the text names it.
    """
    url = config.get("grafana.url")
    ca_file = config.get("grafana.ca_file", "")
    grafanas = Grafanas([url] if url else [], ca_file)
    token = config.get("grafana.token", "")
    service = config.get("images.service")
    if service:
        return Service(service, grafanas, token, ca_file)
    return Here(grafanas, token, publisher(config))


def publisher(config: Config) -> Publisher | None:
    """Return where pictures become public, None when the settings name no place.

    Raises:
        ConfigError: the place has no URL, or the names' secret is missing.
    """
    directory = config.get("images.publish.directory")
    if directory is None:
        return None
    url = config.get("images.publish.url")
    if not url:
        raise ConfigError("images.publish.url: missing; it is where the directory is served")
    name: Naming = by_md5
    if config.get("images.names", "md5") == "hmac":
        secret = config.get("images.secret")
        if not secret:
            raise ConfigError("images.secret: missing; it is the key of hmac names")
        name = by_hmac(secret.encode())
    return Directory(Path(directory), url, name)
