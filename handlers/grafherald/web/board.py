"""The first page: what is wrong now, what is apart, and what ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import FAILED
from grafherald.errors import QueryError
from grafherald.history import acts, rank, read
from grafherald.history.conditions import KEYS, Condition
from grafherald.history.grammar import parse
from grafherald.history.measured import measured
from grafherald.history.select import EVERYTHING, Selection, check_fields, fields, labels, select
from grafherald.history.standing import (
    ACKNOWLEDGED,
    MOST,
    OPEN,
    SILENCED,
    Standing,
    standings,
)
from grafherald.store import Database
from grafherald.web.query import HOURS, RANGES, SEVERITIES, Query
from grafherald.web.templates import Page, PageTemplates
from grafherald.web.view import Row, counted, origins, row, shared_domain, sparkline, value

_RECENT, _APART, _WALL = 50, 20, 60
_GROUPS = ("check", "entity", "source", "namespace", "severity")
_LABELS = 30  # that one can group by
_DONE = 100  # acts at once
_DONE_FOR = timedelta(minutes=2)  # an act is offered to be undone for so long where it was done


@dataclass(frozen=True)
class PageSizes:
    """How much a page shows.

    Attributes:
        page: alerts on one page.
        new: how long an alert is a new one.
    """

    page: int = 100
    new: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class Group:
    """Alerts that have something in common.

    Attributes:
        name: what; "" when they are not grouped.
        counts: how many of them there are by severity, also on other pages.
        listed: those that this page shows, *rows* is how.
        link: to these alone, or "".
    """

    name: str
    counts: dict[str, int]
    listed: list[Standing]
    link: str = ""
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class OpenAlerts:
    """The open alerts that a view is about.

    Attributes:
        open, acknowledged, silenced: those that match the words and the severity.
        listed: those that the view lists, in order.
        total: how many are open, whatever matches.
    """

    listed: list[Standing]
    open: list[Standing]
    acknowledged: list[Standing]
    silenced: list[Standing]
    new: list[Standing]
    total: int
    problem: str = ""

    @property
    def numbers(self) -> str:
        """What tells the page's script which alerts are new to it, also those on other pages."""
        return " ".join(str(one.alert.id) for one in self.listed)


def board(  # noqa: PLR0913, PLR0917 - the view, what it is made of, and how much of it
    templates: PageTemplates,
    database: Database,
    asked: Query,
    now: datetime,
    shared: dict[str, Any],
    limits: PageSizes,
    live: Callable[[read.Alert], str],
) -> Page:
    """Render the first page: the open alerts as *asked*, those apart, and what ended lately."""
    chosen, found = _found(database, asked, now, limits.new, shared["viewer"].name)
    groups, listed = _page(database, asked, found, limits)
    ended = _ended(database, asked, chosen, now) if chosen else []
    apart = [] if asked.show else [found.acknowledged[:_APART], found.silenced[:_APART]]
    draw = _drawer(database, [*listed, *(one for some in apart for one in some)], now, limits, live)
    drawn = [replace(group, rows=tuple(draw(one) for one in group.listed)) for group in groups]
    first = (asked.page - 1) * limits.page
    recent = [row(alert, now) for alert in ended[:_RECENT]]
    return templates.render(
        "board.html",
        origins([one for group in drawn for one in group.rows]),
        found=found,
        groups=drawn,
        silences=acts.silences(database, now),
        shared_domain=next((one.shared for group in drawn for one in group.rows), ""),
        first=first + 1,
        last=first + len(listed),
        pages=-(-len(found.listed) // limits.page),
        apart=[[draw(one) for one in some] for some in apart],
        counts=counted(_counted(found, asked)),
        recent=recent,
        more_recent=len(ended) > _RECENT,
        problem=found.problem,
        asked=asked,
        ranges=RANGES,
        group_by=_group_keys(database),
        failed=Backlog(database).depth()[FAILED],
        most=MOST,
        now=now,
        new_minutes=int(limits.new.total_seconds() // 60),
        **shared,
    )


def wall(  # noqa: PLR0913, PLR0917 - as `board`
    templates: PageTemplates,
    database: Database,
    asked: Query,
    now: datetime,
    shared: dict[str, Any],
    limits: PageSizes,
) -> Page:
    """Render a screen on a wall: the worst open alerts, large, and how many there are."""
    _, found = _found(database, asked, now, limits.new)
    listed = found.open[:_WALL]
    draw = _drawer(database, listed, now, limits, lambda _: "")
    return templates.render(
        "wall.html",
        rows=[draw(one) for one in listed],
        found=found,
        counts=counted(found.open),
        problem=found.problem,
        asked=asked,
        failed=Backlog(database).depth()[FAILED],
        now=now,
        **shared,
    )


def done(database: Database, numbers: str, now: datetime) -> list[acts.Act]:
    """What was done just now, for the page to offer its undoing: not what is undone, or older.

    Args:
        numbers: of the acts, as ``5.6.7``.
    """
    given = [int(text) for text in numbers.split(".")[:_DONE] if text.isdecimal()]
    # The store's integers have 64 bits, and would raise for more.
    found = (acts.act(database, number % 2**63) for number in given)
    return [act for act in found if act and not act.undone and now - act.at < _DONE_FOR]


def listed(
    database: Database, asked: Query, now: datetime, limits: PageSizes, viewer: str
) -> OpenAlerts:
    """The open alerts of a view, for acts about several of them; "mine" are *viewer*'s."""
    return _found(database, asked, now, limits.new, viewer)[1]


def _chosen(database: Database, asked: Query) -> Selection:
    conditions = parse(asked.q)
    check_fields(database, conditions)
    if asked.severity:
        conditions = (*conditions, Condition("severity", "=", (asked.severity,)))
    return select(database, conditions) if conditions else EVERYTHING


def _found(
    database: Database, asked: Query, now: datetime, new: timedelta, viewer: str = ""
) -> tuple[Selection | None, OpenAlerts]:
    """Sort the open alerts into what the view lists and what it counts.

    The selection is None when the search can't be read; ``problem`` says why then.
    """
    everything = standings(database, now)
    matching: list[Standing] = []
    chosen, problem = None, ""
    try:
        chosen = _chosen(database, asked)
        numbers = None if chosen == EVERYTHING else read.open_numbers(database, chosen)
        matching = [one for one in everything if numbers is None or one.alert.id in numbers]
    except QueryError as error:
        problem = str(error)
    kinds: dict[str, list[Standing]] = {OPEN: [], ACKNOWLEDGED: [], SILENCED: []}
    for one in matching:
        kinds[one.kind].append(one)
    fresh = [one for one in kinds[OPEN] if one.alert.started >= now - new]
    mine = [one for one in matching if viewer and one.owner == viewer]
    by_show = {"": kinds[OPEN], "new": fresh, "mine": mine, "all": matching, **kinds}
    found = OpenAlerts(
        by_show[asked.show],
        kinds[OPEN],
        kinds[ACKNOWLEDGED],
        kinds[SILENCED],
        fresh,
        len(everything),
        problem,
    )
    return chosen, found


def _counted(found: OpenAlerts, asked: Query) -> list[Standing]:
    return found.listed if asked.show else found.open


def _page(
    database: Database, asked: Query, found: OpenAlerts, limits: PageSizes
) -> tuple[list[Group], list[Standing]]:
    """Cut out one page, in groups of which the worst comes first, and all that it lists.

    A group that the page begins or ends in counts its alerts on the other pages too.
    """
    first = (asked.page - 1) * limits.page
    if not asked.group:
        listed = found.listed[first : first + limits.page]
        return [Group("", {}, listed)] if listed else [], listed
    read_name = _namer(database, asked.group)
    by_name: dict[str, list[Standing]] = {}
    for one in found.listed:
        by_name.setdefault(read_name(one.alert), []).append(one)
    ordered = sorted(by_name.items(), key=_worst_first)
    groups, listed, place = [], [], 0
    for name, some in ordered:
        here = some[max(first - place, 0) : max(first + limits.page - place, 0)]
        place += len(some)
        if here:
            link = asked.narrowed(asked.group, name) if name else ""
            groups.append(Group(name or "(none)", counted(some), here, link))
            listed += here
    return groups, listed


def _worst_first(group: tuple[str, list[Standing]]) -> tuple[int, int, str]:
    name, some = group
    return -max(rank(one.alert.severity) for one in some), -len(some), name


def _namer(database: Database, key: str) -> Callable[[read.Alert], str]:
    """Make what names an alert's group by *key*; a label is looked up once for all of them."""
    if key in ("check", "entity", "source", "namespace"):
        return lambda alert: str(getattr(alert, key))
    if key == "severity":
        names = dict(zip((2, 3, 1), SEVERITIES, strict=True))
        return lambda alert: names[alert.severity]
    found = labels(database, key)
    return lambda alert: found.get(alert.subject, "")


def _group_keys(database: Database) -> list[str]:
    return [*_GROUPS, *fields(database)[len(KEYS) :][:_LABELS]]


def _ended(database: Database, asked: Query, chosen: Selection, now: datetime) -> list[read.Alert]:
    begin = now - timedelta(hours=HOURS[asked.last])
    return read.ended_since(database, begin, _RECENT + 1, chosen)


def _drawer(
    database: Database,
    listed: Sequence[Standing],
    now: datetime,
    limits: PageSizes,
    live: Callable[[read.Alert], str],
) -> Callable[[Standing], Row]:
    """Make the rows of alerts, all of them *listed*: their measured values are read at once."""
    values = measured(database, [one.alert.id for one in listed])
    shared = shared_domain(one.alert.entity for one in listed)

    def draw(one: Standing) -> Row:
        found = values.get(one.alert.id)
        return replace(
            row(one.alert, now),
            value=value(found),
            spark=sparkline(found.values) if found else "",
            live=live(one.alert),
            kind=one.kind,
            act=one.act,
            owner=one.owner,
            is_new=one.alert.started >= now - limits.new,
            shared=shared,
        )

    return draw
