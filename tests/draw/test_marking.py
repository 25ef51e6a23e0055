"""Beside an alert the picture shows what Grafana's doesn't, and hides nothing for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grafherald.draw import Line, Look, Marks, draw
from grafherald.draw.graph.plotted import matches

from .drawn import END, SPAN, START, TEN, Picture, series
from .test_timegraph import strokes, timeseries

HOUR = 3_600_000
WEB = series("web01:9100", 10, 20, 30, 25, 40, instance="web01:9100", job="node")
DB = series("db01:9100", 50, 60, 70, 95, 97, instance="db01:9100", job="node")


def marked(marks: Marks, panel: dict[str, Any] | None = None, **look: Any) -> Picture:
    settings = {"version": TEN, "title": "CPU", **look}
    return Picture(
        draw(panel or timeseries(unit="percent"), [WEB, DB], SPAN, Look(**settings), marks)
    )


def lines(picture: Picture, color: str) -> list[dict[str, float]]:
    return [
        {key: float(each.get(key, "0")) for key in ("x1", "y1", "x2", "y2")}
        for each in picture.all("line")
        if each.get("stroke") == color
    ]


RED = "#f2495c"


def test_the_alert_is_a_line_with_its_label_above_the_plot() -> None:
    picture = marked(Marks(alert=START + 3 * HOUR, alert_label="CRITICAL db01"))
    (line,) = lines(picture, RED)
    label = picture.text("CRITICAL db01")
    assert line["x1"] == line["x2"] == pytest.approx(520, abs=30)
    assert label.y < line["y1"] + 3
    assert label.x == pytest.approx(line["x1"], abs=5)


def test_an_alert_outside_of_the_range_is_not_marked() -> None:
    assert lines(marked(Marks(alert=START - HOUR)), RED) == []


def test_the_problem_is_shaded_from_its_begin_to_the_alert_or_its_end() -> None:
    def shade(marks: Marks) -> tuple[float, float]:
        (found,) = [
            each for each in marked(marks).all("rect") if each.get("fill-opacity") == "0.09"
        ]
        return float(found.get("x", "0")), float(found.get("width", "0"))

    since, alert = START + HOUR, START + 3 * HOUR
    left, wide = shade(Marks(alert=alert, since=since))
    assert shade(Marks(alert=alert, since=since, until=START + 5 * HOUR))[1] == pytest.approx(
        2 * wide
    )
    assert shade(Marks(since=since))[1] == pytest.approx(2.5 * wide, abs=0.1)
    assert shade(Marks(since=START - HOUR, alert=alert))[0] < left


def test_a_limit_above_the_data_is_inside_the_plot_with_its_words() -> None:
    panel = timeseries(unit="percent", max=100, min=0)
    picture = marked(Marks(lines=(Line(140, "limit 140 %", "red"),)), panel)
    (line,) = lines(picture, RED)
    plot = [float(each.get("y", "0")) for each in picture.all("clipPath")[0]]
    assert line["y1"] > plot[0]
    assert "limit 140 %" in picture.words
    assert not picture.drawing.notes


def test_the_words_of_a_limit_stand_where_they_hide_no_data() -> None:
    picture = marked(Marks(lines=(Line(96, "critical 96 %", "red"),)))
    label = picture.text("critical 96 %")
    (line,) = lines(picture, RED)
    assert label.y > line["y1"]  # above it is db01's end


def test_two_limits_do_not_cover_each_other() -> None:
    picture = marked(Marks(lines=(Line(90, "critical", "red"), Line(89, "warning", "orange"))))
    one, two = picture.text("critical"), picture.text("warning")
    assert abs(one.y - two.y) >= 12 or abs(one.x - two.x) >= 40


def test_the_series_that_the_alert_names_stands_out() -> None:
    picture = marked(Marks(strong={"instance": "db01"}))
    opacities = [
        each.get("stroke-opacity") for each in picture.all("path") if each.get("stroke-linejoin")
    ]
    assert opacities == ["0.38", None]
    widths = [
        each.get("stroke-width") for each in picture.all("path") if each.get("stroke-linejoin")
    ]
    assert widths == ["1", "2"]


def test_all_stay_as_they_are_if_the_alert_names_none_of_them() -> None:
    plain = marked(Marks())
    assert marked(Marks(strong={"instance": "web99"})).drawing == plain.drawing
    assert marked(Marks(strong={"job": "node"})).drawing == plain.drawing


@pytest.mark.parametrize(
    ("labels", "name", "wanted", "found"),
    [
        ({"instance": "db01:9100"}, "x", {"instance": "db01"}, True),
        ({"instance": "db01:9100"}, "x", {"instance": "db01:9100"}, True),
        ({"instance": "db011:9100"}, "x", {"instance": "db01"}, False),
        ({"instance": "db01:a"}, "x", {"instance": "db01"}, False),
        ({"instance": "db01", "job": "a"}, "x", {"instance": "db01", "job": "b"}, False),
        ({"instance": "db01"}, "x", {"instance": "db01", "other": "y"}, True),
        ({}, "db01", {"instance": "db01"}, True),
        ({}, "x", {"instance": ""}, False),
        ({"a": "b"}, "x", {}, False),
    ],
)
def test_labels_name_a_series(
    labels: dict[str, str], name: str, wanted: dict[str, str], found: bool
) -> None:
    assert (bool(wanted) and matches(labels, name, wanted)) is found


def test_earlier_alerts_are_small_marks_below_the_plot() -> None:
    picture = marked(Marks(earlier=(START + HOUR, START + 2 * HOUR, START - HOUR)))
    (path,) = [each for each in picture.all("path") if each.get("fill-opacity") == "0.75"]
    assert path.get("d", "").count("z") == 2


def test_an_earlier_week_is_dashed_in_the_same_colours() -> None:
    week = 7 * 24 * HOUR
    before = tuple(
        replace(
            frame,
            fields=(
                replace(frame.fields[0], values=[at - week for at in frame.fields[0].values]),
                frame.fields[1],
            ),
        )
        for frame in (DB,)
    )
    marks = Marks(compare=before, compare_shift=week, compare_text="7 days earlier")
    picture = marked(marks)
    (earlier, *today) = strokes(picture)
    assert earlier == today[1]
    assert picture.drawing.svg.count('stroke-dasharray="4 4"') == 1
    assert "7 days earlier" in picture.words


def test_a_resolved_problem_shows_its_end() -> None:
    picture = marked(Marks(alert=START + HOUR, until=END - HOUR))
    assert {"alert", "resolved"} <= set(picture.words)


def test_the_foot_says_who_drew_it_and_what_to_know() -> None:
    picture = marked(Marks(), notes=("all instances",))
    assert "all instances  ·  drawn by grafherald" in picture.words
    assert "drawn by grafherald" not in marked(Marks(), foot="").words


def test_it_stands_beside_the_title_where_that_leaves_room() -> None:
    wide, narrow = (marked(Marks(), foot="by us", title=each) for each in ("CPU", "x" * 300))
    assert wide.text("by us").y < 28
    assert narrow.text("by us").y > 490
    assert marked(Marks(), foot="by us", title="").text("by us").y > 490


def test_another_range_is_said_at_the_titles_right_and_not_twice() -> None:
    said = {"notes": ("all instances", "timeshift -1h"), "period": ("timeshift -1h",)}
    picture = marked(Marks(), foot="", **said)
    assert picture.text("timeshift -1h").x == 992
    assert picture.text("all instances").x < picture.text("timeshift -1h").x - 80
    assert picture.drawing.notes == said["notes"]
    crowded = marked(Marks(), foot="", title="x" * 300, **said)
    assert crowded.text("all instances  ·  timeshift -1h").y > 490


def test_hostile_labels_are_cut_and_escaped() -> None:
    hostile = '<image href="/etc/passwd"/>' + "x" * 10_000
    marks = Marks(alert=START + HOUR, alert_label=hostile, lines=(Line(90, hostile, hostile),))
    picture = marked(marks)
    assert len(picture.drawing.svg) < 20_000
    assert not picture.all("image")
