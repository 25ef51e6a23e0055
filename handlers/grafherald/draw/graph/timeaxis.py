"""The time axis: where its lines are, and what is written below them in which time zone.

The steps are uPlot's (timeIncrsMs) and Flot's (flot.time's spec); the formats are Grafana's
systemDateFormats, chosen as its UPlotAxisBuilder and graphTimeFormat do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from grafherald.draw.page import text
from grafherald.draw.page.look import TimeRange

UTC = timezone.utc
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
_MONTH, _YEAR = 28 * DAY, 365 * DAY
_SMALL = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_UPLOT_STEPS = (
    *_SMALL,
    *(SECOND * each for each in (1, 5, 10, 15, 30)),
    *(MINUTE * each for each in (1, 5, 10, 15, 30)),
    *(HOUR * each for each in (1, 2, 3, 4, 6, 8, 12)),
    *(DAY * each for each in (*range(1, 11), 15)),
)
_FLOT_STEPS = (
    *(SECOND * each for each in (1, 2, 5, 10, 30)),
    *(MINUTE * each for each in (1, 2, 5, 10, 30)),
    *(HOUR * each for each in (1, 2, 4, 8, 12)),
    *(DAY * each for each in (1, 2, 3, 7, 15)),
)
_D3_STEPS = (
    *(SECOND * each for each in (1, 5, 15, 30)),
    *(MINUTE * each for each in (1, 5, 15, 30)),
    *(HOUR * each for each in (1, 3, 6, 12)),
    DAY,
)
_MONTHS = (1, 2, 3, 4, 6, 12, 24, 60, 120, 300, 600, 1200)
_MOST = 300
_HUNDREDTHS = "%H:%M:%S."  # the hundredths follow, strftime lacks them


@dataclass(frozen=True)
class TimeTick:
    """A line of the grid, in epoch milliseconds, and the words below it."""

    time: int
    label: str


def zone(name: str) -> tzinfo | None:
    """The time zone of this name; None if this machine does not know it."""
    if name.lower() in ("utc", "", "browser"):
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return None


def _local(time: float, where: tzinfo) -> datetime:
    return datetime.fromtimestamp(time / 1000, where)


def uplot_ticks(span: TimeRange, pixels: float, where: tzinfo, font: str) -> list[TimeTick]:
    """The time axis of panels of 7.4 and later; *pixels* is the plot's width."""
    length = span.end - span.start
    sample = _format(40 * length / max(1.0, pixels), length)
    space = text.width(_local(span.start, where).strftime(sample), 12, font) + 18
    least = space * length / max(1.0, pixels)
    step = next((each for each in _UPLOT_STEPS if each >= least), None)
    return _ticks(span, where, step, least, None)


def flot_ticks(span: TimeRange, pixels: float, where: tzinfo) -> list[TimeTick]:
    """The time axis of the old graph panel: about one line in 100 pixels."""
    length = span.end - span.start
    rough = length / max(1.0, pixels / 100)
    steps = (*_FLOT_STEPS, _MONTH)
    step = next(
        (each for each, above in pairwise(steps) if rough < (each + above) / 2),
        None,
    )
    return _ticks(span, where, step, rough, _flot_format(rough, length))


def d3_ticks(span: TimeRange, pixels: float, where: tzinfo) -> list[TimeTick]:
    """The time axis of the old heatmap, as d3's scaleTime: the step that is nearest by ratio."""
    length = span.end - span.start
    rough = length / max(1.0, pixels / 100)
    step = min(_D3_STEPS, key=lambda each: abs(math.log(each / max(1.0, rough))))
    if rough > 1.5 * DAY:  # days, weeks and months: d3's hardly differ
        return flot_ticks(span, pixels, where)
    return _ticks(span, where, step, rough, _flot_format(rough, length))


def _ticks(
    span: TimeRange, where: tzinfo, step: int | None, least: float, form: str | None
) -> list[TimeTick]:
    if step is None:
        months = next((each for each in _MONTHS if each * 30 * DAY >= least), _MONTHS[-1])
        times, step = _each_month(span, months, where), months * _MONTH
        step = _YEAR if months == 12 else step
    elif step >= DAY:
        times = _each_day(span, step // DAY, where)
    else:
        times = _each_step(span, step, where)
    form = form or _format(step, span.end - span.start)
    return [TimeTick(time, _write(time, where, form)) for time in islice(times, _MOST)]


def _write(time: int, where: tzinfo, form: str) -> str:
    words = _local(time, where).strftime(form)
    return f"{words}{time % 1000 // 10:02d}" if form == _HUNDREDTHS else words


def _format(step: float, length: float) -> str:
    """The format for lines *step* milliseconds apart in a range of *length*."""
    for limit, form in (
        (SECOND - 1, _HUNDREDTHS),
        (MINUTE, "%H:%M:%S"),
        (HOUR if length > DAY else math.inf, "%H:%M"),
        (DAY, "%m/%d %H:%M"),
        (_MONTH if length >= _YEAR else math.inf, "%m/%d"),
    ):
        if step <= limit:
            return form
    if round(step / DAY) == 365:
        return "%Y"
    return "%Y-%m" if step <= _YEAR else "%Y"


def _flot_format(step: float, length: float) -> str:
    if step <= 45 * SECOND:
        return "%H:%M:%S"
    if length <= DAY + 10:
        return "%H:%M"
    if step <= 80_000 * SECOND:
        return "%m/%d %H:%M"
    if length <= _YEAR:
        return "%m/%d"
    return "%Y-%m" if step <= _YEAR else "%Y"


def _each_step(span: TimeRange, step: int, where: tzinfo) -> Iterator[int]:
    """Every *step* milliseconds of the wall clock, counted from midnight."""
    offset = _offset(span.start, where)
    time = -(-(span.start + offset) // step) * step - offset
    while time <= span.end:
        # A clock that was turned in between: the lines stay at whole hours
        moved = _offset(time, where)
        shown = time - (moved - offset) if step > HOUR else time
        if span.start <= shown <= span.end:
            yield shown
        time += step


def _offset(time: float, where: tzinfo) -> int:
    """Milliseconds that the wall clock is ahead of UTC."""
    return round((_local(time, where).utcoffset() or timedelta()).total_seconds() * 1000)


def _each_day(span: TimeRange, days: int, where: tzinfo) -> Iterator[int]:
    day = _local(span.start, where).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if day.timestamp() * 1000 < span.start:
        day += timedelta(days=1)
    while (time := round(day.timestamp() * 1000)) <= span.end:
        yield time
        day += timedelta(days=days)


def _each_month(span: TimeRange, months: int, where: tzinfo) -> Iterator[int]:
    first = _local(span.start, where)
    count = first.year * 12 + first.month - 1
    count -= count % months
    while count < 9999 * 12:
        day = datetime(count // 12, count % 12 + 1, 1, tzinfo=where)
        time = round(day.timestamp() * 1000)
        if time > span.end:
            return
        if time >= span.start:
            yield time
        count += months
