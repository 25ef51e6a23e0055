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
from collections.abc import Callable

from grafherald.errors import GraphError
from grafherald.images import Picture
from grafherald.images.cache import Key
from grafherald.images.publish import Directory, beside
from grafherald.net.deadline import Deadline

_BETWEEN_TRIES = 0.02  # seconds; no call waits for a lock until a deadline


class Machine:
    """Gives a picture out again for *reuse* seconds; who asks meanwhile, waits."""

    def __init__(self, directory: Directory, reuse: float) -> None:
        self._directory = directory
        self._reuse = reuse

    def get(self, key: Key, deadline: Deadline, make: Callable[[], Picture]) -> Picture:
        """Use the picture that another process made, else what *make* makes.

        Raises:
            GraphError: what *make* raised; or another is at it until the *deadline*.
        """
        note = self._open(key)
        if note is None:
            return make()
        try:
            while not _locked(note):
                time.sleep(min(_BETWEEN_TRIES, deadline.left()))
            url = self._kept(note)
            if url:
                return Picture(url)
            picture = make()
            os.ftruncate(note, 0)
            os.pwrite(note, picture.url.encode(), 0)
        except TimeoutError:
            text = f"the same picture is being rendered for more than {deadline.seconds:.3g} s"
            raise GraphError(text, status=504) from None
        finally:
            os.close(note)  # and with it the lock
        return picture

    def _open(self, key: Key) -> int | None:
        """Open the file in which processes leave each other *key*'s URL; None where they can't."""
        name = hashlib.sha256(f"{key.authorization}\n{key.render_url}".encode()).hexdigest()
        place = beside(self._directory.path)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            if self._directory.path.is_dir():
                place.mkdir(mode=0o700, exist_ok=True)
            return os.open(place / f".{name}.url", flags, 0o600)
        except OSError:
            return None

    def _kept(self, note: int) -> str:
        """Read the URL in *note*, "" when it is too old or its picture gone."""
        url = os.pread(note, 4096, 0).decode()
        if not url or time.time() - os.fstat(note).st_mtime > self._reuse:
            return ""
        return url if self._directory.still(url) else ""


def _locked(note: int) -> bool:
    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
