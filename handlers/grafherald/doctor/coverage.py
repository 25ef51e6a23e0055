"""Which events would reach nobody, by the routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from grafherald.delivery.routing import routes_for
from grafherald.doctor.findings import Finding, ok, warning
from grafherald.errors import StoreError
from grafherald.event import Event, Kind, State
from grafherald.settings import Settings
from grafherald.settings.sections import Route, RouteMatch

_ADVICE = "Add a route without match at the end, or ask about an event: grafherald routes test."
_CHECKS = 1000  # that are looked at, the latest
_MOST = 10  # names in one sentence
_PROBLEMS = (State.WARNING, State.CRITICAL, State.UNKNOWN)
_OTHERS = [kind for kind in Kind if kind not in (Kind.PROBLEM, Kind.OK)]


def look(config: Settings, sample: Event) -> Iterator[Finding]:
    """Find what the routes leave out, also of the checks that the history knows.

    Args:
        sample: any event.
    """
    if not config.routes:
        return
    known = _known(config.store)
    states = [
        f"{state.value} problems"
        for state in _PROBLEMS
        if not _reaches(config, sample._replace(kind=Kind.PROBLEM, state=state))
    ]
    kinds = [
        kind.value
        for kind in _OTHERS
        if not _reaches(config, sample._replace(kind=kind, state=_state(kind), seen=_PROBLEMS))
    ]
    if missing := [*states, *kinds]:
        text = f"No route takes these, whatever the check: {', '.join(missing)}."
        yield warning("routes", text, _ADVICE)
    checks = [
        f"{event.entity}/{event.check}"
        for event in known
        if not routes_for(event, config.routes, config.channel_names)
    ]
    if checks:
        more = f" and {len(checks) - _MOST} more" if len(checks) > _MOST else ""
        text = f"No route takes the problems of {', '.join(checks[:_MOST])}{more}."
        yield warning("routes", text, _ADVICE)
    if not missing and not checks:
        yield ok("routes", "Every state and kind has a route to a channel.")


def _known(store: str) -> Sequence[Event]:
    """The latest problem of each check that the history knows, as far as it can be read."""
    path = store.removeprefix("sqlite:///")
    if not store or (path != store and not Path(path).exists()):
        return ()
    from grafherald.history.record import latest_problems
    from grafherald.store import open_database

    try:
        database = open_database(store)
        try:
            return latest_problems(database, _CHECKS)
        finally:
            database.close()
    except StoreError:  # the doctor's look at the store says so
        return ()


def _state(kind: Kind) -> State:
    return State.OK if kind in (Kind.RESOLVE, Kind.FLAPPING_END) else State.CRITICAL


def _reaches(config: Settings, event: Event) -> bool:
    """Tell whether a route takes *event*, were its check, host, source and labels as it wants."""
    routes = [
        Route(
            channels=route.channels,
            match=RouteMatch(severity=route.match.severity, kind=route.match.kind),
            continue_=True,
            resolve=route.resolve,
        )
        for route in config.routes
    ]
    return bool(routes_for(event, routes, config.channel_names))
