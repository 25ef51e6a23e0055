"""A panel with what an alert adds: limits where the panel shows what the check measured."""

from collections.abc import Mapping
from typing import Any

import pytest

from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.page.look import TimeRange
from grafherald.drawing.limits import AlertLimit
from grafherald.drawing.paint import Task, paint, sketch
from grafherald.drawing.scene import Scene
from grafherald.panels.reader import PanelData

END = 1_795_632_000_000
STEP = 60_000


def series(values: list[float], **labels: str) -> Frame:
    times = [END - STEP * (len(values) - 1 - place) for place in range(len(values))]
    return Frame((Field("Time", "time", times), Field("Value", "number", values, labels)))


def data(*frames: Frame, unit: str = "percent", **panel: Any) -> PanelData:
    shown = {
        "type": "timeseries",
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        **panel,
    }
    return PanelData(
        panel=shown,
        frames=frames,
        span=TimeRange(END - 60 * STEP, END),
        title="CPU",
        version=(10, 4, 2),
        theme="dark",
        timezone="utc",
        width=600,
        height=300,
    )


def scene(measured: float = 97.2, unit: str = "%", **more: Any) -> Scene:
    limits = (
        AlertLimit(75, "warning", measured, unit),
        AlertLimit(90, "critical", measured, unit),
    )
    return Scene(**{"limits": limits, **more})


def drawn(shown: PanelData, beside: Scene) -> tuple[str, str]:
    drawing, last = sketch(Task(shown, beside))
    return drawing.svg, last


def test_a_limit_stands_where_the_panel_shows_what_was_measured() -> None:
    svg, last = drawn(data(series([20.0, 60.0, 96.0])), scene())
    assert "critical 90%" in svg
    assert "warning 75%" in svg
    assert last == "now 96%, limit 90%"


def test_a_percentage_is_found_in_a_panel_of_parts_of_one() -> None:
    svg, last = drawn(data(series([0.2, 0.6, 0.96]), unit="percentunit"), scene())
    assert "critical 90%" in svg
    assert last == "now 96%, limit 90%"


@pytest.mark.parametrize(("unit", "values"), [("bytes", [1e9, 2e9]), ("percent", [12.0, 13.0])])
def test_no_limit_stands_in_a_panel_that_shows_something_else(
    unit: str, values: list[float]
) -> None:
    svg, last = drawn(data(series(values), unit=unit), scene())
    assert "critical" not in svg
    assert "limit" not in last


def test_megabytes_of_a_check_are_found_in_a_panel_of_bytes() -> None:
    limits = (AlertLimit(1800, "critical", 2000.0, "MB"),)
    svg, last = drawn(data(series([1e9, 2000 * 2**20]), unit="bytes"), Scene(limits=limits))
    assert "critical 1.76 GiB" in svg
    assert last == "now 1.95 GiB, limit 1.76 GiB"


def test_the_limit_is_that_of_the_series_that_was_measured() -> None:
    frames = (series([50.0, 10.0], cpu="idle"), series([50.0, 97.0], cpu="user"))
    assert drawn(data(*frames), scene())[1] == "now 97%, limit 90%"


def test_without_limits_of_the_check_those_of_the_panels_own_alert_stand() -> None:
    alert: Mapping[str, Any] = {
        "conditions": [{"evaluator": {"type": "gt", "params": [80]}}, {"evaluator": None}, 7]
    }
    svg, last = drawn(data(series([20.0, 96.0]), type="graph", alert=alert), Scene(alert=END))
    assert "alert 80" in svg
    assert last.endswith("limit 80%")


def test_the_series_that_the_alert_names_is_strong_and_its_value_said() -> None:
    frames = tuple(
        series([50.0, 10.0 - number], instance=f"web0{number}:9100") for number in (1, 2)
    )
    plain, _ = drawn(data(*frames), Scene(alert=END))
    strong, last = drawn(data(*frames), Scene(alert=END, context={"entity": "web01"}))
    assert plain != strong
    assert last == "now 9%"
    none, _ = drawn(data(*frames), Scene(alert=END, context={"entity": "web01"}, strong=False))
    assert none == plain


def test_an_alert_seconds_after_the_last_data_stands_at_its_end() -> None:
    at_end = drawn(data(series([1.0, 2.0])), Scene(alert=END, label="CRITICAL"))
    after = drawn(data(series([1.0, 2.0])), Scene(alert=END + 30_000, label="CRITICAL"))
    assert at_end == after
    assert "CRITICAL" in at_end[0]


def test_what_was_a_week_ago_is_dashed() -> None:
    before = (series([30.0, 40.0]),)
    compared = Scene(compare=7 * 86_400_000, compare_text="7 days earlier")
    svg = sketch(Task(data(series([1.0, 2.0])), compared, before))[0].svg
    assert "7 days earlier" in svg


def test_a_panel_without_data_is_said_to_be_one() -> None:
    for shown in (data(), data(series([]))):
        drawing, last = sketch(Task(shown, scene()))
        assert ("No data" in drawing.svg, last) == (True, "no data")


def test_no_scene_is_the_panel_alone() -> None:
    shown = data(series([1.0, 2.0]))
    assert sketch(Task(shown, Scene()))[1] == ""
    assert paint(Task(shown, Scene())).picture.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "values", [[], [float("nan")], [float("inf"), float("-inf")], [None, None]]
)
def test_odd_values_cost_no_picture(values: list[Any]) -> None:
    assert paint(Task(data(series(values)), scene(alert=END))).picture.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("missing", "said"), [(3, "now 20%"), (30, "30m ago 20%"), (55, "55m ago 20%")]
)
def test_the_last_value_of_a_series_that_has_ended_is_not_now(missing: int, said: str) -> None:
    times = [END - 60 * STEP + STEP * at for at in range(61 - missing)]
    numbers = Field("Value", "number", [20.0] * len(times))
    time = Field("Time", "time", times, {}, {"interval": STEP})
    _, last = drawn(data(Frame((time, numbers))), Scene(alert=END))
    assert last == said
