"""Make what board.users.NAME.password is of a password: asked for twice, or read from stdin.

The password itself stands nowhere: what is printed goes into the settings, or into a password_file.

Examples:
  grafherald password > /etc/grafherald/oncall-password
"""

from __future__ import annotations

import argparse
import getpass
import sys

from grafherald.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: a password on a command line is everybody's to read."""


def run(args: argparse.Namespace) -> int:  # noqa: ARG001 - every command takes them
    """Print the hash."""
    from grafherald.web.people import hashed

    print(hashed(_password()))
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Once more: "):
            raise ConfigError("password: the two are not the same")
    if not password:
        raise ConfigError("password: is empty")
    return password
