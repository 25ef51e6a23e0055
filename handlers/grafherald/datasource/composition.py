"""The routes as the settings want them."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint

from grafherald.datasource.routes import DatasourceOptions, blueprint
from grafherald.errors import ConfigError
from grafherald.server.access import Access
from grafherald.settings import Settings
from grafherald.store.pool import Pool


def open_datasource(config: Settings, pool: Pool, *, is_local: bool) -> Blueprint:
    """Put together the routes below ``/datasource``, as the settings say; refuse to be open to all.

    Args:
        is_local: only this machine reaches the address that they are served at.

    Raises:
        ConfigError: others reach it, and the settings have no credentials.
    """
    config.require("datasource", "listen")
    password = config.datasource.password
    token = config.datasource.token
    if not token and not password:
        token = config.listen.token
    access = Access(token, config.datasource.user, password)
    if access.is_open and not is_local:
        raise ConfigError(
            "datasource.token: is needed, or user and password, where others than this machine"
            " can connect"
        )
    named = [*config.datasource.origins, config.grafana.url]
    origins = frozenset(_origin(url) for url in named if url)
    return blueprint(pool, DatasourceOptions(access, origins, config.datasource.seconds))


def _origin(url: str) -> str:
    """Cut a URL down to ``https://host:port``, as a browser sends it in ``Origin``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError(f"datasource.origins: {url!r} is no URL") from None
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in (None, usual) else f":{port}")
