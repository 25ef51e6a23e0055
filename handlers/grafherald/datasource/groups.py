"""Alerts by entity, check, channel or a label: the largest groups, and all others as one."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from grafherald.datasource.question import Question
from grafherald.history import read, series
from grafherald.history.select import Selection, values_of
from grafherald.store import Database, moment

_MOST = 20  # groups of a graph
OTHERS, NONE = "(others)", "(none)"


def over_time(
    database: Database, asked: Question, chosen: Selection
) -> list[tuple[str, Counter[int]]]:
    """Return how many alerts began by bucket, for each group, the largest first."""
    if asked.target.by == "channel":
        return _by_channel(database, asked, chosen)
    names, sizes = _sizes(database, asked, chosen)
    kept = [name for name, _ in sizes.most_common(_MOST)]
    groups: dict[str, Counter[int]] = {name: Counter() for name in kept}
    members = frozenset(subject for subject, name in names.items() if name in groups)
    drawn = replace(chosen, subjects=members)
    for at, subject, _, number in series.began(database, asked.when, drawn):
        groups[names[subject]][at] += number
    found = list(groups.items())
    if len(sizes) > len(kept):
        others = _all(database, asked, chosen)
        for _, counted in found:
            others.subtract(counted)
        found.append((OTHERS, others))
    return found


def by_severity(
    database: Database, asked: Question, chosen: Selection
) -> list[tuple[str, Counter[int]]]:
    """Return how many alerts began in the range by severity, for each group, the largest first."""
    found: dict[str, Counter[int]] = defaultdict(Counter)
    if asked.target.by == "channel":
        for _, name, code, number in series.began_by_channel(database, asked.range, chosen):
            found[name][code] += number
    else:
        rows = series.began_by_subject(database, asked.range, chosen)
        names = values_of(database, asked.target.by, {row[0] for row in rows})
        for subject, code, number in rows:
            found[names.get(subject) or NONE][code] += number
    return sorted(found.items(), key=lambda pair: (-pair[1].total(), pair[0]))


def _by_channel(
    database: Database, asked: Question, chosen: Selection
) -> list[tuple[str, Counter[int]]]:
    groups: dict[str, Counter[int]] = defaultdict(Counter)
    for at, channel, _, number in series.began_by_channel(database, asked.when, chosen):
        groups[channel][at] += number
    return sorted(groups.items(), key=lambda pair: -pair[1].total())[:_MOST]


def _sizes(
    database: Database, asked: Question, chosen: Selection
) -> tuple[dict[int, str], Counter[str]]:
    """Return the group of each subject, and how many alerts of each group began."""
    rows = series.began_by_subject(database, asked.when, chosen)
    values = values_of(database, asked.target.by, {row[0] for row in rows})
    names = {subject: value or NONE for subject, value in values.items()}
    sizes: Counter[str] = Counter()
    for subject, _, number in rows:
        sizes[names.get(subject, NONE)] += number
    return names, sizes


def _all(database: Database, asked: Question, chosen: Selection) -> Counter[int]:
    found: Counter[int] = Counter()
    when = asked.when
    counted = read.counts(database, moment(when.begin), moment(when.stop), when.step, chosen)
    for (at, _), (began, _) in counted.items():
        found[at] += began
    return found
