"""What a command does first: logging as the flags say, and the settings."""

from __future__ import annotations

import argparse
import os

from grafherald import config, log
from grafherald.config import Config


def settings(args: argparse.Namespace) -> Config:
    """Return the settings of ``--config``, ``--set`` and the environment; logging is set up.

    Raises:
        ConfigError: see `config.load`.
    """
    log.to_stderr(args)
    return config.load(args.config, args.set, os.environ)
