"""Transformations make of the queries' data what Grafana's make of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.frames.matchers import matcher
from grafherald.draw.frames.names import Naming
from grafherald.draw.frames.transform import transformed

from .drawn import drawn, panel


def series(name: str, *values: float | None, ref: str = "A", **labels: str) -> Frame:
    return Frame(
        (
            Field("Time", "time", [1000 * (n + 1) for n in range(len(values))]),
            Field("Value", "number", list(values), labels, {"displayNameFromDS": name}),
        ),
        name=name,
        ref_id=ref,
    )


def table(**columns: list[Any]) -> Frame:
    kinds = {str: "string", int: "number", float: "number"}
    return Frame(
        tuple(
            Field(name, kinds[type(values[0])], values)  # type: ignore[arg-type]
            for name, values in columns.items()
        )
    )


def apply(frames: list[Frame], *steps: tuple[str, dict[str, Any]]) -> list[dict[str, list[Any]]]:
    panel = {"transformations": [{"id": name, "options": options} for name, options in steps]}
    done, notes = transformed(panel, frames)
    assert notes == ()
    naming = Naming(done)
    return [{naming.name(f, frame): list(f.values) for f in frame.fields} for frame in done]


HOSTS = table(host=["b", "a", "b"], job=["x", "y", "z"], load=[3, 1, 2])


def test_organize_leaves_out_orders_and_renames() -> None:
    options = {
        "excludeByName": {"job": True},
        "indexByName": {"load": 0, "host": 1},
        "renameByName": {"host": "Host"},
    }
    (frame,) = apply([HOSTS], ("organize", options))
    assert list(frame) == ["load", "Host"]


def test_filter_by_name_takes_names_and_patterns() -> None:
    assert list(apply([HOSTS], ("filterFieldsByName", {"include": {"names": ["job"]}}))[0]) == [
        "job"
    ]
    (frame,) = apply([HOSTS], ("filterFieldsByName", {"include": {"pattern": "/o/"}}))
    assert list(frame) == ["host", "job", "load"]
    (frame,) = apply([HOSTS], ("filterFieldsByName", {"exclude": {"pattern": "^(host|job)$"}}))
    assert list(frame) == ["load"]


def test_filter_by_query() -> None:
    frames = [series("a", 1), series("b", 2, ref="B"), series("c", 3, ref="C")]
    assert len(apply(frames, ("filterByRefId", {"include": "A|C"}))) == 2


def test_rename_by_regex_uses_groups() -> None:
    options = {"regex": r"(.*):9100", "renamePattern": "$1"}
    (frame,) = apply([series("web01:9100", 1.5)], ("renameByRegex", options))
    assert list(frame) == ["Time", "web01"]


def test_join_by_time_keeps_every_moment_and_the_names() -> None:
    (frame,) = apply([series("a", 1, 2), series("b", 5)], ("joinByField", {"mode": "outer"}))
    assert frame == {"Time": [1000, 2000], "a": [1, 2], "b": [5, None]}


def test_inner_join_by_a_field_keeps_what_both_have() -> None:
    frames = [table(host=["a", "b"], up=[1, 0]), table(host=["b", "c"], load=[7, 8])]
    (frame,) = apply(frames, ("joinByField", {"byField": "host", "mode": "inner"}))
    assert frame == {"host": ["b"], "up": [0], "load": [7]}


@pytest.mark.parametrize(
    ("options", "times"),
    [
        ({}, ["one · Time", "two · Time"]),
        ({"frameNameMode": "drop"}, ["Time"]),  # of one name, so that the last is read
        ({"frameNameMode": "label", "frameNameLabel": "of"}, ["Time one", "Time two"]),
    ],
)
def test_concatenate_puts_tables_beside_each_other(
    options: dict[str, Any], times: list[str]
) -> None:
    (frame,) = apply([series("one", 1, 2), series("two", 3)], ("concatenate", options))
    assert (frame["one"], frame["two"]) == ([1, 2], [3, None])
    assert [name for name in frame if "Time" in name] == times


def test_concatenate_numbers_columns_of_one_name() -> None:
    (frame,) = apply([HOSTS, table(host=["c"])], ("concatenate", {"frameNameMode": "drop"}))
    assert frame["host 2"] == ["c", None, None]


def test_merge_makes_one_row_of_what_agrees() -> None:
    frames = [
        Frame((*table(host=["a", "b"]).fields, Field("Value #A", "number", [1, 2]))),
        Frame((*table(host=["b", "a"]).fields, Field("Value #B", "number", [4, 3]))),
    ]
    (frame,) = apply(frames, ("merge", {}))
    assert frame == {"host": ["a", "b"], "Value #A": [1, 2], "Value #B": [3, 4]}


def test_reduce_makes_a_row_of_each_series() -> None:
    (frame,) = apply(
        [series("a", 1, 3), series("b", 5, None)], ("reduce", {"reducers": ["max", "lastNotNull"]})
    )
    assert frame == {"Field": ["a", "b"], "Max": [3, 5], "Last *": [3, 5]}


def test_sort_group_and_limit() -> None:
    (frame,) = apply([HOSTS], ("sortBy", {"sort": [{"field": "load", "desc": True}]}))
    assert frame["load"] == [3, 2, 1]
    fields = {
        "host": {"operation": "groupby", "aggregations": []},
        "load": {"operation": "aggregate", "aggregations": ["sum", "count"]},
    }
    (frame,) = apply([HOSTS], ("groupBy", {"fields": fields}))
    assert frame == {"host": ["b", "a"], "load (sum)": [5, 1], "load (count)": [2, 1]}
    (frame,) = apply([HOSTS], ("limit", {"limitField": 1}))
    assert frame["host"] == ["b"]


@pytest.mark.parametrize(
    ("options", "name", "values"),
    [
        ({"mode": "reduceRow", "reduce": {"reducer": "sum"}}, "Total", [6, 8]),
        ({"mode": "binary", "binary": {"left": "a", "operator": "/", "right": "2"}}, "a / 2",
         [0.5, 1]),
        ({"mode": "binary", "alias": "x", "binary": {
            "left": {"matcher": {"id": "byName", "options": "b"}}, "operator": "-",
            "right": {"fixed": "1"}}}, "x", [4, 5]),
    ],
)  # fmt: skip
def test_calculated_fields(options: dict[str, Any], name: str, values: list[float]) -> None:
    (frame,) = apply([series("a", 1, 2), series("b", 5, 6)], ("calculateField", options))
    assert frame[name] == values
    assert "a" in frame


def test_labels_become_columns() -> None:
    frames = [series("x", 1.5, host="web01", job="n"), series("y", 2.5, host="db01", job="n")]
    (frame,) = apply(frames, ("labelsToFields", {}))
    assert frame["host"] == ["web01", "db01"]
    assert frame["Value"] == [1.5, 2.5]


def test_series_to_rows_begins_with_the_newest() -> None:
    (frame,) = apply([series("a", 1, 2), series("b", 3)], ("seriesToRows", {}))
    assert frame["Time"] == [2000, 1000, 1000]
    assert frame["Metric"][0] == "a"


def test_rows_are_filtered_by_value() -> None:
    condition = {"fieldName": "load", "config": {"id": "greater", "options": {"value": 1}}}
    options = {"filters": [condition], "type": "include", "match": "all"}
    (frame,) = apply([HOSTS], ("filterByValue", options))
    assert frame["load"] == [3, 2]


def test_an_unknown_transformation_is_a_note_and_changes_nothing() -> None:
    panel = {"transformations": [{"id": "spatial", "options": {}}, {"id": "x", "disabled": True}]}
    frames, notes = transformed(panel, [HOSTS])
    assert frames == [HOSTS]
    assert notes == ('transformation "spatial" is not applied',)


NAMES = ["organize", "merge", "joinByField", "reduce", "renameByRegex", "filterFieldsByName"]
NAMES += ["filterByRefId", "sortBy", "groupBy", "calculateField", "labelsToFields"]
NAMES += ["seriesToRows", "seriesToColumns", "limit", "filterByValue"]
WORDS = st.sampled_from(
    ["Value", "Time", "a", "max", "mode", "binary", "reducers", "include", "names", "sort", "field"]
)
OPTIONS = st.dictionaries(
    st.sampled_from(
        [
            *("mode", "reducers", "sort", "fields", "include", "exclude", "regex", "binary"),
            *("reduce", "byField", "indexByName", "excludeByName", "renameByName", "filters"),
        ]
    ),
    st.recursive(
        WORDS | st.none() | st.integers() | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
VALUES = st.lists(st.none() | st.floats() | st.integers(), max_size=4)


@given(st.lists(st.tuples(st.sampled_from(NAMES), OPTIONS), max_size=3), st.lists(VALUES))
def test_any_options_leave_frames_whose_fields_are_equally_long(
    steps: list[tuple[str, dict[str, Any]]], columns: list[list[float | None]]
) -> None:
    frames = [series(f"s{n}", *values, host=str(n)) for n, values in enumerate(columns)]
    panel = {"transformations": [{"id": name, "options": options} for name, options in steps]}
    for frame in transformed(panel, frames)[0]:
        assert len({len(field.values) for field in frame.fields}) <= 1


@pytest.mark.parametrize(
    ("step", "options"),
    [
        ("groupBy", {"fields": {
            "host": {"operation": "groupby"},
            "load": {"operation": "aggregate", "aggregations": ["allValues"]},
        }}),
        ("calculateField", {"mode": "reduceRow", "reduce": {"reducer": "allValues"}}),
        ("merge", {}),
    ],
)  # fmt: skip
def test_a_field_is_of_the_kind_of_what_is_in_it(step: str, options: dict[str, Any]) -> None:
    frames = [table(host=["a", "b"], load=[1.0, 2.0]), table(host=["c"], load=["high"])]
    panel = {"transformations": [{"id": step, "options": options}]}
    done, _ = transformed(panel, frames)
    numbers = [field for frame in done for field in frame.fields if field.kind == "number"]
    types = {type(value) for field in numbers for value in field.values}
    assert types <= {int, float, type(None)}


def test_a_transformation_of_annotations_leaves_the_data_alone() -> None:
    step = {"id": "limit", "topic": "annotations", "options": {"limitField": 1}}
    frames, notes = transformed({"transformations": [step]}, [series("a", 1, 2, 3)])
    assert len(frames[0]) == 3
    assert notes == ()


@pytest.mark.parametrize("kind", ["timeseries", "graph", "stat", "table"])
def test_what_is_not_applied_is_said_in_the_picture(kind: str) -> None:
    what = panel(kind)
    what["transformations"] = [{"id": "regression"}]
    what["fieldConfig"]["overrides"] = [{"matcher": {"id": "byMoon"}, "properties": []}]
    notes = drawn(what, series("a", 1, 2)).drawing.notes
    assert 'transformation "regression" is not applied' in notes
    if kind != "graph":  # which keeps no overrides but those of names and units
        assert 'overrides by "byMoon" are not applied' in notes


NAMED_A = {"id": "byName", "options": "a"}


@pytest.mark.parametrize(
    ("spec", "meant"),
    [
        ({"id": "byTypes", "options": ["number", "string"]}, ["a", "b"]),
        ({"id": "byTypes", "options": None}, []),
        ({"id": "invertMatch", "options": NAMED_A}, ["b"]),
        ({"id": "anyMatch", "options": [NAMED_A, {"id": "byName", "options": "b"}]}, ["a", "b"]),
        ({"id": "allMatch", "options": [NAMED_A, {"id": "byType", "options": "string"}]}, []),
        ({"id": "alwaysMatch"}, ["a", "b"]),
        ({"id": "neverMatch"}, []),
        ({"id": "invertMatch", "options": {"id": "byMoon"}}, []),
    ],
)
def test_matchers_can_be_combined(spec: dict[str, Any], meant: list[str]) -> None:
    frame = Frame((Field("a", "number", [1]), Field("b", "number", [2])))
    matches = matcher(spec)
    assert matches is not None
    assert [each.name for each in frame.fields if matches(each, frame, each.name)] == meant
