"""Numbers over time, for those who plan: how much, how long, what is noisy, what did not arrive."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from grafherald.delivery.outbox import DROPPED, FAILED, SENT
from grafherald.errors import QueryError
from grafherald.history import SLOT, acts, rank, series, sums
from grafherald.history.buckets import Buckets, buckets, past
from grafherald.history.conditions import KEYS, SEVERITIES, Condition
from grafherald.history.select import EVERYTHING, check_fields, fields, subjects_of
from grafherald.notification import span
from grafherald.store import Database, milliseconds, moment
from grafherald.web.query import Query
from grafherald.web.templates import Page, PageTemplates
from grafherald.web.view import typical

RANGES = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
_HOURS = {"24h": 24, "7d": 168, "30d": 720, "90d": 2160}
_BARS, _ROWS, _FLAPPING, _DONE, _LABELS = 90, 25, 10, 30, 30
_HEIGHT = 100  # of the bars, in their own units
_WORST_FIRST = sorted(SEVERITIES, key=lambda name: rank(SEVERITIES[name]), reverse=True)


@dataclass(frozen=True)
class Bar:
    """A piece of a bar of the graph, in its own units of a hundred for the highest."""

    left: float
    top: float
    width: float
    height: float
    severity: str
    title: str


@dataclass(frozen=True)
class NumbersRow:
    """A row of the table by a field.

    Attributes:
        counts: alerts that began, by severity.
        mean: how long those that ended lasted, in words, or "".
        share: of the largest row's total, 0 to 100.
        link: to the open alerts of it.
    """

    name: str
    counts: Mapping[str, int]
    total: int
    mean: str
    share: float
    link: str


def numbers(
    templates: PageTemplates,
    database: Database,
    asked: Mapping[str, str],
    now: datetime,
    shared: Mapping[str, Any],
) -> Page:
    """Render the numbers of the range and by the field that are *asked* for."""
    last = asked.get("last", "7d")
    last = last if last in RANGES else "7d"
    by = asked.get("by", "check")[:300] or "check"
    slots = past(milliseconds(now), _HOURS[last] * sums.HOUR, SLOT)  # as /metrics counts a day
    whole = slots._replace(step=slots.stop - slots.begin)
    when = buckets(*whole[:2], SLOT, _BARS)
    try:
        check_fields(database, [Condition(by, "=", ("",))] if by not in KEYS else [])
        problem, lines = "", _lines(database, whole, by)
    except QueryError as error:
        problem, lines = str(error), []
    began = series.counts(database, "started", slots._replace(step=when.step), EVERYTHING)
    return templates.render(
        "numbers.html",
        ranges=RANGES,
        last=last,
        by=by,
        fields=_fields(database),
        link=lambda **changed: "/numbers?" + urlencode({"last": last, "by": by} | changed),
        problem=problem,
        bars=_bars(began, when),
        start=moment(whole.begin),
        highest=max(_totals_by_slot(began, when).values(), default=0),
        step=span(timedelta(milliseconds=when.step)),
        totals=_totals(database, whole, began),
        lines=lines[:_ROWS],
        more=len(lines) - _ROWS,
        severities=_WORST_FIRST,
        flapping=_flapping(database, whole),
        channels=_channels(database, whole),
        people=acts.latest(database, _DONE),
        now=now,
        **shared,
    )


def _fields(database: Database) -> list[str]:
    ours = ["check", "entity", "name", "source", "namespace", "channel"]
    return [*ours, *fields(database)[len(KEYS) :][:_LABELS]]


def _totals(
    database: Database, whole: Buckets, began: Mapping[int, Mapping[int, int]]
) -> list[tuple[str, str]]:
    """The page's figures, each with its words."""
    ended = total = 0
    for _, _, number, milli in series.lasted(database, whole, EVERYTHING):
        ended, total = ended + number, total + milli
    renders, failed = Counter[int](), 0
    for _, is_failed, took, number in series.renders(database, whole):
        renders[took] += number
        failed += is_failed * number
    return [
        (f"{sum(sum(one.values()) for one in began.values()):,}", "alerts began"),
        (f"{ended:,}", "ended"),
        (_mean(total, ended) or "–", "mean time to resolve"),
        (f"{renders.total():,}", f"renders, {failed:,} without a picture"),
        (_half(renders), "half of the renders took less"),
    ]


def _mean(milliseconds_in_all: int, number: int) -> str:
    if not number:
        return ""
    return typical(timedelta(milliseconds=milliseconds_in_all / number))


def _half(took: Counter[int]) -> str:
    left = took.total() / 2
    for milli in sorted(took):
        left -= took[milli]
        if left <= 0:
            return (
                f"{milli / 1000:.2g} s" if milli < 60_000 else span(timedelta(milliseconds=milli))
            )
    return "–"


def _bars(began: Mapping[int, Mapping[int, int]], when: Buckets) -> list[Bar]:
    """Draw how many alerts began, as bars with the worst at the bottom."""
    totals = _totals_by_slot(began, when)
    highest = max(totals.values(), default=0) or 1
    width = 1000 / len(when.starts())
    pieces = []
    for place, (at, total) in enumerate(totals.items()):
        floor = float(_HEIGHT)
        for name in _WORST_FIRST:
            number = began.get(SEVERITIES[name], {}).get(at, 0)
            if number:
                height = number / highest * (_HEIGHT - 4)
                floor -= height
                title = f"{number} {name} of {total}"
                left = round(place * width + width * 0.1, 1)
                pieces.append(
                    Bar(left, round(floor, 1), round(width * 0.8, 1), round(height, 1), name, title)
                )
    return pieces


def _totals_by_slot(began: Mapping[int, Mapping[int, int]], when: Buckets) -> dict[int, int]:
    return {at: sum(one.get(at, 0) for one in began.values()) for at in when.starts()}


def _lines(database: Database, whole: Buckets, by: str) -> list[NumbersRow]:
    """Count the alerts that began by a field's value, the noisiest first."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    names = {code: name for name, code in SEVERITIES.items()}
    for code, value, number in series.began_by_severity(database, whole, by, EVERYTHING):
        counted[value][names[code]] += number
    means = _means(database, whole, by)
    most = max((one.total() for one in counted.values()), default=1)
    lines = [
        NumbersRow(
            value or "(none)",
            counts,
            counts.total(),
            means.get(value, ""),
            round(100 * counts.total() / most, 1),
            Query().narrowed(by, value) if value else "",
        )
        for value, counts in counted.items()
    ]
    return sorted(lines, key=lambda line: (-line.total, line.name))


def _means(database: Database, whole: Buckets, by: str) -> dict[str, str]:
    """How long alerts lasted by a field's value, in words; {} where the store has no sums."""
    if not sums.is_added_up(by):
        return {}  # a look at each alert
    numbers, totals = Counter[str](), Counter[str]()
    for value, number, total in series.lasted_in_all(database, whole, by, EVERYTHING):
        numbers[value] += number
        totals[value] += total
    return {value: _mean(totals[value], numbers[value]) for value in numbers if value}


def _flapping(database: Database, whole: Buckets) -> list[tuple[str, str, int]]:
    """Find the checks that changed their state most: host, check, and how often."""
    found = sorted(series.changes_by_subject(database, whole), key=lambda row: -row[1])
    most = [row for row in found[:_FLAPPING] if row[1] >= 4]
    named = {row[0]: row for row in subjects_of(database, (subject for subject, _ in most))}
    return [(named[s][3], named[s][4], number) for s, number in most if s in named]


def _channels(database: Database, whole: Buckets) -> list[tuple[str, Sequence[int], str]]:
    """Count for each channel what was sent, failed and dropped, and how long half of it took."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    took: dict[str, Counter[int]] = defaultdict(Counter)
    rows = series.delivered_by_channel(database, whole, EVERYTHING)
    for channel, state, latency, number in rows:
        counted[channel][state] += number
        if state == SENT:
            took[channel][latency] += number
    states = (SENT, FAILED, DROPPED)
    return [
        (channel, [counted[channel][state] for state in states], _half(took[channel]))
        for channel in sorted(counted)
    ]
