"""Time series, and the frames that panels and alert rules take them in.

Wide: one time column, one column per series. Multi: one frame per series. Both are what Grafana
calls time series; "long" is refused by alert rules.
https://grafana.github.io/dataplane/contract/timeseries
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter, lt
from typing import Any, cast

from grafherald_plugin.errors import FrameError
from grafherald_plugin.frames import DataFrame, FieldType, FrameField
from grafherald_plugin.values import labels, nanoseconds, typed

# Cells in a wide frame beyond which series are not joined unless that fills it: a thousand
# series that share no time would be a million times a thousand nulls.
_CELLS = 2_000_000
_SERIES = 10_000  # no panel shows more, and each costs a tenth of a millisecond


@dataclass(frozen=True)
class LabelledSeries:
    """One series; *times* are nanoseconds, ascending, each once."""

    name: str
    type: FieldType
    times: Sequence[int]
    values: Sequence[Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)


def read_series(element: Mapping[str, Any]) -> LabelledSeries:
    """Read ``{"target": name, "datapoints": [[value, ms], ...]}``.

    ``tags`` (an object) are its labels, ``title`` its legend, ``unit`` the unit of its values.

    Raises:
        QueryError: the datapoints are something else.
    """
    name = str(element.get("target", ""))
    points = element["datapoints"]
    config = {"displayNameFromDS": str(element.get("title") or name)}
    if element.get("unit"):
        config["unit"] = str(element["unit"])
    try:
        if set(map(len, points)) - {2}:
            raise ValueError("expected pairs")
        values = list(map(itemgetter(0), points))
        times = nanoseconds(list(map(itemgetter(1), points)))
    except (TypeError, ValueError, KeyError, OverflowError):
        raise FrameError(
            f"series {name[:100]!r}: expected datapoints as [value, milliseconds] pairs"
        ) from None
    tags = element.get("tags")
    named = labels(tags) if isinstance(tags, dict) else {}
    kind, cells = typed("number", values)
    return LabelledSeries(name, kind, *in_order(times, cells), named, config)


def in_order(
    times: Sequence[int | None], values: Sequence[Any]
) -> tuple[Sequence[int], Sequence[Any]]:
    """Sort points by their times, ascending.

    A value without a time is left out; of two at the same time the last counts.
    """
    known = cast(Sequence[int], times)
    if None not in times and all(map(lt, known, known[1:])):
        return known, values
    points = dict(zip(known, values, strict=True))
    known = sorted(at for at in points if at is not None)
    return known, list(map(points.__getitem__, known))


def frames(series: Sequence[LabelledSeries], *, for_alert: bool) -> list[DataFrame]:
    """Put *series* into frames, each with labels that no other has.

    In a panel, they share one wide frame, null where a series has no point. An alert rule would
    reduce such a null to NaN, so there they share a frame only if they share all times.

    Raises:
        QueryError: there are too many; or *for_alert*, and a series is of texts.
    """
    if for_alert:
        series = [_countable(one) for one in series if one.times]
    if not series:
        return []
    check_count(len(series))
    series = _told_apart(series)
    times = series[0].times
    if all(one.times == times for one in series):
        return [_wide(times, series)]
    union: list[int] = [] if for_alert else sorted(set().union(*(one.times for one in series)))
    points = sum(len(one.times) for one in series)
    if for_alert or len(union) * len(series) > max(_CELLS, 4 * points):
        alone = [_wide(one.times, [one]) for one in series]
        return [replace(frame, kind="timeseries-multi" if frame.kind else "") for frame in alone]
    return [_wide(union, [_spread(one, union) for one in series])]


def check_count(series: int) -> None:
    """Refuse so many *series*, before any work is done for them.

    Raises:
        QueryError: there are too many.
    """
    if series > _SERIES:
        raise FrameError(f"{series} series are too many; at most {_SERIES} are read")


def _countable(series: LabelledSeries) -> LabelledSeries:
    if series.type is FieldType.TEXT:
        raise FrameError(
            f"series {series.name[:100]!r} holds texts; an alert rule needs numbers", status=400
        )
    values = [None if value is None else float(value) for value in series.values]
    return replace(series, type=FieldType.NUMBER, values=values)


def _told_apart(series: Iterable[LabelledSeries]) -> list[LabelledSeries]:
    """Give each of *series* labels that no other has: its own, or its name as one.

    A series alone gets the label too: an alert's identity must not change with its company.
    """
    named = [one if one.labels else _labelled(one, one.name) for one in series]
    same = Counter(_identity(one) for one in named)
    named = [_labelled(one, one.name) if same[_identity(one)] > 1 else one for one in named]
    seen: Counter[frozenset[tuple[str, str]]] = Counter()
    for index, one in enumerate(named):
        seen[_identity(one)] += 1
        if seen[_identity(one)] > 1:
            named[index] = _labelled(one, f"{one.name} #{index + 1}")
    return named


def _identity(series: LabelledSeries) -> frozenset[tuple[str, str]]:
    return frozenset(series.labels.items())


def _labelled(series: LabelledSeries, name: str) -> LabelledSeries:
    return replace(series, labels={**series.labels, "series": name})


def _wide(times: Sequence[int], series: Sequence[LabelledSeries]) -> DataFrame:
    columns = [FrameField(one.name, one.type, one.values, one.labels, one.config) for one in series]
    time = FrameField("Time", FieldType.TIME, times, nullable=False)
    name = series[0].name if len(series) == 1 else ""
    numeric = all(one.type is FieldType.NUMBER for one in series)
    return DataFrame(name, [time, *columns], "timeseries-wide" if numeric else "")


def _spread(series: LabelledSeries, times: Sequence[int]) -> LabelledSeries:
    points = dict(zip(series.times, series.values, strict=True))
    return replace(series, times=times, values=list(map(points.get, times)))
