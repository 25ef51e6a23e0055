"""Try everything that an alert needs, and say what to do about what fails.

Nothing is posted without --send. One panel is rendered, and published as an alert's would be.

Examples:
  grafherald check                     settings, Grafana, one render, each channel
  grafherald check --send              and a test message to every recipient
  sudo -u sensu grafherald check       as the user that runs the handler
"""

from __future__ import annotations

import argparse
import os
import socket
from collections.abc import Iterable
from datetime import datetime, timezone

from grafherald import commands
from grafherald.commands._terminal import DIM, GREEN, RED, YELLOW, paint
from grafherald.doctor import Visit, examine, report
from grafherald.doctor.findings import Finding, Verdict, failed, healthy
from grafherald.doctor.origins import settings
from grafherald.errors import ConfigError
from grafherald.settings import Settings

_COLOURS = {
    Verdict.OK: GREEN,
    Verdict.WARNING: YELLOW,
    Verdict.FAILED: RED,
    Verdict.SKIPPED: DIM,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--send``, ``--graph`` and ``--json``."""
    parser.add_argument("--send", action="store_true", help="send a test to every recipient")
    parser.add_argument(
        "--graph", metavar="URL", default="", help="the panel's render URL; default: any panel"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the report; 1 when something failed."""
    try:
        config = commands.settings(args)
    except ConfigError as error:
        advice = "Correct it; nothing else was looked at."
        said = (str(error), *error.others)
        return _print(args, Settings(), [failed("settings", f"{text}.", advice) for text in said])
    visit = Visit(
        host=socket.gethostname(),
        now=datetime.now(timezone.utc),
        graph=args.graph,
        send=args.send,
        offline=args.dry_run,
    )
    return _print(args, config, examine(config, os.environ, visit))


def _print(args: argparse.Namespace, config: Settings, findings: Iterable[Finding]) -> int:
    shown = settings(config)
    if args.json:
        found = list(findings)
        print(report.as_json(shown, found))
        return 0 if healthy(found) else 1
    if shown:
        print("\n".join(["settings", *report.setting_lines(shown), ""]))
    print("checks")
    found = []
    for finding in findings:
        found.append(finding)
        line, *advice = report.finding_lines(finding)
        verdict = finding.verdict.value
        line = line.replace(verdict, paint(verdict, _COLOURS[finding.verdict]), 1)
        print("\n".join([line, *advice]), flush=True)
    print(f"\n{report.summary(found)}")
    return 0 if healthy(found) else 1
