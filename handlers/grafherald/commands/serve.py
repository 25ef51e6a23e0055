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

from grafherald.config import Config
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.start import settings

if TYPE_CHECKING:
    from flask import Blueprint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: where it listens is in the settings, under ``listen``."""


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    try:
        from grafherald.daemon import service
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
    """Return the datasource and the board.

    Raises:
        ConfigError: others than this machine reach them, and nobody would be asked who they are.
    """
    from grafherald.datasource.configured import configured as datasource
    from grafherald.store import DEFAULT, open_database
    from grafherald.store.pool import Pool
    from grafherald.web.configured import configured as board

    url = config.get("store", DEFAULT)
    pool = Pool(lambda: open_database(url))
    return (
        datasource(config, pool, is_local=is_local),
        board(config, pool, is_local=is_local),
    )


def read(source: str, raw: bytes, now: datetime, config: Config) -> list[Event]:
    """Return the events of an input that was handed over or came on a socket.

    Raises:
        InvalidEvent: it is none.
    """
    if source == "nagios":
        from grafherald.commands import nagios

        return nagios.read(raw, now, config)
    from grafherald.inputs import sensu

    return sensu.read(raw, now=now)
