"""Read one Sensu event on standard input and notify."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime, timezone

from grafherald import log
from grafherald.inputs import sensu

STARTS_LOGGING = True  # a refused event, one line on stderr, is over before that is worth it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: an event comes on standard input, the rest is settings."""


def run(args: argparse.Namespace) -> int:
    """Deliver the event; 0 also when there is nothing to notify, 2 when a delivery failed."""
    started = time.monotonic()
    events = sensu.read(sys.stdin.buffer.read(sensu.LIMIT + 1), now=datetime.now(timezone.utc))
    from grafherald import config, pipe

    log.to_stderr(args)
    settings = config.load(args.config, args.set, os.environ)
    return pipe.run(events, settings, started=started, dry_run=args.dry_run)
