"""Remove published pictures that need not stay: images.keep says which. See also --dry-run."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

from grafherald import config as settings
from grafherald.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the rest is settings."""


def run(args: argparse.Namespace) -> int:
    """Sweep once and say what went; with --dry-run, what would."""
    config = settings.load(args.config, args.set, os.environ)
    from grafherald.images import configured, retention

    directory = config.get("images.publish.directory")
    if not directory:
        raise ConfigError("images.publish.directory: missing; nothing else is purged")
    now = datetime.now(timezone.utc)
    keep = configured.keep(config)
    gone = retention.sweep(Path(directory), keep, now, dry_run=args.dry_run)
    megabytes = sum(file.size for file in gone) / 1_000_000
    verb = "would go" if args.dry_run else "removed"
    for file in gone if args.dry_run or args.verbose else ():
        sys.stdout.write(f"{file.path}\n")
    sys.stdout.write(f"{directory}: {len(gone)} files {verb}, {megabytes:.1f} MB\n")
    return 0
