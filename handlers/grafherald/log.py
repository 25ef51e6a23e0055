"""What goes to stderr, as ``--log-format`` and ``-v`` say: text for people, or JSON lines."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # see `cli`
if TYPE_CHECKING:
    import argparse


def to_stderr(args: argparse.Namespace) -> None:
    """Send what grafherald's modules log to stderr; their debug messages too with ``-v``."""
    import logging

    handler = logging.StreamHandler()
    if args.log_format == "json":
        from grafherald.log_json import JsonLines

        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(logging.Formatter("grafherald: %(message)s"))
    own = logging.getLogger("grafherald")
    own.handlers, own.propagate = [handler], False
    own.setLevel(logging.DEBUG if args.verbose else logging.INFO)


def fail(text: str, args: argparse.Namespace) -> None:
    """Write the one line that says why the program ends; with ``-v`` where it happened."""
    line = " ".join(text.split())
    if args.verbose or args.log_format == "json":
        import logging

        to_stderr(args)
        logging.getLogger("grafherald").error("%s", line, exc_info=args.verbose)
    else:
        sys.stderr.write(f"grafherald: {line}\n")


def tell(line: str) -> None:
    """Print *line*; where stdout is closed or full, deliveries go on all the same."""
    try:
        print(line, flush=True)  # noqa: T201 - one line per delivery is what is promised
    except OSError as error:
        drop(1)
        import logging

        why = error.strerror
        logging.getLogger("grafherald").warning("%s; standard output: %s", line, why)


def settle() -> None:
    """Drop what stderr does not take: a full disk below it says nothing about the alert."""
    try:
        if sys.stderr:
            sys.stderr.flush()
    except OSError:
        drop(2)


def drop(number: int) -> None:
    """Let what is written to stdout (1) or stderr (2) from now on go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
