"""Tables, as panels show them and as alert rules can read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice, zip_longest
from typing import Any

from grafherald_plugin.errors import FrameError
from grafherald_plugin.frames import DataFrame, FieldType, FrameField
from grafherald_plugin.series import LabelledSeries, check_count, in_order
from grafherald_plugin.values import labels, typed

_COLUMNS = 10_000
_CELLS = 2_000_000  # a few short rows under a million columns would be a million columns each
_CONFIG = ("displayName", "displayNameFromDS", "unit")
_COUNTABLE = (FieldType.NUMBER, FieldType.BOOLEAN)


def read_table(element: Mapping[str, Any]) -> DataFrame:
    """Read ``{"columns": [{"text", "type"}], "rows": [[...]]}``, or columns as
    ``{"fields": [{"name", "type", "values", "labels", "config"}]}``; missing cells are null.

    Raises:
        QueryError: it is neither.
    """
    try:
        heads, columns = _fields(element) if "fields" in element else _rows(element)
        fields = [_column(head, list(values)) for head, values in zip(heads, columns, strict=True)]
    except (TypeError, KeyError, AttributeError):
        raise FrameError("a table in the answer has no rows of cells under columns") from None
    return DataFrame(str(element.get("name") or ""), fields)


def _rows(element: Mapping[str, Any]) -> tuple[Sequence[Any], Sequence[Sequence[Any]]]:
    heads, rows = element["columns"], element["rows"]
    if not all(isinstance(row, list) for row in rows):
        raise TypeError
    _check_size(len(heads), len(rows))
    cells = zip_longest(heads, *rows)  # the heads first, so that there is a column for each
    return heads, [column[1:] for column in islice(cells, len(heads))]


def _fields(element: Mapping[str, Any]) -> tuple[Sequence[Any], Sequence[Sequence[Any]]]:
    heads = element["fields"]
    _check_size(len(heads), max((len(head["values"]) for head in heads), default=0))
    rows = zip_longest(*(head["values"] for head in heads))
    return heads, list(zip(*rows, strict=True)) or [()] * len(heads)


def _check_size(columns: int, rows: int) -> None:
    if columns > _COLUMNS or columns * rows > _CELLS:
        raise FrameError(f"a table of {columns} columns and {rows} rows is too large")


def _column(head: Any, values: Sequence[Any]) -> FrameField:
    if not isinstance(head, dict):
        head = {"text": head}
    name = str(head.get("text") or head.get("name") or "")
    config = {**(head.get("config") or {}), **head}
    shown = {key: config[key] for key in _CONFIG if isinstance(config.get(key), str)}
    kind, cells = typed(str(head.get("type")), values)
    return FrameField(name, kind, cells, labels(head.get("labels") or {}), shown)


def has_time(table: DataFrame) -> bool:
    """Tell whether *table* has a column of times."""
    return any(column.type is FieldType.TIME for column in table.fields)


def as_series(table: DataFrame) -> list[LabelledSeries]:
    """Split a table with time into series: one per number column and set of texts.

    Grafana calls such a table a long series, and its alert rules refuse it as it is.
    """
    times = next(column for column in table.fields if column.type is FieldType.TIME)
    numbers, texts = _numbers(table), _texts(table)
    rows: dict[tuple[str, ...], list[int]] = {}
    for index, key in enumerate(zip(*(column.values for column in texts), strict=True)):
        rows.setdefault(key, []).append(index)
    if not texts:
        rows[()] = list(range(len(times.values)))
    check_count(len(numbers) * len(rows))
    return [
        LabelledSeries(
            column.name,
            FieldType.NUMBER,
            *in_order(_pick(times, indexes), _pick(column, indexes)),
            {
                **column.labels,
                **{text.name: value for text, value in zip(texts, key, strict=True)},
                **({"column": column.name} if texts and len(numbers) > 1 else {}),
            },
            column.config,
        )
        for column in numbers
        for key, indexes in rows.items()
    ]


def _pick(column: FrameField, indexes: Sequence[int]) -> list[Any]:
    return [column.values[index] for index in indexes]


def as_numbers(table: DataFrame) -> DataFrame:
    """Bring a table without time to one column of numbers, and texts that become labels.

    Several number columns become rows, told apart by the text ``column``.
    https://grafana.github.io/dataplane/contract/numeric
    """
    numbers, texts = _numbers(table), _texts(table)
    if len(numbers) == 1:
        return DataFrame(table.name, [*texts, numbers[0]], "numeric-long")
    melted = [FrameField(text.name, text.type, list(text.values) * len(numbers)) for text in texts]
    names = [column.name for column in numbers for _ in column.values]
    values = [value for column in numbers for value in column.values]
    columns = [
        FrameField("column", FieldType.TEXT, names),
        FrameField("Value", FieldType.NUMBER, values),
    ]
    return DataFrame(table.name, [*melted, *columns], "numeric-long")


def as_points(numbers: DataFrame, at: int) -> list[LabelledSeries]:
    """Turn the numbers of `as_numbers` into series of one point each, *at* nanoseconds."""
    *texts, column = numbers.fields
    return [
        LabelledSeries(
            column.name,
            FieldType.NUMBER,
            [at],
            [value],
            {**column.labels, **{text.name: text.values[row] for text in texts}},
            column.config,
        )
        for row, value in enumerate(column.values)
    ]


def _numbers(table: DataFrame) -> list[FrameField]:
    found = [column for column in table.fields if column.type in _COUNTABLE]
    if not found:
        raise FrameError("the table has no column of numbers; an alert rule needs one", status=400)
    return [
        FrameField(
            column.name,
            FieldType.NUMBER,
            [None if value is None else float(value) for value in column.values],
            column.labels,
            column.config,
        )
        for column in found
    ]


def _texts(table: DataFrame) -> list[FrameField]:
    return [
        FrameField(column.name, column.type, [value or "" for value in column.values])
        for column in table.fields
        if column.type is FieldType.TEXT
    ]
