"""systemd's socket activation and readiness, where it is there.

https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

_FIRST = 3  # the first passed descriptor


def passed(environment: Mapping[str, str]) -> list[tuple[str, socket.socket]]:
    """Take over the sockets that systemd opened, each with its FileDescriptorName=, or none."""
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return []
    number = int(environment.get("LISTEN_FDS", "0"))
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    names += [""] * (number - len(names))
    return [(names[n], socket.socket(fileno=_FIRST + n)) for n in range(number)]


def notify(environment: Mapping[str, str], state: str) -> None:
    """Tell systemd ``READY=1``, ``RELOADING=1`` or ``STOPPING=1``, if it listens."""
    path = environment.get("NOTIFY_SOCKET", "")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path  # Linux's abstract names
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection, suppress(OSError):
        connection.sendto(state.encode(), address)
