"""A mail server's sessions, counted for all processes of this user on this machine.

Without a daemon each event is a process: twenty at once would open twenty sessions where the server
bears three. A seat is a lock on one of a server's files, which ends with the process that has it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
import time

from grafherald.net.deadline import Deadline

_BETWEEN_TRIES = 0.02  # seconds; no call waits for one of several locks until a deadline
NOWHERE = -1  # the seat of a process that may have no files: it counts its own sessions alone


def take(server: str, most: int, deadline: Deadline) -> int:
    """Take one of the *most* seats of a *server*; return the file that holds it, to be closed.

    Raises:
        TimeoutError: none was free before the *deadline*.
    """
    folder = _folder()
    if not folder:
        return NOWHERE
    begin = hashlib.sha256(server.encode("utf-8", "replace")).hexdigest()[:32]
    while True:
        for number in range(most):
            seat = _locked(os.path.join(folder, f"smtp-{begin}.{number}"))
            if seat is not None:
                return seat
        time.sleep(min(_BETWEEN_TRIES, deadline.left()))


def leave(seat: int) -> None:
    """Give it to whoever comes next."""
    if seat != NOWHERE:
        os.close(seat)


def _locked(path: str) -> int | None:
    """Try for the lock on *path*: its open file when it is ours, None while another has it."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:  # no room, no right: counting must not cost the mail
        return NOWHERE
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _folder() -> str:
    """Find this user's own folder for locks, "" where there can be none."""
    user = os.getuid()
    path = os.path.join(tempfile.gettempdir(), f"grafherald-{user}")
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        found = os.lstat(path)
    except OSError:
        return ""
    private = found.st_uid == user and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return path if stat.S_ISDIR(found.st_mode) and private else ""
