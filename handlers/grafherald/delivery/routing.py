"""Which channels an event goes to. Pure: settings, an event and a time in, names out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from grafherald.event import Event, Kind, State
from grafherald.settings.formats import minutes, weekdays
from grafherald.settings.sections import Mute, Route, RouteMatch, fits

_ANY = Route()
_FOLLOWS = (Kind.RESOLVE, Kind.ACKNOWLEDGEMENT)  # who heard of the problem hears of these
_EVERY_DAY = frozenset(range(7))
_PROBLEMS = (State.CRITICAL, State.UNKNOWN, State.WARNING)


def channels_for(event: Event, routes: Sequence[Route], names: Sequence[str]) -> list[str]:
    """Decide which channels get *event*, each once, in order.

    See `routes_for`.
    """
    return [name for name, _ in routes_for(event, routes, names)]


def routes_for(
    event: Event,
    routes: Sequence[Route],
    names: Sequence[str],
    now: datetime | None = None,
) -> list[tuple[str, Route]]:
    """Decide which channels get *event*, each once, in order, and by which route.

    An event's own ``channels`` override wins where it names a known channel. Otherwise the first
    matching route decides, and the following ones too while it says ``continue``. Without routes
    all *names* get it; with routes of which none matches, nobody does.

    Args:
        now: when it is, for routes that are mute at times; None leaves that out.
    """
    chosen = named_channels(event, names)
    if chosen:
        return [(name, _ANY) for name in chosen]
    if not routes:
        return [(name, _ANY) for name in names]
    found: dict[str, Route] = {}
    for step in steps(event, routes, now):
        if step.takes:
            for name in routes[step.number].channels:
                found.setdefault(name, routes[step.number])
    return list(found.items())


def named_channels(event: Event, names: Sequence[str]) -> list[str]:
    """Which of the channels in *names* the event's own ``channels`` override names."""
    return [name for name in _wanted(event) if name in names]


def unknown_channels(event: Event, names: Sequence[str]) -> list[str]:
    """Which channels that override names that are none of *names*."""
    return [name for name in _wanted(event) if name not in names]


def _wanted(event: Event) -> list[str]:
    found = (part.strip() for part in event.overrides.get("channels", "").split(","))
    return list(filter(None, dict.fromkeys(found)))


class RouteStep(NamedTuple):
    """One route that was asked.

    Attributes:
        number: its place, from 0.
        takes: it sends the event to its channels.
        why: a few words.
    """

    number: int
    takes: bool
    why: str


def steps(
    event: Event, routes: Sequence[Route], now: datetime | None = None
) -> Iterator[RouteStep]:
    """Ask the routes in turn: what each does with *event*, and why, until one decides.

    A resolve or an acknowledgement goes where the problem went: the routes are asked once for each
    state that it was in, all of them where nobody knows. By its own state they are only asked
    where they name it.
    """
    for state, told in _asked(event):
        for number, route in enumerate(routes):
            reason = mismatch(route.match, event, state)
            if not reason and not told and not route.match.severity:
                reason = "a problem's end goes where the problem went"
            if reason:
                yield RouteStep(number, False, reason)
                continue
            silent = _silence(route, event, now)
            about = "" if state is event.state else f"it was {state.value}"
            yield RouteStep(number, not silent, silent or about or "it matches")
            if not route.continue_:
                break


def _asked(event: Event) -> list[tuple[State, bool]]:
    """By which states to route *event*, and whether somebody may have heard of each."""
    if event.kind not in _FOLLOWS:
        return [(event.state, True)]
    seen = event.seen
    if not seen:
        seen = _PROBLEMS if event.state is State.OK else (event.state,)
    return [(state, True) for state in _PROBLEMS if state in seen] + [
        (event.state, False) for _ in range(event.state not in seen)
    ]


def mismatch(match: RouteMatch, event: Event, state: State | None = None) -> str:
    """Say what of *event* does not fit *match*, in a few words; "" when all fits.

    Args:
        state: stands in for the event's own.
    """
    wanted = [
        ("check", event.check, match.check),
        ("entity", event.entity, match.entity),
        ("severity", (state or event.state).value, match.severity),
        ("source", event.source, match.source),
        ("kind", event.kind.value, match.kind),
        *((f"label {key}", event.labels.get(key, ""), g) for key, g in match.labels.items()),
    ]
    for what, text, globs in wanted:
        if not fits(text, globs):
            return f"{what} is {text or 'empty'}, not {' or '.join(globs)}"
    return ""


def _silence(route: Route, event: Event, now: datetime | None) -> str:
    """Say why the route's own filters hold *event* back, for set-ups without Sensu's; or ""."""
    if event.kind is Kind.RESOLVE and not route.resolve:
        return "it is not told of ends"
    if event.kind is Kind.PROBLEM:
        over = event.occurrences - route.min_occurrences
        if over < 0:
            return f"occurrence {event.occurrences} of the {route.min_occurrences} it waits for"
        if over % route.repeat_every:
            return f"it is told of every {route.repeat_every}. occurrence"
    if now is not None and any(mutes(mute, now) for mute in route.mute):
        return "it is mute now"
    return ""


def mutes(mute: Mute, now: datetime) -> bool:
    """Tell whether *now*, aware, is in the time of *mute*.

    Hours that go past midnight belong to the day on which they begin: ``fri`` with ``22:00-06:00``
    is the night to Saturday. Both are a clock's on the wall, so daylight saving moves neither.
    """
    zone = None
    if mute.tz:
        from zoneinfo import ZoneInfo

        zone = ZoneInfo(mute.tz)
    at = now.astimezone(zone)
    days = weekdays(mute.days) if mute.days else _EVERY_DAY
    today, yesterday = at.weekday() in days, (at.weekday() - 1) % 7 in days
    if not mute.hours:
        return today
    start, end = minutes(mute.hours)
    minute = 60 * at.hour + at.minute
    if start < end:
        return today and start <= minute < end
    return (today and minute >= start) or (yesterday and minute < end)
