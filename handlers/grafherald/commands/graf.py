"""Ask for a graph, as in chat: grafherald graf "db web:cpu now-6h server=web01"

"graf help" shows the rest.

Examples:
  grafherald graf "db web:cpu now-6h server=web01"
  grafherald graf help
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from grafherald.commands import settings

if TYPE_CHECKING:
    from grafherald.chat.answers import Reply


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the question, ``--json`` and ``--room``."""
    parser.add_argument("question", nargs="*", help='what to ask; nothing: "help"')
    parser.add_argument("--json", action="store_true", help="print a list of replies as JSON")
    parser.add_argument("--room", default="", help="ask as if in this room of chat.rooms")


def run(args: argparse.Namespace) -> int:
    """Print the replies; 1 when they are a refusal or a failure."""
    from grafherald.chat.bot import Asker
    from grafherald.chat.composition import bot
    from grafherald.chat.http import listed

    config = settings(args)
    asker = Asker(rooms=(args.room,), trusted=True)
    answer = bot(config).answer(_line(args.question), asker, None if args.json else _print)
    if args.json:
        print(json.dumps(listed(answer.replies), indent=2, ensure_ascii=False))
    if answer.failed:
        _print(answer.replies, sys.stderr)
    elif not args.json:
        _print(answer.replies)
    if answer.remark:
        print(answer.remark, file=sys.stderr)
    return 1 if answer.failed else 0


def _print(replies: Sequence[Reply], file: TextIO | None = None) -> None:
    for reply in replies:
        print(reply.text, file=file, flush=True)


def _line(words: list[str]) -> str:
    """Join the shell's words into one line; those with blanks stay together."""
    if len(words) == 1:
        return words[0]
    return " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)
