"""Read one Sensu event on standard input and notify."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime, timezone

from grafherald.inputs import sensu


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: an event comes on standard input, the rest is settings."""


def run(args: argparse.Namespace) -> int:
    """Deliver the event; 0 also when there is nothing to notify, 2 when a delivery failed."""
    started = time.monotonic()
    events = sensu.read(sys.stdin.buffer.read(sensu.LIMIT + 1), now=datetime.now(timezone.utc))
    from grafherald import pipe  # a refused event needs none of what it imports
    from grafherald.start import settings

    return pipe.run(events, settings(args), started=started, dry_run=args.dry_run)
