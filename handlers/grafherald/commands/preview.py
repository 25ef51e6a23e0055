"""Show what an event on standard input would send, for people; nothing is sent or fetched.

Without channels in the settings it shows one of each type.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from typing import Any

from grafherald.commands import settings
from grafherald.errors import ConfigError
from grafherald.inputs import sensu
from grafherald.inputs.links import linked
from grafherald.settings import Config

_SAMPLES: dict[str, dict[str, Any]] = {
    "hipchat": {
        "type": "hipchat",
        "url": "https://hipchat.example.com",
        "room": "ops",
        "token": "-",
    },
    "slack": {"type": "slack", "webhook_url": "https://hooks.slack.example.com/-"},
    "email": {
        "type": "email",
        "smtp": "smtp://localhost",
        "from": "grafherald@example.com",
        "to": ["oncall@example.com"],
    },
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--channel``."""
    parser.add_argument(
        "--channel", metavar="NAME", help="only this one: a configured channel, or a type"
    )


def run(args: argparse.Namespace) -> int:
    """Print each notification behind a line that names its channel."""
    from grafherald.delivery import run as pipe

    given = sys.stdin.buffer.read(sensu.LIMIT + 1)
    read = sensu.read(given, now=datetime.now(timezone.utc))
    config = _chosen(settings(args), args.channel)
    events = [linked(event, config.settings) for event in read]
    for notification, channel in pipe.rehearsed(events, config):
        payload = channel.payload(notification)
        text = payload if isinstance(payload, str) else json.dumps(payload, indent=2)
        print(f"--- {channel.name} ({channel.type} {channel.recipient})\n{text}")
    return 0


def _chosen(config: Config, name: str | None) -> Config:
    channels: dict[str, Any] = dict(config.channels or _SAMPLES)
    routes = config.routes
    if name is not None:
        channels = {key: each for key, each in channels.items() if name in (key, each["type"])}
        if not channels:
            raise ConfigError(f"--channel {name}: there is no such channel in the settings")
        routes = ()
    tree = {**config.tree, "channels": channels, "routes": [] if name else config.get("routes", [])}
    return config._replace(channels=channels, routes=routes, tree=tree)
