"""Run the whole chain on this machine against stand-ins, and leave a page of what arrived.

Examples:
  grafherald demo --out /tmp/demo
"""

from __future__ import annotations

import argparse
from pathlib import Path

from grafherald.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--out``."""
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("out"), help="where the page goes; ./out"
    )


def run(args: argparse.Namespace) -> int:
    """Run it and say where the page is."""
    try:
        from grafherald.demo.run import run as demo
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is missing: pip install 'grafherald[demo]'") from None
    page = demo(args.out.resolve())
    print(f"One event, three notifications: {page.as_uri()}")
    return 0
