"""The board as the settings want it, and who may reach it."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint

from grafherald.errors import ConfigError
from grafherald.grafana.api import GrafanaServer
from grafherald.images.composition import Images
from grafherald.net.networks import networks
from grafherald.settings import Settings
from grafherald.store.pool import Pool
from grafherald.web.announce import announcer
from grafherald.web.board import PageSizes
from grafherald.web.deploys import Deploys
from grafherald.web.live import Live
from grafherald.web.login import Login
from grafherald.web.options import BoardOptions
from grafherald.web.people import Person, Proxies, Role, hashed, people, role
from grafherald.web.picture import Now
from grafherald.web.routes import blueprint
from grafherald.web.session import https_host
from grafherald.web.sources import AlertSource

_log = logging.getLogger(__name__)
_KEY = secrets.token_bytes(32)  # of this process, so that sessions outlast a reload


def open_board(
    config: Settings, pool: Pool, *, is_local: bool, images: Images | None = None
) -> Blueprint:
    """Make the board from the settings, or refuse where they name nobody who may reach it.

    With users, a password or a trusted proxy, all pages ask who it is, unless ``board.open``.
    Without, only this machine may look, and nothing can be changed; where others can connect,
    ``listen.token`` is the password then.

    Args:
        is_local: only this machine reaches the address that they are served at.
        images: the process's pictures; default: its own.

    Raises:
        ConfigError: others reach it, and the settings have nobody who may.
    """
    config.require("board", "listen")
    key = _key(config.board.secret)
    users = people(config.board.users)
    password = config.board.password
    trusted = networks(config.board.trusted_proxies, "board.trusted_proxies")
    if not password and not users and not is_local:
        password = config.listen.token
    if password:
        name = config.board.user
        users = {name: _shared(name, password, key), **users}
    is_guarded = bool(users or trusted)
    is_open = not is_guarded if config.board.open is None else config.board.open
    if not is_guarded and not is_local and not config.board.open:
        raise ConfigError(
            "board.password: is needed where others than this machine can connect, or"
            " board.users, or board.open: true for all to look"
        )
    public_url = config.public_url
    now, live = _graphs(config, images)
    anonymous_here = not is_guarded and not config.board.open
    return blueprint(
        pool,
        BoardOptions(
            config,
            Login(users, key),
            Role.LOOK if is_open else Role.NOBODY,
            proxies=Proxies(
                trusted,
                config.board.user_header,
                role(config.board.proxy_role),
            ),
            hosts=frozenset(filter(None, [_host(public_url)])) if anonymous_here else None,
            https=https_host(public_url),
            now=now,
            live=live,
            sources=_sources(config),
            deploys=_deploys(config),
            announce=announcer(config, config.templates),
            limits=PageSizes(
                config.board.page,
                timedelta(minutes=config.board.new_minutes),
            ),
        ),
    )


def _key(secret: str) -> bytes:
    return secret.encode() if secret else _KEY


def _shared(name: str, password: str, key: bytes) -> Person:
    """Make the user of a shift; the same password and key keep sessions valid over a restart."""
    salt = hashlib.sha256(b"\0".join((key, name.encode()))).digest()[:16]
    return Person(name, Role.ADMINISTER, hashed(password, salt), is_shared=True)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def _sources(config: Settings) -> Mapping[str, AlertSource]:
    """The monitoring systems that hear of acts, by the source of events: those with an API set."""
    found: dict[str, AlertSource] = {}
    for part in ("sensu", "icinga", "alertmanager"):
        if part in config.broken:
            _log.warning("%s; the board tells only itself", config.broken[part])
    if config.sensu.api.url and "sensu" not in config.broken:
        from grafherald.web.sources.sensu_go import SensuGo

        found["sensu-go"] = SensuGo(config.sensu.api)
    if config.icinga.api.url and "icinga" not in config.broken:
        from grafherald.web.sources.icinga import Icinga

        found["icinga"] = Icinga(config.icinga.api)
    if config.alertmanager.url and "alertmanager" not in config.broken:
        from grafherald.web.sources.alertmanager import Alertmanager

        found["alertmanager"] = Alertmanager(config.alertmanager)
    return found


def _deploys(config: Settings) -> Deploys | None:
    tags, url = config.board.deploys, config.grafana.url
    if not tags or not url:
        return None
    server = GrafanaServer(
        url.rstrip("/"),
        config.grafana.token,
        config.grafana.org_id,
        config.grafana.ca_file,
        config.grafana.proxy,
    )
    return Deploys(server, tags)


def _graphs(config: Settings, images: Images | None) -> tuple[Now | None, Live | None]:
    """What renders and what draws panels as they are now; None where that can't be done here."""
    if not config.grafana.url:
        return None, None
    try:
        images = images or Images(config)
        now = Now(images.pictures(), config, config.images.timeout)
        live = Live(config, images.drawing, images.own()) if images.drawing else None
    except ConfigError:
        return None, None  # the doctor tells; a board without new pictures is still a board
    return now, live
