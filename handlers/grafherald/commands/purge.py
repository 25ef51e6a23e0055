"""Delete what need not stay: published pictures (images.keep) and history (history.days).

What waits to be delivered stays, and so do alerts that are open. See also --dry-run.

Examples:
  grafherald purge --dry-run
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from grafherald.commands import settings
from grafherald.errors import ConfigError
from grafherald.settings import USUAL_STORE, Settings
from grafherald.store import open_database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the rest is settings."""


def run(args: argparse.Namespace) -> int:
    """Sweep once and say what went; with --dry-run, what would."""
    config = settings(args)
    now = datetime.now(timezone.utc)
    directory = config.images.publish.directory
    kept_here = config.store or Path(USUAL_STORE[len("sqlite:///") :]).exists()
    if not directory and not kept_here:
        raise ConfigError(
            "images.publish.directory, store: both missing; there is nothing to purge"
        )
    if directory:
        _sweep_pictures(Path(directory), config, now, args)
    if kept_here:
        _purge_history(config, now, dry_run=args.dry_run)
    return 0


def _sweep_pictures(
    directory: Path, config: Settings, now: datetime, args: argparse.Namespace
) -> None:
    from grafherald.images import composition, retention

    gone = retention.sweep(directory, composition.keep(config), now, dry_run=args.dry_run)
    megabytes = sum(file.size for file in gone) / 1_000_000
    verb = "would go" if args.dry_run else "removed"
    for file in gone if args.dry_run or args.verbose else ():
        sys.stdout.write(f"{file.path}\n")
    sys.stdout.write(f"{directory}: {len(gone)} files {verb}, {megabytes:.1f} MB\n")


def _purge_history(config: Settings, now: datetime, *, dry_run: bool) -> None:
    from grafherald.delivery.retention import purge

    before = now - timedelta(days=config.history.days)
    database = open_database(config.kept_at)
    gone = purge(database, before, dry_run=dry_run)
    database.close()
    verb = "would go" if dry_run else "removed"
    sys.stdout.write(
        f"store: {gone.events} events, {gone.alerts} alerts and {gone.rejected} rejected inputs"
        f" {verb}\n"
    )
