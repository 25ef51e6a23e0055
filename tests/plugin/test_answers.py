"""What an API answers, as the frames of a panel and of an alert rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grafherald_plugin.answers import read_frames
from grafherald_plugin.errors import FrameError
from grafherald_plugin.frames import FieldType

T = 1_700_000_000_000
NS = T * 1_000_000
SECOND = 1_000_000_000


def series(target, *points, **more):
    return {"target": target, "datapoints": [list(point) for point in points], **more}


def table(*columns, rows):
    heads = [{"text": text, "type": kind} for text, kind in columns]
    return {"type": "table", "columns": heads, "rows": rows}


def panel(*elements):
    return read_frames(list(elements), for_alert=False)


def alert(*elements):
    return read_frames(list(elements), for_alert=True)


def columns(frame):
    return {field.name: list(field.values) for field in frame.fields}


def labels(frames):
    return [dict(f.labels) for frame in frames for f in frame.fields if f.name != "Time"]


@pytest.mark.parametrize("read", [panel, alert])
def test_series_with_the_same_times_share_a_wide_frame(read):
    (frame,) = read(series("a", (1, T), (2.5, T + 1000)), series("b", (3, T), (None, T + 1000)))
    assert frame.kind == "timeseries-wide"
    assert [field.nullable for field in frame.fields] == [False, True, True]
    assert columns(frame) == {"Time": [NS, NS + SECOND], "a": [1, 2.5], "b": [3, None]}


def test_in_a_panel_gaps_are_null():
    (frame,) = panel(series("a", (1, T), (3, T + 2000)), series("b", (2, T + 1000)))
    assert columns(frame) == {
        "Time": [NS, NS + SECOND, NS + 2 * SECOND],
        "a": [1, None, 3],
        "b": [None, 2, None],
    }


def test_in_an_alert_rule_no_null_is_made_up():
    frames = alert(series("a", (1, T), (3, T + 2000)), series("b", (2, T + 1000)))
    assert [frame.kind for frame in frames] == ["timeseries-multi"] * 2
    assert [columns(frame) for frame in frames] == [
        {"Time": [NS, NS + 2 * SECOND], "a": [1, 3]},
        {"Time": [NS + SECOND], "b": [2]},
    ]


def test_the_name_is_the_label_where_there_are_no_tags():
    frames = panel(series("a", (1, T)), series("b", (1, T), tags={"host": "web01", "n": 1}))
    assert labels(frames) == [{"series": "a"}, {"host": "web01", "n": "1"}]


def test_labels_keep_the_words_of_json():
    tags = {"b": True, "n": None, "l": [1], "t": "x"}
    assert labels(panel(series("a", (0, T), tags=tags))) == [
        {"b": "true", "n": "null", "l": "[1]", "t": "x"}
    ]


@pytest.mark.parametrize("read", [panel, alert])
def test_times_in_seconds_are_recognised(read):
    seconds = T // 1000
    (frame,) = read(series("a", (1, seconds), (2, seconds + 1)))
    assert columns(frame)["Time"] == [NS, NS + SECOND]
    (frame,) = panel(table(("at", "time"), ("n", "number"), rows=[[seconds + 0.5, 1], [None, 2]]))
    assert columns(frame)["at"] == [NS + SECOND // 2, None]


def test_the_first_days_of_1970_are_milliseconds_among_later_times():
    (frame,) = panel(series("a", (1, 1_700_000_000), (2, T)))
    assert columns(frame)["Time"] == [1_700_000_000 * 1_000_000, NS]


def test_a_series_alone_has_the_label_that_it_has_in_company():
    assert labels(alert(series("a", (1, T)))) == [{"series": "a"}]


@pytest.mark.parametrize("read", [panel, alert])
def test_no_two_series_have_the_same_labels(read):
    same = [series("a", (1, T)), series("a", (2, T)), series("a", (3, T))]
    tagged = [series(name, (1, T), tags={"host": "h"}) for name in ("x", "y")]
    assert len({frozenset(found.items()) for found in labels(read(*same, *tagged))}) == 5


def test_title_and_unit_are_the_fields_configuration():
    (frame,) = panel(series("a", (1, T), title="CPU", unit="percent"))
    assert frame.fields[1].config == {"displayNameFromDS": "CPU", "unit": "percent"}


def test_points_are_put_in_order_and_the_last_of_a_time_counts():
    (frame,) = panel(series("a", (3, T + 1000), (1, T), (2, T), (9, None)))
    assert columns(frame) == {"Time": [NS, NS + SECOND], "a": [2, 3]}


def test_numbers_keep_their_fraction_and_null_stays_null():
    (frame,) = alert(series("a", (0.1, T), (None, T + 1), (0, T + 2)))
    assert columns(frame)["a"] == [0.1, None, 0]


def test_texts_in_a_series_are_shown():
    (frame,) = panel(series("state", ("up", T), (None, T + 1)))
    assert frame.fields[1].type is FieldType.TEXT
    assert frame.kind == ""  # which promises numbers
    assert columns(frame)["state"] == ["up", None]


def test_numbers_as_texts_are_numbers():
    (frame,) = alert(series("a", ("1.5", T)))
    assert columns(frame)["a"] == [1.5]


def test_an_alert_rule_on_texts_is_refused_by_name():
    with pytest.raises(FrameError, match="'state' holds texts") as raised:
        alert(series("state", ("up", T)))
    assert raised.value.status == 400


def test_no_points_are_no_data_for_an_alert_rule():
    assert alert(series("a")) == []
    assert alert() == []
    assert columns(panel(series("a"))[0]) == {"Time": [], "a": []}


@pytest.mark.parametrize(
    "points",
    [None, 7, "ab", [1], ["ab"], [[1]], [[1, 2, 3]], [[1, "soon"]], [[1, float("nan")]],
     [[1, True]], [{"a": 1, "b": 2}]],
)  # fmt: skip
def test_points_that_are_no_pairs_are_refused(points):
    with pytest.raises(FrameError, match="series 'a'"):
        panel({"target": "a", "datapoints": points})


@pytest.mark.parametrize("answer", [None, {}, "x", [1], [[]], [{}], [{"target": "a"}]])
def test_what_is_no_answer_is_refused(answer):
    with pytest.raises(FrameError, match="answer"):
        read_frames(answer, for_alert=False)


def test_times_may_be_iso_8601():
    (frame,) = panel(series("a", (1, "2023-11-14T22:13:20Z"), (2, "2023-11-14T23:13:21+01:00")))
    assert columns(frame)["Time"] == [NS, NS + SECOND]


def test_a_panel_shows_a_table_as_it_is():
    (frame,) = panel(
        table(("Time", "time"), ("Who", "string"), ("Up", "boolean"), ("N", "number"),
              rows=[[T, "SE", True, 1.5], [None, None, None, None], [T]])
    )  # fmt: skip
    assert frame.kind == ""
    assert [field.type.value for field in frame.fields] == ["time", "string", "boolean", "number"]
    assert columns(frame) == {
        "Time": [NS, None, NS],
        "Who": ["SE", None, None],
        "Up": [True, None, None],
        "N": [1.5, None, None],
    }


@pytest.mark.parametrize(
    ("declared", "values", "kind", "read"),
    [
        ("number", [1, "2.5", None], "number", [1, 2.5, None]),
        ("number", ["n/a", 1], "string", ["n/a", "1"]),
        ("time", [T, None], "time", [NS, None]),
        ("time", ["soon"], "string", ["soon"]),
        ("boolean", [True, None], "boolean", [True, None]),
        ("boolean", [1, 0], "number", [1, 0]),
        ("string", [{"a": 1}, 2], "string", ['{"a": 1}', "2"]),
        (None, [True, False], "boolean", [True, False]),
        (None, [1, None], "number", [1, None]),
        (None, [None], "string", [None]),
        ("money", ["1 €"], "string", ["1 €"]),
    ],
)
def test_a_wrong_type_loses_no_value(declared, values, kind, read):
    (frame,) = panel(table(("x", declared), rows=[[value] for value in values]))
    assert (frame.fields[0].type.value, list(frame.fields[0].values)) == (kind, read)


def test_a_table_without_rows_keeps_its_columns():
    (frame,) = panel(table(("Time", "time"), ("N", "number"), rows=[]))
    assert columns(frame) == {"Time": [], "N": []}


@pytest.mark.parametrize(
    "element",
    [
        {"columns": 7, "rows": []},
        {"columns": []},
        {"columns": ["a"], "rows": [7]},
        {"columns": ["a"], "rows": [{"a": 1}]},
        {"columns": ["a"], "rows": None},
        {"fields": [7]},
        {"fields": [{"name": "a"}]},
        {"fields": [{"name": "a", "values": [1], "labels": "x"}]},
    ],
)
def test_a_table_that_is_none_is_refused(element):
    with pytest.raises(FrameError, match="table"):
        panel(element)


def test_a_configuration_that_grafana_could_not_read_is_left_out():
    (frame,) = panel({"fields": [{"name": "a", "values": [1], "config": {"unit": 7, "min": "x"}}]})
    assert frame.fields[0].config == {}


def test_an_alert_rule_reads_a_table_as_numbers_with_labels():
    (frame,) = alert(table(("N", "number"), ("Who", "string"), rows=[[1, "SE"], [2, None]]))
    assert frame.kind == "numeric-long"
    assert columns(frame) == {"Who": ["SE", ""], "N": [1, 2]}


def test_several_number_columns_become_rows():
    (frame,) = alert(
        table(("Who", "string"), ("in", "number"), ("up", "boolean"), rows=[["SE", 1, True]])
    )
    assert columns(frame) == {"Who": ["SE", "SE"], "column": ["in", "up"], "Value": [1, 1]}


def test_an_alert_rule_reads_a_long_table_as_series():
    frames = alert(
        table(("Time", "time"), ("host", "string"), ("N", "number"),
              rows=[[T + 1000, "a", 3], [T, "a", 1], [T, "b", 2]])
    )  # fmt: skip
    assert labels(frames) == [{"host": "a"}, {"host": "b"}]
    assert [list(frame.fields[1].values) for frame in frames] == [[1, 3], [2]]


def test_an_alert_rule_reads_a_table_of_times_and_numbers_as_wide():
    (frame,) = alert(table(("Time", "time"), ("in", "number"), ("out", "number"), rows=[[T, 1, 2]]))
    assert frame.kind == "timeseries-wide"
    assert labels([frame]) == [{"series": "in"}, {"series": "out"}]


def test_an_alert_rule_on_a_table_of_texts_is_refused():
    with pytest.raises(FrameError, match="no column of numbers"):
        alert(table(("Who", "string"), rows=[["SE"]]))


def test_an_empty_table_is_no_data_for_an_alert_rule():
    assert alert(table(("Who", "string"), ("N", "number"), rows=[])) == []
    assert alert(table(("Time", "time"), ("N", "number"), rows=[])) == []


def test_series_that_share_no_time_do_not_fill_the_memory():
    frames = panel(*(series(f"s{n}", (n, T + n)) for n in range(2000)))
    assert len(frames) == 2000


@pytest.mark.parametrize(
    "element",
    [
        {"columns": ["a"] * 5000, "rows": [[]] * 5000},
        {"columns": ["a"] * 10_001, "rows": [[]]},
        {"fields": [{"values": [0] * 5000}] + [{"values": []}] * 5000},
    ],
)
def test_a_few_bytes_that_would_be_a_large_table_are_refused(element):
    with pytest.raises(FrameError, match="too large"):
        panel(element)


def test_too_many_series_are_refused():
    with pytest.raises(FrameError, match="too many"):
        panel(*[series("a", (1, T))] * 10_001)
    rows = [[T, str(host), 1] for host in range(10_001)]
    with pytest.raises(FrameError, match="10001 series are too many"):
        alert(table(("Time", "time"), ("host", "string"), ("N", "number"), rows=rows))


SAMPLES = Path("samples/datasource")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("classic-readme-timeserie", {"upper_75": [622, 365], "upper_90": [861, 767]}),
        ("classic-readme-table", {"Country": ["SE", "DE", "US"], "Number": [123, 231, 321]}),
        ("simpod-dataframe", {"Value": [1, None]}),
        ("simpod-annotation-query", {"title": ["CPU high", "Disk full"], "id": [1, 2]}),
    ],
)
def test_answers_of_public_apis_are_read(shared, name, expected):
    (frame,) = panel(*json.loads((shared / SAMPLES / f"{name}.response.json").read_text()))
    assert expected.items() <= columns(frame).items()
