"""Where a picture becomes public, for readers without a login."""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from grafherald.errors import GraphError

Naming = Callable[[bytes], str]
"""Gives a picture its name, without ``.png``."""


class Publisher(Protocol):
    """A place for pictures."""

    def still(self, url: str) -> bool:
        """Tell whether the picture at *url* is still there, and make it young again."""
        ...

    def read(self, url: str) -> bytes:
        """Load the picture that was published at *url*.

        Raises:
            GraphError: it is not there any more; status 500.
        """
        ...

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
    """Make a naming that nobody without *secret* can guess."""
    return lambda png: hmac.digest(secret, png, "sha256").hex()


class Directory:
    """A directory that a web server shows at *url*. See `Publisher`.

    A picture appears whole or not at all: it is written elsewhere and moved. It is not synced to
    the disk, because one that a power cut takes is rendered again.
    """

    def __init__(self, path: Path, url: str, name: Naming = by_md5) -> None:
        self.path = path
        self._url = url
        self._name = name

    def still(self, url: str) -> bool:
        """See `Publisher.still`."""
        try:
            os.utime(os.path.join(self.path, url.rpartition("/")[2]))
        except OSError:
            return False
        return True

    def read(self, url: str) -> bytes:
        """See `Publisher.read`."""
        try:
            return (self.path / url.rpartition("/")[2]).read_bytes()
        except OSError as error:
            raise _failure(self.path, error) from None

    def publish(self, png: bytes) -> str:
        """See `Publisher.publish`."""
        name = f"{self._name(png)}.png"
        try:
            _replace(self.path / name, png)
        except OSError as error:
            raise _failure(self.path, error) from None
        return f"{self._url.rstrip('/')}/{name}"


def beside(directory: Path) -> Path:
    """The place beside *directory* for files that are being written: ``.<name>.tmp``."""
    return directory.absolute().with_name(f".{directory.name}.tmp")


def _replace(path: Path, data: bytes) -> None:
    """Write *data* beside the directory, where no web server shows it half, and move it to *path*.

    In the directory itself where that does not do: it is somebody else's, or another filesystem.
    """
    outside = beside(path.parent)
    if _is_ours(outside, path.parent.stat()):
        try:
            return _write(outside, path, data)
        except OSError:
            pass  # a read-only parent, a mount in between
    return _write(path.parent, path, data)


def _is_ours(place: Path, directory: os.stat_result) -> bool:
    try:
        found = _found(place)
    except OSError:
        return False
    same = (found.st_uid, found.st_dev) == (os.geteuid(), directory.st_dev)
    return same and stat.S_ISDIR(found.st_mode)


def _found(place: Path) -> os.stat_result:
    try:
        return place.lstat()
    except FileNotFoundError:
        place.mkdir(mode=0o700, exist_ok=True)
    return place.lstat()


def _write(place: Path, path: Path, data: bytes) -> None:
    number, written = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=place)
    try:
        try:
            os.fchmod(number, 0o644)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(number, rest) :]
        finally:
            os.close(number)
        os.replace(written, path)
    except BaseException:
        os.unlink(written)
        raise


def _failure(directory: Path, error: OSError) -> GraphError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "Make room there, or keep pictures for a shorter time (images.keep)."
        return GraphError(f"the disk of {directory} is full", status=507, hint=hint)
    reason = (error.strerror or str(error)).lower()
    hint = "It must be a directory that this user may write to (images.publish.directory)."
    return GraphError(f"the picture can't be saved in {directory}: {reason}", status=500, hint=hint)
