"""Performance data: as the plugins' guidelines have it, and as plugins write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.event import State
from grafherald.notification.perfdata import Metric, Range, parse, split


def only(text: str) -> Metric:
    (metric,) = parse(text)
    return metric


def test_a_disk_is_read_with_all_its_parts() -> None:
    metric = only("/=2643MB;5948;5958;0;5968")
    assert metric == Metric(
        "/",
        2643.0,
        "MB",
        warn=Range(0, 5948, inside=False, text="5948"),
        crit=Range(0, 5958, inside=False, text="5958"),
        low=0.0,
        high=5968.0,
    )
    assert (metric.percent, metric.bar, metric.state) == (44, "████░░░░░░", State.OK)
    assert (metric.shown, metric.whole) == ("2,643 MB", "5,968 MB")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("rta=0.80ms pl=0%", ["rta", "pl"]),
        ("'/var log'=5MB 'it''s'=1 b=2", ["/var log", "it's", "b"]),
        ("/var log=5MB C:\\ Used=1GB", ["/var log", "C:\\ Used"]),
        ("'a=b'=1", ["a=b"]),
        ("a=1\n  b=2\t\tc=3", ["a", "b", "c"]),
        ("load1=0.5;;; load5=", ["load1"]),
        ("'unfinished=1 b=2", ["'unfinished", "b"]),
        ("=1 b=2", ["b"]),
        ("no metrics here", []),
        ("", []),
    ],
)
def test_labels_are_told_apart(text: str, labels: list[str]) -> None:
    assert [metric.label for metric in parse(text)] == labels


@pytest.mark.parametrize(
    ("text", "value", "unit", "shown"),
    [
        ("a=97.2%", 97.2, "%", "97.2 %"),
        ("a=-3", -3.0, "", "-3"),
        ("a=1,5s", 1.5, "s", "1.5 s"),
        ("a=.25", 0.25, "", "0.25"),
        ("a=1e3B", 1000.0, "B", "1,000 B"),
        ("a=812345c", 812345.0, "c", "812,345"),
        ("a=U", None, "", "unknown"),
        ("a=0.123456ms", 0.123456, "ms", "0.1235 ms"),
    ],
)
def test_values_keep_their_unit(text: str, value: float | None, unit: str, shown: str) -> None:
    metric = only(text)
    assert (metric.value, metric.unit, metric.shown) == (value, unit, shown)


@pytest.mark.parametrize(
    ("threshold", "fine", "alert"),
    [
        ("10", (0, 10), (-1, 11)),
        ("10:", (10, 99), (9,)),
        ("~:10", (-99, 10), (11,)),
        ("10:20", (10, 20), (9, 21)),
        ("@10:20", (9, 21), (10, 20)),
        ("0:", (0, 1), (-1,)),
    ],
)
def test_thresholds_are_ranges(
    threshold: str, fine: tuple[int, ...], alert: tuple[int, ...]
) -> None:
    states = {value: only(f"a={value};;{threshold}").state for value in fine + alert}
    assert states == dict.fromkeys(fine, State.OK) | dict.fromkeys(alert, State.CRITICAL)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("a=5;3;8", State.WARNING),
        ("a=9;3;8", State.CRITICAL),
        ("a=1;3;8", State.OK),
        ("a=1", State.OK),
        ("a=U;3;8", State.UNKNOWN),
        ("a=9;high;?", State.OK),
    ],
)
def test_its_thresholds_give_its_state(text: str, state: State) -> None:
    assert only(text).state is state


@pytest.mark.parametrize(
    ("text", "percent", "bar"),
    [
        ("a=0%", 0, "░░░░░░░░░░"),
        ("a=1%", 1, "█░░░░░░░░░"),
        ("a=99%", 99, "█████████░"),
        ("a=250%", 100, "██████████"),
        ("a=15;;;10;20", 50, "█████░░░░░"),
        ("a=15", None, ""),
        ("a=15;;;20;20", None, ""),
        ("a=U;;;0;9", None, ""),
    ],
)
def test_a_bar_shows_how_full_it_is(text: str, percent: int | None, bar: str) -> None:
    assert (only(text).percent, only(text).bar) == (percent, bar)


@given(st.text(alphabet="a1'=;:@~.,-eU% \\/\n", max_size=300) | st.text(max_size=300))
def test_any_text_gives_metrics_that_can_be_shown(text: str) -> None:
    for metric in parse(text):
        assert metric.label
        assert metric.shown
        assert len(metric.bar) in (0, 10)
        assert metric.state in State


def test_long_rubbish_is_read_in_no_time() -> None:
    assert parse("'" * 100_000 + "=") == ()
    assert len(parse("word " * 20_000 + "a=1 " * 1000)) == 200


@pytest.mark.parametrize(
    ("output", "said", "data"),
    [
        ("OK - x | a=1 b=2", "OK - x", "a=1 b=2"),
        ("OK | a=1\nlong\nmore | b=2\nc=3\nd=4", "OK\nlong\nmore", "a=1 b=2 c=3 d=4"),
        ("OK\n| b=2\nc=3", "OK", "b=2 c=3"),
        ("OK | a=1\nx=5", "OK\nx=5", "a=1"),
        ("OK\nmore | b=2\nno metric\nc=3", "OK\nmore\nno metric\nc=3", "b=2"),
        ("| host | v |\n| a | 1 |", "| host | v |\n| a | 1 |", ""),
    ],
)
def test_metrics_of_several_lines_are_those_behind_the_long_output(
    output: str, said: str, data: str
) -> None:
    assert split(output) == (said, data)
