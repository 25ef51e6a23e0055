"""When an event is no news: what checks and the settings say about repeats and first failures.

Sensu Core's handlers went by the check's ``alert``, ``occurrences`` and ``refresh``, `filter` in
https://github.com/sensu-plugins/sensu-plugin/blob/master/lib/sensu-handler.rb; Sensu Go has the
annotations of https://github.com/sensu/sensu-go-fatigue-check-filter. Ours are ``min_occurrences``
and ``repeat_every``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grafherald.event import Event, Kind
from grafherald.inputs.sensu.fields import integer, text

MIN, EVERY, NO_RESOLVE, NO_FLAPPING = "min_occurrences", "repeat_every", "no_resolve", "no_flapping"
_REFRESH = 1800  # seconds, the default of both filters
_INTERVAL = {"sensu-core": 30, "sensu-go": 60}  # seconds, of a check that does not say: theirs too
_PREFIX = "fatigue_check/"

Json = Mapping[str, Any]


def of_core(check: Json) -> dict[str, str]:
    """Read what Core's *check* wants, by the names of `quiet`'s settings."""
    least, refresh = integer(check.get("occurrences")), integer(check.get("refresh"))
    if least is None and refresh is None:
        return {}
    return {MIN: str(least or 1), EVERY: str(_REFRESH if refresh is None else refresh)}


def of_annotations(entity: Json, check: Json, name: str) -> dict[str, str]:
    """Read the filter's annotations, those of the entity before those of the check.

    Args:
        name: the check's; keepalives have annotations of their own.
    """
    said = {key: value for place in (check, entity) for key, value in place.items()}
    said = {
        key.removeprefix(_PREFIX): text(value)
        for key, value in said.items()
        if key.startswith(_PREFIX)
    }
    if not said:
        return {}
    own = "keepalive_" if name == "keepalive" else ""
    least = integer(said.get(f"{own}occurrences")) or integer(said.get("occurrences")) or 1
    every = integer(said.get(f"{own}interval")) or integer(said.get("interval")) or _REFRESH
    found = {MIN: str(least), EVERY: str(every), NO_FLAPPING: "true"}
    if "false" in said.get("suppress_flapping", "").lower():
        del found[NO_FLAPPING]
    if "false" in said.get("allow_resolution", "").lower():
        found[NO_RESOLVE] = "true"
    return found


def quiet(event: Event, settings: Json) -> str:
    """Decide whether anybody is to hear of *event*: why not, in a few words, or "" for news.

    Args:
        settings: Sensu's; what the event's checks and annotations say goes before them.
    """
    said = {**settings, **event.overrides}
    least = integer(said.get(MIN)) or 1
    if event.kind is Kind.FLAPPING:
        return "flapping is not told (fatigue_check)" if NO_FLAPPING in said else ""
    if event.kind is Kind.RESOLVE:
        if NO_RESOLVE in said:
            return "resolves are not told (fatigue_check)"
        most = max(event.peak, *_runs(event.history))
        return f"it was over after {most} of {least} occurrences" if most < least else ""
    if event.kind is not Kind.PROBLEM:
        return ""
    if event.occurrences < least:
        return f"occurrence {event.occurrences} of {least}"
    return _repeat(event, event.occurrences - least, integer(said.get(EVERY)) or 0)


def _repeat(event: Event, since: int, every: int) -> str:
    """Why a failure that is known already, *since* so many results, is not repeated now."""
    interval = event.interval or _INTERVAL.get(event.source, 60)
    rounded = 0 if event.source == "sensu-core" else interval - 1  # as each filter does
    steps = (every + rounded) // interval
    return f"told again every {every} s" if steps > 0 and since % steps else ""


def _runs(history: Sequence[int]) -> list[int]:
    """How often in a row each status but 0 was seen in the trouble that just ended."""
    runs, before = [0], 0
    for status in reversed(history[:-1]):
        if status == 0:
            break
        if status == before:
            runs[-1] += 1
        else:
            runs.append(1)
        before = status
    return runs
