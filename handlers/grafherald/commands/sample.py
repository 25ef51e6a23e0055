"""Print an event to try things with, as it would come on standard input.

Without a name, or with one that is not there, it says which there are.

Examples:
  grafherald sample sensu-go | grafherald preview
  grafherald sample sensu-core > event.json
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grafherald.errors import ConfigError

_FOLDER = Path(__file__).parent.parent / "samples"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help=", ".join(names()))


def run(args: argparse.Namespace) -> int:
    """Print it as it would come on standard input."""
    if args.name not in names():
        raise ConfigError(f"sample: expected one of {', '.join(names())}, got {args.name!r}")
    sys.stdout.write((_FOLDER / f"{args.name}.json").read_text(encoding="utf-8"))
    return 0


def names() -> list[str]:
    """The samples that there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))
