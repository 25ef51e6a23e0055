"""Show the settings as they are understood, or the schema that they have to fit.

show    every setting in force, where each came from, and no secret
schema  their JSON Schema, the channel types' settings included, for an editor or another tool

Examples:
  grafherald config show --set graph.wait=5
  grafherald config show --given        only what somebody set
  grafherald config schema > grafherald.schema.json
"""

from __future__ import annotations

import argparse
import json

from grafherald.commands import settings
from grafherald.commands._terminal import DIM, RED, paint
from grafherald.settings.masked import Shown, as_text, effective
from grafherald.text import one_line, plain

_VALUE = 60  # characters; a longer one moves its own line alone


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``show`` and ``schema``, ``--given`` and ``--json``."""
    parser.add_argument("what", choices=("show", "schema"), help="what to print")
    parser.add_argument("--given", action="store_true", help="show nothing that has its default")
    parser.add_argument("--json", action="store_true", help="show as a JSON array")


def run(args: argparse.Namespace) -> int:
    """Print what is asked for; 1 where a part of the settings can't be used."""
    if args.what == "schema":
        from grafherald.settings.whole import whole_schema

        print(json.dumps(whole_schema(), indent=2, ensure_ascii=False))
        return 0
    config = settings(args)
    shown = [one for one in effective(config) if not args.given or one.origin != "default"]
    if args.json:
        print(json.dumps([one._asdict() for one in shown], indent=2, ensure_ascii=False))
    else:
        _print_table(shown)
    for sentence in config.broken.values():
        print(paint(f"can't be used: {one_line(plain(sentence))}", RED))
    return 1 if config.broken else 0


def _print_table(shown: list[Shown]) -> None:
    key = max((len(one.key) for one in shown), default=0)
    texts = [one_line(plain(as_text(one.value))) for one in shown]
    width = min(_VALUE, max(map(len, texts), default=0))
    for one, text in zip(shown, texts, strict=True):
        line = f"{one_line(plain(one.key)):{key}}  {text:{width}}  {plain(one.origin)}".rstrip()
        print(paint(line, DIM) if one.origin == "default" else line)
