"""What stands beside an alert's picture: whose it is, since when, which limit. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from grafherald.drawing.limits import AlertLimit, limits_of
from grafherald.drawing.options import DrawOptions
from grafherald.event import Event, Kind
from grafherald.notification import Notification

_MARKED = (Kind.PROBLEM, Kind.FLAPPING)  # whose moment is one to see
_MOST_CONTEXT = 100
_HOST = ("entity", "host", "hostname", "client", "node", "server")
_CHECK = ("check", "service")


class Scene(NamedTuple):
    """What an alert adds to a panel; equal ones make equal pictures.

    Attributes:
        context: the alert's labels and names, for variables and for the series it is about.
        alert: when it was raised, epoch milliseconds, or None; with a word for it.
        since: when the problem began, or None.
        until: when it ended, or None.
        earlier: when earlier alerts of the same check were.
        strong: whether the series that the alert names are to stand out.
        compare: milliseconds to an earlier range that is drawn dashed, 0 for none.
    """

    context: Mapping[str, str] = {}
    alert: int | None = None
    label: str = ""
    since: int | None = None
    until: int | None = None
    limits: tuple[AlertLimit, ...] = ()
    earlier: tuple[int, ...] = ()
    strong: bool = True
    compare: int = 0
    compare_text: str = ""

    @property
    def digest(self) -> str:
        """Make a short text that is the same for equal scenes only."""
        parts = [f"{name}={getattr(self, name)!r}" for name in self._fields]
        parts[0] = repr(sorted(self.context.items()))
        return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def scene_of(
    event: Event,
    options: DrawOptions,
    began: datetime | None = None,
    earlier: Sequence[datetime] = (),
) -> Scene:
    """Make the scene of *event*.

    Args:
        began: when its problem began, as far as the history knows; the event's own word counts
            where it goes further back.
        earlier: when earlier alerts of its check began.
    """
    marks = options.marks
    since = min((at for at in (event.since, began) if at is not None), default=None)
    if since is not None and since >= event.occurred_at:
        since = None
    is_over = event.kind is Kind.RESOLVE
    marked = event.kind in _MARKED and "alert" in marks
    return Scene(
        context=_context(event),
        alert=_ms(event.occurred_at) if marked else None,
        label=Notification(event).word if marked else "",
        since=_ms(since) if since is not None and "problem" in marks else None,
        until=_ms(event.occurred_at) if is_over and "problem" in marks else None,
        limits=limits_of(event) if "threshold" in marks else (),
        earlier=tuple(_ms(at) for at in earlier) if "earlier" in marks else (),
        strong="series" in marks,
        compare=options.compare,
        compare_text=options.compare_text,
    )


def standing_scene(
    event: Event, options: DrawOptions, began: datetime, earlier: Sequence[datetime] = ()
) -> Scene:
    """Make the scene of a problem that goes on, as it is now; see `scene_of`."""
    scene = scene_of(event, options, began, earlier)
    since = _ms(min(event.since or began, began)) if "problem" in options.marks else None
    return scene._replace(alert=None, label="", since=since, until=None, compare=0)


def _context(event: Event) -> Mapping[str, str]:
    """The names that a dashboard's variable may have; the alert's own labels go first."""
    names = dict.fromkeys(_HOST, event.entity) | dict.fromkeys(_CHECK, event.check)
    names["namespace"] = event.namespace
    labels = dict(list(event.labels.items())[:_MOST_CONTEXT])
    return {name: text for name, text in (names | labels).items() if text}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
