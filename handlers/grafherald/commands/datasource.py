"""Serve the history of alerts to Grafana, for its JSON datasource plugins: /datasource.

`grafherald serve` has the same routes; this is for a machine where no daemon runs.

Examples:
  grafherald datasource --listen 127.0.0.1:3081
"""

from __future__ import annotations

import argparse
import logging
import signal

from grafherald.commands import settings
from grafherald.errors import ConfigError
from grafherald.settings import Settings
from grafherald.settings.served import DatasourceSettings
from grafherald.store import open_database

_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help="where to listen (datasource.listen); default "
        f"{DatasourceSettings().listen}; anything but loopback needs datasource.token, or user"
        " and password",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM, then return 0; with --dry-run only try the settings."""
    flags = [] if args.listen is None else [f"datasource.listen={args.listen}"]
    args.set = [*args.set, *flags]
    config = settings(args)
    try:
        return _serve(config, dry_run=args.dry_run)
    except ModuleNotFoundError as error:
        text = f"datasource needs {error.name}; install grafherald[serve]"
        raise ConfigError(text) from None


def _serve(config: Settings, *, dry_run: bool) -> int:
    from flask import Flask

    from grafherald.datasource.composition import open_datasource
    from grafherald.server.http import Server
    from grafherald.server.listeners import open_listeners
    from grafherald.store.pool import Pool

    awaited = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)  # in all threads; this one waits for them
    url = config.kept_at
    open_database(url).close()  # fails now rather than at the first question
    pool = Pool(lambda: open_database(url))
    listeners = open_listeners({"http": config.datasource.listen}, ())
    try:
        app = Flask("grafherald", static_folder=None)
        app.register_blueprint(open_datasource(config, pool, is_local=listeners.http_is_local))
        if not dry_run:
            server = Server(app, listeners.http)
            server.start()
            for name in listeners.names():
                _log.info("listens on %s", name)
            signal.sigwait(awaited)
            server.stop()
    finally:
        listeners.close()
        pool.close()
    return 0
