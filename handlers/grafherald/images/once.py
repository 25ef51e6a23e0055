"""One render for all processes of this machine that send alerts with the same graph.

Each URL and token has a file, locked while somebody gets the picture, which then holds the
published URL. It lies beside the directory of the pictures, where files are written that nobody
shall see, and the sweep of that directory takes it away.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from pathlib import Path

from grafherald.errors import GraphError
from grafherald.images.client import Picture, Pictures
from grafherald.images.exchange import Deadline
from grafherald.images.publish import beside

_BETWEEN_TRIES = 0.02  # seconds; no call waits for a lock until a deadline


class Once:
    """Gives a picture out again for some seconds; who asks meanwhile, waits. See `Pictures`."""

    def __init__(self, pictures: Pictures, directory: Path, reuse: float, token: str) -> None:
        """Take where pictures come from, and the *directory* that they are published in.

        Args:
            reuse: seconds from a render during which it is given out again.
            token: what *pictures* asks with: another's pictures are not for everybody.
        """
        self._pictures = pictures
        self._directory = directory
        self._reuse = reuse
        self._token = token

    def get(self, render_url: str, seconds: float, *, as_bytes: bool) -> Picture:
        """See `Pictures.get`; the bytes always come along."""
        note = self._open(render_url)
        if note is None:
            return self._pictures.get(render_url, seconds, as_bytes=as_bytes)
        deadline = Deadline(seconds)
        try:
            while not _locked(note):
                time.sleep(min(_BETWEEN_TRIES, deadline.left()))
            kept = self._kept(note)
            if kept is not None:
                return kept
            picture = self._pictures.get(render_url, deadline.left(), as_bytes=as_bytes)
            os.ftruncate(note, 0)
            os.pwrite(note, picture.url.encode(), 0)
        except TimeoutError:
            text = f"the same picture is being rendered for more than {seconds:.3g} s"
            raise GraphError(text, status=504) from None
        finally:
            os.close(note)  # and with it the lock
        return picture

    def _open(self, render_url: str) -> int | None:
        """Return the file of *render_url*, None where this process may not have one."""
        key = hashlib.sha256(f"{self._token}\n{render_url}".encode()).hexdigest()
        place = beside(self._directory)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            if self._directory.is_dir():
                place.mkdir(mode=0o700, exist_ok=True)
            return os.open(place / f".{key}.url", flags, 0o600)
        except OSError:
            return None

    def _kept(self, note: int) -> Picture | None:
        """Return the picture that *note* names, None when it is too old or gone."""
        url = os.pread(note, 4096, 0).decode()
        if not url or time.time() - os.fstat(note).st_mtime > self._reuse:
            return None
        try:
            return Picture(url, (self._directory / url.rpartition("/")[2]).read_bytes())
        except OSError:
            return None


def _locked(note: int) -> bool:
    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
