"""What Prometheus' own frontend does to an answer is done here too."""

from typing import Any

from grafherald.draw.frames.targets import as_asked

from .drawn import Field, Frame, series


def asked(target: dict[str, Any], *frames: Frame) -> list[Frame]:
    return as_asked({"targets": [{"refId": "A", "expr": "up", **target}]}, frames)


def columns(frame: Frame) -> dict[str, list[Any]]:
    return {each.name: list(each.values) for each in frame.fields}


def test_a_range_query_stays_as_it_is() -> None:
    frames = [series("a", 1, 2)]
    assert asked({}, *frames) == frames


def test_an_instant_query_keeps_the_last_sample_of_each_series() -> None:
    found = asked({"instant": True}, series("a", 1, 2), series("b", 3, 4))
    assert [columns(each)["Value"] for each in found] == [[2], [4]]


def test_a_query_that_is_both_instant_and_range_stays_whole() -> None:
    found = asked({"instant": True, "range": True}, series("a", 1, 2))
    assert columns(found[0])["Value"] == [1, 2]


def test_a_table_has_a_column_for_each_label_in_order_of_their_names() -> None:
    found = asked(
        {"format": "table", "instant": True},
        series("a", 1, 2, job="node", env="prod"),
        series("b", 3, 4, job="db", le="0.5"),
    )
    assert len(found) == 1
    table = columns(found[0])
    assert list(table) == ["Time", "env", "job", "le", "Value"]
    assert table["env"] == ["prod", ""]
    assert table["le"] == [None, 0.5]
    assert table["Value"] == [2, 4]


def test_a_table_of_a_range_has_all_samples() -> None:
    (table,) = asked({"format": "table"}, series("a", 1, 2, job="node"), series("b", 3, job="db"))
    assert columns(table)["Value"] == [1, 2, 3]
    assert columns(table)["job"] == ["node", "node", "db"]


def test_values_of_several_queries_are_told_apart() -> None:
    targets = [{"refId": ref, "expr": "up", "format": "table"} for ref in "AB"]
    found = as_asked({"targets": targets}, [series("a", 1), series("b", 2, ref="B")])
    assert [each.fields[-1].name for each in found] == ["Value #A", "Value #B"]


def test_buckets_are_sorted_and_lose_what_is_below_them() -> None:
    found = asked(
        {"format": "heatmap"},
        series("x", 10, 12, le="+Inf"),
        series("y", 2, None, le="0.5"),
        series("z", 7, 9, le="1"),
    )
    assert [list(each.fields[1].values) for each in found] == [[2, 0], [5, 9], [3, 3]]


def test_frames_of_other_datasources_and_tables_stay_as_they_are() -> None:
    table = Frame((Field("a", "string", ["x"]), Field("b", "number", [1])))
    assert asked({"format": "table"}, table) == [table]
    frames = [series("a", 1, 2)]
    assert (
        as_asked({"targets": [{"refId": "A", "rawSql": "x", "format": "table"}]}, frames) == frames
    )


def test_targets_of_any_shape_do_no_harm() -> None:
    frames = [series("a", 1, 2)]
    assert as_asked({"targets": [None, 5, {"refId": None, "expr": 3}]}, frames) == frames
