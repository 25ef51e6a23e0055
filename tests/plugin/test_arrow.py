"""The bytes are read back by pyarrow: what it accepts, Arrow is."""

from __future__ import annotations

import json
import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald_plugin.arrow import encode
from grafherald_plugin.frames import DataFrame, FieldType, FrameField

TIMES = [1_700_000_000_000_000_000, 1_700_000_060_000_000_000, 0]


def read(frame):
    reader = pa.ipc.open_file(encode(frame, "A"))
    table = reader.read_all()
    table.validate(full=True)
    return reader.schema, table


def column(kind, values, **more):
    return DataFrame("f", [FrameField("x", kind, values, **more)])


@pytest.mark.parametrize(
    ("kind", "type_", "values"),
    [
        (FieldType.TIME, pa.timestamp("ns"), TIMES),
        (FieldType.NUMBER, pa.float64(), [1, -2.5, 1e300]),
        (FieldType.TEXT, pa.utf8(), ["", "ä€😀", "x" * 1000]),
        (FieldType.BOOLEAN, pa.bool_(), [True, False, True]),
    ],
)
@pytest.mark.parametrize("null", [None, 0, 1, 2])
def test_each_type_is_read_back_with_and_without_nulls(kind, type_, values, null):
    values = [None if index == null else value for index, value in enumerate(values)]
    schema, table = read(column(kind, values))
    assert schema.field("x").type == type_
    assert table.column("x").cast(pa.int64() if kind is FieldType.TIME else type_).to_pylist() == (
        values
    )


def test_fields_are_nullable_since_grafana_reads_their_nulls_as_zero_otherwise():
    assert read(column(FieldType.NUMBER, [None]))[0].field("x").nullable
    assert not read(column(FieldType.TIME, [1], nullable=False))[0].field("x").nullable


@pytest.mark.parametrize("kind", FieldType)
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64, 65, 1000])
def test_any_number_of_rows_is_read_back(kind, count):
    value = {FieldType.TEXT: "a", FieldType.BOOLEAN: True}.get(kind, 1)
    assert read(column(kind, [value] * count))[1].num_rows == count


def test_names_and_metadata_are_where_grafana_looks():
    field = FrameField("x", FieldType.NUMBER, [1], {"host": "wéb"}, {"unit": "s"})
    schema, _ = read(DataFrame("cpu", [field], "timeseries-wide"))
    assert schema.metadata[b"name"] == b"cpu"
    assert schema.metadata[b"refId"] == b"A"
    assert json.loads(schema.metadata[b"meta"]) == {
        "type": "timeseries-wide",
        "typeVersion": [0, 1],
    }
    assert json.loads(schema.field("x").metadata[b"labels"]) == {"host": "wéb"}
    assert json.loads(schema.field("x").metadata[b"config"]) == {"unit": "s"}


def test_a_frame_without_kind_claims_none():
    assert b"meta" not in read(column(FieldType.NUMBER, [1]))[0].metadata


def test_nan_and_infinity_are_numbers():
    values = read(column(FieldType.NUMBER, [math.nan, math.inf]))[1].column("x").to_pylist()
    assert math.isnan(values[0])
    assert values[1] == math.inf


def test_half_a_character_becomes_a_question_mark():
    assert read(column(FieldType.TEXT, ["a\ud800"]))[1].column("x").to_pylist() == ["a?"]


@pytest.mark.parametrize(("kind", "value"), [(FieldType.TIME, 2**63), (FieldType.NUMBER, 10**400)])
def test_what_does_not_fit_is_an_overflow(kind, value):
    with pytest.raises(OverflowError):
        encode(column(kind, [value]), "A")


_VALUES = {
    FieldType.TIME: st.integers(-(2**63), 2**63 - 1),
    FieldType.NUMBER: st.floats(allow_nan=False),
    FieldType.TEXT: st.text(st.characters(exclude_categories=["Cs"])),
    FieldType.BOOLEAN: st.booleans(),
}
_FIELDS = st.sampled_from(FieldType).flatmap(
    lambda kind: st.tuples(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.just(kind),
        st.lists(st.none() | _VALUES[kind], min_size=9, max_size=9),
    )
)


@given(st.lists(_FIELDS, min_size=1, max_size=5))
def test_any_frame_is_read_back(fields):
    frame = DataFrame("f", [FrameField(name, kind, values) for name, kind, values in fields])
    _, table = read(frame)
    for index, (name, kind, values) in enumerate(fields):
        assert table.schema.field(index).name == name
        plain = table.column(index)
        plain = plain.cast(pa.int64()) if kind is FieldType.TIME else plain
        assert plain.to_pylist() == values
