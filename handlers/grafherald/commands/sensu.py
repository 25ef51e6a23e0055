"""Read one Sensu event on standard input and notify."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime, timezone

from grafherald import config as settings
from grafherald.inputs import sensu


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: an event comes on standard input, the rest is settings."""


def run(args: argparse.Namespace) -> int:
    """Deliver the event; 0 also when there is nothing to notify, 2 when a delivery failed."""
    started = time.monotonic()
    events = sensu.read(sys.stdin.buffer.read(), now=datetime.now(timezone.utc))
    config = settings.load(args.config, args.set, os.environ)
    from grafherald import pipe

    if args.dry_run:
        pipe.rehearse(events, config)
        return 0
    return pipe.notify(events, config, started=started)
