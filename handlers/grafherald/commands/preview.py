"""Show what an event on standard input would send, for people; nothing is sent or fetched.

Without channels in the settings it shows one of each type.

Examples:
  grafherald sample sensu-go | grafherald preview
  grafherald preview --channel slack --html preview.html < event.json
  grafherald preview --types           every channel type and input, with its settings
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grafherald import channels, inputs
from grafherald.commands import settings
from grafherald.errors import ConfigError
from grafherald.settings import Settings
from grafherald.text import plain

if TYPE_CHECKING:
    from grafherald.channels import Channel
    from grafherald.demo.reader import Seen
    from grafherald.event import Event


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--channel``, ``--html``, ``--input``, ``--types`` and ``--table``."""
    parser.add_argument(
        "--channel", metavar="NAME", help="only this one: a configured channel, or a type"
    )
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page, for a browser")
    parser.add_argument(
        "--input",
        metavar="NAME",
        default=inputs.DEFAULT,
        help=f"whose event it is; default: {inputs.DEFAULT}",
    )
    parser.add_argument(
        "--types",
        action="store_true",
        help="print instead which channel types and inputs there are, with their settings",
    )
    parser.add_argument(
        "--table", action="store_true", help="print instead what each channel type can, as Markdown"
    )


def run(args: argparse.Namespace) -> int:
    """Print each notification behind a line that names its channel."""
    if args.table:
        from grafherald.commands import _types

        print("\n".join(_types.table()))
        return 0
    if args.types:
        from grafherald.commands import _types

        print("\n".join(_types.lines()))
        return 0
    from grafherald.delivery.rehearse import rehearsed, unheard
    from grafherald.demo.reader import seen

    kind = inputs.find(args.input)
    raw = sys.stdin.buffer.read(kind.limit + 1)
    given = _chosen(settings(args), args.channel)
    events = kind.read(raw, given.tree, now=datetime.now(timezone.utc))
    if args.channel:
        events = [_unrouted(event) for event in events]
    for text in unheard(events, given):
        print(plain(text))
    shown = [(channel, seen(channel.payload(told))) for told, channel in rehearsed(events, given)]
    if args.html:
        _write(args.html, shown)
        print(f"{len(shown)} notifications: {args.html.resolve().as_uri()}")
        return 0
    for channel, one in shown:
        print(f"--- {channel.name} ({channel.type} {channel.recipient})\n{plain(one.text)}\n")
    return 0


def _write(file: Path, shown: Sequence[tuple[Channel, Seen]]) -> None:
    from markupsafe import Markup

    from grafherald.notification.templates import Templates

    cards = [(channel, one, Markup(one.html)) for channel, one in shown]  # noqa: S704 - ours
    page = Templates(None, print).render("demo/preview.html", cards=cards)
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--html {file}: {error.strerror}") from None


def _chosen(given: Settings, name: str | None) -> Settings:
    chosen: dict[str, Any] = dict(given.channels or _samples())
    if name is not None:
        chosen = {key: each for key, each in chosen.items() if name in (key, each["type"])}
        if not chosen:
            given.require(f"channels.{name}")
            raise ConfigError(f"--channel {name}: there is no such channel in the settings")
        return given._replace(channels=chosen, routes=(), tree={**given.tree, "channels": chosen})
    return given._replace(channels=chosen)


def _unrouted(event: Event) -> Event:
    """*event* as if it named no channels itself."""
    kept = {key: text for key, text in event.overrides.items() if key != "channels"}
    return event._replace(overrides=kept)


def _samples() -> dict[str, dict[str, Any]]:
    return {name: {"type": name, **channels.find(name).sample} for name in channels.names()}
