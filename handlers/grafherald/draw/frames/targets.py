"""What a Prometheus target asks of its answer, where Grafana's frontend does it and not the server.

An instant query keeps the last sample of each series (the server of 7.5 answers a range all the
same), ``format: table`` makes one table of all series, ``format: heatmap`` makes buckets of the
cumulative ones. Read from result_transformer.ts of Grafana 7.5.5 and of later versions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grafherald.draw.frames.frame import Field, Frame

_MOST_ROWS = 100_000


def as_asked(panel: Mapping[str, Any], frames: Sequence[Frame]) -> list[Frame]:
    """The frames as the panel's targets want them; frames of other datasources stay as they are."""
    targets = {
        str(each.get("refId") or "A"): each
        for each in _list(panel.get("targets"))
        if isinstance(each, Mapping) and isinstance(each.get("expr"), str)
    }
    several = len({frame.ref_id for frame in frames}) > 1
    asked: list[Frame] = []
    done: set[str] = set()
    for frame in frames:
        target = targets.get(frame.ref_id)
        if target is None or not _is_series(frame):
            asked.append(frame)
            continue
        if frame.ref_id in done:
            continue
        form = target.get("format")
        group = [each for each in frames if each.ref_id == frame.ref_id and _is_series(each)]
        if form not in ("table", "heatmap"):
            asked.append(_last_sample(frame) if _instant(target) else frame)
            continue
        done.add(frame.ref_id)
        if form == "heatmap":
            asked += _buckets(group)
        else:
            group = [_last_sample(each) for each in group] if _instant(target) else group
            name = f"Value #{frame.ref_id}" if several else "Value"
            asked.append(_table(group, name))
    return asked


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _instant(target: Mapping[str, Any]) -> bool:
    return target.get("instant") is True and target.get("range") is not True


def _is_series(frame: Frame) -> bool:
    """Whether a frame is one time series: a time and one number."""
    return [each.kind for each in frame.fields] == ["time", "number"]


def _last_sample(frame: Frame) -> Frame:
    return replace(
        frame, fields=tuple(replace(each, values=list(each.values[-1:])) for each in frame.fields)
    )


def _table(frames: Sequence[Frame], value_name: str) -> Frame:
    """All series as rows of one table: time, a column for each label, value."""
    labels = sorted({name for frame in frames for name in frame.fields[1].labels})
    times: list[Any] = []
    values: list[Any] = []
    columns: dict[str, list[Any]] = {name: [] for name in labels}
    for frame in frames:
        time, value = frame.fields
        room = _MOST_ROWS - len(times)
        times += time.values[:room]
        values += value.values[:room]
        for name in labels:
            columns[name] += [value.labels.get(name, "")] * (len(times) - len(columns[name]))
    fields = [Field("Time", "time", times)]
    for name, words in columns.items():
        if name == "le":
            fields.append(Field(name, "number", [_bound(each) for each in words]))
        else:
            fields.append(Field(name, "string", words, config={"filterable": True}))
    fields.append(Field(value_name, "number", values))
    return Frame(tuple(fields), ref_id=frames[0].ref_id, meta=frames[0].meta)


def _bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _buckets(frames: Sequence[Frame]) -> list[Frame]:
    """Cumulative buckets, sorted by their bounds, each without what the one below it holds."""
    ordered = sorted(frames, key=bound_of)
    buckets: list[Frame] = []
    below: dict[Any, float] = {}
    for frame in ordered:
        time, value = frame.fields
        counts: list[float | None] = []
        total: dict[Any, float] = {}
        for at, count in zip(time.values, value.values, strict=True):
            number = count if isinstance(count, (int, float)) and math.isfinite(count) else 0.0
            total[at] = number
            counts.append(max(0.0, number - below.get(at, 0.0)))
        buckets.append(replace(frame, fields=(time, replace(value, values=counts))))
        below = total
    return buckets


def bound_of(frame: Frame) -> float:
    """The upper bound that a bucket's series has as its label or name; infinity for no number."""
    value = frame.fields[1]
    text = value.labels.get("le") or str(value.config.get("displayNameFromDS") or frame.name)
    bound = _bound(text.replace("+Inf", "inf"))
    return math.inf if bound is None or math.isnan(bound) else bound
