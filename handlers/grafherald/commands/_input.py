"""The command of an input: take what it was given, and notify. Each input has one, by its name."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime, timezone

from grafherald.errors import ConfigError, InvalidEvent, StoreError
from grafherald.inputs import InputType
from grafherald.server import handover


class InputCommand:
    """One input's command, with the parts that a command's module has. See `grafherald.commands`.

    Attributes:
        __doc__: what ``--help`` says.
    """

    def __init__(self, kind: InputType) -> None:
        self._kind = kind
        self.__doc__ = kind.summary

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--socket``, and what the input asks for."""
        parser.add_argument(
            "--socket",
            metavar="PATH",
            help="hand the event over to the daemon that listens there; default:"
            " $GRAFHERALD_SOCKET; without an answer it is delivered here",
        )
        for flag, about in self._kind.arguments:
            parser.add_argument(flag, **about)

    def run(self, args: argparse.Namespace) -> int:
        """Deliver the event; 0 also when there is nothing to notify, 2 when a delivery failed."""
        started, now = time.monotonic(), datetime.now(timezone.utc)
        raw = args.given
        if raw is None:
            raw = self._kind.capture(vars(args), os.environ, self._read)
            path = args.socket or os.environ.get("GRAFHERALD_SOCKET", "")
            status = (
                handover.told(path, self._kind.name, raw) if path and not args.dry_run else None
            )
            if status is not None:
                return status
        try:
            events = self._kind.parse(raw, now=now)
        except InvalidEvent as error:
            self._keep(raw, str(error), now, args)
            raise
        from grafherald.commands import settings
        from grafherald.delivery.run import run  # a refused event needs none of what it imports

        config = settings(args)
        events = [self._kind.linked(event, config.settings) for event in events]
        return run(events, raw, config, started=started, dry_run=args.dry_run)

    def _read(self) -> bytes:
        return sys.stdin.buffer.read(self._kind.limit + 1)

    def _keep(self, raw: bytes, reason: str, now: datetime, args: argparse.Namespace) -> None:
        """Keep input that is no event where the settings name a store; say what fails, no more."""
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
            reject(database, raw, self._kind.name, reason, now)
            database.close()
        except StoreError as error:
            log.fail(str(error), args)
