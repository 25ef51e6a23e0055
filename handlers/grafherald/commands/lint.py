"""Say what is wrong with check definitions, before an alert comes without its graph.

They may be Sensu Core's and Go's JSON, sensuctl's YAML, and Nagios' object files. Exit status 1
when something is wrong.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from grafherald.lint import Finding, lint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the files and ``--json``."""
    parser.add_argument("file", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="findings as one JSON array")


def run(args: argparse.Namespace) -> int:
    """Print a line for each finding; 1 when there is one."""
    found = [finding for file in args.file for finding in _lint(file)]
    if args.json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        for finding in found:
            print(finding)
        if not found:
            print(f"{len(args.file)} file{'s' if len(args.file) != 1 else ''}: nothing is wrong")
    return 1 if found else 0


def _lint(file: Path) -> list[Finding]:
    try:
        return lint(str(file), file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        return [Finding(f"cannot be read: {error.strerror}", file=str(file))]
    except UnicodeDecodeError:
        return [Finding("is not UTF-8 text", file=str(file))]
