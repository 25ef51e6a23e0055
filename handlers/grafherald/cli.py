"""The command line: flags to parts, errors to exit statuses.

A command is one module in ``grafherald.commands``, found by its name, and each input has one; only
the one that is called is imported.
"""

from __future__ import annotations

import os
import sys

from grafherald import __version__, inputs, registry
from grafherald.errors import GrafheraldError, StoreError

TYPE_CHECKING = False  # typing itself is an import that --version and a refused event don't need
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

_COMMANDS = os.path.join(os.path.dirname(__file__), "commands")
_WITH_VALUE = ("--config", "--set", "--log-format", "--socket")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 bad input or settings, 2 failed."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        print(f"grafherald {__version__}")  # noqa: T201 - asked for
        return 0
    name = _take_command(words)
    path = _socket(words) if name and _takes_standard_input(name) else ""
    if not path:
        return _run(name, words, None)
    from grafherald.server import handover

    given = handover.read_input()
    status = handover.told(path, name or "", given)
    return _run(name, words, given) if status is None else status


def _run(name: str | None, words: list[str], given: bytes | None) -> int:
    """Run a command; *given* is its standard input where that was read already."""
    parser = _parser(name)
    parser.set_defaults(given=given)
    args = parser.parse_args(words)
    if name is None:
        parser.error("which command? One of: " + ", ".join(_names()))
    module = _module(name)
    try:
        return int(module.run(args))
    except StoreError as error:
        return _fail(args, str(error), 2)
    except GrafheraldError as error:
        return _fail(args, str(error), 1)
    except BrokenPipeError:
        from grafherald import log

        log.drop(1)
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the program's end: one line, no traceback
        text = f"internal error ({type(error).__name__}: {error}); -v shows where"
        return _fail(args, text, 2)
    finally:
        from grafherald import log

        log.settle()


def _socket(words: list[str]) -> str:
    """Return where the daemon listens that takes the event, "" for nowhere."""
    if any(word in ("--dry-run", "-h", "--help", "--version") for word in words):
        return ""
    for word, following in zip(words, [*words[1:], ""]):  # noqa: B905 - the same length
        if word == "--socket":
            return following
        if word.startswith("--socket="):
            return word[len("--socket=") :]
    return os.environ.get("GRAFHERALD_SOCKET", "")


def _names() -> list[str]:
    return sorted([*_commands(), *inputs.names()])


def _commands() -> list[str]:
    return [name[:-3] for name in os.listdir(_COMMANDS) if name[0] != "_" and name[-3:] == ".py"]


def _is_command(word: str) -> bool:
    """Tell whether there is a command *word*; other packages' inputs are asked for last."""
    return word in _commands() or word in registry.ours(inputs.GROUP) or word in inputs.names()


def _takes_standard_input(name: str) -> bool:
    """Tell whether *name* is an input whose event a daemon may take as it comes."""
    return name not in _commands() and inputs.find(name).capture is inputs.from_standard_input


def _take_command(words: list[str]) -> str | None:
    """Take the command out of *words*, so that common flags may stand before and behind it."""
    value_follows = False
    for index, word in enumerate(words):
        if not value_follows and not word.startswith("-"):
            return words.pop(index) if _is_command(word) else None
        value_follows = word in _WITH_VALUE
    return None


def _module(name: str) -> Any:
    if name in _commands():
        import importlib

        return importlib.import_module(f"grafherald.commands.{name}")
    from grafherald.commands._input import InputCommand

    return InputCommand(inputs.find(name))


def _parser(name: str | None) -> argparse.ArgumentParser:
    import argparse

    if name is None:
        parser = argparse.ArgumentParser(
            prog="grafherald",
            description="An alert that arrives with its graph.",
            epilog="Each command has its own --help.",
        )
        parser.add_argument("command", nargs="?", choices=_names(), help="what to do")
    else:
        module = _module(name)
        parser = argparse.ArgumentParser(
            prog=f"grafherald {name}",
            description=module.__doc__,
            # With a width of its own argparse does not import shutil to ask for one.
            formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=90),
        )
        module.add_arguments(parser)
    common = parser.add_argument_group("common")
    common.add_argument(
        "--config",
        metavar="FILE",
        help="settings, YAML or JSON; default: $GRAFHERALD_CONFIG, then"
        " /etc/grafherald/grafherald.yml",
    )
    common.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="one setting, its key dotted; may be repeated",
    )
    common.add_argument(
        "--dry-run",
        action="store_true",
        help="nothing leaves the machine; what would happen is printed",
    )
    common.add_argument("--log-format", choices=("text", "json"), default="text")
    common.add_argument("-v", "--verbose", action="store_true", help="say what is done, and where")
    common.add_argument("--version", action="version", version=f"grafherald {__version__}")
    return parser


def _fail(args: argparse.Namespace, text: str, status: int) -> int:
    from grafherald import log

    log.fail(text, args)
    return status


if __name__ == "__main__":
    sys.exit(main())
