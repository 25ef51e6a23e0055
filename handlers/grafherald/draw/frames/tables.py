"""Frames made into other frames: joined, merged, reduced, grouped, sorted, calculated.

See `transform`, which gives these their names; options are Grafana's own.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grafherald.draw.frames import reducers
from grafherald.draw.frames.frame import Field, Frame, Kind
from grafherald.draw.frames.names import Naming
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.frames.regexes import compiled

_Frames = Sequence[Frame]
_Options = Mapping[str, Any]

_MOST_ROWS = 100_000


def joined(frames: _Frames, options: _Options) -> list[Frame]:
    """One frame of all, rows with the same key side by side; the key is time or a named field."""
    by = str(options.get("byField") or "")
    naming = Naming(frames)
    parts = [(frame, key) for frame in frames if (key := _key(frame, by, naming)) is not None]
    if len(parts) < 2:
        return list(frames)
    keys: dict[Hashable, int] = {}
    for frame, key in parts:
        for value in frame.fields[key].values:
            keys.setdefault(_hashable(value), len(keys))
    wanted = list(keys)
    if options.get("mode") == "inner":
        sets = [{_hashable(v) for v in frame.fields[key].values} for frame, key in parts]
        wanted = [value for value in wanted if all(value in each for each in sets)]
    wanted = sorted(wanted, key=_sort_key)[:_MOST_ROWS]
    first, key = parts[0]
    fields = [replace(first.fields[key], values=wanted)]
    for frame, key in parts:
        row = {_hashable(value): n for n, value in enumerate(frame.fields[key].values)}
        places = [row.get(value) for value in wanted]
        for place, field in enumerate(frame.fields):
            if place != key:
                values = [None if n is None else field.values[n] for n in places]
                fields.append(_keeping_name(replace(field, values=values), field, frame, naming))
    return [Frame(tuple(fields), ref_id="joinByField", meta=first.meta)]


def _key(frame: Frame, by: str, naming: Naming) -> int | None:
    for place, field in enumerate(frame.fields):
        if by and by in (field.name, naming.name(field, frame)):
            return place
    if by and by not in ("Time", "time"):
        return None
    return next((n for n, field in enumerate(frame.fields) if field.kind == "time"), None)


def _keeping_name(new: Field, old: Field, frame: Frame, naming: Naming) -> Field:
    """A series' name may come from its frame, which is gone after a join."""
    name = naming.name(old, frame)
    if name == old.name or old.config.get("displayName") or old.config.get("displayNameFromDS"):
        return new
    return replace(new, config={**new.config, "displayNameFromDS": name})


def merged(frames: _Frames, _options: _Options) -> list[Frame]:
    """One table of all; rows that agree in what all frames have, and nowhere differ, are one."""
    frames = [frame for frame in frames if frame.fields]
    if len(frames) < 2:
        return list(frames)
    columns: dict[str, Field] = {}
    for frame in frames:
        for field in frame.fields:
            columns.setdefault(field.name, field)
    common = [
        name
        for name in columns
        if all(any(field.name == name for field in frame.fields) for frame in frames)
    ]
    table: list[dict[str, Any]] = []
    by_key: dict[tuple[Hashable, ...], list[dict[str, Any]]] = {}
    for frame in frames:
        for row in _rows(frame):
            key = tuple(_hashable(row.get(name)) for name in common)
            same = by_key.setdefault(key, [])
            mate = next((each for each in same[:100] if _agree(each, row)), None)
            if mate is not None and common:
                mate.update(row)
            elif len(table) < _MOST_ROWS:
                table.append(row)
                same.append(row)
    fields = [
        replace(field, values=[row.get(name) for row in table]) for name, field in columns.items()
    ]
    return [Frame(tuple(fields), ref_id="merge", meta=frames[0].meta)]


def beside(frames: _Frames, options: _Options) -> list[Frame]:
    """The columns of all tables in one, each named or labelled by the table that it was in."""
    if len(frames) < 2:
        return list(frames)
    label = str(options.get("frameNameLabel") or "frame")
    mode = options.get("frameNameMode") or "field"
    longest = max(map(len, frames))
    fields = []
    for frame in frames:
        for field in frame.fields:
            values = [*field.values, *[None] * (longest - len(field.values))]
            placed = replace(field, values=values)
            if mode == "field" and frame.name:
                placed = replace(placed, name=f"{frame.name} · {field.name}")
            elif mode == "label" and frame.name:
                placed = replace(placed, labels={**field.labels, label: frame.name})
            fields.append(placed)
    return [Frame(tuple(fields), meta=frames[0].meta)]


def _rows(frame: Frame) -> list[dict[str, Any]]:
    names = [field.name for field in frame.fields]
    columns = [field.values for field in frame.fields]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(name not in one or one[name] == value for name, value in other.items())


def reduced(frames: _Frames, options: _Options) -> list[Frame]:
    """A row for each field with a column for each calculation; or each frame to one row."""
    calcs = [str(each) for each in options.get("reducers") or ["max"]][:50]
    if options.get("mode") == "reduceFields":
        return [_one_row(frame, calcs, bool(options.get("includeTimeField"))) for frame in frames]
    naming = Naming(frames)
    fields = [
        (field, frame)
        for frame in frames
        for field in frame.fields
        if field.kind == "number" or (field.kind == "time" and options.get("includeTimeField"))
    ]
    if not fields:
        return []
    columns = [Field("Field", "string", [naming.name(field, frame) for field, frame in fields])]
    if options.get("labelsToFields"):
        columns[0] = replace(columns[0], values=[field.name for field, _ in fields])
        labels = dict.fromkeys(name for field, _ in fields for name in field.labels)
        columns += [
            Field(name, "string", [field.labels.get(name) for field, _ in fields])
            for name in labels
        ]
    for calc in calcs:
        values = [reducers.reduce(calc, field.values) for field, _ in fields]
        columns.append(Field(reducers.label(calc), _kind(values), values))
    return [Frame(tuple(columns), ref_id=frames[0].ref_id)]


def _one_row(frame: Frame, calcs: Sequence[str], with_time: bool) -> Frame:
    fields: list[Field] = []
    for field in frame.fields:
        if field.kind == "time" and not with_time:
            continue
        for calc in calcs:
            values = [reducers.reduce(calc, field.values)]
            name = field.name if len(calcs) == 1 else f"{field.name} {reducers.label(calc)}"
            fields.append(replace(field, name=name, values=values))
    return replace(frame, fields=tuple(fields))


def ordered(frames: _Frames, options: _Options) -> list[Frame]:
    sort = options.get("sort")
    first = sort[0] if isinstance(sort, list) and sort and isinstance(sort[0], Mapping) else {}
    naming = Naming(frames)
    done = []
    for frame in frames:
        field = by_name(frame, str(first.get("field") or ""), naming)
        if field is None:
            done.append(frame)
            continue
        keys = [_sort_key(value) for value in field.values]
        places = sorted(range(len(keys)), key=keys.__getitem__, reverse=bool(first.get("desc")))
        done.append(_taking(frame, places))
    return done


def limited(frames: _Frames, options: _Options) -> list[Frame]:
    most = to_number(options.get("limitField"))
    count = 10 if most is None else int(max(0, min(most, _MOST_ROWS)))
    return [_taking(frame, range(min(count, len(frame)))) for frame in frames]


def grouped(frames: _Frames, options: _Options) -> list[Frame]:
    """A row for each group of equal values, with the other columns' calculations."""
    rules = options.get("fields")
    rules = rules if isinstance(rules, Mapping) else {}
    naming = Naming(frames)
    done = []
    for frame in frames:
        named = [(field, mapping(rules.get(naming.name(field, frame)))) for field in frame.fields]
        keys = [field for field, rule in named if rule.get("operation") == "groupby"]
        if not keys:
            continue
        groups: dict[tuple[Hashable, ...], list[int]] = {}
        for place in range(len(frame)):
            key = tuple(_hashable(field.values[place]) for field in keys)
            groups.setdefault(key, []).append(place)
        fields = [
            replace(field, values=[field.values[places[0]] for places in groups.values()])
            for field in keys
        ]
        for field, rule in named:
            if rule.get("operation") == "aggregate":
                fields += [
                    _aggregated(field, str(calc), naming.name(field, frame), groups.values())
                    for calc in rule.get("aggregations") or ()
                ]
        done.append(replace(frame, fields=tuple(fields)))
    return done


def _aggregated(field: Field, calc: str, name: str, groups: Any) -> Field:
    values = [reducers.reduce(calc, [field.values[place] for place in places]) for places in groups]
    config = {} if calc in reducers.WITHOUT_UNIT else field.config
    kind = field.kind if calc not in reducers.WITHOUT_UNIT else _kind(values)
    title = {key: value for key, value in config.items() if not key.startswith("displayName")}
    return Field(f"{name} ({calc})", kind, values, config=title)


def rows(frames: _Frames, _options: _Options) -> list[Frame]:
    """All series as rows of time, metric and value, the newest first."""
    naming = Naming(frames)
    found: list[tuple[Any, str, Any]] = []
    config: Mapping[str, Any] = {}
    for frame in frames:
        time = frame.first("time")
        for field in frame.fields if time else ():
            if time and field.kind == "number":
                name = naming.name(field, frame)
                config = config or field.config
                found += [
                    (at, name, value) for at, value in zip(time.values, field.values, strict=True)
                ]
    found = sorted(found, key=lambda row: _sort_key(row[0]), reverse=True)[:_MOST_ROWS]
    if not found:
        return list(frames)
    config = {key: value for key, value in config.items() if not key.startswith("displayName")}
    return [
        Frame(
            (
                Field("Time", "time", [row[0] for row in found]),
                Field("Metric", "string", [row[1] for row in found]),
                Field("Value", "number", [row[2] for row in found], config=config),
            ),
            ref_id="seriesToRows",
        )
    ]


def with_labels(frames: _Frames, options: _Options) -> list[Frame]:
    """Labels as columns; one label may give the value columns their names."""
    kept = options.get("keepLabels")
    value_label = options.get("valueLabel")
    done = []
    for frame in frames:
        labels: dict[str, str] = {}
        fields = []
        for field in frame.fields:
            labels.update(field.labels)
            name = field.labels.get(str(value_label)) if value_label else None
            config = {key: v for key, v in field.config.items() if key != "displayNameFromDS"}
            fields.append(replace(field, name=name or field.name, labels={}, config=config))
        shown = [
            name
            for name in labels
            if name != value_label and (not isinstance(kept, list) or name in kept)
        ]
        columns = [Field(name, "string", [labels[name]] * len(frame)) for name in shown]
        if options.get("mode") == "rows":
            fields, columns = (
                [],
                [
                    Field("label", "string", list(shown)),
                    Field("value", "string", [labels[name] for name in shown]),
                ],
            )
        times = [field for field in fields if field.kind == "time"]
        others = [field for field in fields if field.kind != "time"]
        done.append(replace(frame, name="", fields=(*times, *columns, *others)))
    return done if options.get("mode") == "rows" else merged(done, {})


def filtered(frames: _Frames, options: _Options) -> list[Frame]:
    """Rows whose values meet all, or any, of the conditions; or all others."""
    conditions = options.get("filters")
    naming = Naming(frames)
    done = []
    for frame in frames:
        tests = [
            (field.values, test)
            for each in (conditions if isinstance(conditions, list) else ())
            if isinstance(each, Mapping)
            and (field := by_name(frame, str(each.get("fieldName")), naming)) is not None
            and (test := _condition(mapping(each.get("config")))) is not None
        ]
        if not tests:
            done.append(frame)
            continue
        meets = all if options.get("match") == "all" else any
        include = options.get("type", "include") == "include"
        places = [
            place
            for place in range(len(frame))
            if meets(test(values[place]) for values, test in tests) == include
        ]
        done.append(_taking(frame, places))
    return done


def _condition(config: Mapping[str, Any]) -> Callable[[Any], bool] | None:
    options = mapping(config.get("options"))
    wanted, name = options.get("value"), str(config.get("id"))
    number = to_number(wanted)
    compare = {
        "greater": operator.gt,
        "greaterOrEqual": operator.ge,
        "lower": operator.lt,
        "lowerOrEqual": operator.le,
    }.get(name)
    if compare and number is not None:
        return lambda value: (n := to_number(value)) is not None and compare(n, number)
    if name in ("equal", "notEqual"):
        same = name == "equal"
        return lambda value: _equal(value, wanted, number) == same
    if name in ("isNull", "isNotNull"):
        return lambda value: (value is None) == (name == "isNull")
    low, high = to_number(options.get("from")), to_number(options.get("to"))
    if name in ("between", "range") and low is not None and high is not None:
        return lambda value: (n := to_number(value)) is not None and low <= n <= high
    pattern = compiled(str(wanted), whole=False) if name == "regex" else None
    return (lambda value: bool(pattern.search(str(value)[:2000]))) if pattern else None


def _equal(value: Any, wanted: Any, number: float | None) -> bool:
    if number is not None and isinstance(value, int | float):
        return value == number
    return str(value) == str(wanted)


# --- what they share


def by_name(frame: Frame, name: str, naming: Naming) -> Field | None:
    """The field that is shown under a name, or that its datasource calls so."""
    return next(
        (field for field in frame.fields if name in (naming.name(field, frame), field.name)), None
    )


def _taking(frame: Frame, places: Sequence[int]) -> Frame:
    """The rows at these places."""
    return replace(
        frame,
        fields=tuple(
            replace(field, values=[field.values[n] for n in places]) for field in frame.fields
        ),
    )


def _kind(values: Sequence[Any]) -> Kind:
    first = next((value for value in values if value is not None), 0)
    if isinstance(first, bool):
        return "boolean"
    if isinstance(first, int | float):
        return "number"
    return "string" if isinstance(first, str) else "other"


def _hashable(value: Any) -> Hashable:
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


def _sort_key(value: Any) -> tuple[int, float, str]:
    """Nothing first, then numbers, then texts without regard to their case."""
    if value is None or value != value:  # noqa: PLR0124 - true for NaN alone
        return (0, 0.0, "")
    if isinstance(value, int | float):
        return (1, float(value), "")
    return (2, 0.0, str(value).lower())


def mapping(value: Any) -> Mapping[str, Any]:
    """Options that are an object of their own; empty where they are none."""
    return value if isinstance(value, Mapping) else {}
