"""Whether somebody sends what waits in the store when no event comes."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from grafherald.doctor.findings import Finding, ok, skipped, warning
from grafherald.settings import Settings

_TIMER = Path("/etc/systemd/system/timers.target.wants/grafherald-drain.timer")
_SECONDS = 2.0


def look(config: Settings, environment: Mapping[str, str], *, timer: Path = _TIMER) -> Finding:
    """Try the sockets that a daemon listens on here.

    Args:
        timer: what is there when systemd drains the store every minute.
    """
    if not config.store:
        return skipped("daemon", "The settings name no store: nothing waits for one.")
    listen = config.listen
    named = [environment.get("GRAFHERALD_SOCKET", ""), listen.unix, listen.http, listen.tcp]
    for address in filter(None, named):
        if _answers(address):
            return ok("daemon", f"It listens on {address}.")
    if timer.is_symlink() or timer.exists():
        return ok("daemon", "There is none; grafherald-drain.timer sends what waits.")
    where = next(filter(None, named), "")
    none = f"None answers at {where}" if where else "The settings name none under listen"
    return warning(
        "daemon",
        f"{none}: an alert that could not be sent waits in the store until the next event.",
        "Run grafherald serve, or enable grafherald-drain.timer of contrib/systemd.",
    )


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    unix = "/" in address
    family = socket.AF_UNIX if unix else socket.AF_INET6 if ":" in host else socket.AF_INET
    where = address if unix else (host.strip("[]") or "127.0.0.1", int(port))
    with socket.socket(family) as connection:
        connection.settimeout(_SECONDS)
        try:
            connection.connect(where)
        except (OSError, OverflowError):
            return False
    return True
