"""The process of the Grafana plugin: Grafana starts it and says in the environment how.

Its datasources' settings come from Grafana with every query, none from a file.
"""

from __future__ import annotations

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing."""


def run(_: argparse.Namespace) -> int:
    """Serve until Grafana ends; 1 when it is not Grafana that calls."""
    from grafherald.plugin import serve

    return serve(os.environ)
