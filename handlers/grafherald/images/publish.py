"""Where a picture becomes public, for readers without a login."""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grafherald.errors import GraphError

Naming = Callable[[bytes], str]
"""Gives a picture its name, without ``.png``."""


class Publisher(Protocol):
    """A place for pictures."""

    def publish(self, png: bytes) -> str:
        """Make *png* public and return its URL; the same picture again is young again.

        Raises:
            GraphError: it could not; status 500, or 507 when the place is full.
        """
        ...


def by_md5(png: bytes) -> str:
    """Name a picture by its content, as grafana-images always did: known content can be guessed."""
    return hashlib.md5(png, usedforsecurity=False).hexdigest()


def by_hmac(secret: bytes) -> Naming:
    """Return a naming that nobody without *secret* can guess."""
    return lambda png: hmac.digest(secret, png, "sha256").hex()


@dataclass(frozen=True)
class Directory:
    """A directory that a web server shows at *url*. See `Publisher`.

    A picture appears whole or not at all: it is written elsewhere and moved. It is not synced to
    the disk, because one that a power cut takes is rendered again.
    """

    path: Path
    url: str
    name: Naming = by_md5

    def publish(self, png: bytes) -> str:
        """See `Publisher.publish`."""
        name = f"{self.name(png)}.png"
        try:
            _replace(self.path / name, png)
        except OSError as error:
            raise _failure(self.path, error) from None
        return f"{self.url.rstrip('/')}/{name}"


def workplace(directory: Path) -> Path:
    """Return where files for *directory* are written before they are moved there.

    Beside it, where no web server shows them: ``.<name>.tmp``. In it, where that is another
    filesystem or somebody else's.

    Raises:
        OSError: there is no such directory.
    """
    target = directory.stat()
    beside = directory.absolute().with_name(f".{directory.name}.tmp")
    try:
        beside.mkdir(mode=0o700, exist_ok=True)
        found = beside.lstat()
    except OSError:
        return directory
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return beside if ours and found.st_dev == target.st_dev else directory


def _replace(path: Path, data: bytes) -> None:
    number, written = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=workplace(path.parent))
    try:
        with open(number, "wb") as file:
            os.fchmod(number, 0o644)
            file.write(data)
        os.replace(written, path)
    except OSError:
        os.unlink(written)
        raise


def _failure(directory: Path, error: OSError) -> GraphError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "Make room there, or keep pictures for a shorter time (images.keep)."
        return GraphError(f"the disk of {directory} is full", status=507, hint=hint)
    reason = (error.strerror or str(error)).lower()
    hint = "It must be a directory that this user may write to (images.publish.directory)."
    return GraphError(f"the picture can't be saved in {directory}: {reason}", status=500, hint=hint)
