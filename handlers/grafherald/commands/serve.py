"""Take events on sockets, keep them, and deliver them until told to stop.

SIGTERM ends it: what came is written, what is in hand is finished or given back. SIGHUP takes the
settings anew. Needs the extra ``serve``.

Examples:
  grafherald serve --set listen.http=127.0.0.1:3080
  grafherald serve --dry-run           only tries the settings
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

from grafherald import inputs
from grafherald.commands import alert_settings
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.settings import Settings

if TYPE_CHECKING:
    from flask import Blueprint
    from prometheus_client import CollectorRegistry

    from grafherald.images.composition import Images
    from grafherald.server.service import Parts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: where it listens is in the settings, under ``listen``."""


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM; with --dry-run only try the settings."""
    if args.dry_run:
        alert_settings(args)
        return 0
    try:
        from grafherald.server import service
    except ModuleNotFoundError as error:
        raise ConfigError(f"serve needs {error.name}; install grafherald[serve]") from None
    return service.run(
        service.Outside(
            load=lambda: alert_settings(args), environment=os.environ, read=read, mount=mount
        )
    )


def mount(config: Settings, is_local: bool, images: Images, registry: CollectorRegistry) -> Parts:
    """Open all that the daemon serves beside events: each where the settings ask for it.

    A part whose settings are broken is not there; the others are.

    Raises:
        ConfigError: others than this machine reach them, and nobody would be asked who they are.
    """
    from grafherald.datasource.composition import open_datasource
    from grafherald.server.service import Parts
    from grafherald.store import open_database
    from grafherald.store.pool import Pool
    from grafherald.web.composition import open_board

    url = config.kept_at
    pool = Pool(lambda: open_database(url))
    with ExitStack() as opened:
        opened.callback(pool.close)
        blueprints = [*_pictures(config, images, registry)]
        if "datasource" not in config.broken:
            blueprints.append(open_datasource(config, pool, is_local=is_local))
        if "board" not in config.broken:
            blueprints.append(open_board(config, pool, is_local=is_local, images=images))
        if not {"chat", "grafana"} & config.broken.keys():
            blueprints += _chat(config, images, opened)
        return Parts(blueprints, opened.pop_all().close)


def _pictures(config: Settings, images: Images, registry: CollectorRegistry) -> Sequence[Blueprint]:
    """Open the picture service, where there is a Grafana and a place to publish."""
    urls = config.images.grafana_urls or config.grafana.url
    if not (urls and images.publisher):
        return []
    from grafherald.images import web

    return [web.blueprint(images, registry)]


def _chat(config: Settings, images: Images, opened: ExitStack) -> Sequence[Blueprint]:
    """Open the chat's routes, and connect to Slack where Socket Mode is asked for."""
    if not config.has_chat:
        return []
    from concurrent.futures import ThreadPoolExecutor

    from grafherald.chat import web
    from grafherald.chat.composition import bot

    threads = ThreadPoolExecutor(8, "chat")
    opened.callback(threads.shutdown, wait=False)
    answering = bot(config, images)
    app_token = config.chat.slack.app_token
    if app_token:
        from grafherald.chat import socket_mode
        from grafherald.chat.slack import SlackApp

        slack = SlackApp(answering, answering.settings.slack, threads.submit)
        opened.callback(socket_mode.keep_connected(slack, app_token))
    return [web.blueprint(answering, threads.submit)]


def read(source: str, raw: bytes, now: datetime, config: Settings) -> Sequence[tuple[Event, bytes]]:
    """Read an input that was handed over or came on a socket: its events, each with its own part.

    Raises:
        InvalidEvent: it is none.
    """
    kind = inputs.find(source)
    events = kind.read(raw, config.tree, now=now)
    return list(zip(events, kind.kept(raw, len(events)), strict=True))
