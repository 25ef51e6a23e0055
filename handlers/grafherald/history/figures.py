"""What the history tells whoever scrapes figures: few numbers, each cheap to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from grafherald.history import CODES, SLOT, series
from grafherald.history.buckets import Buckets, past
from grafherald.history.select import EVERYTHING
from grafherald.history.standing import ACKNOWLEDGED, OPEN, SILENCED, standings
from grafherald.history.sums import HOUR
from grafherald.store import Database, milliseconds

Read = Callable[[Database, datetime], dict[str, float]]
_NAMES = {code: state.value for state, code in CODES.items() if code}


def open_by_severity(database: Database, now: datetime) -> dict[str, float]:
    """Count the open alerts by the worst state that they had."""
    del now
    find = "SELECT severity, COUNT(*) FROM alerts WHERE ended IS NULL GROUP BY severity"
    found: dict[int, int] = dict(database.rows(find))
    return {name: float(found.get(code, 0)) for code, name in _NAMES.items()}


def open_by_standing(database: Database, now: datetime) -> dict[str, float]:
    """Count the open alerts that are to be looked at, acknowledged and silenced."""
    found = Counter(one.kind for one in standings(database, now))
    return {kind: float(found[kind]) for kind in (OPEN, ACKNOWLEDGED, SILENCED)}


def began(database: Database, now: datetime) -> dict[str, float]:
    """Count the alerts that began in the last 24 hours, by severity."""
    found = series.counts(database, "started", _past_day(now), EVERYTHING)
    return {name: float(sum(found[code].values())) for code, name in _NAMES.items()}


def mean_time_to_resolve(database: Database, now: datetime) -> dict[str, float]:
    """How many seconds alerts lasted that ended in the last 24 hours, by severity: the mean."""
    numbers: Counter[int] = Counter()
    totals: Counter[int] = Counter()
    for _, severity, number, total in series.lasted(database, _past_day(now), EVERYTHING):
        numbers[severity] += number
        totals[severity] += total
    return {_NAMES[code]: totals[code] / numbers[code] / 1000 for code in numbers}


def _past_day(now: datetime) -> Buckets:
    return past(milliseconds(now), 24 * HOUR, SLOT)


GAUGES: tuple[tuple[str, str, str, Read], ...] = (
    ("alerts_open", "Alerts that are open.", "severity", open_by_severity),
    ("alerts_standing", "Open alerts by what people did.", "standing", open_by_standing),
    ("alerts_began_past_day", "Alerts that began in the past 24 hours.", "severity", began),
    (
        "alerts_resolve_seconds_past_day",
        "Mean time to resolve of those that ended in the past 24 hours.",
        "severity",
        mean_time_to_resolve,
    ),
)
