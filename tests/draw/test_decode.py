"""All four shapes of answers come out as the same frames."""

import base64
import contextlib
import io
import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw.frames.decode import CannotRead, frames_of
from grafherald.draw.frames.frame import Frame


def only(result: object) -> Frame:
    (frame,) = frames_of({"results": {"A": result}})
    return frame


JSON_FRAME = {
    "schema": {
        "name": "web01",
        "refId": "A",
        "fields": [
            {"name": "Time", "type": "time", "config": {"interval": 20000}},
            {
                "name": "Value",
                "type": "number",
                "labels": {"instance": "web01"},
                "config": {"displayNameFromDS": "web01"},
            },
        ],
    },
    "data": {
        "values": [[1000, 2000, 3000, 4000], [1.5, None, None, None]],
        "entities": [None, {"NaN": [1], "Inf": [2], "NegInf": [3]}],
    },
}


def test_frames_as_json() -> None:
    frame = only({"status": 200, "frames": [JSON_FRAME]})
    time, value = frame.fields
    assert (time.kind, time.config["interval"]) == ("time", 20000)
    assert (value.labels, value.config["displayNameFromDS"]) == ({"instance": "web01"}, "web01")
    assert value.values[0] == 1.5
    assert math.isnan(value.values[1])
    assert list(value.values[2:]) == [math.inf, -math.inf]
    assert (frame.name, frame.ref_id, len(frame)) == ("web01", "A", 4)


def test_a_frame_without_data_has_fields_and_no_rows() -> None:
    frame = only({"frames": [{"schema": {"fields": [{"name": "v", "type": "number"}]}}]})
    assert (frame.fields[0].name, len(frame)) == ("v", 0)


def test_series_of_before_eight() -> None:
    points = [[1.5, 1000], [None, 2000], ["NaN", 3000]]
    frame = only({"series": [{"name": "web01 in", "points": points, "tags": {"job": "node"}}]})
    time, value = frame.fields
    assert list(time.values) == [1000, 2000, 3000]
    assert list(value.values[:2]) == [1.5, None]
    assert math.isnan(value.values[2])
    assert value.config["displayNameFromDS"] == "web01 in"
    assert value.labels == {"job": "node"}


def test_tables_of_before_eight() -> None:
    columns = [{"text": "time", "type": "time"}, {"text": "host"}, {"text": "load"}]
    frame = only({"tables": [{"columns": columns, "rows": [[1000, "a", 1.5], [2000, None, 2]]}]})
    assert [field.kind for field in frame.fields] == ["time", "string", "number"]
    assert list(frame.fields[2].values) == [1.5, 2]


def test_arrow_frames_of_seven() -> None:
    value = pa.field("f", pa.float64(), metadata={"name": "Value", "labels": '{"host": "db1"}'})
    time = pa.field("t", pa.timestamp("ns"), metadata={"name": "Time"})
    schema = pa.schema([time, value], metadata={"name": "load", "refId": "A"})
    table = pa.table([pa.array([1_000_000_000], pa.timestamp("ns")), pa.array([2.5])], schema)
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(table)
    frame = only({"dataframes": [base64.b64encode(sink.getvalue()).decode()]})
    assert [field.name for field in frame.fields] == ["Time", "Value"]
    assert frame.fields[1].labels == {"host": "db1"}
    assert (frame.name, list(frame.fields[0].values)) == ("load", [1000.0])


def test_frames_come_in_the_order_of_the_panels_queries() -> None:
    answer = {"results": {name: {"frames": [JSON_FRAME]} for name in "ABC"}}
    assert [frame.ref_id for frame in frames_of(answer, order=["C", "A"])] == ["C", "A", "B"]


@pytest.mark.parametrize(
    "result",
    [
        {"error": "parse error:\n unexpected }"},
        {"error": "parse error: unexpected }", "frames": [JSON_FRAME], "status": 400},
        {"meta": {"error": "parse error: unexpected }"}},
    ],
)
def test_one_failed_query_fails_the_answer_in_the_datasources_words(result: object) -> None:
    with pytest.raises(CannotRead, match="query B failed: parse error: unexpected }"):
        frames_of({"results": {"A": {"frames": [JSON_FRAME]}, "B": result}})


def test_a_status_without_words_is_a_failure_too() -> None:
    with pytest.raises(CannotRead, match="query A failed with status 504"):
        frames_of({"results": {"A": {"status": 504}}})


def test_an_endless_error_is_cut_and_stays_one_line() -> None:
    with pytest.raises(CannotRead) as caught:
        frames_of({"results": {"A": {"error": "no\n\x1b[31m" * 10_000}}})
    assert len(str(caught.value)) < 1000
    assert str(caught.value).isprintable()


def test_values_that_are_not_of_their_kind_become_none() -> None:
    frame = only(
        {
            "frames": [
                {
                    "schema": {"fields": [{"name": "v", "type": "number"}]},
                    "data": {"values": [[1, "x", True, [2]]]},
                }
            ]
        }
    )
    assert list(frame.fields[0].values) == [1, None, None, None]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "frames",
                    "schema",
                    "fields",
                    "data",
                    "values",
                    "entities",
                    "NaN",
                    "series",
                    "points",
                    "tables",
                    "columns",
                    "rows",
                    "dataframes",
                    "meta",
                    "type",
                    "labels",
                    "error",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_answer_is_read_or_refused(result: object) -> None:
    with contextlib.suppress(CannotRead):
        for frame in frames_of({"results": {"A": result}}):
            assert len({len(field.values) for field in frame.fields}) <= 1


@pytest.mark.parametrize("answer", [None, [], {}, {"results": []}, {"message": "no"}])
def test_what_holds_no_results_is_no_answer(answer: object) -> None:
    with pytest.raises(CannotRead, match="holds no results"):
        frames_of(answer)
