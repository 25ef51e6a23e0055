"""The command line: flags to parts, errors to exit statuses.

A command is one module in ``grafherald.commands``, found by its name, and each input has one; only
the one that is called is imported.
"""

from __future__ import annotations

import os
import sys

from grafherald import __version__, inputs, registry
from grafherald.commands._input import InputCommand
from grafherald.errors import GrafheraldError, StoreError

TYPE_CHECKING = False  # typing itself is an import that --version and a refused event don't need
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, NoReturn

_COMMANDS = os.path.join(os.path.dirname(__file__), "commands")
_WITH_VALUE = ("--config", "--set", "--log-format", "--socket")
_FORMATS = ("text", "json")
_EPILOG = """exit status:
  0  delivered, safely kept, or nothing to notify
  1  the input is no event, a setting is wrong, or a word of the command
  2  a delivery failed for good or could not be kept

first steps:
  grafherald sample sensu-go | grafherald preview            what would be sent, for people
  grafherald check                                           what would cost an alert its picture
  grafherald sample sensu-go | grafherald sensu --dry-run    the whole way; nothing leaves here

Each command has its own --help, with examples. NO_COLOR=1 keeps a terminal's colours away.
"""


def command() -> NoReturn:
    """Run `main` as the process that it is, and end that without taking the interpreter down.

    What did not answer in time, be it a name server, is still asked by a thread that nobody waits
    for. One that reads certificates while OpenSSL cleans up behind the interpreter is a
    segmentation fault, and a handler that delivered must not exit 139. It saves 5 ms, too.
    """
    status = main()
    threading = sys.modules.get("threading")
    if threading:
        for thread in threading.enumerate():
            if thread is not threading.main_thread() and not thread.daemon:
                thread.join()
    try:
        if sys.stdout:  # None where it was closed before
            sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError:
        status = status or 2
    os._exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 bad input or settings, 2 failed."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        print(f"grafherald {__version__}")  # noqa: T201 - asked for
        return 0
    name = _take_command(words)
    if name is None:
        parser = _parser(None)
        _refuse_unknown(words, parser)
        parser.parse_args(words)
        parser.error("which command? One of: " + ", ".join(_names()))
    command = _command(name)
    if isinstance(command, InputCommand):
        _drop_syslog(words)
    args = _usual(words, command.arguments) if isinstance(command, InputCommand) else None
    return _run(command, args or _parser(name).parse_intermixed_args(words))


def _run(command: Any, args: argparse.Namespace) -> int:
    try:
        return int(command.run(args))
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


class _Flags:
    """What argparse would have made of the words. See `_usual`."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _usual(words: Sequence[str], own: Sequence[tuple[str, Mapping[str, Any]]]) -> Any:
    """Read an input command's flags as they are usually written; None leaves it to argparse.

    A handler is a process per event, and argparse alone takes 9 ms to import. What it would
    refuse, explain or abbreviate is for it.

    Args:
        own: the input's arguments, each a flag and what argparse has to know about it.
    """
    known = {**{flag: {} for flag in _WITH_VALUE}, "--set": {"action": "append"}, **dict(own)}
    flags: dict[str, Any] = dict.fromkeys(_key(flag) for flag in known)
    flags |= {_key(f): [] for f, about in known.items() if about.get("action") == "append"}
    flags |= {"dry_run": False, "verbose": False, "log_format": "text"}
    rest = list(words)
    while rest:
        flag, equals, value = rest.pop(0).partition("=")
        if not equals and flag in ("--dry-run", "-v", "--verbose"):
            flags["dry_run" if flag == "--dry-run" else "verbose"] = True
            continue
        about = known.get(flag)
        if about is None:
            return None
        if not equals:
            value = rest.pop(0) if rest and not rest[0].startswith("-") else about.get("const", "")
        if (not value and not equals) or value not in about.get("choices", (value,)):
            return None
        if about.get("action") == "append":
            flags[_key(flag)].append(value)
        else:
            flags[_key(flag)] = value
    return _Flags(flags) if flags["log_format"] in _FORMATS else None


def _key(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")


def _names() -> list[str]:
    return sorted([*_commands(), *inputs.names()])


def _commands() -> list[str]:
    return [name[:-3] for name in os.listdir(_COMMANDS) if name[0] != "_" and name[-3:] == ".py"]


def _about() -> Iterator[str]:
    """A line on each command."""
    for name in _names():
        yield f"  {name:<13} {_first_line(name)}"


def _first_line(name: str) -> str:
    """What the command *name* is for, and none is imported for it."""
    import ast

    if name in _commands():
        with open(os.path.join(_COMMANDS, f"{name}.py"), encoding="utf-8") as file:
            text = ast.get_docstring(ast.parse(file.read())) or ""
    else:
        text = inputs.find(name).summary
    return text.strip().splitlines()[0]


def _drop_syslog(words: list[str]) -> None:
    """Take Icinga's ``-v true`` out of *words*: its scripts take that to log to syslog.

    Icinga logs what we say as it is, and ``-v`` is a flag without a value here.
    https://github.com/Icinga/icinga2/blob/master/etc/icinga2/scripts/mail-service-notification.sh
    """
    for index in range(len(words) - 1):
        if words[index] == "-v" and words[index + 1] in ("true", "false", ""):
            del words[index : index + 2]
            return


def _is_command(word: str) -> bool:
    """Tell whether there is a command *word*; other packages' inputs are asked for last."""
    return word in _commands() or word in registry.ours(inputs.GROUP) or word in inputs.names()


def _refuse_unknown(words: Sequence[str], parser: argparse.ArgumentParser) -> None:
    """Say which command may have been meant by the first of *words*, where it looks like one."""
    from difflib import get_close_matches

    if words and not words[0].startswith("-"):
        meant = get_close_matches(words[0], _names(), 1)
        hint = f"did you mean {meant[0]}?" if meant else "grafherald --help lists them"
        parser.error(f"there is no command {words[0]!r}; {hint}")


def _take_command(words: list[str]) -> str | None:
    """Take the command out of *words*, so that common flags may stand before and behind it."""
    value_follows = False
    for index, word in enumerate(words):
        if not value_follows and not word.startswith("-"):
            return words.pop(index) if _is_command(word) else None
        value_follows = word in _WITH_VALUE
    return None


def _command(name: str) -> Any:
    if name in _commands():
        import importlib

        return importlib.import_module(f"grafherald.commands.{name}")
    return InputCommand(inputs.find(name))


def _parser(name: str | None) -> argparse.ArgumentParser:
    import argparse

    class Parser(argparse.ArgumentParser):
        """Status 1 for a mistake in the words, as for one in the settings."""

        def error(self, message: str) -> NoReturn:
            self.print_usage(sys.stderr)
            self.exit(1, f"{self.prog}: error: {message}\n")

    if name is None:
        parser = Parser(
            prog="grafherald",
            usage="%(prog)s COMMAND [--help] [...]",
            description="An alert that arrives with its graph.\n\n" + "\n".join(_about()),
            epilog=_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("command", nargs="?", choices=_names(), help=argparse.SUPPRESS)
    else:
        module = _command(name)
        about, _, examples = module.__doc__.partition("\nExamples:\n")
        parser = Parser(
            prog=f"grafherald {name}",
            description=about,
            epilog=f"examples:\n{examples}" if examples else None,
            # With a width of its own argparse does not import shutil to ask for one.
            formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=90),
        )
        module.add_arguments(parser)
        if name == "completion":
            parser.set_defaults(whole=_whole)  # imports point down: it can't ask for it
    _add_common(parser)
    return parser


def _whole() -> argparse.ArgumentParser:
    """Make one parser of all commands: for what is generated of them, too slow for a run."""
    import argparse

    parser = argparse.ArgumentParser(prog="grafherald")
    commands = parser.add_subparsers()
    for name in _names():
        own = commands.add_parser(name, help=_first_line(name))
        _command(name).add_arguments(own)
        _add_common(own)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
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
    common.add_argument(
        "--log-format", choices=_FORMATS, default="text", help="what goes to stderr; default: text"
    )
    common.add_argument("-v", "--verbose", action="store_true", help="say what is done, and where")
    common.add_argument("--version", action="version", version=f"grafherald {__version__}")


def _fail(args: argparse.Namespace, text: str, status: int) -> int:
    from grafherald import log

    log.fail(text, args)
    return status


if __name__ == "__main__":
    command()
