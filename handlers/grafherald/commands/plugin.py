"""The process of the Grafana plugin: Grafana starts it and says in the environment how.

Its datasources' settings come from Grafana with every query, none from a file.
"""

from __future__ import annotations

import argparse
import os

from grafherald.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing."""


def run(_: argparse.Namespace) -> int:
    """Serve until Grafana ends; 1 when it is not Grafana that calls."""
    try:
        from grafherald_plugin import serve
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is missing: pip install 'grafherald[plugin]'") from None

    return serve(os.environ)
