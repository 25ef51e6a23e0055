"""The board as the settings want it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint

from grafherald.errors import ConfigError
from grafherald.grafana.api import Server
from grafherald.images import open_pictures
from grafherald.settings import Config
from grafherald.store.pool import Pool
from grafherald.web.announce import announcer
from grafherald.web.board import Limits
from grafherald.web.deploys import Deploys
from grafherald.web.login import Login
from grafherald.web.options import Options
from grafherald.web.people import Person, Proxies, Role, hashed, networks, people, role
from grafherald.web.picture import Now
from grafherald.web.routes import blueprint
from grafherald.web.session import https_host
from grafherald.web.sources import Source

if TYPE_CHECKING:
    from grafherald.images.composition import Images

_USER = "oncall"
_KEY = secrets.token_bytes(32)  # of this process, so that sessions outlast a reload


def configured(
    config: Config, pool: Pool, *, is_local: bool, images: Images | None = None
) -> Blueprint:
    """Return the board's routes.

    With users, a password or a trusted proxy, all pages ask who it is, unless ``board.open``.
    Without, only this machine may look, and nothing can be changed; where others can connect,
    ``listen.token`` is the password then.

    Args:
        is_local: only this machine reaches the address that they are served at.
        images: the process's pictures; default: its own.

    Raises:
        ConfigError: others reach it, and the settings have nobody who may.
    """
    key = _key(config.get("board.secret", ""))
    users = people(config.get("board.users", {}))
    password = config.get("board.password", "")
    trusted = networks(config.get("board.trusted_proxies", ()))
    if not password and not users and not is_local:
        password = config.get("listen.token", "")
    if password:
        name = config.get("board.user", _USER)
        users = {name: _shared(name, password, key), **users}
    is_guarded = bool(users or trusted)
    is_open = bool(config.get("board.open", not is_guarded))
    if not is_guarded and not is_local and not config.get("board.open"):
        raise ConfigError(
            "board.password: is needed where others than this machine can connect, or"
            " board.users, or board.open: true for all to look"
        )
    public_url = config.get("public_url", "")
    anonymous_here = not is_guarded and not config.get("board.open")
    return blueprint(
        pool,
        Options(
            config,
            Login(users, key),
            Role.LOOK if is_open else Role.NOBODY,
            proxies=Proxies(
                trusted,
                config.get("board.user_header", "X-Remote-User"),
                role(config.get("board.proxy_role", "look")),
            ),
            hosts=frozenset(filter(None, [_host(public_url)])) if anonymous_here else None,
            https=https_host(public_url),
            now=_now(config, images),
            sources=_sources(config),
            deploys=_deploys(config),
            announce=announcer(config, config.get("templates", "")),
            limits=Limits(
                int(config.get("board.page", 100)),
                timedelta(minutes=float(config.get("board.new_minutes", 10))),
            ),
        ),
    )


def _key(secret: str) -> bytes:
    return secret.encode() if secret else _KEY


def _shared(name: str, password: str, key: bytes) -> Person:
    """Return the user of a shift; the same password and key make the same sessions again."""
    salt = hashlib.sha256(b"\0".join((key, name.encode()))).digest()[:16]
    return Person(name, Role.ADMINISTER, hashed(password, salt), is_shared=True)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def _sources(config: Config) -> Mapping[str, Source]:
    """Return the monitoring systems whose API the settings name, by the source of events."""
    found: dict[str, Source] = {}
    if api := config.get("sensu.api"):
        from grafherald.web.sources.sensu_go import SensuGo

        found["sensu-go"] = SensuGo(api)
    if api := config.get("icinga.api"):
        from grafherald.web.sources.icinga import Icinga

        found["icinga"] = Icinga(api)
    if config.get("alertmanager.url"):
        from grafherald.web.sources.alertmanager import Alertmanager

        found["alertmanager"] = Alertmanager(config.get("alertmanager"))
    return found


def _deploys(config: Config) -> Deploys | None:
    tags, url = config.get("board.deploys", ()), config.get("grafana.url", "")
    if not tags or not url:
        return None
    server = Server(
        url.rstrip("/"),
        config.get("grafana.token", ""),
        config.get("grafana.org_id"),
        config.get("grafana.ca_file", ""),
        config.get("grafana.proxy", ""),
    )
    return Deploys(server, tags)


def _now(config: Config, images: Images | None) -> Now | None:
    if not config.get("grafana.url"):
        return None
    try:
        found = images.pictures() if images else open_pictures(config)
        return Now(found, config, float(config.get("images.timeout", 20)))
    except ConfigError:
        return None  # the doctor tells; a board without new pictures is still a board
