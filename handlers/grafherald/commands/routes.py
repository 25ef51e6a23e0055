"""Say which route takes an event on standard input, and why the others don't: routes test.

Examples:
  grafherald sample sensu-go | grafherald routes test
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime, timezone

from grafherald import inputs
from grafherald.commands import settings
from grafherald.delivery.routing import named_channels, routes_for, steps, unknown_channels
from grafherald.errors import excerpt
from grafherald.event import Event
from grafherald.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``test`` and ``--input``."""
    parser.add_argument("what", choices=("test",), help="what to do: test an event")
    parser.add_argument(
        "--input",
        metavar="NAME",
        default=inputs.DEFAULT,
        help=f"whose event it is; default: {inputs.DEFAULT}",
    )


def run(args: argparse.Namespace) -> int:
    """Print a line per route; 1 when an event reaches nobody."""
    kind, now = inputs.find(args.input), datetime.now(timezone.utc)
    given = settings(args)
    events = kind.read(sys.stdin.buffer.read(kind.limit + 1), given.tree, now=now)
    if not events:
        print("nothing to notify")
    reached = [_explain(event, given, now) for event in events]
    return 0 if all(reached) else 1


def _explain(event: Event, given: Settings, now: datetime) -> bool:
    seen = f", it was {' and '.join(state.value for state in event.seen)}" if event.seen else ""
    print(f"{event.entity}/{event.check}: {event.kind.value}, {event.state.value}{seen}")
    found = [name for name, _ in routes_for(event, given.routes, given.channel_names, now)]
    found = found if not event.quiet else []
    for line in _lines(event, given, now):
        print(f"  {line}")
    print(f"  goes to {', '.join(found)}" if found else "  goes to nobody")
    return bool(found)


def _lines(event: Event, given: Settings, now: datetime) -> Iterator[str]:
    if event.quiet:
        yield f"it is kept and told to nobody, whatever the routes say: {event.quiet}"
        return
    for name in unknown_channels(event, given.channel_names):
        yield f"the event itself names {excerpt(name)}, which is not in the settings"
    if named := named_channels(event, given.channel_names):
        yield f"the event itself names {', '.join(named)}"
        return
    if not given.routes:
        yield "there are no routes: every channel gets everything"
        return
    said = list(steps(event, given.routes, now))
    for number, route in enumerate(given.routes):
        asked = [step for step in said if step.number == number]
        taken = next((step for step in asked if step.takes), None)
        if taken:
            to = f" -> {', '.join(route.channels) or 'nobody'}"
            yield f"route {number + 1}: yes, {taken.why}{to}"
        elif asked:
            yield f"route {number + 1}: no, {asked[0].why}"
        else:
            yield f"route {number + 1}: not asked, one before it decided"
