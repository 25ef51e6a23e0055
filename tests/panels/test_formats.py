"""Values are written as each datasource's frontend writes them, and in every format by name."""

from itertools import pairwise

import pytest

from grafherald.draw.frames.decode import CannotRead
from grafherald.panels.formats import formatted, of_datasource
from grafherald.panels.interpolation import Scope, VariableValue

TWO = ("web01.x:9100", "db(1)")


@pytest.mark.parametrize(
    ("kind", "values", "several", "text"),
    [
        ("prometheus", TWO, True, r"(web01\\.x:9100|db\\(1\\))"),
        ("prometheus", TWO[:1], True, r"web01\\.x:9100"),
        ("prometheus", TWO[:1], False, "web01.x:9100"),
        ("prometheus", ("a\\b'c",), False, r"a\\b\\'c"),
        ("grafana-amazonprometheus-datasource", TWO[:1], True, r"web01\\.x:9100"),
        ("loki", TWO, True, r"web01\\.x:9100|db\\(1\\)"),
        ("graphite", TWO, True, "{web01.x:9100,db(1)}"),
        ("graphite", TWO[:1], True, "web01.x:9100"),
        ("influxdb", TWO, True, r"(web01\.x:9100|db\(1\))"),
        ("elasticsearch", TWO, True, r'("web01.x\:9100" OR "db\(1\)")'),
        ("postgres", ("a", "b'c"), True, "'a','b''c'"),
        ("postgres", ("b'c",), False, "b''c"),
        ("cloudwatch", ("a", "b"), True, "{a,b}"),
    ],
)
def test_by_datasource(kind: str, values: tuple[str, ...], several: bool, text: str) -> None:
    assert of_datasource(kind)(values, several) == text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("csv", "a b,c/d"),
        ("pipe", "a b|c/d"),
        ("regex", r"(a b|c\/d)"),
        ("glob", "{a b,c/d}"),
        ("raw", "a b,c/d"),
        ("json", '["a b", "c/d"]'),
        ("singlequote", "'a b','c/d'"),
        ("doublequote", '"a b","c/d"'),
        ("sqlstring", "'a b','c/d'"),
        ("percentencode", "%7Ba%20b%2Cc%2Fd%7D"),
        ("queryparam", "var-host=a%20b&var-host=c%2Fd"),
        ("text", "A + C"),
        ("lucene", r'("a\ b" OR "c\/d")'),
        ("distributed", "a b,host=c/d"),
        ("join: ; ", "a b ; c/d"),
    ],
)
def test_by_name(form: str, text: str) -> None:
    assert formatted("host", form, ("a b", "c/d"), ("A", "C")) == text


SCOPE = Scope(
    {
        "x": VariableValue(("1",), ("One",)),
        "all": VariableValue((".*$x",), ("All",), True, raw=True),
    },
    {"__from": "1600000000000", "__dashboard.uid": "web", "__dashboard": "Web"},
)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$x ${x} [[x]] ${x:text} [[x:csv]] ${x:json}", '1 1 1 One 1 "1"'),
        ("$xy ${y} $__timeFilter(c) $1", "$xy ${y} $__timeFilter(c) $1"),
        ("$all", ".*1"),
        ("${__from} ${__from:date:seconds} ${__from:date:YYYY}", "1600000000000 1600000000 2020"),
        ("${__from:date}", "2020-09-13T12:26:40.000Z"),
        ("${__dashboard.uid} ${__dashboard}", "web Web"),
    ],
)
def test_every_form_is_filled_in(text: str, filled: str) -> None:
    assert SCOPE.fill(text, of_datasource("graphite")) == filled


def test_titles_say_texts() -> None:
    both = Scope({"host": VariableValue(("a", "b"), ("A", "B"), True)})
    assert both.title("Load of $host") == "Load of A + B"
    assert SCOPE.title("${all} $x") == "All One"


def test_variables_that_hold_themselves_are_refused() -> None:
    scope = Scope({"a": VariableValue(("$a" * 1000,), (), True, raw=True)})
    with pytest.raises(CannotRead, match="holds itself"):
        scope.fill("$a", of_datasource("graphite"))


def test_variables_that_grow_without_end_are_refused() -> None:
    names = "abcde"
    values = {a: VariableValue((f"${b}" * 1000,), raw=True) for a, b in pairwise(names)}
    scope = Scope({**values, "e": VariableValue(("x",), raw=True)})
    with pytest.raises(CannotRead, match="too long"):
        scope.fill("$a", of_datasource("graphite"))
