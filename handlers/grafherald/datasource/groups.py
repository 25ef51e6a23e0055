"""Alerts by entity, check, channel or a label: the largest groups, and all others as one."""

from __future__ import annotations

from collections import Counter, defaultdict

from grafherald.datasource.json_format import Number
from grafherald.datasource.target_query import TargetQuery
from grafherald.history import series
from grafherald.history.buckets import Buckets
from grafherald.history.select import Selection
from grafherald.store import Database

_MOST = 20  # groups of a graph
_OTHERS, _NONE = "(others)", "(none)"


def over_time(
    database: Database, asked: TargetQuery, chosen: Selection
) -> list[tuple[str, Counter[int]]]:
    """Count the alerts that began by bucket, for each group, the largest first."""
    found: dict[str, Counter[int]] = defaultdict(Counter)
    rows = series.began_over_time(database, asked.when, asked.target.by, chosen)
    for at, name, number in rows:
        found[name or _NONE][at] += number
    largest = _largest_first(found)
    if len(largest) > _MOST:
        others: Counter[int] = Counter()
        for _, counted in largest[_MOST:]:
            others.update(counted)
        largest[_MOST:] = [(_OTHERS, others)]
    return largest


def by_severity(
    database: Database, asked: TargetQuery, chosen: Selection
) -> list[tuple[str, Counter[int]]]:
    """Count the alerts that began in the range by severity, for each group, the largest first."""
    found: dict[str, Counter[int]] = defaultdict(Counter)
    rows = series.began_by_severity(database, asked.range, asked.target.by, chosen)
    for code, name, number in rows:
        found[name or _NONE][code] += number
    return _largest_first(found)


def mean_times(
    database: Database, asked: TargetQuery, when: Buckets, chosen: Selection
) -> list[tuple[str, dict[int, Number]]]:
    """Take the mean seconds that alerts lasted by bucket, for the groups that ended most."""
    ended: Counter[str] = Counter()
    found: dict[str, dict[int, Number]] = defaultdict(dict)
    for at, name, number, total in series.lasted_by(database, when, asked.target.by, chosen):
        ended[name] += number
        found[name][at] = total / number / 1000
    return [(name or _NONE, found[name]) for name, _ in ended.most_common(_MOST)]


def mean_time_of_each(
    database: Database, asked: TargetQuery, chosen: Selection
) -> list[tuple[str, int, float]]:
    """Take each group's mean: (group, how many ended, their mean seconds), most ended first."""
    ended: Counter[str] = Counter()
    lasted: Counter[str] = Counter()
    for _, name, number, total in series.lasted_by(database, asked.range, asked.target.by, chosen):
        ended[name] += number
        lasted[name] += total
    return [(name or _NONE, n, lasted[name] / n / 1000) for name, n in ended.most_common()]


def _largest_first(found: dict[str, Counter[int]]) -> list[tuple[str, Counter[int]]]:
    return sorted(found.items(), key=lambda pair: (-pair[1].total(), pair[0]))
