"""Pack what a person needs who helps you, without a secret: a tar.gz to look into and to send.

It holds versions, the settings with their secrets masked, what grafherald check finds, how much
the store keeps, why deliveries failed, and the daemon's last log lines. Host and check names are
in it. Nothing is posted; with --dry-run nothing leaves the machine at all.

Examples:
  sudo grafherald support
  grafherald support --output /tmp/grafherald.tar.gz --dry-run
"""

from __future__ import annotations

import argparse
import io
import os
import socket
import tarfile
from datetime import datetime, timezone
from pathlib import Path

from grafherald import commands
from grafherald.commands._terminal import counted
from grafherald.doctor import Visit, bundle
from grafherald.errors import ConfigError
from grafherald.settings import Settings, masked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--output``."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="where it goes; default: grafherald-support-HOST-TIME.tar.gz here",
    )


def run(args: argparse.Namespace) -> int:
    """Write it, and say where it is and what is in it."""
    now = datetime.now(timezone.utc)
    config, wrong = Settings(), ""
    try:
        config = commands.settings(args)
    except ConfigError as error:
        wrong = "\n".join([str(error), *error.others])
    visit = Visit(socket.gethostname(), now, offline=args.dry_run)
    parts = bundle.parts(config, os.environ, visit, wrong)
    secrets = masked.secrets(config)
    files: dict[str, str] = {}
    for name, write in counted(parts, "part"):
        files[name] = masked.without(write(), secrets)
    stem = f"grafherald-support-{visit.host}-{now:%Y%m%dT%H%M%SZ}"
    path = args.output or Path(f"{stem}.tar.gz")
    _pack(path, stem, files, now)
    print(f"{path}: {', '.join(files)}")
    print("Look into it before you send it: names of hosts and checks are in it.")
    return 0


def _pack(path: Path, stem: str, files: dict[str, str], now: datetime) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            content = text.encode(errors="replace")
            entry = tarfile.TarInfo(f"{stem}/{name}")
            entry.size, entry.mtime, entry.mode = len(content), int(now.timestamp()), 0o640
            archive.addfile(entry, io.BytesIO(content))
    try:
        # a file or link that is there may be open to others, or lead elsewhere
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(packed.getvalue())
    except OSError as error:
        raise ConfigError(f"{path}: can't be written: {error.strerror}") from None
