"""Arrow files are read as pyarrow writes them; what is none is refused, never half read."""

import contextlib
import io
import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw.frames import arrow


def written(table: pa.Table, chunks: int | None = None) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=chunks)
    return sink.getvalue()


EVERY_TYPE = pa.table(
    {
        "when": pa.array([1_500_000_000, None, 2_000_000], pa.timestamp("ns")),
        "seconds": pa.array([1, 2, None], pa.timestamp("s")),
        "double": pa.array([1.5, None, float("nan")]),
        "single": pa.array([0.5, 2.0, None], pa.float32()),
        "whole": pa.array([1, None, -3], pa.int64()),
        "small": pa.array([1, 2, None], pa.uint8()),
        "text": pa.array(["a", None, "ü"]),
        "flag": pa.array([True, None, False]),
    }
)


def test_every_type_of_grafanas_frames_is_read_as_pyarrow_reads_it() -> None:
    table = arrow.read(written(EVERY_TYPE))
    values = {column.name: list(column.values) for column in table.columns}
    assert values["when"] == [1500.0, None, 2.0]
    assert values["seconds"] == [1000.0, 2000.0, None]
    assert math.isnan(values["double"].pop())
    assert values["double"] == [1.5, None]
    for name in ("single", "whole", "small", "text", "flag"):
        assert values[name] == EVERY_TYPE[name].to_pylist()


def test_kinds_are_grafanas() -> None:
    kinds = [column.kind for column in arrow.read(written(EVERY_TYPE)).columns]
    assert kinds == ["time", "time", "number", "number", "number", "number", "string", "boolean"]


def test_batches_follow_each_other() -> None:
    table = pa.table({"n": pa.array(range(10), pa.int32())})
    assert list(arrow.read(written(table, chunks=3)).columns[0].values) == list(range(10))


def test_metadata_of_fields_and_schema_is_kept() -> None:
    field = pa.field("v", pa.float64(), metadata={"labels": '{"host": "web01"}'})
    table = pa.table([pa.array([1.0])], schema=pa.schema([field], metadata={"name": "cpu"}))
    read = arrow.read(written(table))
    assert read.metadata["name"] == "cpu"
    assert arrow.json_of(read.columns[0].metadata["labels"]) == {"host": "web01"}


def test_an_empty_table_has_columns_without_values() -> None:
    read = arrow.read(written(pa.table({"text": pa.array([], pa.string())})))
    assert [list(column.values) for column in read.columns] == [[]]


def test_a_type_that_frames_do_not_have_is_refused() -> None:
    with pytest.raises(arrow.NotArrow, match="type 8 is none"):
        arrow.read(written(pa.table({"day": pa.array([1], pa.date32())})))
    with pytest.raises(arrow.NotArrow, match="not equally many"):
        arrow.read(written(pa.table({"list": pa.array([[1, 2]])})))


@given(
    st.lists(st.none() | st.floats(allow_nan=False)),
    st.lists(st.none() | st.text()),
    st.integers(1, 5),
)
def test_any_columns_are_what_pyarrow_says(
    numbers: list[float | None], texts: list[str | None], chunks: int
) -> None:
    length = min(len(numbers), len(texts))
    table = pa.table(
        {"n": pa.array(numbers[:length], pa.float64()), "s": pa.array(texts[:length], pa.string())}
    )
    read = arrow.read(written(table, chunks))
    assert [list(column.values) for column in read.columns] == [
        table["n"].to_pylist(),
        table["s"].to_pylist(),
    ]


GOOD = written(EVERY_TYPE)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_damaged_file_is_read_or_refused_but_never_anything_else(place: int, byte: int) -> None:
    damaged = bytearray(GOOD)
    damaged[place] = byte
    with contextlib.suppress(arrow.NotArrow):
        arrow.read(bytes(damaged))


@given(st.binary(max_size=200))
def test_bytes_between_the_magic_words_are_refused(inside: bytes) -> None:
    with pytest.raises(arrow.NotArrow):
        arrow.read(b"ARROW1\0\0" + inside + b"ARROW1")
