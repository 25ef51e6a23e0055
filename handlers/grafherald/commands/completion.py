"""Print what completes words in your shell: bash, zsh or fish. Packages bring it along.

Needs the extra ``completion``.

Examples:
  grafherald completion bash > /etc/bash_completion.d/grafherald
  grafherald completion zsh > /usr/local/share/zsh/site-functions/_grafherald
  grafherald completion fish > ~/.config/fish/completions/grafherald.fish
"""

from __future__ import annotations

import argparse

from grafherald.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="yours")


def run(args: argparse.Namespace) -> int:
    """Print the shell's code."""
    try:
        import shtab
    except ModuleNotFoundError as error:
        text = f"{error.name} is missing: pip install 'grafherald[completion]'"
        raise ConfigError(text) from None
    print(shtab.complete(args.whole(), shell=args.shell))
    return 0
