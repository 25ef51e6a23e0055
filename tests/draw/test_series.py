"""Lines as Grafana's field config, or an old graph panel's options, want them."""

from typing import Any

import pytest

from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.graph.series import Series, series_of

MINUTE = 60_000


def frame(
    *values: float | None,
    name: str = "",
    ref: str = "A",
    at: list[float] | None = None,
    labels: dict[str, str] | None = None,
    **config: Any,
) -> Frame:
    times = at or [MINUTE * n for n in range(len(values))]
    fields = (
        Field("Time", "time", times),
        Field("Value", "number", list(values), labels or {}, config),
    )
    return Frame(fields, name=name, ref_id=ref)


def web(*hosts: str) -> list[Frame]:
    return [frame(1.0, 2.0, displayNameFromDS=host) for host in hosts]


def lines(
    panel: dict[str, Any], frames: list[Frame], version: tuple[int, int, int] = (10, 4, 2)
) -> list[Series]:
    return series_of({"type": "timeseries", **panel}, frames, "dark", version)


def config(overrides: list[Any] | None = None, **defaults: Any) -> dict[str, Any]:
    return {"fieldConfig": {"defaults": defaults, "overrides": overrides or []}}


def override(matcher: str, options: Any, **properties: Any) -> dict[str, Any]:
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [
            {"id": key.replace("__", "."), "value": value} for key, value in properties.items()
        ],
    }


PALETTE = {"color": {"mode": "palette-classic"}}


@pytest.mark.parametrize(
    ("version", "kind", "colors"),
    [
        ((7, 5, 5), "timeseries", ["#7EB26D", "#EAB839", "#6ED0E0"]),
        ((10, 4, 2), "timeseries", ["#73BF69", "#F2CC0C", "#8AB8FF"]),
        ((13, 2, 3), "timeseries", ["#73BF69", "#F2CC0C", "#5794F2"]),
        ((10, 4, 2), "graph", ["#7EB26D", "#EAB839", "#6ED0E0"]),
        ((13, 2, 3), "graph", ["#73BF69", "#F2CC0C", "#5794F2"]),
    ],
)
def test_the_palette_is_that_of_version_and_panel(
    version: tuple[int, int, int], kind: str, colors: list[str]
) -> None:
    found = lines({"type": kind, **config(**PALETTE)}, web("a", "b", "c"), version)
    assert [each.color.upper() for each in found] == [color.upper() for color in colors]


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (override("byName", "web02", unit="ms"), ["web02"]),
        (override("byNames", {"names": ["web01", "db"]}, unit="ms"), ["web01", "db"]),
        (override("byNames", {"mode": "exclude", "names": ["db"]}, unit="ms"), ["web01", "web02"]),
        (override("byRegexp", "/^web/", unit="ms"), ["web01", "web02"]),
        (override("byRegexp", "web", unit="ms"), []),
        (override("byType", "number", unit="ms"), ["web01", "web02", "db"]),
        (override("byFrameRefID", "B", unit="ms"), []),
        (override("byValue", {"reducer": "max", "op": "gte", "value": 2}, unit="ms"),
         ["web01", "web02", "db"]),
        (override("unheardOf", 1, unit="ms"), []),
    ],
)  # fmt: skip
def test_overrides_mean_the_fields_they_say(rule: dict[str, Any], named: list[str]) -> None:
    found = lines(config([rule], unit="s"), web("web01", "web02", "db"))
    assert [each.name for each in found if each.unit == "ms"] == named


def test_later_overrides_win_and_null_takes_a_setting_away() -> None:
    rules = [override("byType", "number", custom__lineWidth=5, unit="ms"),
             override("byName", "a", custom__lineWidth=2, unit=None)]  # fmt: skip
    (line,) = lines(config(rules, unit="s"), web("a"))
    assert (line.custom["lineWidth"], line.unit) == (2, "")


@pytest.mark.parametrize(
    ("frames", "names"),
    [
        ([frame(1, labels={"host": "a"}), frame(1, labels={"host": "b"})], ["a", "b"]),
        ([frame(1, labels={"host": "a", "job": "n"})], ['{host="a", job="n"}']),
        ([frame(1, name="cpu")], ["cpu"]),
        ([frame(1, name="x"), frame(1, name="y", labels={"h": "1"})], ["x", "y 1"]),
        ([frame(1, displayNameFromDS="legend", labels={"host": "a"})], ["legend"]),
        ([frame(1)], ["Value"]),
    ],
)
def test_names_leave_out_what_all_have_in_common(frames: list[Frame], names: list[str]) -> None:
    assert [each.name for each in lines({}, frames)] == names


def test_a_panels_own_name_may_hold_labels() -> None:
    panel = config(displayName="${__field.labels.host} of ${__field.name}")
    (line,) = lines(panel, [frame(1, labels={"host": "web01"})])
    assert line.name == "web01 of Value"


def test_thresholds_colour_by_value() -> None:
    steps = [{"value": None, "color": "green"}, {"value": 80, "color": "red"}]
    panel = config(color={"mode": "thresholds"}, thresholds={"mode": "absolute", "steps": steps})
    (line,) = lines(panel, [frame(1, 90)])
    assert line.color.upper() == "#F2495C"
    assert line.display.color(79).upper() == "#73BF69"


def test_percentages_of_thresholds_are_of_min_to_max() -> None:
    steps = [{"value": None, "color": "green"}, {"value": 50, "color": "red"}]
    thresholds = {"mode": "percentage", "steps": steps}
    (line,) = lines(config(thresholds=thresholds, min=100, max=200), [frame(1)])
    assert line.display.color(149).upper() == "#73BF69"
    assert line.display.color(150).upper() == "#F2495C"


def test_value_mappings_old_and_new() -> None:
    new = [
        {"type": "value", "options": {"0": {"text": "DOWN", "color": "red"}}},
        {"type": "range", "options": {"from": 1, "to": 2, "result": {"text": "UP"}}},
        {"type": "special", "options": {"match": "null", "result": {"text": "?"}}},
    ]
    old = [
        {"type": 1, "value": "0", "text": "DOWN"},
        {"type": 2, "from": "1", "to": "2", "text": "UP"},
        {"type": 1, "value": "null", "text": "?"},
    ]
    for mappings in (new, old):
        (line,) = lines(config(mappings=mappings), [frame(1)])
        assert [str(line.display.text(v)) for v in (0, 1.5, None, 3)] == ["DOWN", "UP", "?", "3"]


def test_seven_takes_percentages_from_nothing_to_all() -> None:
    (line,) = lines(config(unit="percent"), [frame(20)], (7, 5, 5))
    assert (line.min, line.max) == (0, 100)
    (line,) = lines(config(unit="percent"), [frame(20)], (10, 4, 2))
    assert (line.min, line.max) == (None, None)


def test_missing_samples_are_gaps_at_each_step() -> None:
    at = [MINUTE * n for n in range(20) if n not in (5, 6)]
    (line,) = lines({}, [frame(*[1.0] * 18, at=at)])
    assert list(line.times) == [MINUTE * n for n in range(20)]
    assert [n for n, value in enumerate(line.values) if value is None] == [5, 6]
    assert line.step == MINUTE


def test_series_of_the_same_times_have_them_in_common() -> None:
    at = [MINUTE * n for n in range(20) if n not in (5, 6)]
    one, two = lines({}, [frame(*[1.0] * 18, at=at), frame(*[2.0] * 18, at=list(at))])
    other = lines({}, [frame(*[1.0] * 18, at=at), frame(*[1.0] * 18, at=[*at[:-1], at[-1] + 1])])
    assert one.times is two.times
    assert (one.values[5], two.values[4:7]) == (None, [2.0, None, None])
    assert other[0].times[-1] != other[1].times[-1]


def test_irregular_samples_have_no_gaps() -> None:
    at = [0.0, 1, 10, 11, 50, 60, 61, 90, 100, 400, 401]
    (line,) = lines({}, [frame(*[1.0] * 11, at=at)])
    assert list(line.times) == at


def test_samples_come_in_order_and_without_what_is_no_number() -> None:
    times = [3, 1, 2, None]
    values = [3.0, float("inf"), 2.0, 9.0]
    data = Frame((Field("Time", "time", times), Field("Value", "number", values)))
    (line,) = lines({}, [data])
    assert (list(line.times), list(line.values)) == ([1, 2, 3], [None, 2.0, 3.0])


def graph(**panel: Any) -> dict[str, Any]:
    axes = [{"format": "bytes", "min": "0"}, {"format": "s", "max": 5, "decimals": 1}]
    return {"type": "graph", "yaxes": axes, **panel}


@pytest.mark.parametrize(
    ("settings", "custom"),
    [
        ({"fill": 3, "linewidth": 2}, {"fillOpacity": 30, "lineWidth": 2, "drawStyle": "line"}),
        ({"steppedLine": True}, {"lineInterpolation": "stepAfter"}),
        ({"bars": True, "lines": False}, {"drawStyle": "bars"}),
        ({"points": True, "lines": False, "pointradius": 2},
         {"drawStyle": "points", "showPoints": "always", "pointSize": 6}),
        ({"stack": True}, {"stacking": {"mode": "normal", "group": ""}}),
        ({"stack": True, "percentage": True}, {"stacking": {"mode": "percent", "group": ""}}),
        ({"nullPointMode": "connected"}, {"spanNulls": True}),
        ({"dashes": True, "dashLength": 5, "spaceLength": 3},
         {"lineStyle": {"fill": "dash", "dash": [5, 3]}}),
        ({"fillGradient": 4}, {"gradientMode": "opacity"}),
    ],
)  # fmt: skip
def test_old_graph_panels_speak_the_new_words(
    settings: dict[str, Any], custom: dict[str, Any]
) -> None:
    (line,) = lines(graph(**settings), web("a"))
    assert {key: line.custom[key] for key in custom} == custom
    assert (line.unit, line.min) == ("bytes", 0)


def test_null_as_zero_draws_and_reckons_gaps_as_zero() -> None:
    at = [MINUTE * n for n in range(20) if n not in (5, 6)]
    (line,) = lines(graph(nullPointMode="null as zero"), [frame(*[1.0] * 18, at=at)])
    assert line.values[5] == 0
    assert line.reduce("mean") == 0.9


def test_series_overrides_by_name_and_pattern() -> None:
    panel = graph(
        aliasColors={"web01": "#123456"},
        seriesOverrides=[
            {"alias": "/db/", "yaxis": 2, "transform": "negative-Y", "stack": False},
            {"alias": "web02", "color": "#abcdef", "legend": False, "lines": False, "bars": True},
        ],
    )
    one, two, three = lines(panel, web("web01", "web02", "db01"))
    assert one.color == "#123456"
    assert (two.color, two.unlisted, two.custom["drawStyle"]) == ("#abcdef", True, "bars")
    assert (three.unit, three.max, three.min, three.decimals) == ("s", 5, None, 2)
    assert three.custom["axisPlacement"] == "right"
    assert three.custom["transform"] == "negative-Y"
    assert three.custom["stacking"]["mode"] == "none"


@pytest.mark.parametrize(
    ("panel", "axis", "decimals"),
    [({}, {}, None), ({"decimals": 3}, {"decimals": 1}, 3), ({}, {"decimals": 1}, 2)],
)
def test_a_legends_numbers_have_one_decimal_more_than_the_axis(
    panel: dict[str, Any], axis: dict[str, Any], decimals: int | None
) -> None:
    (line,) = lines({"type": "graph", "yaxes": [{"format": "s", **axis}], **panel}, web("a"))
    assert line.decimals == decimals


def test_a_pattern_that_could_take_forever_means_nothing() -> None:
    rule = override("byRegexp", "/^(a+)+$/", unit="ms")
    (line,) = lines(config([rule], unit="s"), web("a" * 40 + "b"))
    assert line.unit == "s"


@pytest.mark.parametrize(
    ("version", "texts"), [((10, 4, 2), ["neg", "-1", "200"]), ((12, 0, 0), ["neg", "neg", "big"])]
)
def test_an_open_end_of_a_mapped_range_is_open_since_12(
    version: tuple[int, int, int], texts: list[str]
) -> None:
    def between(low: float | None, high: float | None, text: str) -> dict[str, Any]:
        return {"type": "range", "options": {"from": low, "to": high, "result": {"text": text}}}

    mappings = [between(None, -0.5, "neg"), between(150, None, "big"), between(-9, -5, "neg")]
    (line,) = lines(config(mappings=mappings), [frame(1)], version)
    assert [str(line.display.text(value)) for value in (-6, -1, 200)] == texts
