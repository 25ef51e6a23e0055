"""A panel's transformations: what it makes of its queries' data before that is drawn.

https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/transform-data/
One that we don't know leaves the data as it is and is a note in the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grafherald.draw.frames import tables
from grafherald.draw.frames.calculated import calculated
from grafherald.draw.frames.frame import Field, Frame, Kind
from grafherald.draw.frames.matchers import matcher
from grafherald.draw.frames.names import Naming
from grafherald.draw.frames.regexes import compiled, substituted

_Frames = Sequence[Frame]
_Options = Mapping[str, Any]


def transformed(panel: Mapping[str, Any], frames: _Frames) -> tuple[list[Frame], tuple[str, ...]]:
    """Apply the panel's transformations in their order.

    Returns:
        The frames, and a note for each transformation that is not applied.
    """
    steps = panel.get("transformations")
    notes = []
    for step in (steps if isinstance(steps, list) else ())[:50]:
        if not isinstance(step, Mapping) or step.get("disabled"):
            continue
        if step.get("topic") == "annotations":
            continue
        name = str(step.get("id"))[:60]
        try:
            frames = _on_filtered(step, _TRANSFORMATIONS[name], frames)
        except (LookupError, TypeError, ValueError, AttributeError):
            # Unknown, or with options that are none of Grafana's.
            notes.append(f'transformation "{name}" is not applied')
    if steps:
        frames = [replace(f, fields=tuple(map(_as_it_is, f.fields))) for f in frames]
    return list(frames), tuple(dict.fromkeys(notes))


_TYPES: Mapping[Kind, set[type]] = {
    "number": {int, float},
    "boolean": {bool},
    "string": {str},
    "time": {int, float},
}


def _as_it_is(field: Field) -> Field:
    """A field by the kind of what is in it, also where a transformation put texts among numbers."""
    types = set(map(type, field.values)) - {type(None)}
    if types <= _TYPES.get(field.kind, types):
        return field
    kinds = [kind for kind, known in _TYPES.items() if types <= known]
    return replace(field, kind=kinds[0] if kinds else "other")


def _on_filtered(
    step: Mapping[str, Any], change: Callable[[_Frames, _Options], _Frames], frames: _Frames
) -> _Frames:
    """A transformation may be for the answers of some queries alone; the others come after."""
    options = step.get("options")
    options = options if isinstance(options, Mapping) else {}
    wanted = step.get("filter")
    if not isinstance(wanted, Mapping) or not wanted.get("options"):
        return change(frames, options)
    meant = _queries(str(wanted["options"]))
    mine = [frame for frame in frames if meant(frame)]
    return [*change(mine, options), *(frame for frame in frames if not meant(frame))]


def _queries(pattern: str) -> Callable[[Frame], bool]:
    """ "A", "A|B" or "/A.*/" of a frame's query."""
    found = compiled(pattern, whole=False) if pattern.startswith("/") else None
    if found:
        return lambda frame: bool(found.search(frame.ref_id))
    names = set(pattern.split("|"))
    return lambda frame: frame.ref_id in names


def _with_fields(
    frames: _Frames, change: Callable[[Frame, Naming], Sequence[Field]]
) -> list[Frame]:
    naming = Naming(frames)
    return [replace(frame, fields=tuple(change(frame, naming))) for frame in frames]


def _named(field: Field, name: str) -> Field:
    return replace(field, config={**field.config, "displayName": name})


def _organize(frames: _Frames, options: _Options) -> list[Frame]:
    """Leave columns out, order and rename them."""
    out, order = _mapping(options.get("excludeByName")), _mapping(options.get("indexByName"))
    names, kept = _mapping(options.get("renameByName")), _mapping(options.get("includeByName"))

    def place(name: str) -> float:
        number = order.get(name)
        return number if isinstance(number, int) else float("inf")

    def change(frame: Frame, naming: Naming) -> Sequence[Field]:
        known = [(naming.name(field, frame), field) for field in frame.fields]
        known = [
            (name, field)
            for name, field in known
            if not (out.get(name) or out.get(field.name)) and (not kept or kept.get(name))
        ]
        if order:
            known.sort(key=lambda pair: place(pair[0]))
        return [
            _named(field, str(names[name])) if names.get(name) else field for name, field in known
        ]

    return _with_fields(frames, change)


def _filter_by_name(frames: _Frames, options: _Options) -> list[Frame]:
    keep = _name_test(options.get("include"))
    drop = _name_test(options.get("exclude"))

    def change(frame: Frame, naming: Naming) -> Sequence[Field]:
        return [
            field
            for field in frame.fields
            if (keep is None or keep(field, frame, naming.name(field, frame)))
            and not (drop and drop(field, frame, naming.name(field, frame)))
        ]

    return [frame for frame in _with_fields(frames, change) if frame.fields]


def _name_test(options: Any) -> Callable[[Field, Frame, str], bool] | None:
    given = _mapping(options)
    names, pattern = given.get("names"), given.get("pattern")
    if not names and not pattern:
        return None
    return matcher(
        {"id": "byRegexpOrNames", "options": {"names": names or [], "pattern": pattern or "/$^/"}}
    )


def _filter_by_query(frames: _Frames, options: _Options) -> list[Frame]:
    include, exclude = options.get("include"), options.get("exclude")
    return [
        frame
        for frame in frames
        if (not include or _queries(str(include))(frame))
        and not (exclude and _queries(str(exclude))(frame))
    ]


def _rename_by_regex(frames: _Frames, options: _Options) -> list[Frame]:
    source, new = str(options.get("regex") or ""), str(options.get("renamePattern") or "")
    pattern = compiled(source)
    if not source or pattern is None:
        return list(frames)
    count = 0 if source.rpartition("/")[2].find("g") >= 0 and source.startswith("/") else 1

    def change(frame: Frame, naming: Naming) -> Sequence[Field]:
        fields = []
        for field in frame.fields:
            name = naming.name(field, frame)
            renamed = substituted(pattern, new, name[:2000], count) + name[2000:]
            fields.append(_named(field, renamed) if renamed != name else field)
        return fields

    return _with_fields(frames, change)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


_TRANSFORMATIONS: Mapping[str, Callable[[_Frames, _Options], _Frames]] = {
    "organize": _organize,
    "filterFieldsByName": _filter_by_name,
    "filterByRefId": _filter_by_query,
    "renameByRegex": _rename_by_regex,
    "merge": tables.merged,
    "seriesToColumns": tables.joined,
    "joinByField": tables.joined,
    "concatenate": tables.beside,
    "reduce": tables.reduced,
    "sortBy": tables.ordered,
    "groupBy": tables.grouped,
    "calculateField": calculated,
    "labelsToFields": tables.with_labels,
    "seriesToRows": tables.rows,
    "limit": tables.limited,
    "filterByValue": tables.filtered,
}
