"""Serve pictures beside Grafana: POST /grafana-images {"imageUrl": URL} -> {"pubImg": URL}.

Each flag stands for a setting; the settings file knows more of them.
"""

from __future__ import annotations

import argparse
import json

from grafherald.commands import settings
from grafherald.errors import ConfigError

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
        from grafherald.images import configured, server
    except ImportError as error:
        raise ConfigError(f"{error.name} is missing: pip install 'grafherald[images]'") from None
    service = configured.service(config)
    return 0 if args.dry_run else server.serve(service)
