"""What the board works with: made of the settings once, asked by every route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial

from grafherald.event import Event
from grafherald.history.read import Alert
from grafherald.settings import Settings
from grafherald.store import Database
from grafherald.web.board import PageSizes
from grafherald.web.deploys import Deploys
from grafherald.web.live import Live, live_graph, no_live_graph
from grafherald.web.login import Failures, Login
from grafherald.web.people import Proxies, Role
from grafherald.web.picture import Now
from grafherald.web.sources import AlertSource

Announce = Callable[[Database, Event, datetime], None]


def _clock() -> datetime:
    return datetime.now(timezone.utc)


def _nobody(database: Database, event: Event, now: datetime) -> None:
    del database, event, now


@dataclass(frozen=True)
class BoardOptions:
    """How the board answers.

    Attributes:
        login: who can log in.
        anybody: what may do who did not log in.
        proxies: who names users that logged in elsewhere.
        hosts: names that the board is reached by besides this machine's own; None for any.
        https: the host that people reach by HTTPS, whose cookies never go without it; or "".
        now: makes the picture of a panel as it is now; None where there is no Grafana.
        live: draws the small live graphs of open alerts; None where nothing is drawn.
        sources: who is told of what is done, by the source of the alert's events.
        deploys: knows what was deployed; None where nobody is asked.
        announce: tells the alert's channels of an acknowledgement, or a silence.
    """

    config: Settings
    login: Login
    anybody: Role = Role.NOBODY
    proxies: Proxies = field(default_factory=Proxies)
    hosts: frozenset[str] | None = frozenset()
    https: str = ""
    now: Now | None = None
    live: Live | None = None
    sources: Mapping[str, AlertSource] = field(default_factory=dict)
    deploys: Deploys | None = None
    announce: Announce = _nobody
    limits: PageSizes = field(default_factory=PageSizes)
    clock: Callable[[], datetime] = _clock
    failures: Failures = field(default_factory=Failures)

    def live_at(self, now: datetime) -> Callable[[Alert], str]:
        """Make what finds an alert's live graph: its path, "" where it has none."""
        return partial(live_graph, now=now) if self.live else no_live_graph
