"""Take events on sockets, keep them, and deliver them until told to stop.

SIGTERM ends it: what came is written, what is in hand is finished or given back. SIGHUP takes the
settings anew. Needs the extra ``serve``.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from grafherald import inputs
from grafherald.commands import settings
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.settings import Config

if TYPE_CHECKING:
    from flask import Blueprint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: where it listens is in the settings, under ``listen``."""


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    try:
        from grafherald.server import service
    except ModuleNotFoundError as error:
        raise ConfigError(f"serve needs {error.name}; install grafherald[serve]") from None
    return service.run(
        service.Outside(
            load=lambda: settings(args),
            environment=os.environ,
            read=read,
            blueprints=blueprints,
        )
    )


def blueprints(config: Config, is_local: bool) -> Sequence[Blueprint]:
    """Return all that the daemon serves beside events: each where the settings open it.

    Raises:
        ConfigError: others than this machine reach them, and nobody would be asked who they are.
    """
    from grafherald.datasource.configured import configured as datasource
    from grafherald.store import DEFAULT, open_database
    from grafherald.store.pool import Pool
    from grafherald.web.configured import configured as board

    url = config.get("store", DEFAULT)
    pool = Pool(lambda: open_database(url))
    return [
        datasource(config, pool, is_local=is_local),
        board(config, pool, is_local=is_local),
        *_pictures(config),
        *_chat(config),
    ]


def _pictures(config: Config) -> Sequence[Blueprint]:
    """Return the picture service, where there is a Grafana and a place to publish."""
    urls = config.get("images.grafana_urls") or config.get("grafana.url")
    if not (urls and config.get("images.publish")):
        return []
    from grafherald.images import web
    from grafherald.images.configured import service

    return [web.blueprint(service(config))]


def _chat(config: Config) -> Sequence[Blueprint]:
    """Return the chat's routes, and connect to Slack where Socket Mode is asked for."""
    if not config.get("chat"):
        return []
    from concurrent.futures import ThreadPoolExecutor

    from grafherald.chat import web
    from grafherald.chat.configured import bot

    answering, submit = bot(config), ThreadPoolExecutor(8, "chat").submit
    app_token = config.get("chat.slack.app_token")
    if app_token:
        from grafherald.chat import socket_mode
        from grafherald.chat.slack import Slack

        slack = Slack(answering, answering.settings.slack, submit)
        socket_mode.keep_connected(slack, app_token)
    return [web.blueprint(answering, submit)]


def read(source: str, raw: bytes, now: datetime, config: Config) -> list[Event]:
    """Return the events of an input that was handed over or came on a socket.

    Raises:
        InvalidEvent: it is none.
    """
    return inputs.find(source).read(raw, config.settings, now=now)
