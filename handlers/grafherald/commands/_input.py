"""The command of an input: take what it was given, and notify. Each input has one, by its name."""

from __future__ import annotations

import gc
import os
import time

from grafherald.errors import ConfigError, InvalidEvent, StoreError
from grafherald.server import handover

TYPE_CHECKING = False  # typing is an import that a hand-over does not need
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from grafherald.inputs import InputType


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
        from argparse import SUPPRESS

        parser.add_argument(
            "--socket",
            metavar="PATH",
            help="hand the event over to the daemon that listens there; default:"
            " $GRAFHERALD_SOCKET; without an answer it is delivered here",
        )
        for flag, about in self._kind.arguments:
            action = parser.add_argument(flag, **about)
            if action.help == SUPPRESS:
                action.help = SUPPRESS  # argparse shows a string that is only equal to it

    @property
    def arguments(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """The input's own flags. See `InputType.arguments`."""
        return self._kind.arguments

    def run(self, args: argparse.Namespace) -> int:
        """Deliver the event; 0 also when there is nothing to notify, 2 when a delivery failed."""
        started = time.monotonic()
        gc.set_threshold(50_000)  # to look for cycles while modules are made takes 5 ms
        raw = self._kind.capture(vars(args), os.environ, handover.read_input)
        path = args.socket or os.environ.get("GRAFHERALD_SOCKET", "")
        status = (
            handover.hand_over(path, self._kind.name, raw) if path and not args.dry_run else None
        )
        return self._deliver(raw, started, args) if status is None else status

    def _deliver(self, raw: bytes, started: float, args: argparse.Namespace) -> int:
        from datetime import datetime, timezone

        now = datetime.now(timezone.utc)
        try:
            events = self._kind.parse(raw, now=now)
        except InvalidEvent as error:
            self._keep(raw, str(error), now, args)
            raise
        from grafherald.commands import alert_settings
        from grafherald.delivery.run import run  # a refused event needs none of what it imports

        settings = alert_settings(args)
        events = [self._kind.settled(event, settings.tree) for event in events]
        kept = list(zip(events, self._kind.kept(raw, len(events)), strict=True))
        return run(kept, settings, started=started, dry_run=args.dry_run)

    def _keep(self, raw: bytes, reason: str, now: datetime, args: argparse.Namespace) -> None:
        """Keep input that is no event where the settings name a store; say what fails, no more."""
        from grafherald.settings.sources import load

        try:
            store = load(args.config, args.set, os.environ).store
        except ConfigError:
            return  # the input's fault matters more
        if not store or args.dry_run:
            return
        from grafherald import log
        from grafherald.delivery.rejected import make_room, reject
        from grafherald.store import open_database

        try:
            database = open_database(store, busy=3)
            with database.transaction(alone=True):
                reject(database, raw, self._kind.name, reason, now)
                make_room(database)
            database.close()
        except StoreError as error:
            log.fail(str(error), args)
