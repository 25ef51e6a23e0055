"""The one way of what the board tells: an event like any other."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from grafherald.delivery.accept import accept
from grafherald.event import Event
from grafherald.notification.templates import Templates
from grafherald.settings import Settings
from grafherald.store import Database
from grafherald.web.options import Announce

_log = logging.getLogger(__name__)


def announcer(config: Settings, templates: str) -> Announce:
    """Let the board's events take the way of any other; *templates* is a folder, or ""."""
    own = Templates(Path(templates) if templates else None, _log.warning)

    def announce(database: Database, event: Event, now: datetime) -> None:
        accept(database, event, b"", config=config, templates=own, now=now)

    return announce
