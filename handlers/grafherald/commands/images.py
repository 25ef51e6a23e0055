"""Serve pictures beside Grafana: POST /grafana-images {"imageUrl": URL} -> {"pubImg": URL}.

Each flag stands for a setting; the settings file knows more of them.

Examples:
  grafherald images --grafana-url http://grafana:3000 --image-dir /opt/saved-images \\
    --image-host https://grafana.example.com/saved-images
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from grafherald.commands import settings
from grafherald.errors import ConfigError
from grafherald.settings import Settings

if TYPE_CHECKING:
    from grafherald.images.composition import Images

_log = logging.getLogger(__name__)
_BETWEEN_SWEEPS = 3600.0  # seconds

_FLAGS = {
    "listen": ("HOST:PORT", "images.listen", "where to listen; default 127.0.0.1:8080"),
    "image-dir": ("DIR", "images.publish.directory", "where the pictures go"),
    "image-host": ("URL", "images.publish.url", "where that directory is seen"),
    "names": ("md5|hmac", "images.names", "hmac needs images.secret; default md5"),
    "timeout": ("SECONDS", "images.timeout", "for one picture, all in all; default 20"),
    "reuse": ("SECONDS", "graph.reuse", "give a picture out again; 0 = never; default 30"),
    "renders": ("N", "images.renders", "asked of Grafana at once; default 4"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a flag for each setting that an operator changes from a shell."""
    parser.add_argument(
        "--grafana-url",
        metavar="URL",
        action="append",
        help="a Grafana that may be asked, again for each (images.grafana_urls)",
    )
    for flag, (metavar, key, text) in _FLAGS.items():
        parser.add_argument(f"--{flag}", metavar=metavar, dest=key, help=f"{text} ({key})")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM, then return 0; with --dry-run only try the settings."""
    given = vars(args)
    flags = [f"{key}={given[key]}" for _, key, _ in _FLAGS.values() if given[key] is not None]
    if args.grafana_url:
        flags.append(f"images.grafana_urls={json.dumps(args.grafana_url)}")
    args.set = [*args.set, *flags]
    config = settings(args)
    try:
        return _serve(config, dry_run=args.dry_run)
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is missing: pip install 'grafherald[images]'") from None


def _serve(config: Settings, *, dry_run: bool) -> int:
    from prometheus_client import CollectorRegistry

    from grafherald.images import web
    from grafherald.images.composition import DRAW_PROCESSES, Images
    from grafherald.server.http import Server, make_app
    from grafherald.server.listeners import open_listeners

    awaited = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)  # in all threads; this one waits for them
    images = Images(config, draw_processes=DRAW_PROCESSES)
    registry = CollectorRegistry()
    app = make_app([web.blueprint(images, registry)], registry)
    address = config.images.listen
    try:
        listeners = open_listeners({"http": address}, ())
    except ConfigError as error:
        raise ConfigError(str(error).replace("listen.http", "images.listen", 1)) from None
    try:
        if not dry_run:
            server = Server(app, listeners.http)
            server.start()
            for name in listeners.names():
                _log.info("listening on %s", name.removeprefix("http "))
            while signal.sigtimedwait(awaited, _until_sweep(images)) is None:
                pass
            server.stop(images.timeout + 5)
    finally:
        listeners.close()
    return 0


def _until_sweep(images: Images) -> float:
    """Remove pictures that need not stay; return the seconds until that is due again."""
    images.sweep(datetime.now(timezone.utc))
    return _BETWEEN_SWEEPS
