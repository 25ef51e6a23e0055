"""Read one Sensu event on standard input and notify."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime, timezone

from grafherald.errors import ConfigError, InvalidEvent, StoreError
from grafherald.inputs import sensu


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--socket``, which `grafherald.cli` has already looked at."""
    parser.add_argument(
        "--socket",
        metavar="PATH",
        help="hand the event over to the daemon that listens there; default: $GRAFHERALD_SOCKET;"
        " without an answer it is delivered here",
    )


def run(args: argparse.Namespace) -> int:
    """Deliver the event; 0 also when there is nothing to notify, 2 when a delivery failed."""
    started, now = time.monotonic(), datetime.now(timezone.utc)
    raw = args.given if args.given is not None else sys.stdin.buffer.read(sensu.LIMIT + 1)
    try:
        events = sensu.read(raw, now=now)
    except InvalidEvent as error:
        _keep(raw, str(error), now, args)
        raise
    from grafherald.commands import alert_settings as settings
    from grafherald.delivery import run as pipe  # a refused event needs none of what these import

    return pipe.run(events, settings(args), started=started, dry_run=args.dry_run, raw=raw)


def _keep(raw: bytes, reason: str, now: datetime, args: argparse.Namespace) -> None:
    """Keep input that is no event where the settings name a store; what fails is said, no more."""
    from grafherald import settings as config

    try:
        store = config.load(args.config, args.set, os.environ).get("store")
    except ConfigError:
        return  # the input's fault is told first
    if not store or args.dry_run:
        return
    from grafherald import log
    from grafherald.delivery.rejected import reject
    from grafherald.store import open_database

    try:
        database = open_database(store)
        reject(database, raw, "sensu", reason, now)
        database.close()
    except StoreError as error:
        log.fail(str(error), args)
