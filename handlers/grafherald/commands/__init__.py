"""The commands: one module each, with ``add_arguments(parser)`` and ``run(args) -> int``."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing is an import that a hand-over does not need
if TYPE_CHECKING:
    import argparse

    from grafherald.settings import Config


def settings(args: argparse.Namespace) -> Config:
    """What a command does first: logging as the flags say, then the settings.

    They come from ``--config``, ``--set`` and the environment.

    Raises:
        ConfigError: see `grafherald.settings.load`.
    """
    from grafherald import log
    from grafherald.settings import load

    log.to_stderr(args)
    return load(args.config, args.set, os.environ)
