"""The commands: one module each, with ``add_arguments(parser)`` and ``run(args) -> int``."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing is an import that a hand-over does not need
if TYPE_CHECKING:
    import argparse

    from grafherald.settings import Settings


def settings(args: argparse.Namespace) -> Settings:
    """What a command does first: logging as the flags say, then the settings.

    They come from ``--config``, ``--set`` and the environment.

    Raises:
        ConfigError: see `grafherald.settings.sources.load`.
    """
    from grafherald import log
    from grafherald.settings.sources import load

    log.to_stderr(args)
    return load(args.config, args.set, os.environ)


def alert_settings(args: argparse.Namespace) -> Settings:
    """Take `settings` for a command that is given an alert, which has to have somewhere to go.

    Raises:
        ConfigError: see `settings`; or there is no channel.
    """
    found = settings(args)
    found.require_channels()
    return found
