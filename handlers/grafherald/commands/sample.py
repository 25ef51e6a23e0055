"""Print an event to try things with, of Sensu or of another input, as it would be read.

Without a name, or with one that is not there, it says which there are.

Examples:
  grafherald sample sensu-go | grafherald preview
  grafherald sample sensu-core > event.json
  grafherald sample alertmanager | grafherald alertmanager --dry-run
  grafherald sample nagios | grafherald preview --input nagios
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grafherald import inputs
from grafherald.errors import ConfigError, excerpt

_FOLDER = Path(__file__).parent.parent / "samples"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help=", ".join(names()))


def run(args: argparse.Namespace) -> int:
    """Print it as it would come on standard input."""
    if args.name not in names():
        got = f", got {excerpt(args.name)}" if args.name else ""
        raise ConfigError(f"sample: expected one of {', '.join(names())}{got}")
    file = _FOLDER / f"{args.name}.json"
    raw = file.read_bytes() if file.is_file() else inputs.find(args.name).sample
    sys.stdout.write(f"{raw.decode().rstrip()}\n")
    return 0


def names() -> list[str]:
    """The samples that there are: ours of Sensu, and each input's."""
    return sorted({*inputs.names(), *(path.stem for path in _FOLDER.glob("*.json"))})
