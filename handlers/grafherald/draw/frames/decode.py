"""What Grafana answers to a query, in any of its four shapes, as frames.

- ``frames``: data frames as JSON, Grafana 8 and later
  (https://github.com/grafana/grafana-plugin-sdk-go/blob/main/data/frame_json.go).
- ``dataframes``: the same as base64 of Arrow files, 7.x for TestData, CloudWatch, Flux and others.
- ``series`` and ``tables``: 7.x and before, for all other datasources.

A part that failed fails the whole answer: half of a picture would be a wrong picture.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grafherald.draw.frames import arrow
from grafherald.draw.frames.frame import Field, Frame, Kind
from grafherald.errors import GrafheraldError, excerpt

_KINDS: dict[str, Kind] = {
    "time": "time",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
}


_PASSING = re.compile(  # what a second query a moment later may not meet
    r"time[d-]?[ -]?out|deadline|cancel|EOF|refused|reset|unavailable|too many|status 5",
    re.IGNORECASE,
)


class CannotRead(GrafheraldError):
    """There is no data to draw; the text is one sentence that says why, in the source's words.

    Attributes:
        hint: what to do about it, one sentence, or "".
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class QueryFailed(CannotRead):
    """All of the panel's queries fail for good, so that Grafana's own picture shows the error."""


def frames_of(answer: Any, order: Sequence[str] = ()) -> list[Frame]:
    """Read the answer of ``/api/ds/query`` or ``/api/tsdb/query``.

    Args:
        answer: the JSON document, ``{"results": {refId: ...}}``.
        order: the refIds as the panel lists its queries; frames come in this order, as the
            browser sorts them, and refIds that are not in it follow.

    Raises:
        CannotRead: a result holds an error, or the document is no answer; QueryFailed, every one
            holds an error.
    """
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, Mapping):
        raise CannotRead("Grafana's answer holds no results")
    place = {ref: number for number, ref in enumerate(order)}
    refs = sorted(results, key=lambda ref: place.get(ref, len(place)))
    errors = [error for ref in refs if (error := _error(ref, results[ref]))]
    if errors:
        is_lasting = len(errors) == len(refs) and not any(map(_PASSING.search, errors))
        raise (QueryFailed if is_lasting else CannotRead)(errors[0])
    return [frame for ref in refs for frame in _frames_of_result(ref, results[ref])]


def _frames_of_result(ref: str, result: Any) -> Iterable[Frame]:
    if not isinstance(result, Mapping):
        return
    try:
        for each in result.get("frames") or ():
            yield _from_json(each, ref)
        for text in result.get("dataframes") or ():
            yield _from_arrow(text, ref)
        for each in result.get("series") or ():
            yield _from_series(each, ref)
        for each in result.get("tables") or ():
            yield _from_table(each, ref)
    except (arrow.NotArrow, binascii.Error) as error:
        raise CannotRead(f"query {ref}: the answer is no Arrow file: {error}") from error
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise CannotRead(f"query {ref}: the answer has a shape that no Grafana sends") from error


def _error(ref: str, result: Any) -> str:
    """What is wrong with a result, or "": it may hold frames and an error at once."""
    if not isinstance(result, Mapping):
        return ""
    meta = result.get("meta")
    words = result.get("error") or (meta.get("error") if isinstance(meta, Mapping) else None)
    if words:
        return f"query {ref} failed: {one_line(words)}"
    status = result.get("status")
    if isinstance(status, int) and status >= 400:
        return f"query {ref} failed with status {status}"
    return ""


def one_line(words: Any, limit: int = 200) -> str:
    """A datasource's own words, hostile as they may be, to stand in a sentence."""
    if isinstance(words, Mapping):
        words = words.get("message") or words.get("error") or words
    return excerpt(" ".join(str(words)[: limit * 2].split()), limit)[1:-1]


def _from_json(frame: Mapping[str, Any], ref: str) -> Frame:
    """``{schema: {name, refId, meta, fields}, data: {values, entities}}``; times in milliseconds.

    JSON knows no NaN: ``entities`` names the places of NaN, Inf and NegInf in each column.
    """
    schema, data = frame["schema"], frame.get("data") or {}
    columns = data.get("values") or []
    entities = data.get("entities") or []
    names = schema.get("fields") or ()
    height = max((len(column) for column in columns), default=0)
    return Frame(
        fields=tuple(
            _field(
                each,
                _with_entities(
                    columns[place] if place < len(columns) else [],
                    entities[place] if place < len(entities) else None,
                    height,
                ),
            )
            for place, each in enumerate(names)
        ),
        name=_word(schema.get("name")),
        ref_id=ref,
        meta=_mapping(schema.get("meta")),
    )


def _with_entities(
    column: Sequence[Any], entities: Mapping[str, Sequence[int]] | None, height: int
) -> list[Any]:
    values = list(column)
    values.extend([None] * (height - len(values)))
    for name, number in (("NaN", "nan"), ("Inf", "inf"), ("NegInf", "-inf")):
        for place in (entities or {}).get(name) or ():
            if 0 <= place < height:
                values[place] = float(number)
    return values


def _field(schema: Mapping[str, Any], values: list[Any]) -> Field:
    kind = _KINDS.get(schema.get("type") or "", "other")
    return Field(
        name=_word(schema.get("name")),
        kind=kind,
        values=_typed(kind, values),
        labels={str(key): _word(value) for key, value in _mapping(schema.get("labels")).items()},
        config=_mapping(schema.get("config")),
    )


def _typed(kind: Kind, values: list[Any]) -> list[Any]:
    """Hold a column to its kind, so that nobody after us has to ask: what isn't of it is None."""
    if kind in ("time", "number"):
        known = {int, float}
        if set(map(type, values)) <= {*known, type(None)}:
            return values
        return [value if type(value) in known else None for value in values]
    if kind == "string":
        return [None if value is None else _word(value) for value in values]
    if kind == "boolean":
        return [value if isinstance(value, bool) else None for value in values]
    return values


def _from_arrow(text: str, ref: str) -> Frame:
    """Grafana keeps name, labels (JSON) and config (JSON) in the metadata of Arrow's fields."""
    table = arrow.read(base64.b64decode(text, validate=True))
    fields = []
    for column in table.columns:
        fields.append(
            _field(
                {
                    "name": column.metadata.get("name", column.name),
                    "type": column.kind,
                    "labels": arrow.json_of(column.metadata.get("labels")),
                    "config": arrow.json_of(column.metadata.get("config")),
                },
                list(column.values),
            )
        )
    return Frame(
        fields=tuple(fields),
        name=table.metadata.get("name", ""),
        ref_id=ref,
        meta=arrow.json_of(table.metadata.get("meta")),
    )


def _from_series(series: Mapping[str, Any], ref: str) -> Frame:
    """``{name, points: [[value, epoch ms], ...], tags}``; the name is the finished legend."""
    points = series.get("points") or []
    name = _word(series.get("name"))
    tags = {str(key): _word(value) for key, value in _mapping(series.get("tags")).items()}
    return Frame(
        fields=(
            Field("Time", "time", _typed("time", [point[1] for point in points])),
            Field(
                "Value",
                "number",
                _typed("number", [_number(point[0]) for point in points]),
                labels=tags,
                config={"displayNameFromDS": name} if name else {},
            ),
        ),
        name=name,
        ref_id=ref,
        meta=_mapping(series.get("meta")),
    )


def _number(value: Any) -> Any:
    """Go writes a NaN of old series as the text "NaN"."""
    return float(value) if value in ("NaN", "+Inf", "-Inf", "Inf") else value


def _from_table(table: Mapping[str, Any], ref: str) -> Frame:
    """``{columns: [{text, type, unit}], rows}``: a column's kind is told by its values."""
    rows = table.get("rows") or []
    fields = []
    for place, column in enumerate(table.get("columns") or ()):
        values = [row[place] if place < len(row) else None for row in rows]
        kind = _KINDS.get(column.get("type") or "") or _kind_of(values)
        unit = column.get("unit")
        config = {"unit": unit} if isinstance(unit, str) and unit else {}
        fields.append(
            Field(_word(column.get("text")), kind, _typed(kind, values), config=config),
        )
    return Frame(fields=tuple(fields), ref_id=ref, meta=_mapping(table.get("meta")))


def _kind_of(values: Sequence[Any]) -> Kind:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, bool):
        return "boolean"
    if isinstance(first, int | float):
        return "number"
    return "string" if isinstance(first, str) else "other"


def _word(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
