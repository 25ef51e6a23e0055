"""Delete old events, alerts and rejected input; what waits to be delivered stays."""

from __future__ import annotations

import argparse
import os
from datetime import datetime, timedelta, timezone

from grafherald import config as settings
from grafherald.purging import purge
from grafherald.store import DEFAULT, open_database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    parser.add_argument("--days", type=float, help="keep so many; default: history.days, else 90")


def run(args: argparse.Namespace) -> int:
    """Purge, or say what would go; always 0."""
    config = settings.load(args.config, args.set, os.environ)
    days = config.get("history.days", 90) if args.days is None else args.days
    database = open_database(config.get("store", DEFAULT))
    before = datetime.now(timezone.utc) - timedelta(days=days)
    gone = purge(database, before, dry_run=args.dry_run)
    database.close()
    said = "would go" if args.dry_run else "gone"
    print(f"{said}: {gone.events} events, {gone.alerts} alerts, {gone.rejected} rejected inputs")
    return 0
