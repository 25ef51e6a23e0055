"""The board as the settings want it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint

from grafherald.errors import ConfigError
from grafherald.images import open_pictures
from grafherald.settings import Config
from grafherald.store.pool import Pool
from grafherald.web.login import Login
from grafherald.web.picture import Now
from grafherald.web.routes import Options, blueprint

if TYPE_CHECKING:
    from grafherald.images.composition import Images

_USER = "oncall"
_KEY = secrets.token_bytes(32)  # of this process, so that sessions outlast a reload


def configured(
    config: Config, pool: Pool, *, is_local: bool, images: Images | None = None
) -> Blueprint:
    """Return the board's routes.

    With a password, all pages ask for a login, unless ``board.open``. Without one, only this
    machine may look, and nothing can be changed; where others can connect, ``listen.token`` is
    the password then.

    Args:
        is_local: only this machine reaches the address that they are served at.
        images: the process's pictures; default: its own.

    Raises:
        ConfigError: others reach it, and the settings have no password.
    """
    password = config.get("board.password", "")
    if not password and not is_local:
        password = config.get("listen.token", "")
    is_open = bool(config.get("board.open", not password))
    if not password and not is_local and not config.get("board.open"):
        raise ConfigError(
            "board.password: is needed where others than this machine can connect, or"
            " board.open: true for all to look"
        )
    secret = config.get("board.secret", "")
    key = secret.encode() if secret else _KEY
    login = Login(config.get("board.user", _USER), password, key)
    public = urlsplit(config.get("public_url", "")).netloc.lower()
    anonymous_here = not password and not config.get("board.open")
    return blueprint(
        pool,
        Options(
            config,
            login,
            is_open,
            hosts=frozenset(filter(None, [public])) if anonymous_here else None,
            now=_now(config, images),
        ),
    )


def _now(config: Config, images: Images | None) -> Now | None:
    if not config.get("grafana.url"):
        return None
    try:
        return Now(images.pictures() if images else open_pictures(config), config)
    except ConfigError:
        return None  # the doctor tells; a board without new pictures is still a board
