"""Which channels an event goes to. Pure: settings and an event in, names out."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from grafherald.event import Event, Kind
from grafherald.settings.sections import Route, RouteMatch

_ANY = Route()


def channels_for(event: Event, routes: Sequence[Route], names: Sequence[str]) -> list[str]:
    """Return the names of the channels that get *event*, each once, in order.

    See `routes_for`.
    """
    return [name for name, _ in routes_for(event, routes, names)]


def routes_for(
    event: Event, routes: Sequence[Route], names: Sequence[str]
) -> list[tuple[str, Route]]:
    """Return the channels that get *event*, each once, in order, with the route that led there.

    An event's own ``channels`` override wins where it names a known channel. Otherwise the first
    matching route decides, and the following ones too while it says ``continue``. Without routes
    all *names* get it; with routes of which none matches, nobody does.
    """
    wanted = event.overrides.get("channels", "")
    chosen = [name for name in (part.strip() for part in wanted.split(",")) if name in names]
    if chosen:
        return [(name, _ANY) for name in dict.fromkeys(chosen)]
    if not routes:
        return [(name, _ANY) for name in names]
    found: dict[str, Route] = {}
    for route in routes:
        if not _matches(route.match, event):
            continue
        if _is_due(route, event):
            for name in route.channels:
                found.setdefault(name, route)
        if not route.continue_:
            break
    return list(found.items())


def _matches(match: RouteMatch, event: Event) -> bool:
    wanted = [
        (event.check, match.check),
        (event.entity, match.entity),
        (event.state.value, match.severity),
        (event.source, match.source),
        (event.kind.value, match.kind),
        *((event.labels.get(key, ""), globs) for key, globs in match.labels.items()),
    ]
    return all(any(fnmatchcase(text, glob) for glob in globs) for text, globs in wanted if globs)


def _is_due(route: Route, event: Event) -> bool:
    """Tell whether the route's own filters let *event* through, for set-ups without Sensu's."""
    if event.kind is Kind.RESOLVE:
        return route.resolve
    if event.kind is not Kind.PROBLEM:
        return True
    over = event.occurrences - route.min_occurrences
    return over >= 0 and over % route.repeat_every == 0
