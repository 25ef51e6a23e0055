"""Say what is wrong with check definitions, before an alert comes without its graph.

They may be Sensu Core's and Go's JSON, sensuctl's YAML, and Nagios' object files. With --online
the Grafana of the settings is asked whether it has their panels. Exit status 1 when something is
wrong.

Examples:
  grafherald lint /etc/sensu/conf.d/checks.json
  sensuctl check list --format yaml > checks.yml && grafherald lint --online checks.yml
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from grafherald.commands import settings
from grafherald.commands._terminal import GREEN, counted, paint
from grafherald.errors import ConfigError
from grafherald.lint import LintFinding, Look, lint, problems
from grafherald.settings import Settings

_SECONDS = 10.0  # for each panel's dashboard


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the files, ``--json`` and ``--online``."""
    parser.add_argument("file", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="findings as one JSON array")
    parser.add_argument(
        "--online",
        action="store_true",
        help="ask Grafana whether it has the panels, and whether there will be a picture",
    )


def run(args: argparse.Namespace) -> int:
    """Print a line for each finding; 1 when there is one."""
    look = _online(args) if args.online else problems
    files = counted(args.file, "file") if args.online else args.file
    found = [finding for file in files for finding in _lint(file, look)]
    if args.json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        for finding in found:
            print(finding)
        if not found:
            right = f"{len(args.file)} file{'s' if len(args.file) != 1 else ''}: nothing is wrong"
            print(paint(right, GREEN))
    return 1 if found else 0


def _online(args: argparse.Namespace) -> Look:
    from grafherald.doctor.grafana import conversation
    from grafherald.grafana.installed import Installed
    from grafherald.lint.online import Online

    found = settings(args)
    if not found.grafana.url:
        raise ConfigError("grafana.url: is needed, to ask Grafana for its panels")
    return Online(Installed(conversation(found).server, _SECONDS), _undrawn(found)).look


def _undrawn(found: Settings) -> Callable[[str], str] | None:
    """Make what says why a panel can't be drawn, None where a renderer makes its picture."""
    from grafherald.doctor.findings import Verdict
    from grafherald.doctor.grafana import conversation, renderer
    from grafherald.drawing.options import available
    from grafherald.images.sketch import Sketches
    from grafherald.net.deadline import Deadline

    if found.graph.draw == "never" or not available():
        return None
    missing = renderer(conversation(found)).verdict is Verdict.FAILED
    if not missing and found.graph.draw != "only":
        return None
    sketches = Sketches(found)
    return lambda url: sketches.why_not(url, Deadline(_SECONDS))


def _lint(file: Path, look: Look) -> list[LintFinding]:
    try:
        return lint(str(file), file.read_text(encoding="utf-8-sig"), look)
    except OSError as error:
        return [LintFinding(f"cannot be read: {error.strerror}", file=str(file))]
    except UnicodeDecodeError:
        return [LintFinding("is not UTF-8 text", file=str(file))]
