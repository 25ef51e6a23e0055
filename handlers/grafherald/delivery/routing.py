"""Which channels an event goes to. Pure: settings and an event in, names out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from grafherald.event import Event, Kind


def channels_for(
    event: Event, routes: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> list[str]:
    """Return the names of the channels that get *event*, each once, in order.

    See `routes_for`.
    """
    return [name for name, _ in routes_for(event, routes, names)]


def routes_for(
    event: Event, routes: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the channels that get *event*, each once, in order, with the route that led there.

    An event's own ``channels`` override wins where it names a known channel. Otherwise the first
    matching route decides, and the following ones too while it says ``continue``. Without routes
    all *names* get it; with routes of which none matches, nobody does.
    """
    wanted = event.overrides.get("channels", "")
    chosen = [name for name in (part.strip() for part in wanted.split(",")) if name in names]
    if chosen:
        return [(name, {}) for name in dict.fromkeys(chosen)]
    if not routes:
        return [(name, {}) for name in names]
    found: dict[str, Mapping[str, Any]] = {}
    for route in routes:
        if not _matches(route.get("match", {}), event):
            continue
        if _is_due(route, event):
            for name in route["channels"]:
                found.setdefault(name, route)
        if not route.get("continue", False):
            break
    return list(found.items())


def _matches(match: Mapping[str, Any], event: Event) -> bool:
    texts = {
        "check": event.check,
        "entity": event.entity,
        "severity": event.state.value,
        "source": event.source,
        "kind": event.kind.value,
    }
    wanted = [(texts[key], globs) for key, globs in match.items() if key != "labels"]
    wanted += [(event.labels.get(key, ""), globs) for key, globs in match.get("labels", {}).items()]
    return all(_any(text, globs) for text, globs in wanted)


def _any(text: str, globs: str | Sequence[str]) -> bool:
    return any(fnmatchcase(text, glob) for glob in ([globs] if isinstance(globs, str) else globs))


def _is_due(route: Mapping[str, Any], event: Event) -> bool:
    """Tell whether the route's own filters let *event* through, for set-ups without Sensu's."""
    if event.kind is Kind.RESOLVE:
        return bool(route.get("resolve", True))
    if event.kind is not Kind.PROBLEM:
        return True
    over = event.occurrences - int(route.get("min_occurrences", 1))
    return over >= 0 and over % int(route.get("repeat_every", 1)) == 0
