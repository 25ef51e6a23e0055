"""What pages show of alerts, deliveries and events. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from grafherald.history import CODES
from grafherald.history.read import Alert
from grafherald.notification import is_web_url, span

STATES = {code: state.value for state, code in CODES.items()}
_HOST = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?")
_WIDTH = 1000  # of a timeline, in its own units


@dataclass(frozen=True)
class Card:
    """An alert in a list.

    Attributes:
        picture: its URL, or "" when there is none that a page can load.
        lasted: how long it lasted, until now when it is open.
    """

    alert: Alert
    severity: str
    state: str
    picture: str
    panel: str
    lasted: str


def card(alert: Alert, now: datetime) -> Card:
    """Return how a list shows *alert*."""
    length = (alert.ended or now) - alert.started
    return Card(
        alert,
        STATES[alert.severity],
        STATES[alert.state],
        alert.picture if origin(alert.picture) else "",
        alert.panel if is_web_url(alert.panel) else "",
        span(max(length, timedelta())),
    )


def origin(url: str) -> str:
    """Return ``https://host:port`` of a picture's URL for the security policy, "" if it is odd."""
    if not is_web_url(url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    found = f"{parts.scheme}://{parts.netloc}"
    return found if _HOST.fullmatch(found) else ""


@dataclass(frozen=True)
class Span:
    """A piece of a timeline: where it lies in _WIDTH units, and the state that was in force."""

    left: float
    width: float
    state: str
    since: datetime


def timeline(changes: Sequence[tuple[datetime, int]], start: datetime, end: datetime) -> list[Span]:
    """Return *changes* (time, state code), oldest first, as pieces between *start* and *end*."""
    pieces = []
    whole = max((end - start).total_seconds(), 1)
    following: Iterable[datetime] = [*(at for at, _ in changes[1:]), end]
    for (at, code), until in zip(changes, following, strict=True):
        left = max((at - start).total_seconds(), 0) / whole * _WIDTH
        right = max((until - start).total_seconds(), 0) / whole * _WIDTH
        pieces.append(Span(round(left, 1), round(max(right - left, 1), 1), STATES[code], at))
    return pieces
