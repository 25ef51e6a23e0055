"""What helps a person who helps you: texts by file name, each written when it is asked for.

Secrets of the settings are taken out by whoever writes them down; see `settings.masked`.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

from grafherald import __version__
from grafherald.delivery.backlog import Backlog
from grafherald.delivery.model import FAILED
from grafherald.doctor import Visit, examine, report
from grafherald.errors import GrafheraldError
from grafherald.settings import Settings, masked
from grafherald.store import open_database

Part = tuple[str, Callable[[], str]]

_SECONDS = 60.0  # for the doctor, who waits for others
_LOG = ("journalctl", "--unit=grafherald*", "--lines=500", "--no-pager", "--output=short-iso")
_LOG_SECONDS = 10.0
_FAILED = 50
_TABLES = ("subjects", "alerts", "events", "deliveries", "rejected", "acts")


def parts(
    config: Settings, environment: Mapping[str, str], visit: Visit, wrong: str
) -> Sequence[Part]:
    """List what there is to tell.

    Args:
        wrong: why the settings can't be read, or "".
    """
    return (
        ("versions.txt", versions),
        ("settings.txt", lambda: f"{wrong}\n" if wrong else _settings(config)),
        ("check.txt", partial(_check, config, environment, visit)),
        ("store.json", partial(_kept, config)),
        ("log.txt", _log),
    )


def versions() -> str:
    """Write down which versions of what run here."""
    system = Path("/etc/os-release")
    name = system.read_text(encoding="utf-8") if system.is_file() else ""
    pretty = [line.partition("=")[2] for line in name.splitlines() if "PRETTY_NAME" in line]
    installed = sorted({f"{d.metadata['Name']} {d.version}" for d in distributions()})
    lines = [
        f"grafherald {__version__}",
        f"Python {platform.python_version()} ({platform.machine()})",
        f"SQLite {sqlite3.sqlite_version}",
        f"{platform.system()} {platform.release()} {' '.join(pretty)}".rstrip(),
        f"user {os.geteuid()}, groups {sorted(os.getgroups())}",
        "",
        *installed,
    ]
    return "\n".join(lines) + "\n"


def _settings(config: Settings) -> str:
    rows = [f"{key}: {masked.as_text(value)}  ({origin})" for key, value, origin in
            masked.effective(config)]  # fmt: skip
    broken = [f"can't be used: {sentence}" for sentence in config.broken.values()]
    return "\n".join([*rows, *broken]) + "\n"


def _check(config: Settings, environment: Mapping[str, str], visit: Visit) -> str:
    """Ask the doctor, and be done in a minute though a network hangs."""
    until = time.monotonic() + _SECONDS
    lines: list[str] = []
    for finding in examine(config, environment, visit):
        lines += report.finding_lines(finding)
        if time.monotonic() > until:
            lines.append("  ... not finished: it took longer than a minute")
            break
    return "\n".join(lines) + "\n"


def _kept(config: Settings) -> str:
    """Count what the store holds, where there is one; none is made for this."""
    url = config.kept_at
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file).is_file():
        return json.dumps({"store": "there is none yet"}) + "\n"
    try:
        database = open_database(url, busy=2.0)
    except GrafheraldError as error:
        return json.dumps({"store": str(error)}) + "\n"
    try:
        count = {t: database.rows(f"SELECT COUNT(*) FROM {t}")[0][0] for t in _TABLES}  # noqa: S608 - constants
        backlog = Backlog(database)
        failed = [
            {
                "id": one.id,
                "channel": one.channel,
                "received": one.received.isoformat(timespec="seconds"),
                "attempts": one.attempts,
                "error": one.error,
            }
            for one in backlog.deliveries([FAILED], _FAILED)
        ]
        found = {"rows": count, "deliveries": backlog.depth(), "failed": failed}
        return json.dumps(found, indent=2) + "\n"
    except GrafheraldError as error:
        return json.dumps({"store": str(error)}) + "\n"
    finally:
        database.close()


def _log() -> str:
    if not shutil.which(_LOG[0]):
        return "there is no journal on this machine\n"
    try:
        done = subprocess.run(  # noqa: S603 - constants
            _LOG, capture_output=True, check=False, timeout=_LOG_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the journal can't be read: {type(error).__name__}\n"
    return (done.stdout or done.stderr).decode(errors="replace")
