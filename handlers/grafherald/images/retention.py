"""How long published pictures stay: by age, and by their size all together.

A picture's age counts from when it was last published. Only our own files go: pictures by the
form of their names, and what processes left while they worked; links are never followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from grafherald.errors import GraphError
from grafherald.images.publish import beside

_PICTURE = re.compile(r"[0-9a-f]{32,64}\.png", re.ASCII)
_WORKING = re.compile(r"\.([a-z0-9_]{8}\.tmp|[0-9a-f]{64}\.url)", re.ASCII)
_ABANDONED = timedelta(hours=1)


class Keep(NamedTuple):
    """What stays; None is no limit.

    Attributes:
        age: since a picture was last published.
        megabytes: of 1,000,000 bytes, all pictures together; the oldest go first.
    """

    age: timedelta | None = timedelta(days=30)
    megabytes: float | None = None


class PublishedFile(NamedTuple):
    """One file of ours, its size in bytes and when it was written, in seconds since 1970."""

    path: Path
    size: int
    modified: float


def sweep(
    directory: Path, keep: Keep, now: datetime, *, dry_run: bool = False
) -> list[PublishedFile]:
    """Remove what need not stay in *directory*, and return it; with *dry_run* only return it.

    Raises:
        GraphError: the directory can't be read.
    """
    try:
        pictures = sorted(_files(directory, _PICTURE), key=lambda file: file.modified)
        places = [place for place in (directory, beside(directory)) if place.is_dir()]
        working = [file for place in places for file in _files(place, _WORKING)]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GraphError(f"{directory} can't be swept: {reason}", status=500) from None
    abandoned = (now - _ABANDONED).timestamp()
    going = [file for file in working if file.modified < abandoned]
    going += _too_old_or_too_many(pictures, keep, now)
    return going if dry_run else [file for file in going if _removed(file)]


def _too_old_or_too_many(
    pictures: list[PublishedFile], keep: Keep, now: datetime
) -> list[PublishedFile]:
    """Return which of *pictures*, oldest first, go."""
    size = sum(file.size for file in pictures)
    most = float("inf") if keep.megabytes is None else keep.megabytes * 1_000_000
    oldest = (now - keep.age).timestamp() if keep.age is not None else 0.0
    going = []
    for file in pictures:
        if file.modified >= oldest and size <= most:
            break
        going.append(file)
        size -= file.size
    return going


def _files(directory: Path, name: re.Pattern[str]) -> Iterator[PublishedFile]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if name.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                found = entry.stat(follow_symlinks=False)
                yield PublishedFile(Path(entry.path), found.st_size, found.st_mtime)


def _removed(file: PublishedFile) -> bool:
    """Remove *file*, unless it was published again or is gone already."""
    try:
        if file.path.lstat().st_mtime != file.modified:
            return False
        file.path.unlink()
    except OSError:
        return False
    return True
